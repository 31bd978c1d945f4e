"""Charts of speed-up and efficiency, made of the lines of a chart over a resource."""

from __future__ import annotations

from dataclasses import replace

from mocompile.results.analyse.scaling import Scaling, efficiency, has_ideal, speedup
from mocompile.results.present.plot.chart import Chart, Series
from mocompile.results.present.plot.chart_data import ChartData
from mocompile.results.present.plot.chart_labels import bare
from mocompile.results.present.safe_text import label

SPEEDUP, EFFICIENCY = "speed-up", "efficiency"


def scaling_charts(chart: Chart, data: ChartData) -> list[Chart]:
    """Return the chart of the speed-up, and that of the efficiency; without lines that scale, none.

    Both are against the first point of each line. In weak scaling there is no speed-up, and only times and rates of
    the whole problem have an efficiency.
    """
    scaling = data.scaling
    if not scaling or not has_ideal(data.unit, data.better, scaling):
        return []
    names = (SPEEDUP, EFFICIENCY) if scaling == "strong" else (EFFICIENCY,)
    return [made for name in names if (made := _relative(chart, data, name, scaling)) is not None]


def _relative(chart: Chart, data: ChartData, name: str, scaling: Scaling) -> Chart | None:
    panels = []
    for panel in chart.panels:
        lines = [each for each in panel.series if each.role == "measured" and _scales(each)]
        if lines:
            measured = [_converted(each, data, name, scaling) for each in lines]
            best = [_ideal(each, name, scaling) for each in lines]
            panels.append(replace(panel, series=(*measured, *best)))
    if not panels:
        return None
    x = label(bare(data.x))
    figure = chart.y_label.partition(" (")[0].partition(",")[0]
    against = f"Against the median at the smallest {x} of each line."
    drawn = sum(_is_measured(each) for panel in panels for each in panel.series)
    left = sum(_is_measured(each) for panel in chart.panels for each in panel.series) - drawn
    alone = (f"Left out: {left} line{'' if left == 1 else 's'} with values at one {x} only.",) if left else ()
    return replace(
        chart,
        title=f"{chart.title}: {name}",
        y_label=f"{name} of {figure}",
        panels=tuple(panels),
        y_scale=chart.x_scale if name == SPEEDUP and chart.x_scale == "log" else "linear",
        same_y=True,
        notes=(*chart.notes, against, *alone),
    )


def _is_measured(series: Series) -> bool:
    return series.role == "measured"


def _scales(series: Series) -> bool:
    return len(series.x) > 1 and series.x[0] > 0 and min(series.low) > 0


def _converted(series: Series, data: ChartData, name: str, scaling: Scaling) -> Series:
    """Return the series with each number as its speed-up or efficiency against the first median."""

    def of(values: tuple[float, ...]) -> tuple[float, ...]:
        # The first median is the reference of all numbers, of those at its own place too.
        x, y = (series.x[0], *series.x), (series.y[0], *values)
        made = speedup(y, data.better) if name == SPEEDUP else efficiency(x, y, data.better, scaling)
        return made[1:]

    ends = of(series.low), of(series.high)
    low, high = ends if data.better == "higher" else (ends[1], ends[0])
    return replace(series, name=series.name or "measured", y=of(series.y), low=low, high=high)


def _ideal(series: Series, name: str, scaling: Scaling) -> Series:
    values = tuple(x / series.x[0] for x in series.x) if name == SPEEDUP else (1.0,) * len(series.x)
    counts = (1,) * len(values)
    return Series(f"ideal {scaling} scaling", series.x, values, values, values, counts, role="ideal")
