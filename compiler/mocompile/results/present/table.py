"""Figures as tables for people: for each metric, a row for what they are figures of, and a column for each figure.

Figures with other names of context, or of other rows, are in separate tables. Values of one figure and one
context (several timepoints, retries, pods, logs) are one cell: their median ± half of their interquartile range.
Values of runs that differ in their configuration are no repetitions: they have rows of their own, and what differs is
a column.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeAlias

from mocompile.catalog.figures.number import Scalar
from mocompile.results.analyse.order import natural
from mocompile.results.analyse.settings import (
    CHANGED,
    PODS,
    POINT,
    SET,
    differing,
    distinct_settings,
    pooled_names,
    settings_of,
    short_names,
    typed,
)
from mocompile.results.analyse.values import Values
from mocompile.results.present.text_layout import DIGITS, Cell, Grid, format_number, markdown, text
from mocompile.results.record import Record

FORMATS = ("text", "markdown", "csv", "json")
# What rows may also be kept apart by.
BY = ("source", "collection", "timepoint", "job", "pod", "container", "node", "time")
_LISTED = ("source", "pod", "collection", "timepoint")
_AGGREGATE = ("n", "median", "spread", "min", "max")

# A figure and its unit.
Column: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class Row:
    """The values of a row's keys, in the order of the table's keys; and the values of each column."""

    keys: tuple[Scalar | None, ...]
    cells: dict[Column, Values] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of one metric: the names of what its rows are of, its columns, its rows.

    `pooled` says what differs between values of one cell, as it was asked for; `by` are the keys that rows were asked
    for by, and that they are sorted by. `derived` are columns of numbers made of others, on which `notes` has more.
    """

    metric: str
    keys: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    pooled: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    derived: tuple[Column, ...] = ()
    notes: tuple[str, ...] = ()


def tables(
    records: Iterable[Record], by: Sequence[str] = (), *, every: bool = False, pool: Iterable[str] = ()
) -> list[Table]:
    """The records, which `select` chose, as tables.

    `by` (of `BY`, or full names of contexts and of the configuration) keeps apart what else is one row, or has a column
    where it is equal everywhere; `every` gives each value its own row. `pool` (full names) takes together what differs.
    """
    pooled = frozenset(pool)
    of_metric: dict[str, list[Record]] = {}
    for record in records:
        of_metric.setdefault(record.metric, []).append(record)
    apart = tuple(dict.fromkeys((*by, *(_LISTED if every else ()))))
    found: list[Table] = []
    for metric, those in of_metric.items():
        settings = distinct_settings(those)
        configured = [name for name in differing(settings, pooled) if name not in (SET, PODS)]
        asked = [name for name in by if name in _names(settings) and name not in (SET, PODS, *configured)]
        groups: dict[frozenset[str], list[Record]] = {}
        for record in those:
            groups.setdefault(frozenset(record.context) - pooled, []).append(record)
        fields = [name for name in apart if name in BY]
        for group in groups.values():
            found += _tables(metric, group, (*configured, *asked), fields, pooled, by, every=every)
    return found


def _names(settings: Iterable[Mapping[str, Scalar]]) -> set[str]:
    return {name for each in settings for name in each}


def _tables(
    metric: str,
    records: Sequence[Record],
    configured: Sequence[str],
    fields: Sequence[str],
    pooled: frozenset[str],
    by: Sequence[str],
    *,
    every: bool,
) -> Iterator[Table]:
    """The tables of records that have the same names of context. `configured`: the names of their configuration."""
    contexts = tuple(name for name in records[0].context if name not in pooled)
    always = tuple(name for name in (SET, PODS) if name not in pooled)
    plain = (*always, *configured, *fields, *contexts, "status")
    order = sorted(range(len(plain)), key=lambda at: by.index(plain[at]) if plain[at] in by else len(by))
    names = tuple(plain[at] for at in order)
    rows: dict[tuple[object, ...], Row] = {}
    for record in records:
        column = (record.figure, record.unit)
        settings = settings_of(record)
        keys = (
            *(settings.get(name, "" if name == SET else None) for name in always),
            *(settings.get(name) for name in configured),
            *(getattr(record, name) for name in fields),
            *(record.context[name] for name in contexts),
            "" if record.status == "ok" else record.status,
        )
        row = _row(rows, column, tuple(keys[at] for at in order), every=every)
        row.cells.setdefault(column, Values()).add(record.value)
        row.sources.add(record.source)
    asked = tuple(dict.fromkeys(name for name in names if name in by))
    ordered = sorted(rows.values(), key=_sorting(names, asked, configured, rows.values()))
    note = pooled_names(records, pooled)
    notes = (CHANGED,) if POINT in differing(distinct_settings(records), pooled) else ()
    for columns, kept in _connected(ordered):
        yield Table(metric, names, columns, tuple(kept), note, asked, notes=notes)


def _row(rows: dict[tuple[object, ...], Row], column: Column, keys: tuple[Scalar | None, ...], *, every: bool) -> Row:
    """The row of these keys; with `every`, the first of them that has no value in that column yet."""
    kinds = tuple(map(typed, keys))  # `8` and 8 are two
    copy = 0
    while True:
        row = rows.setdefault((kinds, copy), Row(keys))
        if not every or column not in row.cells:
            return row
        copy += 1


_Order: TypeAlias = tuple[tuple[int, float, str], ...]


def _sorting(
    names: Sequence[str], by: Sequence[str], configured: Collection[str], rows: Iterable[Row]
) -> Callable[[Row], tuple[_Order, ...]]:
    """Return the key by which rows are sorted: by `by`, set, pods and `configured`; the rest keeps its order.

    Numbers are sorted by size, and numbers in text too. Logs, and text of a context, keep the order that they have.
    """
    # Parameters and labels go first: a command that is made of them follows. The order of points means nothing.
    chosen = sorted(configured, key=lambda name: (name == POINT, not name.startswith(("parameter.", "label."))))
    order = dict.fromkeys(name for name in (*by, SET, PODS, *chosen) if name in names)
    places = {name: names.index(name) for name in order}
    natural_names = {SET, PODS, *configured, *BY} - {"source"}
    logged = [at for name, at in places.items() if name not in natural_names]
    came: dict[int, dict[Scalar | None, int]] = {at: {} for at in logged}
    for row in rows:
        for at, seen in came.items():
            seen.setdefault(row.keys[at], len(seen))

    def place(row: Row, at: int) -> _Order:
        value = row.keys[at]
        if at in came and (value is None or isinstance(value, str)):
            return ((1, came[at][value], ""),)
        return () if value is None else natural(value)

    return lambda row: tuple(place(row, at) for at in places.values())


def _connected(rows: Sequence[Row]) -> Iterator[tuple[tuple[Column, ...], list[Row]]]:
    """The rows in groups that share columns, each with these: a table without large empty areas."""
    leader: dict[Column, Column] = {}

    def find(column: Column) -> Column:
        while leader[column] != column:
            leader[column] = column = leader[leader[column]]
        return column

    for row in rows:
        first = next(iter(row.cells))
        for column in row.cells:
            leader.setdefault(column, column)
            leader[find(column)] = find(first)
    groups: dict[Column, list[Row]] = {}
    for row in rows:
        groups.setdefault(find(next(iter(row.cells))), []).append(row)
    for head, kept in groups.items():
        yield tuple(column for column in leader if find(column) == head), kept


# --- for people ------------------------------------------------------------------------------------------------------


def render_tables(some: Iterable[Table], form: str, width: int, digits: int = DIGITS) -> str:
    """The tables as `text` that fits a terminal of `width`, or as `markdown`."""
    grids = [_grid(table, digits) for table in some]
    return markdown(grids) if form == "markdown" else text(grids, width)


def _grid(table: Table, digits: int) -> Grid:
    """Return the table as shown: values that all rows share are above it; a single row is transposed."""
    short = short_names(table.keys)
    varying = [position for position in range(len(table.keys)) if _varies(table.rows, position)]
    told = _told(table, varying)
    alone = not varying and len(table.rows) == 1
    common = [
        f"{short[table.keys[position]]} {_plain(table.rows[0].keys[position], digits)}"
        for position in range(len(table.keys))
        if position not in varying and _said(table.keys[position], table.rows[0].keys[position])
    ]
    several = any(values.n > 1 for row in table.rows for values in row.cells.values())
    pooled = f"pooled over {', '.join(table.pooled)}" if table.pooled else ""
    follow = ", ".join(short[table.keys[position]] for position in told)
    each = f"one value for each {', '.join(short[name] for name in table.by)}: {follow}" if told else ""
    aggregated = _aggregated(table.rows) if several else ""
    notes = tuple(filter(None, (", ".join(common), each, pooled, aggregated, *table.notes)))
    varying = [position for position in varying if position not in told]
    if alone:
        names, rows, keys = _upright(table, several, digits)
    else:
        names = (
            *(short[table.keys[each]] for each in varying),
            *(["n"] if several else []),
            *map(_heading, table.columns),
        )
        rows = tuple(_cells(table, row, varying, several, digits) for row in table.rows)
        keys = len(varying) + several
    return Grid(table.metric or "no metric", notes, names, rows, keys)


def _said(name: str, value: Scalar | None) -> bool:
    """Whether it is worth saying what all rows have; the first collection of a log is the only one as a rule."""
    return value not in ("", None) and (name, value) != ("collection", 0)


def _varies(rows: Sequence[Row], position: int) -> bool:
    first = rows[0].keys[position]
    return any(row.keys[position] != first or type(row.keys[position]) is not type(first) for row in rows)


def _told(table: Table, varying: Sequence[int]) -> list[int]:
    """Those of the positions that say no more than the settings and contexts that rows were asked for by."""
    by = [position for position in varying if table.keys[position] in table.by]
    if not by or set(table.by) <= set(BY):
        return []
    kinds = len({tuple(typed(row.keys[at]) for at in by) for row in table.rows})
    return [
        position
        for position in varying
        if position not in by
        and table.keys[position] != "status"
        and len({tuple(typed(row.keys[at]) for at in (*by, position)) for row in table.rows}) == kinds
    ]


def _aggregated(rows: Sequence[Row]) -> str:
    sources = len(set().union(*(row.sources for row in rows)))
    logs = f", from {sources} logs" if sources > 1 else ""
    return f"median ± half of the interquartile range of n values{logs}"


def _upright(table: Table, several: bool, digits: int) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...], int]:
    """One row as a table of its own: a line a figure."""
    cells = table.rows[0].cells
    names = ("figure", *(["n"] if several else []), "value", "unit")
    rows = tuple(
        (
            figure,
            *([(str(cells[figure, unit].n),)] if several else []),
            _cell(cells[figure, unit], digits),
            unit,
        )
        for figure, unit in table.columns
    )
    return names, rows, len(names)


def _heading(column: Column) -> str:
    figure, unit = column
    return f"{figure} ({unit})" if unit else figure


def _cells(table: Table, row: Row, varying: Sequence[int], several: bool, digits: int) -> tuple[Cell, ...]:
    keys = [_key(row.keys[position], digits) for position in varying]
    counts = sorted({values.n for column, values in row.cells.items() if column not in table.derived})
    n: list[Cell] = [("-".join(str(count) for count in dict.fromkeys((counts[0], counts[-1]))),)] if several else []
    return (*keys, *n, *(_cell(row.cells.get(column), digits) for column in table.columns))


def _key(value: Scalar | None, digits: int) -> Cell:
    plain = _plain(value, digits)
    return (plain,) if isinstance(value, int | float) else plain


def _plain(value: Scalar | None, digits: int) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else format_number(value, digits)


def _cell(values: Values | None, digits: int) -> Cell:
    if values is None:
        return ""
    found = values.sample
    texts = ", ".join(dict.fromkeys(values.texts))
    if found is None:
        return texts
    shown = [format_number(found.median, digits)]
    if found.n > 1:
        shown.append(f"±{format_number(found.spread, 2)}")
    if texts:
        shown.append(f"({len(values.texts)} of {values.n}: {texts})")
    return tuple(shown)


# --- for programs ----------------------------------------------------------------------------------------------------


def write_csv(stream: BinaryIO, some: Iterable[Table]) -> None:
    """All tables as one CSV: a row for each figure in each context, with what its values come to."""
    from mocompile.results.formats.csv import write_rows

    every = list(some)
    keys = tuple(dict.fromkeys(key for table in every for key in table.keys))
    names = ("metric", *keys, "figure", "unit", "value", *_AGGREGATE)
    rows = (
        (table.metric, *_of(table, row, keys), *column, *_summary(row.cells[column]))
        for table in every
        for row in table.rows
        for column in table.columns
        if column in row.cells
    )
    write_rows(stream, names, rows)


def tables_as_json(some: Iterable[Table]) -> str:
    """The tables as a JSON list: for each row its keys, and for each of its figures what the values come to."""
    return json.dumps([_data(table) for table in some], indent=2, allow_nan=False) + "\n"


def _data(table: Table) -> dict[str, Any]:
    return {
        "metric": table.metric,
        "pooled": list(table.pooled),
        "notes": list(table.notes),
        "rows": [
            {
                "of": {key: _finite(value) for key, value in zip(table.keys, row.keys, strict=True)},
                "figures": [
                    {"figure": figure, "unit": unit, **_named_summary(row.cells[figure, unit])}
                    for figure, unit in table.columns
                    if (figure, unit) in row.cells
                ],
            }
            for row in table.rows
        ],
    }


def _named_summary(values: Values) -> dict[str, Scalar | None]:
    named = zip(("value", *_AGGREGATE), _summary(values), strict=True)
    return {name: _finite(value) for name, value in named}


def _finite(value: Scalar | None) -> Scalar | None:
    """Return the value; text for a number that JSON does not have."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _of(table: Table, row: Row, keys: Sequence[str]) -> Iterator[Scalar | None]:
    known = dict(zip(table.keys, row.keys, strict=True))
    return (known.get(key) for key in keys)


def _summary(values: Values) -> tuple[Scalar | None, ...]:
    """Return text or a single value as `value`, the count, and the summary of numbers."""
    found = values.sample
    if found is None:
        return ", ".join(dict.fromkeys(values.texts)), values.n, None, None, None, None
    alone = found.median if values.n == 1 else ", ".join(dict.fromkeys(values.texts))
    return alone, values.n, found.median, found.spread, found.low, found.high
