"""The coverage of a study for a page: its description, a grid of its points, and the points that are not done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mocompile.catalog.figures.number import Scalar
from mocompile.results.analyse.coverage import Coverage, PointCoverage
from mocompile.results.analyse.order import natural
from mocompile.results.present.html.tables import Column, HtmlTable, exact
from mocompile.results.present.safe_text import label

_ACROSS = 10  # values of the parameter that has a column for each
_ROWS = 400
_VALUES = 12  # values of a parameter that are named


@dataclass(frozen=True, slots=True)
class GridCell:
    """The runs of one point in words, and the worst of their states; empty if there is no such point."""

    text: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row: the values of the parameters at its left, and a cell for each value of the one across."""

    values: tuple[str, ...]
    cells: tuple[GridCell, ...]


@dataclass(frozen=True, slots=True)
class StudyPart:
    """The study in a page. `across` is the parameter with a column for each of its values, `heads` are these."""

    facts: tuple[tuple[str, str], ...]
    down: tuple[str, ...]
    across: str
    heads: tuple[str, ...]
    rows: tuple[GridRow, ...]
    notes: tuple[str, ...]
    open: HtmlTable | None


def study_part(covered: Coverage) -> StudyPart | None:
    """Return the part of the page; None if no study is given and the logs name at most one point."""
    points = covered.points
    if covered.study is None and len(points) < 2:
        return None
    names = list(dict.fromkeys(name for point in points for name in point.parameters))
    values = {name: _values(points, name) for name in names}
    told = _telling(points, names, values)
    across = _across(told, values)
    down = tuple(name for name in told if name != across)
    columns: Sequence[Scalar | None] = values[across] if across else [None]
    cells: dict[tuple[Scalar | None, ...], dict[Scalar | None, PointCoverage]] = {}
    for point in points:
        row = tuple(point.parameters.get(name) for name in down)
        cells.setdefault(row, {})[point.parameters.get(across) if across else None] = point
    ordered = sorted(cells, key=lambda row: tuple(() if value is None else natural(value) for value in row))
    rows = [
        GridRow(
            tuple("" if value is None else exact(value) for value in row),
            tuple(_cell(cells[row].get(value)) for value in columns),
        )
        for row in ordered
    ]
    notes = []
    if len(rows) > _ROWS:
        notes.append(f"{len(rows) - _ROWS:,} more rows are left out.")
    if covered.others:
        several = "runs are" if covered.others != 1 else "run is"
        notes.append(f"{covered.others} {several} not of this study: the set has another name, or other parameters.")
    return StudyPart(
        facts=tuple(_facts(covered, values)),
        down=tuple(map(label, down)),
        across=label(across),
        heads=tuple(map(exact, columns)) if across else ("runs",),
        rows=tuple(rows[:_ROWS]),
        notes=tuple(notes),
        open=_open(points, told),
    )


def _facts(covered: Coverage, values: Mapping[str, Sequence[Scalar]]) -> Iterator[tuple[str, str]]:
    if covered.study is not None:
        yield "study", label(covered.study.name)
        yield "points", f"{len(covered.points):,}"
        yield "repeats", f"{covered.study.repeats:,}"
        yield "sets", f"{len(covered.study.sets):,}"
    for name, each in values.items():
        more = f" and {len(each) - _VALUES} more" if len(each) > _VALUES else ""
        yield label(name), ", ".join(exact(value) for value in each[:_VALUES]) + more


def _values(points: Sequence[PointCoverage], name: str) -> list[Scalar]:
    found = dict.fromkeys(point.parameters[name] for point in points if name in point.parameters)
    return sorted(found, key=natural)


def _telling(
    points: Sequence[PointCoverage], names: Sequence[str], values: Mapping[str, Sequence[Scalar]]
) -> tuple[str, ...]:
    """Return as few names as distinguish all points; those with many values, which follow others, go first."""

    def kinds(some: Sequence[str]) -> int:
        return len({tuple(str(point.parameters.get(name)) for name in some) for point in points})

    kept = [name for name in names if kinds([name]) > 1]
    whole = kinds(kept)
    for name in sorted(kept, key=lambda name: (not isinstance(values[name][0], str), -len(values[name]))):
        rest = [other for other in kept if other != name]
        if kinds(rest) == whole:
            kept = rest
    return tuple(kept)


def _across(names: Sequence[str], values: Mapping[str, Sequence[Scalar]]) -> str:
    """Return the name with most values that fit beside each other."""
    fits = [name for name in names if len(values[name]) <= _ACROSS]
    return max(fits, key=lambda name: len(values[name])) if fits else ""


def _cell(point: PointCoverage | None) -> GridCell:
    if point is None:
        return GridCell()
    states = point.states
    worst = next(state for state in ("failed", "missing", "running", "done") if state in states)
    total = sum(states.values())
    known = f"{states.get('done', 0)} of {point.planned}"
    text = known if point.planned else f"{total} run{'' if total == 1 else 's'}"
    rest = [f"{count} {state}" for state, count in states.items() if state != "done"]
    return GridCell(", ".join([text, *rest]), worst)


def _open(points: Sequence[PointCoverage], names: Sequence[str]) -> HtmlTable | None:
    """Return a table of the points that have runs in another state than done."""
    rows = [
        (
            point.id,
            *(exact(point.parameters[name]) if name in point.parameters else "" for name in names),
            ", ".join(f"{count} {state}" for state, count in point.states.items() if state != "done"),
        )
        for point in points
        if set(point.states) - {"done"}
    ]
    if not rows:
        return None
    with_ids = any(row[0] for row in rows)
    columns = (Column("point"), *(Column(label(name)) for name in names), Column("runs that are not done"))
    shown = tuple(row if with_ids else row[1:] for row in rows[:_ROWS])
    note = f"{len(rows) - _ROWS:,} more rows are left out." if len(rows) > _ROWS else ""
    return HtmlTable("Points that are not done", columns if with_ids else columns[1:], shown, note, len(rows) > 40)
