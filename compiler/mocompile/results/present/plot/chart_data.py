"""The data of one chart: records of one unit, the axis, and the names that distinguish its series."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from mocompile.catalog.figures.model import Plot
from mocompile.results.record import Record, Run

if TYPE_CHECKING:
    from mocompile.catalog.figures.number import Better
    from mocompile.results.analyse.scaling import Scaling


@dataclass(frozen=True, slots=True)
class ChartData:
    """The records of a chart, and how they are shown.

    `plot` is the request, `runs` are all runs of the metric, `pooled` has the names that keep nothing apart; `chosen`:
    a user chose the axis; `relative`: for its speed-up and efficiency. The rest comes from the records: `x` is the name
    of the axis (empty: there is none), `apart` are the names that keep series apart, `keys` are those of them that
    distinguish all series, `constant` has the names that have one value, and `scaling` is that of its lines. `notes`
    are sentences for the reader.
    """

    metric: str
    plot: Plot
    records: tuple[Record, ...]
    unit: str
    runs: tuple[Run, ...]
    pooled: frozenset[str] = frozenset()
    chosen: bool = False
    relative: bool = False
    x: str = ""
    apart: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    constant: tuple[tuple[str, object], ...] = ()
    scaling: Scaling | Literal[""] = ""
    notes: tuple[str, ...] = ()

    def noted(self, *notes: str) -> ChartData:
        """Return a copy with more notes."""
        return replace(self, notes=(*self.notes, *notes))

    @property
    def better(self) -> Better:
        """The better direction, if the records agree on one."""
        found = {record.better for record in self.records}
        return found.pop() if len(found) == 1 else ""
