"""The legend of a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mocompile.results.present.plot.chart import Chart, Series
from mocompile.results.present.plot.draw_lines import places_of
from mocompile.results.present.plot.style import COLORS, SOFT, shown_text, style_of

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure


def draw_legend(figure: SubFigure, chart: Chart) -> None:
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
            style = {**style_of(series, index), "markevery": None, "markersize": 5}
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
        text.set_text(shown_text(name))


def _legend_entries(chart: Chart) -> list[tuple[str, Series, int]]:
    if chart.kind != "lines":
        return []
    found: dict[str, tuple[str, Series, int]] = {}
    places = places_of(chart)
    for panel in chart.panels:
        for series in panel.series:
            if series.name and series.role != "ideal":
                found.setdefault(series.name, (series.name, series, places[series.name]))
        for series in panel.series:
            if series.role == "ideal":
                found.setdefault("\0ideal", (series.name, series, 0))
    entries = list(found.values())
    return entries if len(entries) > 1 or any(series.role == "band" for _, series, _ in entries) else []


def _legend_columns(entries: Sequence[tuple[str, Series, int]]) -> int:
    longest = max(len(name) for name, _, _ in entries)
    return max(1, min(len(entries), 100 // (longest + 9)))


def legend_rows(chart: Chart) -> int:
    entries = _legend_entries(chart)
    return math.ceil(len(entries) / _legend_columns(entries)) if entries else 0
