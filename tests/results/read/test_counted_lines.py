"""Lines that are counted."""

from __future__ import annotations

from pathlib import Path

from mocompile.catalog.figures.reader import read_sheet
from mocompile.results.read.figures import Extractor

SHEET = """
figures:
  objects: {description: How many there are.}
  size: {description: Their sizes.}
output:
  - line: <kind> of ...
    count: objects
  - line: <kind> of size <size>
"""


def test_a_counted_line_still_has_its_figures(tmp_path: Path) -> None:
    path = tmp_path / "figures.yaml"
    path.write_text(SHEET)
    extractor = Extractor([read_sheet(path, "metric", lambda *_: None)])
    for position, line in enumerate(["cache of size 5", "cache of steel", "core of size 7"], 1):
        extractor.feed(line, position)
    extractor.finish()
    assert [(found.sheet.name, found.context["kind"], found.value) for found in extractor.found] == [
        ("size", "cache", 5),
        ("size", "core", 7),
        ("objects", "cache", 2),
        ("objects", "core", 1),
    ]
