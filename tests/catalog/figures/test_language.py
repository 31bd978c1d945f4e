"""What figures.yaml can say about a line."""

from __future__ import annotations

from pathlib import Path

from tests.results.sheet_of import extracted


def test_a_line_can_have_figures_in_a_unit_of_its_own(tmp_path: Path) -> None:
    sheet = """
        figures:
          rate: {unit: segments/s, description: Segments for each second.}
        output:
          - line: Rate <rate> [Mega]
            units: {rate: Msegments/s}
          - line: Rate <rate>
    """
    found = extracted(tmp_path, sheet, "Rate 3 [Mega]\nRate 4\n").found
    assert [(each.value, each.unit) for each in found] == [(3, "Msegments/s"), (4, "segments/s")]


def test_a_line_that_says_that_the_run_failed_says_so_once_and_can_hold_a_figure(tmp_path: Path) -> None:
    sheet = """
        figures:
          residual: {description: What is left.}
        output:
          - failure: '/FAILED$/'
          - failure: '/^residual .* FAILED$/'
          - line: residual <residual> <result>
    """
    extractor = extracted(tmp_path, sheet, "residual 3 FAILED\n")
    assert [(each.value, each.context) for each in extractor.found] == [(3, {"result": "FAILED"})]
    assert [remark.failed for remark in extractor.remarks] == [True]
