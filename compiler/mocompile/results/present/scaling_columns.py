"""Speed-up and efficiency beside the figures of a table, for rows that are runs of one problem on more resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mocompile.catalog.figures.number import Better
from mocompile.results.analyse.scaling import Scaling, efficiency, has_ideal, is_resource, scaling_of, speedup
from mocompile.results.analyse.settings import POINT, SET, short_names, typed
from mocompile.results.analyse.values import Values
from mocompile.results.present.table import Column, Row, Table
from mocompile.results.record import Record

SPEEDUP, EFFICIENCY = "speed-up", "efficiency"


def directions(records: Iterable[Record]) -> dict[tuple[str, str], Better]:
    """By metric and figure, which direction is better; only where the records agree on one."""
    found: dict[tuple[str, str], set[Better]] = {}
    for record in records:
        found.setdefault((record.metric, record.figure), set()).add(record.better)
    return {key: next(iter(those)) for key, those in found.items() if len(those) == 1 and "" not in those}


def with_scaling(table: Table, x: str, better: Mapping[tuple[str, str], Better]) -> Table:
    """The table with a speed-up and an efficiency for each figure that has a direction, over its key `x`.

    Both are by the median, against the row of the same line with the smallest `x`. A line is rows that differ in `x`,
    in counts of resources, and in sizes that grow with `x`; its rows follow each other. In weak scaling there is
    no speed-up, and only times and rates of the whole problem have an efficiency. A note says what has none.
    """
    if x not in table.keys:
        return table
    table = _in_lines(table, x)
    lines, other = _lines(table, x)
    if not lines:
        return table
    columns: list[Column] = []
    derived: list[Column] = []
    cells = {id(row): dict(row.cells) for row in table.rows}
    rates = False
    for column in table.columns:
        figure, unit = column
        columns.append(column)
        direction = better.get((table.metric, figure), "")
        if not has_ideal(unit, direction, "strong"):
            continue
        made: set[Column] = set()
        for rows, scaling in lines:
            known = [(_at(table, row, x), row, found) for row in rows if (found := _median(row, column)) is not None]
            if len(known) < 2:
                continue
            if not has_ideal(unit, direction, scaling):
                rates = True
                continue
            at, y = [each[0] for each in known], [each[2] for each in known]
            parts = [(EFFICIENCY, efficiency(at, y, direction, scaling))]
            if scaling == "strong":
                parts.insert(0, (SPEEDUP, speedup(y, direction)))
            for name, numbers in parts:
                made.add((f"{figure} {name}", ""))
                for (_, row, _), number in zip(known, numbers, strict=True):
                    values = Values()
                    values.add(number)
                    cells[id(row)][f"{figure} {name}", ""] = values
        new = [(f"{figure} {name}", "") for name in (SPEEDUP, EFFICIENCY) if (f"{figure} {name}", "") in made]
        columns += new
        derived += new
    short = short_names([x])[x]
    kinds = " and ".join(sorted({f"{scaling} scaling" for _, scaling in lines}))
    notes = [*table.notes, f"{kinds} over {short}: by the medians, against the smallest {short}"]
    if other:
        notes.append(f"{other} rows are not runs of one problem over {short}: they have no speed-up and no efficiency")
    if rates:
        notes.append("in weak scaling only times and rates of the whole problem have an efficiency")
    rows_made = tuple(Row(row.keys, cells[id(row)], row.sources) for row in table.rows)
    return replace(table, columns=tuple(columns), rows=rows_made, derived=tuple(derived), notes=tuple(notes))


def _in_lines(table: Table, x: str) -> Table:
    """The table with what tells lines apart as its first keys, then `x`; sorted by these."""
    apart = _apart(table, x)
    order = [*(table.keys.index(name) for name in (*apart, x))]
    order += [at for at in range(len(table.keys)) if at not in order]
    rows = [Row(tuple(row.keys[at] for at in order), row.cells, row.sources) for row in table.rows]
    came: dict[tuple[object, ...], int] = {}
    for row in rows:
        came.setdefault(tuple(map(typed, row.keys[: len(apart)])), len(came))
    keys = tuple(table.keys[at] for at in order)
    made = replace(table, keys=keys, by=(*apart, x))
    rows.sort(key=lambda row: (came[tuple(map(typed, row.keys[: len(apart)]))], _at(made, row, x)))
    return replace(made, rows=tuple(rows))


def _lines(table: Table, x: str) -> tuple[list[tuple[list[Row], Scaling]], int]:
    """The rows of each line in the order of `x`, with how it scales; and how many rows are in none."""
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in table.rows:
        groups.setdefault(tuple(map(typed, row.keys[: len(table.by) - 1])), []).append(row)
    found: list[tuple[list[Row], Scaling]] = []
    other = 0
    for those in groups.values():
        at = [_at(table, row, x) for row in those]
        points = [{name: each for name, each in zip(table.keys, row.keys, strict=True) if name != x} for row in those]
        scaling = scaling_of(at, points) if len(those) > 1 and min(at) > 0 else None
        if scaling is None:
            other += len(those)
        else:
            found.append((those, scaling))
    return found, other


def _apart(table: Table, x: str) -> list[str]:
    """The names that tell lines apart: those asked for, and as few others as leave one row for each `x` in a line."""

    def kinds(some: Sequence[str]) -> int:
        places = [table.keys.index(name) for name in some]
        return len({tuple(typed(row.keys[at]) for at in places) for row in table.rows})

    asked = [name for name in table.by if name != x]
    chosen = ("parameter.", "label.", POINT)
    others = [name for name in table.keys if name not in (x, SET, *asked) and not is_resource(name)]
    # What somebody chose to vary goes first, and what is made of it last.
    order = sorted((not name.startswith(chosen), kinds([name]), at) for at, name in enumerate(others))
    kept = [others[at] for _, count, at in order if count > 1]
    whole = kinds([x, *asked, *kept])
    for name in reversed(kept.copy()):
        rest = [other for other in kept if other != name]
        if kinds([x, *asked, *rest]) == whole:
            kept = rest
    return [*asked, *kept]


def _at(table: Table, row: Row, x: str) -> float:
    value = row.keys[table.keys.index(x)]
    return float(value) if isinstance(value, int | float) else 0.0


def _median(row: Row, column: Column) -> float | None:
    values = row.cells.get(column)
    found = values.sample if values is not None and not values.texts else None
    return None if found is None else found.median
