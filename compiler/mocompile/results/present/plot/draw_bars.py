"""Draws the series of a bar chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocompile.results.present.plot.chart import Chart, Panel, Series
from mocompile.results.present.plot.style import COLORS, GRID, INK, NAMED, SOFT, shown_text, wrapped
from mocompile.results.present.safe_text import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# An axis cannot end at infinity.
LARGEST = 1e307


def draw_bars(axes: Axes, chart: Chart, panel: Panel) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

    (series,) = panel.series
    rows = list(range(len(series.x)))
    low, high = min(*series.low, 0.0), max(*series.high, 0.0)
    if chart.y_scale == "log":
        # A bar says how much by its length; on a logarithmic axis it has no beginning. So: a dot.
        low = min(series.low)
        axes.set_xscale("log")
        axes.set_xlim(low / 1.5, min(high * (high / low) ** 0.25 * 1.5, LARGEST))
        axes.plot(series.y, rows, linestyle="none", marker="o", markersize=6, color=COLORS[0], zorder=3)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.hlines(rows, low / 1.5, series.y, color=GRID, linewidth=0.8)
    else:
        axes.barh(rows, series.y, height=0.62, color=COLORS[0], zorder=2)
        axes.axvline(0, color=SOFT, linewidth=0.8)
        room = (high - low) or 1.0
        axes.set_xlim(low - (0.24 * room if low < 0 else 0), high + (0.24 * room if high > 0 or low == 0 else 0))
        axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    _spans(axes, series)
    for row, middle, low_end, high_end, count in zip(
        rows, series.y, series.low, series.high, series.counts, strict=True
    ):
        text = number(middle) if count == 1 else f"{number(middle)} (n={count})"
        end = low_end if middle < 0 else high_end
        axes.annotate(
            text,
            (end, row),
            xytext=(-5 if middle < 0 else 5, 0),
            textcoords="offset points",
            ha="right" if middle < 0 else "left",
            va="center",
            fontsize=8.5,
        )
    name_rows(axes, series)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number(x)))


def name_rows(axes: Axes, series: Series) -> None:
    """Write the name of each row at its left; the first row is at the top."""
    rows = list(range(len(series.x)))
    axes.set_yticks(rows, ["\n".join(map(shown_text, wrapped(name, NAMED)[:2])) for name in series.names])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")


def _spans(axes: Axes, series: Series) -> None:
    """From the lowest to the highest, where there is more than one."""
    several = [row for row, count in enumerate(series.counts) if count > 1]
    middles = [series.y[row] for row in several]
    below = [series.y[row] - series.low[row] for row in several]
    above = [series.high[row] - series.y[row] for row in several]
    if several:
        axes.errorbar(
            middles, several, xerr=[below, above], fmt="none", ecolor=INK, elinewidth=1.2, capsize=3.5, zorder=4
        )


def bar_lines(name: str) -> int:
    return min(2, len(wrapped(name, NAMED)) or 1)
