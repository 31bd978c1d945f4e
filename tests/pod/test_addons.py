"""The addon `commands`, which is also every addon that takes its script under another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.pod.containers import METADATA, collection, configmap

if TYPE_CHECKING:
    from tests.pod.conftest import Runner
    from tests.pod.kubelet import Shell


def test_prefix_and_suffix_are_put_around_the_line_as_text(run: Runner) -> None:
    result = run(
        "sh -c 'echo a; echo b >&2'",
        MO_ADDONS="0:commands",
        MO_ADDON_0_PREFIX="echo before;",
        MO_ADDON_0_SUFFIX="2>&1 && echo after",
    )
    assert result.stdout == METADATA + collection("before\na\nb\nafter\n")


def test_the_first_written_addon_is_the_innermost(run: Runner) -> None:
    result = run(
        "x",
        MO_ADDONS="0:commands 2:commands",
        MO_ADDON_0_PREFIX="echo 0",
        MO_ADDON_2_PREFIX="echo 2",
        MO_ADDON_0_SUFFIX="0",
        MO_ADDON_2_SUFFIX="2",
    )
    assert result.stdout == METADATA + collection("2 echo 0 x 0 2\n")


def test_time_is_the_keyword_of_bash(run: Runner, shell: Shell) -> None:
    result = run("f() { echo a; }; f", MO_ADDONS="0:commands", MO_ADDON_0_PREFIX="time")
    if shell in ("bash", "debian"):
        assert "real\t0m" in result.stderr
        assert result.stdout == METADATA + collection("a\n")


def test_a_wrapped_line_keeps_its_code(run: Runner) -> None:
    assert run("sh -c 'exit 6'", MO_ADDONS="0:commands", MO_ADDON_0_PREFIX="env A=1").code == 6


def test_every_item_of_a_list_is_wrapped_and_echoed_as_it_was_written(run: Runner) -> None:
    result = run(
        "",
        MO_EACH="MO_LIST_C",
        MO_ECHO="true",
        MO_LIST_C_COUNT="2",
        MO_LIST_C_0="echo a",
        MO_LIST_C_1="echo b",
        MO_ADDONS="0:commands",
        MO_ADDON_0_PREFIX="X=1",
        MO_ADDON_0_SUFFIX="wrapped",
    )
    assert result.stdout == METADATA + collection("echo a\na wrapped\n", "echo b\nb wrapped\n")


def test_every_round_and_repetition_is_wrapped_once(run: Runner) -> None:
    result = run(
        "x",
        MO_ADDONS="0:commands",
        MO_ADDON_0_PREFIX="echo",
        MO_ROUNDS="2",
        MO_RATE="0",
        MO_REPETITIONS="2",
    )
    assert result.stdout == METADATA + collection(*["x\n"] * 4)


def test_the_same_script_serves_under_another_name(run: Runner) -> None:
    scripts = configmap()
    scripts["addon-perf-commands.sh"] = scripts["addon-commands.sh"]
    result = run(
        "echo $A $B",
        options={"configmap": scripts},
        MO_ADDONS="0:perf-commands 1:commands",
        MO_ADDON_0_PREBLOCK="A=1",
        MO_ADDON_1_PREBLOCK='B="$A$A"',
    )
    assert result.stdout == METADATA + collection("1 11\n")


def test_an_addon_that_only_prints_does_not_inherit_the_functions_of_another(run: Runner) -> None:
    scripts = configmap() | {"addon-silent.sh": "addon_before() { mo_block='echo silent'; }\n"}
    result = run(
        "echo x",
        options={"configmap": scripts},
        MO_ADDONS="0:commands 1:silent",
        MO_ADDON_0_POSTBLOCK="echo post",
        MO_ADDON_1_POSTBLOCK="echo not here",
        MO_ADDON_1_PREFIX="not-here",
    )
    assert result.stdout == METADATA + "silent\n" + collection("x\n") + "post\n"
