"""The axes of a chart: ticks, scales, limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mocompile.results.analyse.scaling import is_resource
from mocompile.results.present.plot.chart import Chart, Panel
from mocompile.results.present.safe_text import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def x_axis(axes: Axes, chart: Chart) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

    base = 2 if chart.x_binary or is_resource(chart.x_label) else 10
    values = [x for panel in chart.panels for series in panel.series for x in series.x]
    low, high = min(values), max(values)
    if chart.x_scale == "log":
        axes.set_xscale("log", base=base)
    elif chart.x_scale == "symlog":
        smallest = min((x for x in values if x > 0), default=1.0)
        axes.set_xscale("symlog", base=base, linthresh=smallest, linscale=1)
    narrow = len(chart.panels) > 1
    if chart.x_scale != "linear":
        axes.xaxis.set_major_locator(FixedLocator(_ticks(low, high, base, chart, 5 if narrow else 12)))
        axes.xaxis.set_minor_locator(NullLocator())
    elif chart.x_ticks:
        axes.xaxis.set_major_locator(FixedLocator(list(chart.x_ticks)))
    else:
        whole = all(float(x).is_integer() for x in values)
        axes.xaxis.set_major_locator(MaxNLocator(6 if narrow else 10, integer=whole, steps=[1, 2, 5, 10]))
    shown = _binary if chart.x_binary else number
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: shown(x)))


def _ticks(low: float, high: float, base: int, chart: Chart, most: int) -> list[float]:
    """Where a logarithmic axis has its ticks: at its points where these are few, else at powers."""
    points = sorted({x for panel in chart.panels for each in panel.series for x in each.x})
    if len(points) <= most and is_resource(chart.x_label):
        return points
    start = min(x for x in points if x > 0)
    first, last = math.floor(math.log(start, base) + 1e-9), math.ceil(math.log(high, base) - 1e-9)
    step = max(1, math.ceil((last - first + 1) / most))
    powers = [float(base) ** exponent for exponent in range(first, last + 1, step)]
    return ([0.0] if low <= 0 else []) + [power for power in powers if start <= power <= high]


def _binary(value: float) -> str:
    for power, prefix in ((2**30, " Gi"), (2**20, " Mi"), (2**10, " Ki")):
        if value >= power:
            return f"{value / power:g}{prefix}"
    return f"{value:g}"


def y_axis(axes: Axes, chart: Chart, panel: Panel) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

    panels = chart.panels if chart.same_y else (panel,)
    values = [y for each in panels for series in each.series for y in (*series.y, *series.low, *series.high)]
    low, high = min(values), max(values)
    if chart.y_scale == "log":
        axes.set_yscale("log")
        axes.set_ylim(low / 1.25, high * 1.25)
        axes.yaxis.set_major_locator(FixedLocator(_log_ticks(low / 1.25, high * 1.25)))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        # From zero: a difference looks as large as it is.
        margin = 0.06 * ((max(high, 0.0) - min(low, 0.0)) or 1.0)
        top = max(high, 0.0) + margin if low < 0 or high > 0 else 1.0
        axes.set_ylim(min(low, 0.0) - (margin if low < 0 else 0), top)
        axes.yaxis.set_major_locator(MaxNLocator(6 if len(chart.panels) == 1 else 4, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: number(y)))


def _log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten, and 2 and 5 between where there would be few."""
    decades = math.log10(high / low)
    factors = (1, 2, 5) if decades <= 3 else (1,)
    step = max(1, math.ceil(decades / 8))
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [factor * 10.0**exponent for exponent in exponents if exponent % step == 0 for factor in factors]
    if decades < 0.7:
        ticks = [factor * 10.0**exponent for exponent in exponents for factor in (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)]
    return [tick for tick in ticks if low <= tick <= high]
