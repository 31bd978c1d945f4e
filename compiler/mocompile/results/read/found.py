"""Figures found in a timepoint, and remarks about the timepoint as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mocompile.catalog.figures.model import FigureSheet
from mocompile.catalog.figures.number import Scalar


@dataclass(frozen=True, slots=True)
class Found:
    """One figure of a timepoint, with the number of its line."""

    sheet: FigureSheet
    value: Scalar
    unit: str
    line: int
    context: Mapping[str, Scalar]
    printed: str = ""
    # Whether it comes from a JSON document, and whether it comes from text that a document can repeat.
    in_document: bool = False
    also_json: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark about a timepoint's output. `failed`: the output itself says that the run failed."""

    message: str
    line: int
    failed: bool = False
    level: str = "error"


def missing(found: Iterable[Found], figures: Iterable[FigureSheet]) -> list[Remark]:
    """Return a remark for each required figure of `figures` that is not in `found`."""
    seen = {each.sheet.name for each in found}
    return [
        Remark(f"there is no {sheet.name}: the run did not get that far, or lines are lost", 0)
        for sheet in figures
        if sheet.required and sheet.name not in seen and seen.isdisjoint(sheet.unless)
    ]


def of_several(found: Iterable[Found], notes: Mapping[str, str]) -> list[Remark]:
    """Return the `notes` of the contexts with several values."""
    values: dict[str, set[Scalar]] = {name: set() for name in notes}
    for each in found:
        for name in notes:
            if name in each.context:
                values[name].add(each.context[name])
    return [Remark(note, 0, level="note") for name, note in notes.items() if len(values[name]) > 1]


def drop_repeated(found: list[Found]) -> list[Remark]:
    """Remove figures read from text if JSON has the same figure and context: both are one measurement."""
    if not any(each.also_json for each in found):
        return []
    keys = {(each.sheet.name, frozenset(each.context.items())) for each in found if each.in_document}
    kept = [
        each for each in found if not each.also_json or (each.sheet.name, frozenset(each.context.items())) not in keys
    ]
    if len(kept) == len(found):
        return []
    message = "the output has figures both as text and as JSON; they are read from the JSON"
    remark = Remark(f"{message}: {len(found) - len(kept)}", 0, level="note")
    found[:] = kept
    return [remark]
