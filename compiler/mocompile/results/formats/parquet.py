"""Parquet: one row per record, with types that do not change from file to file.

`value` is a double; `value_text` has values that a double cannot hold: text, and whole numbers that it rounds. A
context or a name of the configuration is an integer, a double or text: the narrowest type that fits all its values in
the file.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from mocompile.catalog.figures.number import Scalar
from mocompile.results.extra import need
from mocompile.results.formats.spool import Spool
from mocompile.results.lazy_records import LazyRecords
from mocompile.results.record import ALWAYS, FIRST, OPTIONAL, Problem, Record, Run

_ROWS = 20_000
_WHOLE = ("timepoint", "collection", "line", "pods")
_EXACT = 2**53
_TYPES = ("int64", "float64", "string")  # from narrow to wide
_TEXT = "value_text"


class ParquetWriter:
    """Rows wait in a temporary file until the types of all contexts are known."""

    def __init__(self, stream: BinaryIO) -> None:
        self._arrow = need("pyarrow")
        self._parquet = need("pyarrow.parquet")
        self._stream = stream
        self._spool = Spool()
        self._types: dict[str, str] = {}

    def write(self, records: Iterable[Record], problems: Iterable[Problem] = ()) -> None:  # noqa: ARG002
        """Keep the records for `close`."""
        kept = records if isinstance(records, LazyRecords) else tuple(records)
        for values in _distinct(kept):
            for name, value in values.items():
                self._types[name] = max(_type(value), self._types.get(name, "int64"), key=_TYPES.index)
        self._spool.add(kept)

    def close(self, runs: Iterable[Run] = (), problems: Iterable[Problem] = ()) -> None:  # noqa: ARG002
        """Write the file, in groups of rows."""
        schema = self._schema()
        rows = self._spool.rows()
        # Written to a temporary file first: the format needs positions, which a pipe does not have.
        with TemporaryFile(prefix="mocompile-results-") as whole:
            with self._parquet.ParquetWriter(whole, schema) as out:
                while group := list(islice(rows, _ROWS)):
                    out.write_table(self._arrow.Table.from_pydict(self._columns(group, schema.names), schema=schema))
            whole.seek(0)
            shutil.copyfileobj(whole, self._stream)
        self._spool.close()

    def _schema(self) -> Any:
        types = {name: "int64" if name in _WHOLE else "string" for name in (*FIRST, *ALWAYS, *OPTIONAL)}
        types["value"] = "float64"
        # All columns of a record, also empty ones: files of several runs are read as one.
        names = [*FIRST[:2], _TEXT, *FIRST[2:], *map(_column, self._spool.contexts), *ALWAYS, *OPTIONAL]
        names += map(_column, self._spool.configured)
        types |= {_column(name): kind for name, kind in self._types.items()} | {_TEXT: "string"}
        return self._arrow.schema([(name, getattr(self._arrow, types[name])()) for name in names])

    def _columns(self, rows: list[dict[str, Any]], names: list[str]) -> Mapping[str, list[Scalar | None]]:
        contexts = {_column(name): name for name in (*self._spool.contexts, *self._spool.configured)}
        columns = {name: [row.get(contexts.get(name, name)) for row in rows] for name in names}
        values = [row["value"] for row in rows]
        columns["value"] = [_number(value) for value in values]
        columns[_TEXT] = [None if _held(value) else str(value) for value in values]
        for name, context in contexts.items():
            columns[name] = list(_as(self._types[context], columns[name]))
        return {name: [_encodable(value) for value in column] for name, column in columns.items()}


def _distinct(records: Sequence[Record]) -> Iterator[Mapping[str, Scalar]]:
    """Return the contexts of the records and the values of their configurations."""
    if isinstance(records, LazyRecords):
        return records.distinct()
    return (values for record in records for values in (record.context, record.configuration.values))


def _column(context: str) -> str:
    name = context.encode("utf-8", "backslashreplace").decode()
    return f"context_{name}" if name == _TEXT else name


def _type(value: Scalar) -> str:
    if isinstance(value, int):
        return "int64" if -(2**63) <= value < 2**63 else "string"
    return "float64" if isinstance(value, float) else "string"


def _as(kind: str, values: Iterable[Scalar | None]) -> Iterator[Scalar | None]:
    if kind == "string":
        return (None if value is None else str(value) for value in values)
    return (float(value) if kind == "float64" and value is not None else value for value in values)


def _number(value: Scalar) -> float | None:
    if isinstance(value, str):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _held(value: Scalar) -> bool:
    return isinstance(value, float) or (isinstance(value, int) and -_EXACT <= value <= _EXACT)


def _encodable(value: Scalar | None) -> Scalar | None:
    # UTF-8 cannot encode lone surrogates.
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
