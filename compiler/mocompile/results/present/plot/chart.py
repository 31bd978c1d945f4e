"""A chart as data: what is drawn, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ChartKind: TypeAlias = Literal["lines", "bars", "boxes", "dots"]
Scale: TypeAlias = Literal["linear", "log", "symlog"]
BOX = 5  # values that make a box; fewer are dots

Role: TypeAlias = Literal["measured", "band", "ideal"]


@dataclass(frozen=True, slots=True)
class Series:
    """Points, one entry of each tuple for each.

    `y` is the median of `counts` values, which lie between `low` and `high`. Of bars, boxes and dots, `x` is the
    position and `names` are their labels. Boxes have all `values` of each, in order of size. `role`: `measured`; `band`
    pools the pods of one configuration; `ideal` is not measured.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    counts: tuple[int, ...]
    names: tuple[str, ...] = ()
    values: tuple[tuple[float, ...], ...] = ()
    role: Role = "measured"


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes. `title` says what sets it apart from the chart's others; a sole panel has none."""

    title: str
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture: panels of one kind with the same axes.

    `name` is unique among those planned together and fit for a file's name. `notes` are sentences that a reader needs:
    what a point stands for, what is left out. `from_zero`: a linear axis of values begins at zero. `middle`: dots have
    the median of all of them.
    """

    name: str
    metric: str
    title: str
    subtitle: str
    x_label: str
    y_label: str
    kind: ChartKind
    panels: tuple[Panel, ...]
    x_scale: Scale = "linear"
    y_scale: Scale = "linear"
    x_binary: bool = False
    x_ticks: tuple[float, ...] = ()
    same_y: bool = True
    from_zero: bool = True
    middle: bool = True
    notes: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """The text alternative of the chart, for readers who cannot see it."""
        kind = {"lines": "Line chart", "bars": "Bar chart", "boxes": "Box plot", "dots": "Dot plot"}[self.kind]
        names = [panel.title for panel in self.panels if panel.title]
        names = names or [each.name for each in self.panels[0].series if each.name and each.role != "ideal"]
        shown = f"; {', '.join(names[:12])}{' and others' if len(names) > 12 else ''}" if names else ""
        return f"{kind} of {self.metric}: {self.title}. {self.y_label} against {self.x_label}{shown}."
