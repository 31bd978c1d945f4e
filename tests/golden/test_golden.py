"""The whole output of every golden case, and nothing in `golden/outputs/` that no case accounts for."""

from __future__ import annotations

import difflib

import pytest

from tests.golden.cases import GOLDEN, Case, cases

_REGENERATE = "`python -m tests.golden.regenerate` writes it anew; read the diff"


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_output_is_byte_for_byte_what_the_case_says(case: Case) -> None:
    for path, text in case.outputs().items():
        assert path.is_file(), f"{path} is not there: {_REGENERATE}"
        golden = path.read_bytes().decode()
        diff = "".join(difflib.unified_diff(golden.splitlines(True), text.splitlines(True), "golden", "built"))
        assert golden == text, f"{path} is stale: {_REGENERATE}\n{diff}"


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_case_holds_nothing_stray(case: Case) -> None:
    assert case.files() == {case.input, *case.overlays, *case.outputs()}


def test_golden_holds_only_folders_with_an_input() -> None:
    stray = [path.name for path in GOLDEN.iterdir() if not (path / "metrics.yaml").is_file()]
    assert not stray
