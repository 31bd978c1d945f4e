"""Which charts are drawn, and what is in them: records in, charts as data out. Nothing here draws."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mocompile.catalog.figures.model import Plot
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.wording import visible
from mocompile.results.analyse.scaling import is_resource
from mocompile.results.analyse.selection import require_known, select
from mocompile.results.analyse.settings import pooled_names, resolve, resolve_apart
from mocompile.results.present.plot.bar_charts import bar_chart
from mocompile.results.present.plot.chart import Chart
from mocompile.results.present.plot.chart_data import ChartData
from mocompile.results.present.plot.chart_labels import several
from mocompile.results.present.plot.defaults import default_plots, is_wide
from mocompile.results.present.plot.line_charts import line_chart, pages
from mocompile.results.present.plot.line_keys import with_keys
from mocompile.results.present.plot.points import FIELDS, numeric
from mocompile.results.present.plot.scaling_charts import scaling_charts
from mocompile.results.present.safe_text import label
from mocompile.results.record import Record, Results, Run


@dataclass(frozen=True, slots=True)
class Planned:
    """Charts, and sentences on what is in none of them."""

    charts: tuple[Chart, ...]
    notes: tuple[str, ...] = ()


def plan(
    results: Results,
    plots: Mapping[str, Sequence[Plot]] | None = None,
    *,
    figures: Sequence[str] = (),
    metric: str | None = None,
    pool: Sequence[str] = (),
    x: str = "",
    by: Sequence[str] = (),
    scaling: str = "",
    with_scaling: bool = False,
) -> Planned:
    """The charts for `results`: for each metric those that `plots` lists, or what its records suggest.

    Only figures of runs that went well are drawn. `figures` (names, or shell patterns) and `metric` choose; `pool` has
    names of contexts and settings that do not keep values apart. `x` is the axis of every chart, in place of the one
    that its plot has; `by` tells lines or bars apart besides. `scaling` is the axis of charts of the speed-up and the
    efficiency, which replace those of the figures; `with_scaling` adds these charts to those with an ideal line. Raises
    `InputError` for a name that no record has, and if nothing scales over `scaling`.
    """
    require_known(results.records, figures, metric)
    usable, notes = _usable(select(results.records, figures, metric, failed=True).records)
    pooled = frozenset(resolve(usable, pool, "--pool"))
    if over := pooled_names(usable, pooled):
        notes.append(f"Pooled over {', '.join(over)}.")
    axis = _axis(usable, scaling, "--scaling") if scaling else _axis(usable, x, "--x")
    asked = _Asked(axis, resolve_apart(usable, by, FIELDS), bool(scaling), with_scaling)
    charts: list[Chart] = []
    for name in dict.fromkeys(record.metric for record in usable):
        those = [record for record in usable if record.metric == name]
        runs = [run for run in results.runs if run.metric == name]
        own = tuple((plots or {}).get(name, ()))
        made, single = _of_metric(name, those, runs, own, pooled, asked, all_of_them=bool(figures))
        charts += made
        notes += single
    if scaling and not charts:
        hint = "it needs figures with a better direction, of runs that differ in nothing else but their size"
        raise InputError([Finding("nothing", f"nothing scales over {visible(scaling)}", None, hint)])
    return Planned(_with_names(charts), tuple(notes))


def _axis(records: Sequence[Record], given: str, option: str) -> str:
    """Return the full name of the axis that was given. Raises `InputError` for several names."""
    names = resolve_apart(records, (given,), FIELDS, option) if given else ()
    if len(names) > 1:
        hint = "name one; --by tells lines apart"
        raise InputError([Finding("argument", f"{option} {given} has several names", None, hint)])
    return "".join(names)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The axis that was asked for, and by what lines are told apart, by their full names.

    `scaling`: charts of speed-up and efficiency replace the others; `with_scaling`: they are added.
    """

    x: str = ""
    by: tuple[str, ...] = ()
    scaling: bool = False
    with_scaling: bool = False

    def plot(self, plot: Plot, records: Iterable[Record]) -> Plot:
        """The plot as it was asked for."""
        if not self.x:
            return replace(plot, by=tuple(dict.fromkeys((*self.by, *plot.by))))
        if self.x == plot.x and not self.scaling:
            return replace(plot, by=self.by)
        wide = self.scaling or is_resource(self.x) or is_wide(records, self.x)
        return replace(plot, title="", x=self.x, log="both" if wide else "", by=self.by)


def _usable(records: Sequence[Record]) -> tuple[list[Record], list[str]]:
    notes = []
    for status, words in (("failed", "of runs that failed"), ("cut", "of runs whose log is cut")):
        count = sum(record.status == status for record in records)
        if count:
            notes.append(f"Left out: {several(count, 'figure')} {words}.")
    ok = [record for record in records if record.status == "ok"]
    usable = [record for record in ok if not isinstance(record.value, str) and numeric(record.value) is not None]
    if len(usable) < len(ok):
        notes.append(f"Left out: {several(len(ok) - len(usable), 'value')} that are text, not numbers.")
    return usable, notes


def _of_metric(
    name: str,
    records: Sequence[Record],
    runs: Sequence[Run],
    plots: Sequence[Plot],
    pooled: frozenset[str],
    asked: _Asked,
    *,
    all_of_them: bool,
) -> tuple[list[Chart], list[str]]:
    """The charts of one metric, and notes. `all_of_them`: also what is in none of the sheet's plots."""
    there = {record.figure for record in records}
    wanted = [replace(plot, figures=kept) for plot in plots if (kept := tuple(f for f in plot.figures if f in there))]
    drawn = {figure for plot in wanted for figure in plot.figures}
    rest = [record for record in records if record.figure not in drawn] if all_of_them or not wanted else []
    repeated = any((numeric(run.metadata.get("repetitions")) or 1) > 1 for run in runs)
    listed = any("commands" in (run.metadata.get("metricListOptions") or {}) for run in runs)
    charts: list[Chart] = []
    single: list[str] = []
    zero: list[str] = []
    for plot in (*wanted, *default_plots(rest, repeated=repeated, listed=listed)):
        values = [record.value for record in records if record.figure in plot.figures]
        if len(values) == 1:
            single += plot.figures
        elif not any(values):
            zero += plot.figures
        else:
            charts += _charts(name, asked.plot(plot, records), records, runs, pooled, asked)
    return charts, [
        f"{label(name)}: no picture of what {what}: {', '.join(map(label, dict.fromkeys(names)))}."
        for what, names in (("has a single value", single), ("is zero throughout", zero))
        if names
    ]


def _with_names(charts: Sequence[Chart]) -> tuple[Chart, ...]:
    """The charts with names that differ, fit for files."""
    taken: Counter[str] = Counter()
    named = []
    for chart in charts:
        slug = re.sub(r"[^a-z0-9]+", "-", f"{chart.metric} {chart.title}".lower()).strip("-")[:80].rstrip("-") or "plot"
        taken[slug] += 1
        name = slug if taken[slug] == 1 else f"{slug}-{taken[slug]}"
        taken[name] += name != slug
        named.append(replace(chart, name=name))
    return tuple(named)


def _charts(
    metric: str,
    plot: Plot,
    records: Sequence[Record],
    runs: Sequence[Run],
    pooled: frozenset[str],
    asked: _Asked,
) -> Iterator[Chart]:
    """A plot's charts: one for each unit that its figures have; more where one would have too many panels."""
    those = [record for record in records if record.figure in plot.figures]
    units = list(dict.fromkeys(record.unit for record in those))
    for unit in units:
        of_unit = tuple(record for record in those if record.unit == unit)
        data = with_keys(ChartData(metric, plot, of_unit, unit, tuple(runs), pooled, bool(asked.x), asked.scaling))
        if not data.x:
            if not asked.scaling:
                yield bar_chart(data)
            continue
        chart = line_chart(data)
        ideal = any(series.role == "ideal" for panel in chart.panels for series in panel.series)
        if not asked.scaling:
            yield from pages(chart)
        if asked.scaling or (asked.with_scaling and ideal):
            for each in scaling_charts(chart, data):
                yield from pages(each)
