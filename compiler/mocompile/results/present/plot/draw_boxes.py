"""Draws the series of a box chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocompile.results.analyse.samples import quantile
from mocompile.results.present.plot.chart import BOX, Chart, Panel
from mocompile.results.present.plot.draw_bars import LARGEST, name_rows
from mocompile.results.present.plot.style import COLORS, INK
from mocompile.results.present.safe_text import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DOTS = 60  # values of a box that are drawn one by one


def draw_boxes(axes: Axes, chart: Chart, panel: Panel) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

    (series,) = panel.series
    low, high = min(series.low), max(series.high)
    if chart.y_scale == "log":
        axes.set_xscale("log")
        axes.set_xlim(low / 1.5, min(high * (high / low) ** 0.25 * 1.5, LARGEST))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        low, high = (min(low, 0.0), max(high, 0.0)) if chart.from_zero else (low, high)
        room = (high - low) or 1.0
        axes.set_xlim(low - (0.05 * room if low < 0 or not chart.from_zero else 0), high + 0.24 * room)
        axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    for row, values in enumerate(series.values):
        if len(values) >= BOX:
            quarter, three = quantile(values, 0.25), quantile(values, 0.75)
            axes.hlines(row, values[0], values[-1], color=INK, linewidth=1, zorder=2)
            axes.vlines([values[0], values[-1]], row - 0.14, row + 0.14, color=INK, linewidth=1, zorder=2)
            axes.barh(row, three - quarter, left=quarter, height=0.56, color="#B3D4E8", edgecolor=INK, zorder=3)
            axes.vlines(series.y[row], row - 0.28, row + 0.28, color=COLORS[1], linewidth=2, zorder=5)
        if len(values) <= _DOTS:
            axes.plot(values, [row] * len(values), "o", markersize=3.2, color=COLORS[0], alpha=0.75, zorder=4)
        text = number(series.y[row]) if len(values) == 1 else f"{number(series.y[row])} (n={len(values)})"
        axes.annotate(
            text, (values[-1], row), xytext=(7, 0), textcoords="offset points", ha="left", va="center", fontsize=8.5
        )
    name_rows(axes, series)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number(x)))
