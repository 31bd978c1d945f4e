"""Logs as our scripts print them, and every record that is read from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.results.golden_logs import CASES, expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_log_gives_these_records_and_problems(case: Path) -> None:
    for path, text in expected(case).items():
        assert path.read_text("utf-8") == text, f"{path.name}: run `python -m tests.results.golden_logs`, read the diff"
