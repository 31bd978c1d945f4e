"""Charts as pictures, with matplotlib. The same chart gives the same bytes; text is drawn literally."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mocompile.results.present.plot.chart import Chart, Panel
from mocompile.results.present.plot.draw_bars import bar_lines, draw_bars
from mocompile.results.present.plot.draw_boxes import draw_boxes
from mocompile.results.present.plot.draw_dots import draw_dots
from mocompile.results.present.plot.draw_lines import draw_lines
from mocompile.results.present.plot.legend import draw_legend, legend_rows
from mocompile.results.present.plot.style import DPI, SOFT, WIDTH, rounded, settings, shown_text, upright, wrapped
from mocompile.results.present.safe_text import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.text import Text

    from mocompile.results.present.plot.style import Form

# Kinds with values on the horizontal axis, and a name for each row.
ACROSS = ("bars", "boxes")


def draw(chart: Chart, form: Form, *, heading: bool = True, text: bool = False) -> bytes:
    """The picture of `chart`, as PNG or SVG.

    `heading`: with title and notes in it. `text`: in an SVG, letters stay text in place of outlines. Raises
    `MissingExtraError`
    where matplotlib is not installed.
    """
    with settings(text=text):
        figure = _figure(chart, heading=heading)
        stream = io.BytesIO()
        if form == "svg":
            figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
        else:
            figure.savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
    return stream.getvalue()


def _figure(chart: Chart, *, heading: bool) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    notes = [line for note in chart.notes for line in wrapped(note, 126)] if heading else []
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
    across = chart.kind in ACROSS
    grid = figure.subplots(
        layout.rows,
        layout.columns,
        squeeze=False,
        sharex=not across,
        sharey=chart.same_y and not across,
    )
    axes = [each for row in grid for each in row]
    for each, panel in zip(axes, chart.panels, strict=False):
        _panel(each, chart, panel)
    for spare in axes[len(chart.panels) :]:
        spare.remove()
    _lowest_have_ticks(axes[: len(chart.panels)], layout.columns)
    shared = []
    if len(chart.panels) > 1:
        shared.append(figure.supxlabel(shown_text(chart.x_label), fontsize=10))
        shared.append(figure.supylabel(upright(chart.y_label), fontsize=10))
    draw_legend(below, chart)
    _settle(whole, shared)
    return whole


def _settle(whole: Figure, texts: Sequence[Text]) -> None:
    """Lay out the picture, and round positions.

    The last bits that the solver gives differ from run to run; an SVG's ids are made from them.
    """
    whole.draw_without_rendering()
    whole.set_layout_engine("none")
    for part in whole.subfigs:
        box = part.bbox_relative
        box.p0, box.p1 = rounded(box.p0), rounded(box.p1)
        for axes in part.axes:
            left, bottom, width, height = axes.get_position().bounds
            axes.set_position((*rounded((left, bottom)), *rounded((width, height))))
    for text in texts:
        text.set_position(rounded(text.get_position()))


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
        if chart.kind in ACROSS:
            lines = sum(bar_lines(name) for name in chart.panels[0].series[0].names)
            body = 0.75 + 0.17 * lines + 0.17 * len(chart.panels[0].series[0].names)
        else:
            body = 3.8 if count == 1 else 0.4 + rows * 2.1
        top = 0.55 if heading else 0.03
        bottom = 0.12 + 0.17 * notes if notes else 0.03
        legend = 0.02 + 0.21 * legend_rows(chart)
        return cls(rows, columns, WIDTH, top, body, legend, bottom)


def _heading(figure: SubFigure, chart: Chart, height: float) -> None:
    figure.text(0.012, 1 - 0.1 / height, shown_text(chart.title), va="top", fontsize=12.5, fontweight="bold")
    below = " · ".join(part for part in (chart.metric, chart.subtitle) if part)
    figure.text(0.012, 1 - 0.36 / height, shown_text(label(below, 110)), va="top", fontsize=9, color=SOFT)


def _notes(figure: SubFigure, notes: Sequence[str], height: float) -> None:
    below = 1 - 0.04 / height
    figure.text(0.012, below, shown_text("\n".join(notes)), va="top", fontsize=8, color=SOFT, linespacing=1.35)


def _panel(axes: Axes, chart: Chart, panel: Panel) -> None:
    {"lines": draw_lines, "bars": draw_bars, "boxes": draw_boxes, "dots": draw_dots}[chart.kind](axes, chart, panel)
    if panel.title:
        axes.set_title(
            shown_text("\n".join(wrapped(panel.title, 36 if len(chart.panels) <= 4 else 25)[:2])),
            loc="left",
            fontsize=9.5,
        )
    if len(chart.panels) == 1:
        across, up = (chart.y_label, "") if chart.kind in ACROSS else (chart.x_label, chart.y_label)
        axes.set_xlabel(shown_text(across))
        axes.set_ylabel(upright(up))


def _lowest_have_ticks(axes: Sequence[Axes], columns: int) -> None:
    """Below a column that ends early, the axis above the gap has the labels."""
    for index, each in enumerate(axes):
        if index + columns >= len(axes):
            each.tick_params(labelbottom=True)
