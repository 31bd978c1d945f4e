"""Formats of figures: one module each, all with the same writer, to a binary stream.

json      one object: records, problems, runs
jsonl     a line for each record and each problem; the one that is read back
csv       a row a record
parquet   the same with types; needs pyarrow

None takes more memory than what one `write` is given: what must wait for the last record waits in a temporary file.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import BinaryIO, Protocol

from mocompile.results.record import Problem, Record, Run

FORMATS = ("json", "jsonl", "csv", "parquet")


class Writer(Protocol):
    """Writes records to a binary stream, which it leaves open: `write` any number of times, then `close`."""

    def write(self, records: Iterable[Record], problems: Iterable[Problem] = ()) -> None:
        """These records, after those before; and these problems, where the format has them beside the records."""

    def close(self, runs: Iterable[Run] = (), problems: Iterable[Problem] = ()) -> None:
        """The rest: all runs and all problems, for the formats that have them at the end."""


def writer(form: str, stream: BinaryIO) -> Writer:
    """The writer of one of `FORMATS`. Raises `MissingExtraError` where it needs a package that is not installed."""
    if form == "json":
        from mocompile.results.formats.json import JsonWriter

        return JsonWriter(stream)
    if form == "jsonl":
        from mocompile.results.formats.jsonl import JsonLinesWriter

        return JsonLinesWriter(stream)
    if form == "csv":
        from mocompile.results.formats.csv import CsvWriter

        return CsvWriter(stream)
    if form == "parquet":
        from mocompile.results.formats.parquet import ParquetWriter

        return ParquetWriter(stream)
    raise ValueError(f"no format '{form}' among {FORMATS}")


def format_of(name: str) -> str | None:
    """The format that a file's name ends in, where it is one of `FORMATS`."""
    ending = PurePath(name).suffix.removeprefix(".").lower()
    return ending if ending in FORMATS else None
