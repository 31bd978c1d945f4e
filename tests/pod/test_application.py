"""The addon `application`: the container that it adds, as the compiler makes it, run for real."""

from __future__ import annotations

import json
import tempfile
from typing import TYPE_CHECKING

import pytest

from tests.pod.compiled import compiled

if TYPE_CHECKING:
    from tests.pod.kubelet import Shell

HOSTILE = (
    "$(touch /tmp/x) `id` $$ $(MO_PODS) ${HOME} 'single' \"double\" \\ {{ 1+1 }} EOF\n",
    "\n\n  leading and trailing \t\r\n\n",
    "é😀\u2028 --- | > & * ! % @",
    "",
)


def application(**options: str | bool) -> str:
    """A set with one application addon beside a metric."""
    words = {"image": "test", "command": "true", **options}
    addon = json.dumps({"name": "application", "options": words}, ensure_ascii=False).replace("\u2028", "\\u2028")
    return f"  metrics: [{{name: io-fio, addons: [{addon}]}}]\n"


def quoted(words: tuple[str, ...]) -> str:
    """A command line of these words."""
    return " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)


def test_the_words_of_a_command_arrive_as_a_shell_would_split_them(shell: Shell) -> None:
    words = tuple(word for word in HOSTILE)
    result = compiled(application(command=f"printf '[%s]' {quoted(words)} a\\ b \"c 'd'\" $HOME")).run(
        "m", "app-addon", shell=shell
    )
    assert result.stdout == "".join(f"[{word}]" for word in (*words, "a b", "c 'd'", "$HOME"))


def test_the_entrypoint_arrives_byte_for_byte_with_its_arguments(shell: Shell) -> None:
    # A script that prints itself and its arguments.
    text = "#!/bin/sh -e\n# " + "\n# ".join(HOSTILE[0].splitlines()) + '\ncat "$0"; printf "[%s]" "$@"\nexit 7\n#é😀'
    result = compiled(application(command=quoted(HOSTILE), entrypoint=text)).run("m", "app-addon", shell=shell)
    assert result.stdout == text + "".join(f"[{word}]" for word in HOSTILE)
    assert (result.stderr, result.code) == ("", 7)


def test_the_first_line_of_an_entrypoint_says_what_runs_it(shell: Shell) -> None:
    text = "#!/usr/bin/python3 -IS\nimport sys\nprint('python', sys.argv[1:])\n"
    result = compiled(application(command="a 'b c'", entrypoint=text)).run("m", "app-addon", shell=shell)
    assert result.stdout == "python ['a', 'b c']\n"


def test_an_entrypoint_that_does_not_say_is_for_the_shell(shell: Shell) -> None:
    text = 'for word in "$@"; do echo "<$word>"; done; exit 3'
    result = compiled(application(command="a 'b c'", entrypoint=text)).run("m", "app-addon", shell=shell)
    assert (result.stdout, result.code) == ("<a>\n<b c>\n", 3)


def test_containers_that_share_a_folder_do_not_take_each_other_s_entrypoint(shell: Shell) -> None:
    apps = ", ".join(
        f"{{name: application, id: a{number}, options: {{image: x, name: a{number}, command: x, "
        f"entrypoint: 'echo {number}; ls /tmp | wc -l'}}}}"
        for number in (1, 2)
    )
    volume = "{name: volume-empty, options: {name: tmp, path: /tmp}}"
    made = compiled(f"  metrics: [{{name: io-fio, addons: [{volume}, {apps}]}}]\n")
    with tempfile.TemporaryDirectory() as folder:
        results = [made.run("m", name, shell=shell, volumes={"/tmp": folder}).stdout for name in ("a1", "a2")]
    assert [result.split() for result in results] == [["1", "1"], ["2", "2"]]


def test_an_entrypoint_that_fits_nowhere_is_said(shell: Shell) -> None:
    made = compiled(application(command="x", entrypoint="echo x", workdir="/proc"))
    result = made.run("m", "app-addon", shell=shell, image_env={"TMPDIR": "/nowhere"}, volumes={"/dev/shm": "/proc"})
    assert result.code == 73
    assert "no folder to write the entrypoint to: tried /nowhere, /dev/shm and /proc" in result.stderr


@pytest.mark.parametrize("sidecar", [False, True])
def test_a_sidecar_is_an_init_container_that_stays(sidecar: bool) -> None:
    pod = compiled(application(sidecar=sidecar)).pods["m"]
    names = [each["name"] for each in pod["containers"]]
    if sidecar:
        assert names == ["storage"]
        assert [(each["name"], each["restartPolicy"]) for each in pod["initContainers"]] == [("app-addon", "Always")]
    else:
        assert names == ["storage", "app-addon"]
        assert "initContainers" not in pod


def test_every_pod_of_a_launcher_and_its_workers_has_the_container_with_its_resources() -> None:
    addon = {
        "name": "application",
        "options": {"image": "x", "command": "x", "pullSecret": "mine", "workdir": "/w", "privileged": True},
        "mapOptions": {"resourceLimits": {"cpu": 2}, "resourceRequests": {"memory": "1Gi"}},
    }
    same = {**addon, "id": "two", "options": {**addon["options"], "name": "two", "pullSecret": "registry"}}  # type: ignore[dict-item]
    made = compiled(
        "  pods: 2\n  pod: {imagePullSecrets: [{name: registry}]}\n"
        f"  metrics: [{{name: app-lammps, addons: [{json.dumps(addon)}, {json.dumps(same)}]}}]\n"
    )
    for pod in made.pods.values():
        assert pod["imagePullSecrets"] == [{"name": "registry"}, {"name": "mine"}]
        container = pod["containers"][1]
        assert container["resources"] == {"limits": {"cpu": "2"}, "requests": {"memory": "1Gi"}}
        assert container["workingDir"] == "/w"
        assert container["securityContext"] == {"privileged": True}
        assert pod["containers"][2]["name"] == "two"
