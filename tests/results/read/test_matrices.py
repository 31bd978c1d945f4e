"""The language of a sheet for matrices."""

from __future__ import annotations

from pathlib import Path

import pytest
from mocompile.catalog.figures.reader import read_sheet
from mocompile.results.read.figures import Extractor

SHEET = """
figures:
  rtt: {description: From row to column.}
output:
  - matrix: rtt
    axes: [from, to]
"""


@pytest.mark.parametrize(("more", "values"), [("", [0, 1, 2, 0]), ("    diagonal: false\n", [1, 2])])
def test_the_diagonal_may_be_no_measurement(tmp_path: Path, more: str, values: list[int]) -> None:
    path = tmp_path / "figures.yaml"
    path.write_text(SHEET + more)
    extractor = Extractor([read_sheet(path, "metric", lambda *_: None)])
    extractor.feed("0,1", 1)
    extractor.feed("2,0", 2)
    extractor.finish()
    assert [found.value for found in extractor.found] == values
