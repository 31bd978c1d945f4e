"""The points of a study, found in the slowest and most obvious way: by trying every combination and every rule anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Value = int | str


@dataclass(frozen=True)
class Sketch:
    """A study as lists and functions. `derived`: a name, and the names whose values it adds up, or joins with `x`."""

    values: Mapping[str, Sequence[Value]]
    derived: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    zips: Sequence[tuple[str, ...]] = ()
    exclude: Sequence[Mapping[str, Value]] = ()
    most: int | None = None  # `when`: the sum of all numbers is more than this
    include: Sequence[Mapping[str, Value]] = ()


def points(sketch: Sketch) -> list[dict[str, Value]]:
    """Every point, in order."""
    found = [each for each in _combinations(list(sketch.values), sketch) if _zipped(each, sketch)]
    kept = [each for each in (_complete(each, sketch) for each in found) if not _excluded(each, sketch)]
    return kept + [_complete(dict(each), sketch) for each in sketch.include]


def _combinations(names: list[str], sketch: Sketch) -> Iterator[dict[str, Value]]:
    if not names:
        yield {}
        return
    # The first member of a group brings the others, so that the order is that of the first.
    for value in sketch.values[names[0]]:
        for rest in _combinations(names[1:], sketch):
            yield {names[0]: value, **rest}


def _zipped(point: Mapping[str, Value], sketch: Sketch) -> bool:
    return all(len({list(sketch.values[name]).index(point[name]) for name in group}) == 1 for group in sketch.zips)


def _complete(point: dict[str, Value], sketch: Sketch) -> dict[str, Value]:
    for name, parts in sketch.derived.items():
        values = [point[part] for part in parts]
        if all(isinstance(value, int) for value in values):
            point[name] = sum(value for value in values if isinstance(value, int))
        else:
            point[name] = "x".join(str(value) for value in values)
    return point


def _excluded(point: Mapping[str, Value], sketch: Sketch) -> bool:
    if any(all(point[name] == value for name, value in entry.items()) for entry in sketch.exclude):
        return True
    total = sum(value for value in point.values() if isinstance(value, int))
    return sketch.most is not None and total > sketch.most
