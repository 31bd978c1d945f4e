"""Series of points, out of records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from mocompile.results.analyse.samples import Sample, sample
from mocompile.results.analyse.scaling import ideal
from mocompile.results.present.plot.chart import Panel, Scale, Series

if TYPE_CHECKING:
    from mocompile.catalog.figures.number import Better
    from mocompile.results.analyse.scaling import Scaling

LINES = 8  # in one panel: as many as there are colours

PANELS = 24

# The values of the keys of a series, and the values of its figures by place on the axis.
KEY: TypeAlias = tuple[object, ...]
Points: TypeAlias = dict[float, list[float]]


def line_series(name: str, points: Mapping[float, Sequence[float]]) -> Series:
    return _of_samples(name, {x: sample(values) for x, values in sorted(points.items())})


def _of_samples(name: str, samples: Mapping[float, Sample]) -> Series:
    return Series(
        name,
        tuple(samples),
        tuple(each.median for each in samples.values()),
        tuple(each.low for each in samples.values()),
        tuple(each.high for each in samples.values()),
        tuple(each.n for each in samples.values()),
    )


def positions(names: tuple[str, ...], samples: Sequence[Sample]) -> Series:
    series = _of_samples("", {float(index): each for index, each in enumerate(samples)})
    return replace(series, names=names)


def band(points: Mapping[float, Sequence[float]]) -> Series:
    return replace(line_series("median", points), role="band")


def panels_of(series: Iterable[KEY], apart: tuple[int, ...]) -> int:
    """How many panels it takes to keep those keys apart; 0 where lines could not be told apart all over."""
    keys = list(series)
    lines = {tuple(value for place, value in enumerate(key) if place not in apart) for key in keys}
    return len({tuple(key[place] for place in apart) for key in keys}) if len(lines) <= LINES else 0


def alike(panels: Sequence[Panel], scale: Scale = "linear") -> bool:
    """Whether panels may share a y axis: in none of them does everything lie at the bottom of it."""
    if scale == "log":
        return True
    tops = [max((abs(value) for each in panel.series for value in each.high), default=0.0) for panel in panels]
    return max(tops, default=0.0) <= 20 * min(tops, default=0.0)


def with_ideal(panel: Panel, better: Better, scaling: Scaling) -> Panel:
    """The panel with what each line would be, did it scale ideally from its smallest number of pods."""
    measured = [replace(each, name=each.name or "measured") for each in panel.series]
    lines = [
        _ideal(each, better, scaling)
        for each in measured
        if each.role == "measured" and len(each.x) > 1 and each.x[0] > 0
    ]
    return replace(panel, series=(*measured, *lines))


def _ideal(series: Series, better: Better, scaling: Scaling) -> Series:
    values = ideal(series.x, series.y, better, scaling)
    counts = tuple(1 for _ in values)
    return Series(f"ideal {scaling} scaling", series.x, values, values, values, counts, role="ideal")
