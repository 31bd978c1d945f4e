"""Pairs of pods for a page: who is named, and a table of each benchmark as a heat map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mocompile.catalog.figures.model import Sheet
from mocompile.results.analyse.pairs import Matrix, find_suspects
from mocompile.results.present.pairs import (
    cell_text,
    families,
    figures_to_judge,
    heading,
    level_of,
    named,
    side_name,
    usual_of,
)
from mocompile.results.present.safe_text import label
from mocompile.results.record import Record

MOST = 48  # pods of a table


@dataclass(frozen=True, slots=True)
class HeatCell:
    """The value of a pair, and the class of its colour; both empty for a pair that was not measured."""

    text: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A row for each pod that is a, a column for each that is b."""

    caption: str
    notes: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[tuple[HeatCell, ...], ...]


@dataclass(frozen=True, slots=True)
class PairsPart:
    """The part of a metric: the sentences about who is named, whether there is one, and the tables."""

    named: tuple[str, ...]
    suspicious: bool
    maps: tuple[HeatMap, ...]


def pairs_part(records: Sequence[Record], sheet: Sheet | None) -> PairsPart | None:
    """Return the part of a metric's records; None if they are not of pairs."""
    findings = find_suspects(figures_to_judge(records, lambda _: sheet))
    if not findings.verdicts:
        return None
    views = families(findings)
    return PairsPart(
        tuple(label(line, 400) for line in named(findings)),
        bool(findings.suspects or findings.links),
        tuple(_map(view.shown.matrix, view.notes) for view in views if view.shown.matrix.cells),
    )


def _map(matrix: Matrix, notes: Sequence[str]) -> HeatMap:
    count = len(matrix.sides)
    caption = label(f"{heading(matrix)} by a (rows) and b (columns)", 200)
    if count > MOST:
        more = f"{count} pods are too many for this table: `mocompile results pairs --heat-map` draws it"
        return HeatMap(caption, (*map(_note, notes), more), (), ())
    names = tuple(label(side_name(side, matrix.sides)) for side in matrix.sides)
    usual = usual_of(matrix)
    rows = tuple(tuple(_cells(matrix, row, usual)) for row in range(count))
    return HeatMap(caption, tuple(map(_note, notes)), names, rows)


def _cells(matrix: Matrix, row: int, usual: float) -> Iterator[HeatCell]:
    for column in range(len(matrix.sides)):
        values = matrix.cells.get((row, column))
        if values is None:
            yield HeatCell()
        else:
            level = level_of(matrix, values, usual)
            kind = "usual" if level == 0 else f"worse-{level}" if level > 0 else f"better-{-level}"
            yield HeatCell(cell_text(values), kind)


def _note(note: str) -> str:
    return label(note, 300)
