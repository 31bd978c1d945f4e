"""Every kind of wrong input is refused with exactly the message that its folder says, and nothing else comes out."""

from __future__ import annotations

import json

import pytest

from tests.command import run_process
from tests.messages.cases import FOLDER, INPUT, Case, cases

_REGENERATE = "`python -m tests.messages.regenerate` writes it anew; read the diff"
_CASES = list(cases())
# As a process of its own, each where something else than a rule of the check stage speaks.
_AS_PROCESS = ("not-utf-8", "billion-laughs", "metric-unknown", "set-path-unknown")


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_wrong_input_gives_exit_code_1_its_message_and_no_output(case: Case) -> None:
    ran = case.build()
    assert (ran.code, ran.stdout) == (1, "")
    assert case.expected.is_file(), f"there is no {case.expected}: {_REGENERATE}"
    assert ran.stderr == case.expected.read_text("utf-8"), f"{case.expected} is stale: {_REGENERATE}"


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_every_finding_says_where(case: Case) -> None:
    findings = json.loads(case.build("--error-format", "json").stderr)
    assert findings
    placed = [finding for finding in findings if finding["line"] is not None]
    # What is wrong with a file as a whole names the file in its message.
    assert all("metrics.yaml" in finding["message"] for finding in findings if finding not in placed)
    assert all(finding["column"] >= 1 and finding["rule"] for finding in placed)


@pytest.mark.parametrize("case", [case for case in _CASES if case.name in _AS_PROCESS], ids=lambda case: case.name)
def test_process_says_the_same_as_the_call(case: Case) -> None:
    ran = run_process("build", *case.arguments, cwd=case.folder)
    assert (ran.code, ran.stdout, ran.stderr) == (1, "", case.expected.read_text("utf-8"))


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_case_holds_nothing_stray(case: Case) -> None:
    assert case.stray() == set()


def test_every_folder_is_a_case() -> None:
    assert set(_AS_PROCESS) <= {case.name for case in _CASES}
    assert [case.name for case in _CASES if not (case.folder / INPUT).is_file()] == []
    assert [path.name for path in FOLDER.iterdir() if not path.is_dir()] == []
