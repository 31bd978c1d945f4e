"""Records that wait on disk for the last one. Their column names are collected as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from json import loads
from tempfile import TemporaryFile
from typing import Any

from mocompile.catalog.figures.model import is_configured, is_reserved
from mocompile.results.formats.jsonl import lines
from mocompile.results.lazy_records import LazyRecords, columns_of
from mocompile.results.record import ALWAYS, FIRST, OPTIONAL, Record, columns


class Spool:
    """Flat records in a temporary file, and the names of their columns."""

    def __init__(self) -> None:
        self._file = TemporaryFile(prefix="mocompile-results-")  # noqa: SIM115  # closed by `close`
        self._seen: dict[str, None] = {}

    def add(self, records: Iterable[Record]) -> None:
        """Add records."""
        kept = records if isinstance(records, LazyRecords) else tuple(records)
        self._seen.update(dict.fromkeys(columns_of(kept) if isinstance(kept, LazyRecords) else columns(kept)))
        self._file.writelines(each.encode() for each in lines(kept))

    @property
    def contexts(self) -> list[str]:
        """Return the names of all contexts, in order of appearance."""
        return [name for name in self._seen if not is_reserved(name)]

    @property
    def configured(self) -> list[str]:
        """Return the names of all configuration values, in order of appearance."""
        return [name for name in self._seen if is_configured(name)]

    @property
    def columns(self) -> list[str]:
        """Return the names of all columns, in the order of `record.columns`."""
        return [*FIRST, *self.contexts, *ALWAYS, *(name for name in OPTIONAL if name in self._seen), *self.configured]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the flat records, in the order in which they were added."""
        self._file.seek(0)
        for data in self._file:
            yield loads(data)

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
