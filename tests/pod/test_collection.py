"""The lines of the log, their order, and the exit code of the container, whatever the user's text does."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.pod.containers import METADATA, OPEN, collection
from tests.pod.kubelet import ALL_SHELLS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pod.conftest import Runner
    from tests.pod.kubelet import Shell


def test_a_quiet_run_prints_markers_and_the_program_s_output_and_nothing_else(run: Runner) -> None:
    result = run("echo one; printf two")
    assert result.stdout == METADATA + OPEN + "METRICS OPERATOR TIMEPOINT\none\ntwoMETRICS OPERATOR COLLECTION END\n"
    assert result.stderr == ""
    assert result.code == 0


# A line, what it prints, and its exit code.
LINES = {
    "fails": ("echo a; exit 3", "a\n", 3),
    "false": ("false", "", 1),
    "missing": ("/no/such/program", "", 127),
    "killed": ("sh -c 'echo a; kill -9 $$'", "a\n", 137),
    "kills-its-own-shell": ("echo a; kill -9 \"$(exec sh -c 'echo $PPID')\"", "a\n", 137),
    "exec": ("exec echo a", "a\n", 0),
    "exec-missing": ("exec /no/such/program", "", 127),
    "trap": ("trap 'echo bye' EXIT; echo a; exit 4", "a\nbye\n", 4),
    "and-or": ("false && echo a || echo b", "b\n", 0),
    "pipe": ("printf 'b\\na\\n' | sort", "a\nb\n", 0),
    "lines": ("echo a\necho b\n\nfalse\necho c", "a\nb\nc\n", 0),
    "heredoc": ("cat <<'EOF'\n$HOME `id` EOF\nEOF\necho after", "$HOME `id` EOF\nafter\n", 0),
    "comment": ("echo a # $(", "a\n", 0),
    "errexit": ("set -e; echo a; false; echo b", "a\n", 1),
    "function": ("f() { echo \"$1\"; return 5; }; f 'a  b'", "a  b\n", 5),
    "loop": ("for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done", "1\n3\n", 0),
    "background": ("echo a & wait; echo b", "a\nb\n", 0),
    "glob-off": ("set -f; echo *", "*\n", 0),
    "percent": ("printf '%s\\n' '%s' \\\\n", "%s\n\\n\n", 0),
    "empty": ("", "", 0),
    "syntax-error": ("echo a; if", None, 2),
}


@pytest.mark.parametrize(("line", "output", "code"), LINES.values(), ids=LINES.keys())
def test_a_line_runs_as_it_is_written_and_its_code_is_the_container_s(
    run: Runner, shell: Shell, line: str, output: str | None, code: int
) -> None:
    result = run(line)
    if output is None:
        # bash has run what stood before the error, the others nothing.
        assert result.stdout.startswith(METADATA + OPEN)
        assert result.stdout.count("METRICS OPERATOR COLLECTION END\n") == 1
        assert result.code in (1, code)
    else:
        assert result.stdout == METADATA + collection(output)
        assert result.code == code
    assert ("mocompile: the measurement ended with code" in result.stderr) == (result.code != 0)


@pytest.mark.parametrize("shell", ALL_SHELLS, indirect=True)
def test_text_of_the_user_s_is_bash_where_the_image_has_it(run: Runner, shell: Shell) -> None:
    result = run('a=(x "y z"); echo "${a[1]}" && [[ -z $POSIXLY_CORRECT ]] && shopt -qo posix || echo not posix')
    if shell in ("bash", "debian"):
        assert result.stdout == METADATA + collection("y z\nnot posix\n")
    else:
        assert result.code == 2


def test_blocks_reach_the_measurement_and_come_in_order(run: Runner) -> None:
    result = run(
        'echo "$exported $plain $IFS"; pwd; hello; set -- $list; echo $#',
        MO_OPT_PRE="echo pre; export exported=1; plain=2; cd /usr; hello() { echo hello; }; IFS=,; list=a,b,c",
        MO_OPT_POST="echo post $plain; pwd",
    )
    assert result.stdout == METADATA + "pre\n" + collection("1 2 ,\n/usr\nhello\n3\n") + "post 2\n/usr\n"


def test_what_a_block_declares_is_not_local(run: Runner, shell: Shell) -> None:
    if shell in ("dash", "busybox"):
        result = run('echo "$a"', MO_OPT_PRE="a=1")
        assert result.stdout == METADATA + collection("1\n")
    else:
        result = run('echo "${m[a]} $x"', MO_OPT_PRE="declare -A m=([a]=5); declare -x x=6; source /dev/stdin <<<'y=7'")
        assert result.stdout == METADATA + collection("5 6\n")


def test_set_u_and_set_e_of_a_block_hold_for_the_line_and_not_for_the_script(run: Runner) -> None:
    result = run("false; echo not here", MO_OPT_PRE="set -eu", MO_OPT_POST="echo post", MO_ROUNDS="2")
    assert result.stdout == METADATA + collection("") + "post\n"
    assert result.code == 1
    result = run('echo "$unset_one"', MO_OPT_PRE="set -u")
    assert result.stdout == METADATA + collection("")
    assert result.code != 0


# Blocks that leave or break their shell: no block after them runs, and the code is theirs.
@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("exit 3", 3),
        ("exec sh -c 'exit 4'", 4),
        ("set -e; false", 1),
        ("trap 'echo trapped' EXIT; exit 5", 5),
        ("kill -9 \"$(exec sh -c 'echo $PPID')\"", 137),
    ],
)
def test_a_block_that_ends_the_script_before_the_collection_opens_none(run: Runner, block: str, code: int) -> None:
    result = run("echo not here", MO_OPT_PRE=block, MO_OPT_POST="echo nor here")
    trapped = "trapped\n" if "trapped" in block else ""
    assert result.stdout == METADATA + trapped
    assert result.code == code


def test_a_block_that_ends_the_script_after_the_collection_finds_it_closed(run: Runner) -> None:
    result = run("echo a", MO_OPT_POST="echo b; exit 3")
    assert result.stdout == METADATA + collection("a\n") + "b\n"
    assert result.code == 3


def test_the_program_s_code_is_the_container_s_whatever_a_later_block_does(run: Runner) -> None:
    assert run("exit 7", MO_OPT_POST="exit 0").code == 7
    assert run("exit 7", MO_OPT_POST="false; true").code == 7
    assert run("true", MO_OPT_POST="false").code == 0


def test_a_trap_that_a_block_sets_runs_at_the_end_and_the_collection_is_closed(run: Runner) -> None:
    result = run("echo a", MO_OPT_PRE="trap 'echo trapped' EXIT TERM")
    assert result.stdout == METADATA + collection("a\n") + "trapped\n"


def test_rounds_are_exactly_as_many_as_asked_and_sleep_only_between_them(run: Runner) -> None:
    result = run("echo round", MO_ROUNDS="3", MO_RATE="1")
    assert result.stdout == METADATA + collection(*["round\n"] * 3)
    assert 2 <= result.seconds < 3


def starts(run: Runner, line: str, rounds: int, **options: Any) -> list[float]:
    """When the rounds of the program line began, in seconds since the first; the rate is one second."""
    began = f"read -r up rest </proc/uptime; echo $up; {line}"
    result = run(began, options=options, MO_ROUNDS=str(rounds), MO_RATE="1")
    times = [float(each) for each in re.findall(r"^\d+\.\d+$", result.stdout, re.MULTILINE)]
    assert len(times) == rounds
    return [each - times[0] for each in times]


def test_rounds_begin_at_multiples_of_the_rate_whatever_they_take(run: Runner) -> None:
    found = starts(run, "sleep 0.4", 5)
    assert all(number - 0.02 <= each < number + 0.4 for number, each in enumerate(found)), found


def test_a_round_longer_than_the_rate_leaves_out_a_beginning_and_no_two_are_bunched(run: Runner) -> None:
    found = starts(run, "[ -e /tmp/second ] || { : >/tmp/second; sleep 1.3; }", 3)
    assert all(number - 0.02 <= each < number + 0.4 for number, each in zip((0, 2, 3), found, strict=True)), found


def test_a_sleep_program_without_fractions_is_enough(run: Runner) -> None:
    whole = '#!/bin/sh\ncase $1 in *.*) exit 1 ;; esac\nexec busybox sleep "$1"\n'
    files = {"/usr/local/whole/sleep": whole}
    line = "chmod 755 /usr/local/whole/sleep; PATH=/usr/local/whole:/usr/bin:$PATH"
    result = run("echo a", options={"files": files}, MO_OPT_PRE=line, MO_ROUNDS="2", MO_RATE="1")
    assert result.stdout == METADATA + collection("a\n", "a\n")
    assert 1 <= result.seconds < 3


def test_without_a_count_there_is_one_timepoint(run: Runner) -> None:
    assert run("echo a", MO_RATE="60").stdout == METADATA + collection("a\n")


def test_a_failing_round_is_the_last_and_its_code_is_the_container_s(run: Runner) -> None:
    line = "n=$(cat /tmp/n 2>/dev/null); n=$((n + 1)); echo $n >/tmp/n; echo $n; [ $n -ne 2 ] || exit 9"
    result = run(line, MO_ROUNDS="0", MO_REPETITIONS="3")
    assert result.stdout == METADATA + collection("1\n", "2\n")
    assert result.code == 9


def test_repetitions_are_in_one_collection(run: Runner) -> None:
    result = run("echo a", MO_ROUNDS="2", MO_RATE="0", MO_REPETITIONS="2")
    assert result.stdout == METADATA + collection(*["a\n"] * 4)


def test_each_item_is_echoed_and_run_and_the_first_failure_counts(run: Runner) -> None:
    items = ["echo a", "exit 5", "printf '%s\\n' \"$HOME\"\necho b", "exit 6"]
    variables = {f"MO_LIST_COMMANDS_{number}": item for number, item in enumerate(items)}
    result = run("", MO_EACH="MO_LIST_COMMANDS", MO_ECHO="true", MO_LIST_COMMANDS_COUNT="4", **variables)
    outputs = ["a\n", "", "/root\nb\n", ""]
    assert result.stdout == METADATA + collection(*(f"{item}\n{out}" for item, out in zip(items, outputs, strict=True)))
    assert result.code == 5


def test_values_reach_the_program_byte_for_byte_and_run_nothing(run: Runner, tmp_path: Path) -> None:
    values = [
        "'",
        '"',
        "$(touch /out/ran)",
        "`touch /out/ran`",
        "$$",
        "a\nb\n",
        "{{ x }}",
        "EOF",
        "*",
        "\\",
        " ",
        "-n",
        "",
    ]
    variables = {f"MO_OPT_V{number}": value for number, value in enumerate(values)}
    words = " ".join(f'"$MO_OPT_V{number}"' for number in range(len(values)))
    result = run(f"printf '[%s]' {words}", options={"volumes": {"/out": tmp_path}}, **variables)
    assert result.stdout == METADATA + collection("".join(f"[{value}]" for value in values))
    assert not list(tmp_path.iterdir())


def test_values_reach_the_metadata_and_run_nothing(run: Runner, tmp_path: Path) -> None:
    result = run(
        ":",
        options={"volumes": {"/out": tmp_path}},
        MO_METADATA="v s MO_OPT_V",
        MO_OPT_V="'$(touch /out/ran)`touch /out/ran`\"; touch /out/ran;\n'",
    )
    assert result.code == 0
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_in_tmp(run: Runner, tmp_path: Path) -> None:
    run("true", options={"volumes": {"/tmp": tmp_path}})
    run("exit 3", options={"volumes": {"/tmp": tmp_path}}, MO_OPT_PRE="exit 3")
    assert not list(tmp_path.iterdir())


def test_a_read_only_tmp_is_no_hindrance(run: Runner) -> None:
    result = run("echo a", options={"volumes": {"/tmp": "/proc/self"}})
    assert result.stdout == METADATA + collection("a\n")


def test_output_comes_in_the_order_of_the_design(run: Runner) -> None:
    result = run(
        "echo program",
        MO_ADDONS="0:commands 1:commands",
        MO_ADDON_0_METADATA="a s MO_METRIC",
        MO_ADDON_1_METADATA="b s MO_METRIC",
        MO_ADDON_0_PREBLOCK="echo preBlock 0",
        MO_ADDON_1_PREBLOCK="echo preBlock 1",
        MO_ADDON_0_POSTBLOCK="echo postBlock 0",
        MO_ADDON_1_POSTBLOCK="echo postBlock 1",
        MO_OPT_PRE="echo pre",
        MO_OPT_POST="echo post",
    )
    announced = [f'ADDON METADATA START {{"{name}":"test"}}\nADDON METADATA END\n' for name in "ab"]
    expected = itertools.chain(
        [METADATA],
        announced,
        ["preBlock 0\n", "preBlock 1\n", "pre\n", collection("program\n")],
        ["postBlock 0\n", "postBlock 1\n", "post\n"],
    )
    assert result.stdout == "".join(expected)
