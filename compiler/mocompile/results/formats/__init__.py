"""Formats of figures: one module each, all with the same writer, to a binary stream.

json      one object: records, problems, runs
jsonl     a line for each record and each problem; the only format that mocompile reads
csv       a row per record
parquet   the same with types; needs pyarrow

A writer needs only the memory of the records of one `write`: records that must wait are in a temporary file.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import BinaryIO, Protocol

from mocompile.results.record import Problem, Record, Run

FORMATS = ("json", "jsonl", "csv", "parquet")


class Writer(Protocol):
    """Writes records to a binary stream: call `write` any number of times, then `close`. The stream stays open."""

    def write(self, records: Iterable[Record], problems: Iterable[Problem] = ()) -> None:
        """Write more records, and these problems if the format has problems beside records."""

    def close(self, runs: Iterable[Run] = (), problems: Iterable[Problem] = ()) -> None:
        """Write all runs and all problems, for the formats that have them at the end."""


def writer(form: str, stream: BinaryIO) -> Writer:
    """Return the writer of one of `FORMATS`. Raises `MissingExtraError` if a package that it needs is not installed."""
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
    """Return the format of a file's extension, if it is one of `FORMATS`."""
    ending = PurePath(name).suffix.removeprefix(".").lower()
    return ending if ending in FORMATS else None
