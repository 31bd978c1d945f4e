"""Figures found in a timepoint, and remarks about the timepoint as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mocompile.catalog.figures.model import FigureSheet, LineReader
from mocompile.catalog.figures.number import Scalar


@dataclass(slots=True)
class Found:
    """One figure of a timepoint, with the number of its line. Its context is complete when the timepoint has ended.

    `settings` are those that its tool prints, without the prefix that they have in a configuration.
    """

    sheet: FigureSheet
    value: Scalar
    unit: str
    line: int
    context: Mapping[str, Scalar]
    printed: str = ""
    # Whether it comes from a JSON document, and whether it comes from text that a document can repeat.
    in_document: bool = False
    also_json: bool = False
    settings: Mapping[str, Scalar] = field(default_factory=dict)


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


def missing_pairs(found: Iterable[Found], readers: Iterable[LineReader]) -> list[Remark]:
    """Return a remark for each reader whose line is not there for each pair of ranks."""
    remarks: list[Remark] = []
    for reader in readers:
        names = {name for _, name, _ in reader.pattern.figures}
        pairs: dict[int, set[tuple[Scalar, Scalar]]] = {}
        for each in found:
            first, second, size = (each.context.get(name) for name in (*reader.axes, reader.below))
            if each.sheet.name in names and first is not None and second is not None and isinstance(size, int):
                pairs.setdefault(size, set()).add((first, second))
        for size, seen in pairs.items():
            if len(seen) < size * (size - 1):
                lacks = f"{size} ranks have {size * (size - 1)} pairs, and {', '.join(sorted(names))} is of {len(seen)}"
                remarks.append(Remark(f"{lacks}: the run did not get that far, or lines are lost", 0))
    return remarks


def of_several(found: Iterable[Found], notes: Mapping[str, str]) -> list[Remark]:
    """Return the `notes` of the contexts with several values."""
    values: dict[str, set[Scalar]] = {name: set() for name in notes}
    for each in found:
        for name in notes:
            if name in each.context:
                values[name].add(each.context[name])
    return [Remark(note, 0, level="note") for name, note in notes.items() if len(values[name]) > 1]


def drop_needless(found: Iterable[Found], unless: Mapping[str, Iterable[str]]) -> None:
    """Remove from each figure the contexts of `unless` for which it has a better one."""
    for each in found:
        needless = {name for name, others in unless.items() if not each.context.keys().isdisjoint(others)}
        if needless & each.context.keys():
            each.context = {name: value for name, value in each.context.items() if name not in needless}


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
