"""The language of a sheet for JSON documents."""

from __future__ import annotations

from pathlib import Path

import pytest
from mocompile.catalog.figures.reader import read_sheet
from mocompile.results.read.figures import Extractor

SHEET = """
figures:
  rate: {description: Rate of a job.}
output:
  - json: [jobs, <index>]
    figures: {rate: [rate]}
  - json: [jobs]
    failed: ["*", code]
"""


@pytest.mark.parametrize(
    ("codes", "failed"),
    [
        ("0, 0", False),
        ("5, 0", False),
        ("5, 6", True),
        ("", False),
    ],
)
def test_a_run_failed_where_a_path_leads_to_no_zero(tmp_path: Path, codes: str, failed: bool) -> None:
    path = tmp_path / "figures.yaml"
    path.write_text(SHEET)
    extractor = Extractor([read_sheet(path, "metric", lambda *_: None)])
    jobs = ", ".join(f'{{"rate": 1, "code": {code}}}' for code in codes.split(", ") if code)
    extractor.feed(f'{{"jobs": [{jobs}]}}', 1)
    extractor.finish()
    assert extractor.failed is failed
    assert [remark.message for remark in extractor.remarks] == (["the run failed: code is 5, 6"] if failed else [])
