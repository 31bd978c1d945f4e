"""Results as pictures: `plan` says which charts there are and what is in them, `draw` draws one."""

from __future__ import annotations

from mocompile.results.plot.chart import Chart, Panel, Series
from mocompile.results.plot.draw import draw
from mocompile.results.plot.plan import Planned, plan

__all__ = ["Chart", "Panel", "Planned", "Series", "draw", "plan"]
