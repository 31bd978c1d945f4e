"""CSV as RFC 4180 has it, in UTF-8: a header, then a row a record. Numbers stand as they are; what it lacks is empty.

A character that would act on a terminal, or end the row, is an escape (`\\x1b`, `\\n`), as in the tables for people. A
backslash of a log stands as it is, so an escape and the text of one look alike; JSON lines have the exact text.

A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@` for a formula, and a log may hold anything. Such text,
where it is not just a number, dashes, nan or inf, gets an apostrophe in front, which says "this is text" to a
spreadsheet. `original` takes it off.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import BinaryIO

from mocompile.diagnostics.wording import visible
from mocompile.results.formats.spool import Spool
from mocompile.results.record import Problem, Record, Run

# The full-width forms too: a spreadsheet of the region takes them for the same.
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠]")
_HARMLESS = re.compile(r"[+-]?(\d[\d.,]*([eE][+-]?\d+)?|\.\d+|nan|inf|infinity)|-+", re.IGNORECASE | re.ASCII)


class CsvWriter:
    """Rows wait in a temporary file until all columns are known."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._spool = Spool()

    def write(self, records: Iterable[Record], problems: Iterable[Problem] = ()) -> None:  # noqa: ARG002
        """Keeps them for `close`."""
        self._spool.add(records)

    def close(self, runs: Iterable[Run] = (), problems: Iterable[Problem] = ()) -> None:  # noqa: ARG002
        """The header and the rows."""
        names = self._spool.columns
        write_rows(self._stream, names, ([row.get(name) for name in names] for row in self._spool.rows()))
        self._spool.close()


def write_rows(stream: BinaryIO, names: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """A header and rows, with text that no spreadsheet runs."""
    text = io.TextIOWrapper(stream, "utf-8", errors="backslashreplace", newline="")
    try:
        out = csv.writer(text)
        out.writerow([safe(name) for name in names])
        out.writerows([safe(cell) for cell in row] for row in rows)
    finally:
        text.detach()  # flushes, and leaves the stream open


def safe(cell: object) -> object:
    """The cell; text with escapes for what is not seen, and an apostrophe in front of what looks like a formula."""
    if not isinstance(cell, str):
        return cell
    text = visible(cell)
    return f"'{text}" if _FORMULA.match(text) and not _HARMLESS.fullmatch(text) else text


def original(cell: str) -> str:
    """The cell's text without the apostrophe that `safe` put in front."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
