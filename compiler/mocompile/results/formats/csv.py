"""CSV (RFC 4180) in UTF-8: a header, then a row per record. Numbers are not changed; missing values are empty.

A character that would act on a terminal, or end the row, is an escape (`\\x1b`, `\\n`), as in the tables for people. A
backslash of a log is not escaped, so an escape and the same text look alike; JSON lines have the exact text.

A spreadsheet reads a cell that begins with `=`, `+`, `-`, `@` as a formula, and a log can contain any text. Such text,
unless it is a number, dashes, nan or inf, gets an apostrophe in front, which marks text in a spreadsheet. `original`
removes it.
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

# The full-width forms too: spreadsheets in East Asian locales read them as the same characters.
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠]")
_HARMLESS = re.compile(r"[+-]?(\d[\d.,]*([eE][+-]?\d+)?|\.\d+|nan|inf|infinity)|-+", re.IGNORECASE | re.ASCII)


class CsvWriter:
    """Rows wait in a temporary file until all columns are known."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._spool = Spool()

    def write(self, records: Iterable[Record], problems: Iterable[Problem] = ()) -> None:  # noqa: ARG002
        """Keep the records for `close`."""
        self._spool.add(records)

    def close(self, runs: Iterable[Run] = (), problems: Iterable[Problem] = ()) -> None:  # noqa: ARG002
        """Write the header and the rows."""
        names = self._spool.columns
        write_rows(self._stream, names, ([row.get(name) for name in names] for row in self._spool.rows()))
        self._spool.close()


def write_rows(stream: BinaryIO, names: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a header and rows, with text that no spreadsheet evaluates."""
    text = io.TextIOWrapper(stream, "utf-8", errors="backslashreplace", newline="")
    try:
        out = csv.writer(text)
        out.writerow([safe(name) for name in names])
        out.writerows([safe(cell) for cell in row] for row in rows)
    finally:
        text.detach()  # flushes, and leaves the stream open


def safe(cell: object) -> object:
    """Return the cell; text has escapes for invisible characters, and an apostrophe before a possible formula."""
    if not isinstance(cell, str):
        return cell
    text = visible(cell)
    return f"'{text}" if _FORMULA.match(text) and not _HARMLESS.fullmatch(text) else text


def original(cell: str) -> str:
    """Return the cell's text without the apostrophe of `safe`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
