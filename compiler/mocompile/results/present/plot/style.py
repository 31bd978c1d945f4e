"""The look of a chart: colors, markers, sizes, matplotlib's settings."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias

from mocompile.results.extra import need
from mocompile.results.present.plot.chart import Series

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

DPI = 160

WIDTH = 8.0

_PLACES = 6  # digits of a position, as a part of the figure

MARKED = 45  # points of a line that still get a marker each

NAMED = 40  # characters of a bar's name in one line

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


@contextmanager
def settings(*, text: bool) -> Iterator[None]:
    """matplotlib's own settings with ours, whatever a matplotlibrc of the user's says."""
    import warnings

    matplotlib = need("matplotlib")
    own = {name: value for name, value in matplotlib.rcParamsDefault.items() if not name.startswith("backend")}
    with warnings.catch_warnings(), matplotlib.rc_context():
        # Letters that the font lacks are drawn as boxes; where and that it says so is of no use to who reads a log.
        warnings.simplefilter("ignore")
        matplotlib.rcParams.update({**own, **_SETTINGS, "svg.fonttype": "none" if text else "path"})
        yield


def rounded(point: Iterable[float]) -> tuple[float, float]:
    x, y = point
    return (round(float(x), _PLACES), round(float(y), _PLACES))


def style_of(series: Series, index: int) -> dict[str, object]:
    """The style of a line besides its colour: lines with many points get few markers, which would hide them."""
    count = len(series.x)
    every = None if count <= MARKED else (index * 3 % 10, math.ceil(count / 12))
    return {
        "linestyle": DASHES[index % len(DASHES)],
        "linewidth": 1.6,
        "marker": MARKERS[index % len(MARKERS)],
        "markersize": 5 if count <= 25 else 3.5,
        "markeredgecolor": PAPER,
        "markeredgewidth": 0.5,
        "markevery": every,
    }


def wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=True, break_on_hyphens=False)


def upright(text: str) -> str:
    """The text beside an axis, which is not as long as a figure is wide."""
    return shown_text("\n".join(wrapped(text, 44)))


def shown_text(text: str) -> str:
    """Text that matplotlib takes for no formula."""
    return text.replace("$", r"\$")
