"""Draws the series of a dot chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mocompile.results.analyse.samples import quantile
from mocompile.results.present.plot.axes import y_axis
from mocompile.results.present.plot.chart import Chart, Panel, Series
from mocompile.results.present.plot.style import COLORS, shown_text
from mocompile.results.present.safe_text import label, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_dots(axes: Axes, chart: Chart, panel: Panel) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    (series,) = panel.series
    ordered = sorted(series.y)
    quarter, middle, three = (quantile(ordered, share) for share in (0.25, 0.5, 0.75))
    positions = [x + 1 for x in series.x]
    if chart.middle:
        axes.axhspan(quarter, three, color=COLORS[1], alpha=0.16, linewidth=0)
        axes.axhline(middle, color=COLORS[1], linewidth=1.4)
    size = 4 if len(positions) <= 100 else 3
    axes.plot(positions, series.y, linestyle="none", marker="o", markersize=size, color=COLORS[0], markeredgewidth=0)
    if any(count > 1 for count in series.counts):
        axes.vlines(positions, series.low, series.high, color=COLORS[0], linewidth=0.8)
    wide = len(chart.panels) == 1
    y_axis(axes, chart, panel)
    axes.set_xlim(-1, max(positions) + 2)
    _name_extremes(axes, series, positions, (quarter, three), 3 if len(chart.panels) <= 4 else 1)
    axes.xaxis.set_major_locator(MaxNLocator(8 if wide else 4, integer=True, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number(x)))


def _name_extremes(
    axes: Axes, series: Series, positions: Sequence[float], quartiles: tuple[float, float], most: int
) -> None:
    """The names of those farthest out, where they are far out: more than three times the middle half beyond it."""
    quarter, three = quartiles
    reach = 3 * (three - quarter)
    beyond = [max(quarter - y, y - three) - reach for y in series.y]
    order = sorted(range(len(beyond)), key=lambda index: (-beyond[index], index))
    last = max(positions)
    height = (max(series.y) - min(series.y)) or 1.0
    named: list[int] = []
    for index in order:
        if beyond[index] <= 0 or len(named) == most:
            break
        # Names do not lie upon each other.
        if any(
            abs(series.y[index] - series.y[other]) < 0.09 * height
            and abs(positions[index] - positions[other]) < 0.45 * last
            for other in named
        ):
            continue
        named.append(index)
        right = positions[index] > last / 2
        axes.annotate(
            shown_text(label(series.names[index], 32 if most > 1 else 20)),
            (positions[index], series.y[index]),
            xytext=(-6 if right else 6, 0),
            textcoords="offset points",
            ha="right" if right else "left",
            va="center",
            fontsize=8,
        )
