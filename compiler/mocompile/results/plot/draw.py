"""Charts as pictures, with matplotlib. The same chart gives the same bytes; text is drawn as it stands."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from mocompile.results.extra import need
from mocompile.results.plot.chart import Chart, Panel, Series
from mocompile.results.words import label, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.text import Text

Form: TypeAlias = Literal["png", "svg"]

# Okabe and Ito, https://jfly.uni-koeln.de/color/, without the yellow that white paper swallows; grey in its place.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000001", "#7F7F7F")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES: tuple[str | tuple[int, tuple[float, ...]], ...] = (
    "-",
    (0, (6, 2)),
    (0, (2, 1.5)),
    (0, (7, 2, 1.5, 2)),
    (0, (9, 3)),
    (0, (4, 1.5, 1.5, 1.5, 1.5, 1.5)),
    "-",
    (0, (1, 1)),
)
# Not black and not grey, so that a page can put colours of its own in their place.
INK = "#1A1A1B"
SOFT = "#555556"
GRID = "#D5D5D6"
PAPER = "#FFFFFE"

_DPI = 160
_WIDTH = 8.0
_PLACES = 6  # digits of a position, as a part of the figure
_MARKED = 45  # points of a line that still get a marker each
_NAMED = 40  # characters of a bar's name in one line
_SETTINGS = {
    "axes.edgecolor": SOFT,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "axes.unicode_minus": True,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.5,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "legend.fontsize": 9,
    "svg.hashsalt": "mocompile",
    "text.color": INK,
    "xtick.color": SOFT,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.color": SOFT,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 9,
}


def draw(chart: Chart, form: Form, *, heading: bool = True, text: bool = False) -> bytes:
    """The picture of `chart`, as PNG or SVG.

    `heading`: with title and notes in it. `text`: in an SVG, letters stay text in place of outlines. Raises
    `MissingExtra`
    where matplotlib is not installed.
    """
    with _settings(text=text):
        figure = _figure(chart, heading=heading)
        stream = io.BytesIO()
        if form == "svg":
            figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
        else:
            figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
    return stream.getvalue()


@contextmanager
def _settings(*, text: bool) -> Iterator[None]:
    """matplotlib's own settings with ours, whatever a matplotlibrc of the user's says."""
    import warnings

    matplotlib = need("matplotlib")
    own = {name: value for name, value in matplotlib.rcParamsDefault.items() if not name.startswith("backend")}
    with warnings.catch_warnings(), matplotlib.rc_context():
        # Letters that the font lacks are drawn as boxes; where and that it says so is of no use to who reads a log.
        warnings.simplefilter("ignore")
        matplotlib.rcParams.update({**own, **_SETTINGS, "svg.fonttype": "none" if text else "path"})
        yield


def _figure(chart: Chart, *, heading: bool) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    notes = [line for note in chart.notes for line in _wrapped(note, 112)] if heading else []
    layout = _Layout.of(chart, heading=heading, notes=len(notes))
    whole = Figure(figsize=(layout.width, layout.height), layout="constrained")
    FigureCanvasAgg(whole)
    engine = whole.get_layout_engine()
    assert engine is not None
    engine.set(w_pad=0.1, h_pad=0.05)  # type: ignore[call-arg]
    heights = [layout.top, layout.body, layout.legend, layout.bottom]
    head, figure, below, foot = whole.subfigures(4, 1, squeeze=False, height_ratios=heights)[:, 0]
    if heading:
        _heading(head, chart, layout.top)
        _notes(foot, notes, layout.bottom)
    grid = figure.subplots(
        layout.rows,
        layout.columns,
        squeeze=False,
        sharex=chart.kind != "bars",
        sharey=chart.same_y and chart.kind != "bars",
    )
    axes = [each for row in grid for each in row]
    for each, panel in zip(axes, chart.panels, strict=False):
        _panel(each, chart, panel)
    for spare in axes[len(chart.panels) :]:
        spare.remove()
    _lowest_have_ticks(axes[: len(chart.panels)], layout.columns)
    shared = []
    if len(chart.panels) > 1:
        shared.append(figure.supxlabel(_text(chart.x_label), fontsize=10))
        shared.append(figure.supylabel(_text(chart.y_label), fontsize=10))
    _legend(below, chart)
    _settle(whole, shared)
    return whole


def _settle(whole: Figure, texts: Sequence[Text]) -> None:
    """Lays out, and rounds where things stand.

    The last bits that the solver gives differ from run to run; an SVG's ids are made from them.
    """
    whole.draw_without_rendering()
    whole.set_layout_engine("none")
    for part in whole.subfigs:
        box = part.bbox_relative
        box.p0, box.p1 = _rounded(box.p0), _rounded(box.p1)
        for axes in part.axes:
            left, bottom, width, height = axes.get_position().bounds
            axes.set_position((*_rounded((left, bottom)), *_rounded((width, height))))
    for text in texts:
        text.set_position(_rounded(text.get_position()))


def _rounded(point: Iterable[float]) -> tuple[float, float]:
    x, y = point
    return (round(float(x), _PLACES), round(float(y), _PLACES))


@dataclass(frozen=True, slots=True)
class _Layout:
    """Rows and columns of panels, and inches."""

    rows: int
    columns: int
    width: float
    top: float
    body: float
    legend: float
    bottom: float

    @property
    def height(self) -> float:
        """Of all of it."""
        return self.top + self.body + self.legend + self.bottom

    @classmethod
    def of(cls, chart: Chart, *, heading: bool, notes: int) -> _Layout:
        count = len(chart.panels)
        columns = 1 if count == 1 else 2 if count <= 4 else 3
        rows = math.ceil(count / columns)
        if chart.kind == "bars":
            lines = sum(_bar_lines(name) for name in chart.panels[0].series[0].names)
            body = 0.75 + 0.17 * lines + 0.17 * len(chart.panels[0].series[0].names)
        else:
            body = 3.8 if count == 1 else 0.4 + rows * 2.1
        top = 0.55 if heading else 0.03
        bottom = 0.12 + 0.17 * notes if notes else 0.03
        legend = 0.02 + 0.21 * _legend_rows(chart)
        return cls(rows, columns, _WIDTH, top, body, legend, bottom)


def _heading(figure: SubFigure, chart: Chart, height: float) -> None:
    figure.text(0.012, 1 - 0.1 / height, _text(chart.title), va="top", fontsize=12.5, fontweight="bold")
    below = " · ".join(part for part in (chart.metric, chart.subtitle) if part)
    figure.text(0.012, 1 - 0.36 / height, _text(label(below, 110)), va="top", fontsize=9, color=SOFT)


def _notes(figure: SubFigure, notes: Sequence[str], height: float) -> None:
    below = 1 - 0.04 / height
    figure.text(0.012, below, _text("\n".join(notes)), va="top", fontsize=8, color=SOFT, linespacing=1.35)


def _panel(axes: Axes, chart: Chart, panel: Panel) -> None:
    {"lines": _lines, "bars": _bars, "dots": _dots}[chart.kind](axes, chart, panel)
    if panel.title:
        axes.set_title(
            _text("\n".join(_wrapped(panel.title, 36 if len(chart.panels) <= 4 else 25)[:2])), loc="left", fontsize=9.5
        )
    if len(chart.panels) == 1:
        across, up = (chart.y_label, "") if chart.kind == "bars" else (chart.x_label, chart.y_label)
        axes.set_xlabel(_text(across))
        axes.set_ylabel(_text(up))


# --- lines -------------------------------------------------------------------------------------------------------


def _lines(axes: Axes, chart: Chart, panel: Panel) -> None:
    measured = [each for each in panel.series if each.role != "ideal"]
    for index, series in enumerate(measured):
        _line(axes, series, index, crowded=len(measured) > 4)
    for series in panel.series:
        if series.role == "ideal":
            axes.plot(series.x, series.y, color=SOFT, linewidth=1, linestyle=(0, (1, 2)), zorder=1.5)
    _x_axis(axes, chart)
    _y_axis(axes, chart, panel)


def _line(axes: Axes, series: Series, index: int, *, crowded: bool) -> None:
    color = COLORS[index % len(COLORS)]
    spread = any(count > 1 for count in series.counts)
    style = _style(series, index) | ({"linewidth": 1.2, "markersize": 4} if crowded else {})
    axes.plot(series.x, series.y, color=color, zorder=3 + index / 100, **style)  # type: ignore[arg-type]
    if series.role == "band":
        axes.fill_between(series.x, series.low, series.high, color=color, alpha=0.22, linewidth=0)
        for edge in (series.low, series.high):
            axes.plot(series.x, edge, color=color, linewidth=0.6, alpha=0.7)
    elif spread:
        below = [middle - low for middle, low in zip(series.y, series.low, strict=True)]
        above = [high - middle for middle, high in zip(series.y, series.high, strict=True)]
        axes.errorbar(series.x, series.y, yerr=[below, above], fmt="none", ecolor=color, elinewidth=1, capsize=2.5)


def _style(series: Series, index: int) -> dict[str, object]:
    """What a line looks like, beside its colour: as many points as a marker each would hide get few."""
    count = len(series.x)
    every = None if count <= _MARKED else (index * 3 % 10, math.ceil(count / 12))
    return {
        "linestyle": DASHES[index % len(DASHES)],
        "linewidth": 1.6,
        "marker": MARKERS[index % len(MARKERS)],
        "markersize": 5 if count <= 25 else 3.5,
        "markeredgecolor": PAPER,
        "markeredgewidth": 0.5,
        "markevery": every,
    }


def _x_axis(axes: Axes, chart: Chart) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

    base = 2 if chart.x_binary or "pods" in chart.x_label else 10
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
    if len(points) <= most and "pods" in chart.x_label:
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


def _y_axis(axes: Axes, chart: Chart, panel: Panel) -> None:
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


# --- bars --------------------------------------------------------------------------------------------------------


def _bars(axes: Axes, chart: Chart, panel: Panel) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

    (series,) = panel.series
    rows = list(range(len(series.x)))
    low, high = min(*series.low, 0.0), max(*series.high, 0.0)
    if chart.y_scale == "log":
        # A bar says how much by its length; on a logarithmic axis it has no beginning. So: a dot.
        low = min(series.low)
        axes.set_xscale("log")
        axes.set_xlim(low / 1.5, high * (high / low) ** 0.25 * 1.5)
        axes.plot(series.y, rows, linestyle="none", marker="o", markersize=6, color=COLORS[0], zorder=3)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.hlines(rows, low / 1.5, series.y, color=GRID, linewidth=0.8)
    else:
        axes.barh(rows, series.y, height=0.62, color=COLORS[0], zorder=2)
        axes.axvline(0, color=SOFT, linewidth=0.8)
        room = (high - low) or 1.0
        axes.set_xlim(low - (0.24 * room if low < 0 else 0), high + (0.24 * room if high > 0 or low == 0 else 0))
        axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    if any(count > 1 for count in series.counts):
        below = [middle - low for middle, low in zip(series.y, series.low, strict=True)]
        above = [high - middle for middle, high in zip(series.y, series.high, strict=True)]
        axes.errorbar(
            series.y, rows, xerr=[below, above], fmt="none", ecolor=INK, elinewidth=1.2, capsize=3.5, zorder=4
        )
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
    axes.set_yticks(rows, ["\n".join(map(_text, _wrapped(name, _NAMED)[:2])) for name in series.names])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number(x)))


def _bar_lines(name: str) -> int:
    return min(2, len(_wrapped(name, _NAMED)) or 1)


# --- dots --------------------------------------------------------------------------------------------------------


def _dots(axes: Axes, chart: Chart, panel: Panel) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    (series,) = panel.series
    ordered = sorted(series.y)
    quarter, middle, three = (_quantile(ordered, share) for share in (0.25, 0.5, 0.75))
    positions = [x + 1 for x in series.x]
    axes.axhspan(quarter, three, color=COLORS[1], alpha=0.16, linewidth=0)
    axes.axhline(middle, color=COLORS[1], linewidth=1.4)
    size = 4 if len(positions) <= 100 else 3
    axes.plot(positions, series.y, linestyle="none", marker="o", markersize=size, color=COLORS[0], markeredgewidth=0)
    if any(count > 1 for count in series.counts):
        axes.vlines(positions, series.low, series.high, color=COLORS[0], linewidth=0.8)
    wide = len(chart.panels) == 1
    _y_axis(axes, chart, panel)
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
    for index in order[:most]:
        if beyond[index] <= 0:
            continue
        right = positions[index] > last / 2
        axes.annotate(
            _text(label(series.names[index], 32 if most > 1 else 20)),
            (positions[index], series.y[index]),
            xytext=(-6 if right else 6, 0),
            textcoords="offset points",
            ha="right" if right else "left",
            va="center",
            fontsize=8,
        )


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


# --- legend and text ---------------------------------------------------------------------------------------------


def _legend(figure: SubFigure, chart: Chart) -> None:
    """One legend for all panels, below them, where there is more than one thing to tell apart."""
    entries = _legend_entries(chart)
    if not entries:
        return
    from matplotlib.lines import Line2D

    handles = []
    for name, series, index in entries:
        if series.role == "ideal":
            handles.append(Line2D([], [], color=SOFT, linewidth=1, linestyle=(0, (1, 2))))
        else:
            style = {**_style(series, index), "markevery": None, "markersize": 5}
            handles.append(Line2D([], [], color=COLORS[index % len(COLORS)], **style))  # type: ignore[arg-type]
        del name
    # A label that begins with _ would be left out: the text comes afterwards.
    legend = figure.legend(
        handles,
        ["x" * len(name) for name, _, _ in entries],
        loc="center",
        ncols=_legend_columns(entries),
        frameon=False,
        handlelength=3.4,
        borderaxespad=0,
        borderpad=0,
    )
    for text, (name, _, _) in zip(legend.get_texts(), entries, strict=True):
        text.set_text(_text(name))


def _legend_entries(chart: Chart) -> list[tuple[str, Series, int]]:
    if chart.kind != "lines":
        return []
    found: dict[str, tuple[str, Series, int]] = {}
    for panel in chart.panels:
        measured = [each for each in panel.series if each.role != "ideal"]
        for index, series in enumerate(measured):
            if series.name:
                found.setdefault(series.name, (series.name, series, index))
        for series in panel.series:
            if series.role == "ideal":
                found.setdefault("\0ideal", ("ideal strong scaling", series, 0))
    entries = list(found.values())
    return entries if len(entries) > 1 or any(series.role == "band" for _, series, _ in entries) else []


def _legend_columns(entries: Sequence[tuple[str, Series, int]]) -> int:
    longest = max(len(name) for name, _, _ in entries)
    return max(1, min(len(entries), 100 // (longest + 9)))


def _legend_rows(chart: Chart) -> int:
    entries = _legend_entries(chart)
    return math.ceil(len(entries) / _legend_columns(entries)) if entries else 0


def _lowest_have_ticks(axes: Sequence[Axes], columns: int) -> None:
    """Below a column that ends early, the axis above the gap has the labels."""
    for index, each in enumerate(axes):
        if index + columns >= len(axes):
            each.tick_params(labelbottom=True)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=True, break_on_hyphens=False)


def _text(text: str) -> str:
    """Text that matplotlib takes for no formula."""
    return text.replace("$", r"\$")
