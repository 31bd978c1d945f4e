"""Results as pictures: `plan` says which charts there are and what is in them, `draw` draws one."""

from __future__ import annotations

from mocompile.results.present.plot.chart import Chart, Panel, Series
from mocompile.results.present.plot.draw import draw
from mocompile.results.present.plot.plan_charts import Planned, plan

__all__ = ["Chart", "Panel", "Planned", "Series", "draw", "plan"]
