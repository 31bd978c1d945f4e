"""A matrix of pairs as a picture: a row for each pod that is a, a column for each that is b."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from mocompile.results.analyse.pairs import Matrix
from mocompile.results.present.pairs import cell_text, heading, level_of, side_name, usual_of
from mocompile.results.present.plot.style import DPI, INK, PAPER, SOFT, settings, shown_text
from mocompile.results.present.safe_text import label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mocompile.results.present.plot.style import Form

# From far better than usual to far worse: blue, white, vermilion (Okabe and Ito).
_COLORS = (
    *("#4C9CC9", "#74B3D6", "#99C7E1", "#BEDBEC", "#DEEDF6"),
    PAPER,
    *("#F9E3D3", "#F2C5A6", "#EAA577", "#E18347", "#D55E00"),
)
_WITH_VALUES = 16  # pods whose values are written into the cells


def draw_heat_map(matrix: Matrix, form: Form) -> bytes:
    """Return the picture of the matrix, as PNG or SVG; the same matrix gives the same bytes.

    Raises `MissingExtraError` where matplotlib is not installed.
    """
    with settings(text=False):
        figure = _figure(matrix)
        stream = io.BytesIO()
        if form == "svg":
            figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
        else:
            figure.savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
    return stream.getvalue()


def _figure(matrix: Matrix) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    count = len(matrix.sides)
    size = max(2.4, min(9.0, 0.5 * count))
    names = [shown_text(label(side_name(side, matrix.sides), 28)) for side in matrix.sides]
    beside = 0.4 + 0.075 * max(map(len, names))
    width, height = max(6.8, size + beside + 0.3), size + beside + 0.9
    whole = Figure(figsize=(width, height))
    FigureCanvasAgg(whole)
    axes = whole.add_axes((beside / width, 0.45 / height, size / width, size / height))
    usual = usual_of(matrix)
    for (row, column), values in matrix.cells.items():
        color = _COLORS[level_of(matrix, values, usual) + 5]
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=color, edgecolor=PAPER, linewidth=0.5))
        if count <= _WITH_VALUES:
            axes.text(column + 0.5, row + 0.5, cell_text(values), ha="center", va="center", fontsize=6.5, color=INK)
    axes.set_xlim(0, count)
    axes.set_ylim(count, 0)
    axes.grid(visible=False)
    small = 9 if count <= 2 * _WITH_VALUES else 5
    axes.set_xticks([each + 0.5 for each in range(count)], names, rotation=90, fontsize=small)
    axes.set_yticks([each + 0.5 for each in range(count)], names, fontsize=small)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    title = f"{matrix.metric}: {heading(matrix)}" + (f" ({matrix.unit})" if matrix.unit else "")
    whole.text(0.02, 1 - 0.08 / height, shown_text(label(title, 90)), va="top", fontsize=9.5, fontweight="bold")
    note = "Rows: a; columns: b. A step of colour is 10 % worse (orange) or better (blue) than usual."
    whole.text(0.02, 0.12 / height, note, fontsize=7.5, color=SOFT)
    return whole
