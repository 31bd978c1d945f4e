"""Charts with lines over an axis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from mocompile.results.analyse.order import natural
from mocompile.results.analyse.scaling import TIMES, has_ideal, is_resource
from mocompile.results.analyse.settings import short_names
from mocompile.results.present.plot.chart import Chart, Panel, Scale, Series
from mocompile.results.present.plot.chart_data import ChartData
from mocompile.results.present.plot.chart_labels import ChartLabels, in_words, several
from mocompile.results.present.plot.defaults import SIZES
from mocompile.results.present.plot.line_keys import varying
from mocompile.results.present.plot.points import PLACE, field, numeric, telling
from mocompile.results.present.plot.series import (
    KEY,
    LINES,
    PANELS,
    Points,
    alike,
    band,
    line_series,
    panels_of,
    with_ideal,
)
from mocompile.results.present.safe_text import label

PAGES = 4  # charts that one plot may become


def line_chart(data: ChartData) -> Chart:
    """Return a chart with a line for each value of the keys of `data`, which has an axis. `pages` bounds its panels."""
    data, x_scale, y_scale = _scales(data)
    labels = ChartLabels(data)
    series = _series(data)
    if data.x == "timepoint" and len(series) > LINES:
        data, series = _without_idle(data, labels, series)
    panels, notes = _panels(data, labels, series)
    if is_resource(data.x) or data.chosen:
        notes = (*notes, *_other_differences(data))
    if data.scaling and _scales_ideally(data):
        panels = tuple(with_ideal(panel, data.better, data.scaling) for panel in panels)
    ticks = tuple(sorted({point for panel in panels for each in panel.series for point in each.x}))
    binary = data.x in SIZES and all(value == 0 or math.log2(value).is_integer() for value in ticks if value >= 0)
    return Chart(
        name="",
        metric=label(data.metric),
        title=labels.title,
        subtitle=labels.subtitle,
        x_label=labels.x_label(binary=binary),
        y_label=labels.y_label,
        kind="lines",
        panels=panels,
        x_scale=x_scale,
        y_scale=y_scale,
        x_binary=binary,
        x_ticks=ticks if data.x == "pods" or len(ticks) <= LINES else (),
        same_y=alike(panels, y_scale),
        notes=(*labels.spread_notes((*data.keys, data.x)), *data.notes, *notes),
    )


def _other_differences(data: ChartData) -> tuple[str, ...]:
    """Say which names change with the axis and do not separate lines."""
    short = short_names(varying(data))
    differ = [label(short[name]) for name in short if name not in (data.x, *data.keys)]
    return (f"Between runs {in_words(differ)} differ{'s' if len(differ) == 1 else ''}, too.",) if differ else ()


def _scales(data: ChartData) -> tuple[ChartData, Scale, Scale]:
    """Return the scales of both axes, and the data without values that they cannot show."""
    log = data.plot.log
    x_scale: Scale = "linear"
    if log in ("x", "both"):
        values = [numeric(field(record, data.x)) or 0.0 for record in data.records]
        x_scale = "log" if min(values) > 0 else "symlog" if min(values) == 0 else "linear"
    if log not in ("y", "both"):
        return data, x_scale, "linear"
    positive = tuple(record for record in data.records if float(record.value) > 0)
    absent = len(data.records) - len(positive)
    if absent * 5 > len(data.records):
        return data.noted("The y axis is linear: many values are not above zero."), x_scale, "linear"
    if absent:
        note = f"Left out: {several(absent, 'value')} not above zero, which a logarithmic axis cannot show."
        data = replace(data, records=positive).noted(note)
    return data, x_scale, "log"


def _series(data: ChartData) -> dict[KEY, Points]:
    found: dict[KEY, Points] = {}
    for record in data.records:
        key = tuple(field(record, name) for name in data.keys)
        at = numeric(field(record, data.x))
        assert at is not None
        found.setdefault(key, {}).setdefault(at, []).append(float(record.value))
    return dict(sorted(found.items(), key=lambda item: [natural(each) for each in item[0]]))


def _without_idle(
    data: ChartData, labels: ChartLabels, series: dict[KEY, Points]
) -> tuple[ChartData, dict[KEY, Points]]:
    busy = {key: points for key, points in series.items() if any(any(values) for values in points.values())}
    if not busy or len(busy) == len(series):
        return data, series
    note = labels.idle_note([key for key in series if key not in busy], len(series), "all the time")
    kept = tuple(record for record in data.records if tuple(field(record, name) for name in data.keys) in busy)
    return replace(data, records=kept).noted(note), busy


def _panels(
    data: ChartData, labels: ChartLabels, series: dict[KEY, Points]
) -> tuple[tuple[Panel, ...], tuple[str, ...]]:
    """Return one panel where there are few lines; else a panel for each value of some keys; else bands; and notes."""
    keys = data.keys
    if len(series) <= LINES:
        lines = tuple(line_series(labels.series(key, keys), points) for key, points in series.items())
        return (Panel("", lines),), ()
    places = range(len(keys))
    ways = [apart for size in range(1, len(keys) + 1) for apart in combinations(places, size)]
    fits = [(count, apart) for apart in ways if (count := panels_of(series, apart))]
    if fits and min(fits)[0] <= (PANELS if PLACE in keys else PAGES * PANELS):
        return _small(labels, series, keys, min(fits)[1]), ()
    if PLACE in keys:
        return _bands(data, labels)
    return _single(labels, {key: line_series("", points) for key, points in series.items()}, keys)


def _small(
    labels: ChartLabels, series: dict[KEY, Points], keys: tuple[str, ...], apart: tuple[int, ...]
) -> tuple[Panel, ...]:
    """Return a panel for each value of the keys at `apart`; in it, a line for each of the others."""
    rest = [place for place in range(len(keys)) if place not in apart]
    panels: dict[str, list[Series]] = {}
    for key, points in series.items():
        title = labels.series([key[place] for place in apart], [keys[place] for place in apart])
        name = labels.series([key[place] for place in rest], [keys[place] for place in rest])
        panels.setdefault(title, []).append(line_series(name, points))
    return tuple(Panel(title, tuple(lines)) for title, lines in panels.items())


def _single(
    labels: ChartLabels, lines: Mapping[KEY, Series], keys: tuple[str, ...]
) -> tuple[tuple[Panel, ...], tuple[str, ...]]:
    """Return a panel for each line, as many as there may be, and say which are left out."""
    panels = tuple(Panel(labels.series(key, keys), (line,)) for key, line in lines.items())
    most = PAGES * PANELS
    if len(panels) <= most:
        return panels, ()
    first, last = panels[most].title, panels[-1].title
    note = f"Left out: {len(panels) - most} of {len(panels)} lines ({first} to {last})."
    return panels[:most], (note,)


def _bands(data: ChartData, labels: ChartLabels) -> tuple[tuple[Panel, ...], tuple[str, ...]]:
    """Return the pods pooled: the median, and from the lowest to the highest; a panel for each configuration."""
    apart = replace(data, keys=telling(data.records, [name for name in data.apart if name != PLACE]))
    lines = {key: band(points) for key, points in _series(apart).items()}
    note = f"Pooled over {labels.key(PLACE)}: the line is the median, the band spans the lowest to the highest."
    panels, left = _single(labels, lines, apart.keys)
    return panels, (note, *left)


def _scales_ideally(data: ChartData) -> bool:
    if data.plot.log != "both" or not data.scaling or not has_ideal(data.unit, data.better, data.scaling):
        return False
    return data.chosen or data.better == "higher" or data.unit in TIMES


def pages(chart: Chart) -> list[Chart]:
    """Return the chart, in several where it has more panels than one can hold."""
    count = math.ceil(len(chart.panels) / PANELS)
    if count <= 1:
        return [chart]
    size = math.ceil(len(chart.panels) / count)
    parts: list[Sequence[Panel]] = [chart.panels[at : at + size] for at in range(0, len(chart.panels), size)]
    return [
        replace(chart, title=f"{chart.title} ({number} of {count})", panels=tuple(panels))
        for number, panels in enumerate(parts, 1)
    ]
