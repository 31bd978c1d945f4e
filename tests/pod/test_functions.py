"""The files of the pod scripts, each sourced alone, and their functions called one by one."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.paths import ROOT
from tests.pod import kubelet
from tests.pod.compiled import manifests
from tests.pod.containers import configmap, container, escaped, labels

if TYPE_CHECKING:
    from tests.pod.kubelet import Result, Shell

FILES = ("entrypoint.sh", "metadata.sh", "environment.sh", "processes.sh", "launcher.sh", "pairs.sh", "view.sh")
HOSTILE = (
    "",
    "plain",
    "it's",
    'a "quoted" word',
    "back\\slash \\n \\t \\\\",
    "tab\tand\rreturn",
    "two\nlines",
    "\n",
    "ends with newlines\n\n",
    "$(touch /tmp/x) `id` ${HOME} $$",
    "* ? [a-z] ~ !",
    "-n -e %s %% \\c",
    "  blanks  ",
    "Ünïcödé ☃ 𝄞",
    "& | ; < > ( ) { } #",
)


def call(shell: Shell, script: str, *files: str, hosts: str | None = None, **env: str) -> Result:
    """Runs the script in a shell that has sourced these files."""
    sources = "".join(f". /metrics_operator/{file}; " for file in files)
    made = container("", **env) | {"command": ["/bin/sh", "-c", escaped(sources + script)], "args": []}
    scripts = configmap() | {"view.sh": (ROOT / "templates" / "pod" / "view.sh").read_text()}
    given = {"/etc/hosts": hosts} if hosts is not None else {}
    with kubelet.start(made, configmap=scripts, labels=labels(), shell=shell, files=given) as pod:
        return pod.wait(timeout=30)


def output(shell: Shell, script: str, *files: str, hosts: str | None = None, **env: str) -> str:
    """Return its stdout; it must succeed and print nothing on stderr."""
    result = call(shell, script, *files, hosts=hosts, **env)
    assert (result.code, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.parametrize("file", FILES)
def test_a_sourced_file_defines_functions_and_does_nothing_else(shell: Shell, file: str) -> None:
    text = (ROOT / "templates" / "pod" / file).read_text()
    functions = re.findall(r"^(mo_\w+)\(\)", text, re.MULTILINE)
    assert functions
    script = f"ls -A /tmp; for each in {' '.join(functions)}; do command -v $each; done"
    assert output(shell, script, file).split() == functions


def test_a_json_string_gives_the_text_back_whatever_is_in_it(shell: Shell) -> None:
    texts = [*HOSTILE, *("".join(pair) for pair in itertools.permutations(HOSTILE, 2))]
    script = (
        f"i=0; while [ $i -lt {len(texts)} ]; do "
        'eval "mo_json_string \\"\\$TEXT_$i\\""; printf "%s\\n" "$mo_value"; i=$((i + 1)); done'
    )
    lines = output(shell, script, "metadata.sh", **{f"TEXT_{i}": text for i, text in enumerate(texts)})
    assert [json.loads(line) for line in lines.splitlines()] == texts


def test_a_json_object_has_the_keys_of_its_description_in_order(shell: Shell) -> None:
    description = "name s NAME pods n PODS none n NONE options { - list l LIST empty l EMPTY } } - last s LAST"
    made = output(
        shell,
        f"mo_json_object '{description}'; printf '%s' \"$mo_value\"",
        *("entrypoint.sh", "metadata.sh"),
        NAME='a "b"',
        PODS="4",
        LIST_COUNT="2",
        LIST_0="x y",
        LIST_1="*",
    )
    assert made == '{"name":"a \\"b\\"","pods":4,"none":null,"options":{"list":["x y","*"],"empty":[]},"last":""}'


@pytest.mark.parametrize(("value", "shown"), [("1", "{}"), ("", "{}"), ("3", '{"repetitions":3}')])
def test_only_more_than_one_repetition_is_shown(shell: Shell, value: str, shown: str) -> None:
    script = "mo_json_object 'repetitions n COUNT'; printf '%s' \"$mo_value\""
    assert output(shell, script, "entrypoint.sh", "metadata.sh", COUNT=value) == shown


def test_an_unknown_type_in_a_description_is_an_error(shell: Shell) -> None:
    result = call(shell, "mo_json_object 'key x NAME'; echo not here", "entrypoint.sh", "metadata.sh")
    assert (result.stdout, result.code) == ("", 78)
    assert result.stderr == "mocompile: unknown type 'x' of the key 'key' in the metadata\n"


def test_a_quoted_word_is_one_word_of_shell_with_the_text(shell: Shell) -> None:
    script = (
        f"i=0; while [ $i -lt {len(HOSTILE)} ]; do "
        'eval "mo_quote_word \\"\\$TEXT_$i\\""; eval "set -- $mo_value"; printf "%s:%s\\0" $# "$1"; i=$((i + 1)); done'
    )
    made = output(shell, script, "entrypoint.sh", **{f"TEXT_{i}": text for i, text in enumerate(HOSTILE)})
    assert made.split("\0")[:-1] == [f"1:{text}" for text in HOSTILE]


def test_a_process_has_the_start_time_that_the_kernel_says_also_with_a_hostile_name(shell: Shell) -> None:
    # The kernel writes the name in parentheses, unchanged. The state follows: S, but the name looks like a zombie's.
    script = (
        'name=$(printf \'a) Z 1\\n2 (b\'); cp /usr/bin/sleep "/tmp/$name"; "/tmp/$name" 60 & sleep 0.2; '
        "mo_read_start_time $!; echo $mo_start_time; "
        "tail -n 1 /proc/$!/stat | sed 's/.*) //' | cut -d ' ' -f 20; kill $!"
    )
    found, expected = output(shell, script, "processes.sh").split()
    assert found == expected
    assert int(found) > 0


def test_a_process_that_has_ended_has_no_start_time(shell: Shell) -> None:
    # A zombie: its parent became a program that does not wait for it.
    script = (
        "(/usr/bin/sleep 0.2 & exec /usr/bin/sleep 60) & sleep 0.5; zombie=$(cat /proc/$!/task/$!/children); "
        "sed -n 's/^State:[^A-Z]*\\(.\\).*/\\1/p' /proc/${zombie% }/status; "
        'mo_read_start_time ${zombie% }; echo "zombie:$mo_start_time"; '
        'mo_read_start_time 999999; echo "unknown:$mo_start_time"; kill $!'
    )
    assert output(shell, script, "processes.sh") == "Z\nzombie:\nunknown:\n"


def test_every_descendant_gets_term_once_and_only_the_top_ones_of_those_that_have_it(shell: Shell) -> None:
    script = (
        "mo_state=/tmp; (trap 'echo term' TERM; /usr/bin/sleep 60 & echo ready; wait; wait; sleep 0.5) & sleep 0.5; "
        'mo_list_descendants; set -- $mo_living; echo "living $#"; '
        'mo_terminate_descendants; mo_terminate_descendants; mo_list_descendants; echo "to signal:$mo_to_signal"; '
        'wait; mo_list_descendants; echo "living:$mo_living"'
    )
    made = output(shell, script, "entrypoint.sh", "processes.sh")
    assert (
        made == "ready\nliving 2\nterm\nto signal:\nliving:\n" or made == "ready\nliving 2\nto signal:\nterm\nliving:\n"
    )


def test_descendants_that_ignore_term_are_killed_after_the_grace(shell: Shell) -> None:
    script = (
        "mo_state=/tmp; (trap '' TERM; /usr/bin/sleep 60; /usr/bin/sleep 61) & sleep 0.3; "
        'mo_kill_descendants; mo_list_descendants; echo "living:$mo_living"'
    )
    result = call(shell, script, "entrypoint.sh", "processes.sh", MO_GRACE_SECONDS="1")
    assert result.stdout == "living:\n"
    assert re.search(r"^mocompile: killed after 1 s:( \d+){2}$", result.stderr, re.MULTILINE)


SET = {"MO_PODS": "3", "MO_LAUNCHER_JOB": "l", "MO_WORKER_JOB": "w"}
NAMES = ["set-l-0-0.set", "set-w-0-0.set", "set-w-0-1.set"]


def test_the_host_list_has_the_launcher_first_and_then_the_workers(shell: Shell) -> None:
    assert output(shell, "mo_print_hosts", "entrypoint.sh", "launcher.sh", **SET).split() == NAMES
    named = output(shell, "mo_print_hosts", "entrypoint.sh", "launcher.sh", **SET, MO_SUBDOMAIN="net")
    assert named.split() == [name.replace(".set", ".net") for name in NAMES]


def test_the_host_list_has_addresses_where_these_are_asked_for(shell: Shell) -> None:
    hosts = "127.0.0.1 localhost\n" + "".join(f"10.9.0.{i} {name}\n" for i, name in enumerate(NAMES, 1))
    script = "mo_state=/tmp; mkdir /tmp/hosts; echo 10.8.0.1 >/tmp/hosts/1.up; mo_print_hosts"
    made = output(shell, script, "entrypoint.sh", "launcher.sh", hosts=hosts, **SET, MO_HOSTS="addresses")
    assert made.split() == ["10.9.0.1", "10.8.0.1", "10.9.0.3"]


def test_a_host_without_an_address_does_not_resolve(shell: Shell) -> None:
    hosts = "127.0.0.1 localhost\n10.9.0.1 known\n"
    script = "mo_resolve_host known && echo $mo_address; mo_resolve_host unknown.invalid || echo none"
    assert output(shell, script, "entrypoint.sh", "launcher.sh", hosts=hosts) == "10.9.0.1\nnone\n"


def test_tasks_are_those_of_the_option_or_one_for_each_processor_of_each_pod(shell: Shell) -> None:
    script = (
        "mo_count_tasks; echo $((np / mo_processors)) $((np % mo_processors)); MO_OPT_TASKS=5; mo_count_tasks; echo $np"
    )
    made = output(shell, script, "entrypoint.sh", "launcher.sh", **SET, OMP_NUM_THREADS="1", OMP_THREAD_LIMIT="1")
    assert made == "3 0\n5\n"


def test_the_problem_script_has_the_text_as_it_is_and_is_executable(shell: Shell) -> None:
    text = "printf '%s\\n' \"it's\" \\\\ '$(id)'\n"
    script = "cd /tmp; mo_write_problem_script; tail -n +2 problem.sh; ./problem.sh"
    made = output(shell, script, "entrypoint.sh", "launcher.sh", MO_PROBLEM=text)
    assert made == text + "\n" + "it's\n\\\n$(id)\n"


def test_the_launcher_s_file_is_shipped_only_where_a_metric_launches() -> None:
    single = manifests({"name": "io-ior"}).scripts
    launched = manifests({"name": "app-lammps"}, pods=2).scripts
    assert list(single) == ["entrypoint.sh", "metadata.sh", "environment.sh", "version.sh", "processes.sh"]
    assert list(launched) == [*single, "launcher.sh", "session.sh"]
