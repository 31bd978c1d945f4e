"""Sheets and logs that tests make up, and what is read from them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from mocompile.catalog.figures.reader import read_sheet
from mocompile.results.read.figures import Extractor


def extracted(tmp_path: Path, sheet: str, log: str) -> Extractor:
    """Return the records of `log` by `sheet` (YAML)."""
    path = tmp_path / "figures.yaml"
    path.write_text(dedent(sheet))
    extractor = Extractor([read_sheet(path, "mine", lambda *_: None)])
    for number, line in enumerate(dedent(log).splitlines(), 1):
        extractor.feed(line, number)
    extractor.finish()
    return extractor
