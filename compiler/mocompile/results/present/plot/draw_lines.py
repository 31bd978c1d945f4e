"""Draws the series of a line chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocompile.results.present.plot.axes import x_axis, y_axis
from mocompile.results.present.plot.chart import Chart, Panel, Series
from mocompile.results.present.plot.style import COLORS, MARKED, SOFT, style_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_lines(axes: Axes, chart: Chart, panel: Panel) -> None:
    measured = [each for each in panel.series if each.role != "ideal"]
    places = places_of(chart)
    for series in measured:
        _line(axes, series, places[series.name], crowded=len(measured) > 4)
    for series in panel.series:
        if series.role == "ideal":
            axes.plot(series.x, series.y, color=SOFT, linewidth=1, linestyle=(0, (1, 2)), zorder=1.5)
    x_axis(axes, chart)
    y_axis(axes, chart, panel)


def places_of(chart: Chart) -> dict[str, int]:
    """The place of each line's name: what is called the same looks the same in all panels."""
    names = dict.fromkeys(each.name for panel in chart.panels for each in panel.series if each.role != "ideal")
    return {name: place for place, name in enumerate(names)}


def _line(axes: Axes, series: Series, index: int, *, crowded: bool) -> None:
    color = COLORS[index % len(COLORS)]
    spread = any(count > 1 for count in series.counts)
    style = style_of(series, index) | ({"linewidth": 1.2, "markersize": 4} if crowded else {})
    axes.plot(series.x, series.y, color=color, zorder=3 + index / 100, **style)  # type: ignore[arg-type]
    if series.role == "band":
        axes.fill_between(series.x, series.low, series.high, color=color, alpha=0.22, linewidth=0)
        for edge in (series.low, series.high):
            axes.plot(series.x, edge, color=color, linewidth=0.6, alpha=0.7)
    elif spread and len(series.x) > MARKED:
        axes.fill_between(series.x, series.low, series.high, color=color, alpha=0.22, linewidth=0)
    elif spread:
        below = [middle - low for middle, low in zip(series.y, series.low, strict=True)]
        above = [high - middle for middle, high in zip(series.y, series.high, strict=True)]
        axes.errorbar(series.x, series.y, yerr=[below, above], fmt="none", ecolor=color, elinewidth=1, capsize=2.5)
