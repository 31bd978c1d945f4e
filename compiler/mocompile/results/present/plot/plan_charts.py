"""Which charts are drawn, and what is in them: records in, charts as data out. Nothing here draws."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from mocompile.catalog.figures.model import Plot, is_configured
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.results.analyse.order import natural
from mocompile.results.analyse.scaling import TIMES, grows_with, has_ideal, is_resource, sizes_in
from mocompile.results.analyse.selection import require_known, select
from mocompile.results.analyse.settings import (
    CHANGED,
    PODS,
    POINT,
    SET,
    differing,
    distinct_settings,
    pooled_names,
    resolve,
    resolve_apart,
    short_names,
    typed,
)
from mocompile.results.present.plot.chart import Chart, Panel, Scale, Series
from mocompile.results.present.plot.defaults import SIZES, counts_repetitions, default_plots, is_wide
from mocompile.results.present.plot.points import (
    FIELDS,
    PLACE,
    distinct,
    field,
    numeric,
    place,
    spread,
    telling,
)
from mocompile.results.present.plot.series import (
    LINES,
    alike,
    band,
    line_series,
    panels_of,
    positions,
    split_series,
    with_ideal,
)
from mocompile.results.present.safe_text import label, labels, number
from mocompile.results.record import Record, Results, Run

if TYPE_CHECKING:
    from mocompile.catalog.figures.number import Better
    from mocompile.results.analyse.scaling import Scaling
    from mocompile.results.present.plot.series import KEY


PANELS = 24

PAGES = 4  # charts that one plot may become

BARS = 40

PLACES = 12  # more than so many pods are shown one by one, where each has one value


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
) -> Planned:
    """The charts for `results`: for each metric those that `plots` lists, or what its records suggest.

    Only figures of runs that went well are drawn. `figures` (names, or shell patterns) and `metric` choose; `pool` has
    names of contexts and settings that do not keep values apart. `x` is the axis of every chart, in place of the one
    that its plot has; `by` tells lines or bars apart besides. A name that no record has is an `InputError`.
    """
    require_known(results.records, figures, metric)
    usable, notes = _usable(select(results.records, figures, metric, failed=True).records)
    pooled = frozenset(resolve(usable, pool, "--pool"))
    if over := pooled_names(usable, pooled):
        notes.append(f"Pooled over {', '.join(over)}.")
    names = resolve_apart(usable, (x,), FIELDS, "--x") if x else ()
    if len(names) > 1:
        hint = "name one; --by tells lines apart"
        raise InputError([Finding("argument", f"--x {x} has several names", None, hint)])
    asked = _Asked("".join(names), resolve_apart(usable, by, FIELDS))
    charts: list[Chart] = []
    for name in dict.fromkeys(record.metric for record in usable):
        those = [record for record in usable if record.metric == name]
        runs = [run for run in results.runs if run.metric == name]
        own = tuple((plots or {}).get(name, ()))
        made, single = _of_metric(name, those, runs, own, pooled, asked, all_of_them=bool(figures))
        charts += made
        notes += single
    return Planned(_with_names(charts), tuple(notes))


@dataclass(frozen=True, slots=True)
class _Asked:
    """The axis that was asked for, and by what lines are told apart, by their full names."""

    x: str = ""
    by: tuple[str, ...] = ()

    def plot(self, plot: Plot, records: Iterable[Record]) -> Plot:
        """The plot as it was asked for."""
        if not self.x:
            return replace(plot, by=tuple(dict.fromkeys((*self.by, *plot.by))))
        if self.x == plot.x:
            return replace(plot, by=self.by)
        wide = is_resource(self.x) or is_wide(records, self.x)
        return replace(plot, title="", x=self.x, log="both" if wide else "", by=self.by)


def _usable(records: Sequence[Record]) -> tuple[list[Record], list[str]]:
    notes = []
    for status, words in (("failed", "of runs that failed"), ("cut", "of runs whose log is cut")):
        count = sum(record.status == status for record in records)
        if count:
            notes.append(f"Left out: {_several(count, 'figure')} {words}.")
    ok = [record for record in records if record.status == "ok"]
    usable = [record for record in ok if not isinstance(record.value, str) and numeric(record.value) is not None]
    if len(usable) < len(ok):
        notes.append(f"Left out: {_several(len(ok) - len(usable), 'value')} that are text, not numbers.")
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
            charts += _charts(name, asked.plot(plot, records), records, runs, pooled, chosen=bool(asked.x))
    return charts, [
        f"{label(name)}: no picture of what {what}: {', '.join(map(label, dict.fromkeys(names)))}."
        for what, names in (("has a single value", single), ("is zero throughout", zero))
        if names
    ]


def _several(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


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
    *,
    chosen: bool,
) -> Iterator[Chart]:
    """A plot's charts: one for each unit that its figures have; more where one would have too many panels."""
    those = [record for record in records if record.figure in plot.figures]
    units = list(dict.fromkeys(record.unit for record in those))
    for unit in units:
        of_unit = tuple(record for record in those if record.unit == unit)
        yield from _Draft(metric, plot, of_unit, unit, tuple(runs), pooled, chosen).charts()


@dataclass(slots=True)
class _Draft:
    """A chart in the making: `chosen` is whether somebody asked for its axis. `notes` and `names` fill on the way."""

    metric: str
    plot: Plot
    records: tuple[Record, ...]
    unit: str
    runs: tuple[Run, ...]
    pooled: frozenset[str] = frozenset()
    chosen: bool = False
    scaling: Scaling | Literal[""] = ""
    notes: list[str] = dataclass_field(default_factory=list)
    names: dict[str, dict[str, str]] = dataclass_field(default_factory=dict)  # of values, by the name of the key

    def charts(self) -> list[Chart]:
        x = self._x()
        keys, constant = self._keys(x)
        if x:
            return self._lines(x, keys, constant)
        if self._one_by_one(keys):
            return [self._dots(keys, constant)]
        return [self._bars(keys, constant)]

    def _x(self) -> str:
        """The x axis, or none where its values are no numbers or all the same."""
        x = self.plot.x
        if not x:
            return ""
        placed = tuple(record for record in self.records if field(record, x) is not None)
        values = {numeric(field(record, x)) for record in placed}
        if None in values or len(values) < 2:
            return ""
        if len(placed) < len(self.records):
            self.notes.append(f"Left out: {_several(len(self.records) - len(placed), 'value')} without {label(x)}.")
            self.records = placed
        return x

    def _keys(self, x: str) -> tuple[tuple[str, ...], list[tuple[str, object]]]:
        """Return the names that distinguish series, and the values that all records share."""
        wanted = ["figure", *self.plot.by]
        if not x and self.plot.x and self.plot.x not in ("timepoint", PLACE):
            wanted.append(self.plot.x)
        # Sets of different sizes, and different jobs, are different measurements, not samples of one.
        always = [name for name in ("pods", "job") if name != x and name not in self.pooled]
        if x == "timepoint":
            always.append(PLACE)
        apart = [name for name in self._varying() if name != x]
        if is_resource(x):
            apart = self._of_lines(x, apart)
        if self.chosen and x:
            apart = self._beside(x, apart)
        names = [name for name in dict.fromkeys([*wanted, *always, *apart]) if name != x]
        keys = telling(self.records, names)
        if POINT in apart:
            self.notes.append(f"{CHANGED[0].upper()}{CHANGED[1:]}.")
        constant: list[tuple[str, object]] = [
            (name, values[0])
            for name in names
            if name not in ("figure", PLACE, "job") and len(values := distinct(self.records, name)) == 1
        ]
        return keys, constant

    def _beside(self, x: str, names: Sequence[str]) -> list[str]:
        """Those of `names` that say more than the axis and what lines were asked for by; parameters go first."""
        given = ["figure", x, *self.plot.by]
        few = {name: len({typed(field(record, name)) for record in self.records}) for name in names}
        order = sorted(names, key=lambda name: (not name.startswith("parameter."), few[name]))
        kept = telling(self.records, (*given, *order))
        return [name for name in order if name in kept]

    def _varying(self) -> list[str]:
        """The settings and contexts in which the records differ, but for those that count repetitions."""
        settings = differing(distinct_settings(self.records), self.pooled)
        of_figures: dict[str, list[Record]] = {}
        for record in self.records:
            of_figures.setdefault(record.figure, []).append(record)
        contexts = dict.fromkeys(name for record in self.records for name in record.context)
        kept = [name for name in contexts if name not in self.pooled and name not in settings]
        return [
            *settings,
            *(
                name
                for name in kept
                if not counts_repetitions(self.records, name)
                and any(len({typed(field(each, name)) for each in those}) > 1 for those in of_figures.values())
            ),
        ]

    def _of_lines(self, x: str, names: Sequence[str]) -> list[str]:
        """Those of `names` that keep lines over `x` apart; whether the lines are of strong or of weak scaling.

        A line joins runs of one problem, or of one that grows with `x`. Counts of resources, and sets whose names
        differ in `x` only, do not keep runs apart while they follow `x`.
        """
        if SET in names:
            self.records = tuple(_of_family(record, x) for record in self.records)
            names = [name for name in names if name != SET or len(distinct(self.records, SET)) > 1]
        follow = [name for name in names if is_resource(name) and self._follows(name, x)]
        rest = [name for name in names if name not in follow]
        sized = [name for name in rest if self._has_sizes(name)]
        others = [name for name in rest if name not in sized]
        groups: dict[KEY, list[Record]] = {}
        for record in self.records:
            key = tuple(field(record, name) for name in ("figure", *self.plot.by, *others))
            groups.setdefault(key, []).append(record)
        if all(self._alike(those, sized) for those in groups.values()):
            self.scaling = "strong"
            return others
        if all(self._alike(those, sized) or self._grows(those, x, sized) for those in groups.values()):
            self.scaling = "weak"
            grows = _words(label(_bare(name)) for name in sized)
            self.notes.append(f"Weak scaling: the problem ({grows}) grows with {label(_bare(x))}.")
            return others
        self.scaling = "strong"
        return rest

    def _follows(self, name: str, x: str) -> bool:
        """Whether the values of `name` say no more than `x` does."""
        pairs = [(numeric(field(r, name)), numeric(field(r, x))) for r in self.records if field(r, name) is not None]
        return len({round(value / at, 9) if value is not None and at else None for value, at in pairs}) == 1

    def _has_sizes(self, name: str) -> bool:
        """Whether the values of `name` differ in numbers only."""
        if name.startswith("label.") or name in (SET, "image", POINT):
            return False
        values = (field(record, name) for record in self.records)
        return len({sizes_in(each)[0] for each in values if each is not None}) == 1

    @staticmethod
    def _sizes(names: Sequence[str], record: Record) -> dict[Hashable, float]:
        sizes: dict[Hashable, float] = {}
        for name in names:
            value = field(record, name)
            if value is not None:
                sizes.update({(name, place): number for place, number in sizes_in(value)[1].items()})
        return sizes

    def _alike(self, records: Sequence[Record], names: Sequence[str]) -> bool:
        """Whether the sizes in `names` are the same for all records."""
        return len({tuple(self._sizes(names, record).items()) for record in records}) == 1

    def _grows(self, records: Sequence[Record], x: str, names: Sequence[str]) -> bool:
        """Whether the sizes in `names` grow with `x`."""
        points = list(dict.fromkeys((numeric(field(r, x)), tuple(self._sizes(names, r).items())) for r in records))
        places = [at for at, _ in points if at is not None]
        if len(set(places)) < len(points) or len({tuple(dict(sizes)) for _, sizes in points}) > 1:
            return False
        return grows_with(places, {name: [dict(sizes)[name] for _, sizes in points] for name in dict(points[0][1])})

    # --- lines ---

    def _lines(self, x: str, keys: tuple[str, ...], constant: list[tuple[str, object]]) -> list[Chart]:
        x_scale, y_scale = self._scales(x)
        series = self._series(x, keys)
        if x == "timepoint" and len(series) > LINES:
            series = self._without_idle(series, keys)
        panels = self._panels(series, keys)
        if is_resource(x) or self.chosen:
            self._note_other_differences(x, keys)
        if self.scaling and self._scales_ideally():
            panels = tuple(with_ideal(panel, self._better(), self.scaling) for panel in panels)
        ticks = tuple(sorted({point for panel in panels for each in panel.series for point in each.x}))
        binary = x in SIZES and all(value == 0 or math.log2(value).is_integer() for value in ticks if value >= 0)
        whole = Chart(
            name="",
            metric=label(self.metric),
            title=self._title(x),
            subtitle=self._subtitle(constant),
            x_label=self._x_label(x, binary=binary),
            y_label=self._y_label(),
            kind="lines",
            panels=panels,
            x_scale=x_scale,
            y_scale=y_scale,
            x_binary=binary,
            x_ticks=ticks if x == "pods" or len(ticks) <= LINES else (),
            same_y=alike(panels, y_scale),
            notes=(*self._spread_notes(x, keys), *self.notes),
        )
        return _pages(whole)

    def _note_other_differences(self, x: str, keys: tuple[str, ...]) -> None:
        """Return the names that change with the axis, which do not separate lines."""
        short = short_names(self._varying())
        differ = [label(short[name]) for name in short if name not in (x, *keys)]
        if differ:
            self.notes.append(f"Between runs {_words(differ)} differ{'s' if len(differ) == 1 else ''}, too.")

    def _scales(self, x: str) -> tuple[Scale, Scale]:
        log = self.plot.log
        x_scale: Scale = "linear"
        if log in ("x", "both"):
            values = [numeric(field(record, x)) or 0.0 for record in self.records]
            x_scale = "log" if min(values) > 0 else "symlog" if min(values) == 0 else "linear"
        if log not in ("y", "both"):
            return x_scale, "linear"
        positive = tuple(record for record in self.records if float(record.value) > 0)
        absent = len(self.records) - len(positive)
        if absent * 5 > len(self.records):
            self.notes.append("The y axis is linear: many values are not above zero.")
            return x_scale, "linear"
        if absent:
            self.notes.append(
                f"Left out: {_several(absent, 'value')} not above zero, which a logarithmic axis cannot show."
            )
            self.records = positive
        return x_scale, "log"

    def _series(self, x: str, keys: tuple[str, ...]) -> dict[KEY, dict[float, list[float]]]:
        found: dict[KEY, dict[float, list[float]]] = {}
        for record in self.records:
            key = tuple(field(record, name) for name in keys)
            at = numeric(field(record, x))
            assert at is not None
            found.setdefault(key, {}).setdefault(at, []).append(float(record.value))
        return dict(sorted(found.items(), key=lambda item: [natural(each) for each in item[0]]))

    def _without_idle(
        self, series: dict[KEY, dict[float, list[float]]], keys: tuple[str, ...]
    ) -> dict[KEY, dict[float, list[float]]]:
        busy = {key: points for key, points in series.items() if any(any(values) for values in points.values())}
        if not busy or len(busy) == len(series):
            return series
        self._note_idle([key for key in series if key not in busy], len(series), keys, "all the time")
        return busy

    def _note_idle(self, idle: Sequence[KEY], count: int, keys: tuple[str, ...], where: str) -> None:
        named = [index for index, key in enumerate(keys) if key != PLACE] or range(len(keys))
        names = list(
            dict.fromkeys(self._series_name([key[i] for i in named], [keys[i] for i in named]) for key in idle)
        )
        shown = ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
        self.notes.append(f"Left out: {len(idle)} of {count} that are zero {where} ({shown}).")

    def _panels(self, series: dict[KEY, dict[float, list[float]]], keys: tuple[str, ...]) -> tuple[Panel, ...]:
        """All in one where there are few; else a panel for each value of some keys; else pooled into bands."""
        if len(series) <= LINES:
            return (
                Panel("", tuple(line_series(self._series_name(key, keys), points) for key, points in series.items())),
            )
        places = range(len(keys))
        ways = [apart for size in range(1, len(keys) + 1) for apart in combinations(places, size)]
        fits = [(count, apart) for apart in ways if (count := panels_of(series, apart))]
        if fits and min(fits)[0] <= (PANELS if PLACE in keys else PAGES * PANELS):
            return self._small(series, keys, min(fits)[1])
        return self._bands([split_series(series, position) for position in places], series, keys)

    def _small(
        self, series: dict[KEY, dict[float, list[float]]], keys: tuple[str, ...], apart: tuple[int, ...]
    ) -> tuple[Panel, ...]:
        """A panel for each value of the keys at `apart`; in it, a line for each of the others."""
        rest = [place for place in range(len(keys)) if place not in apart]
        panels: dict[str, list[Series]] = {}
        for key, points in series.items():
            title = self._series_name([key[place] for place in apart], [keys[place] for place in apart])
            name = self._series_name([key[place] for place in rest], [keys[place] for place in rest])
            panels.setdefault(title, []).append(line_series(name, points))
        return tuple(Panel(title, tuple(lines)) for title, lines in panels.items())

    def _bands(
        self,
        by_key: list[dict[object, dict[KEY, dict[float, list[float]]]]],
        series: dict[KEY, dict[float, list[float]]],
        keys: tuple[str, ...],
    ) -> tuple[Panel, ...]:
        """Many series pooled: the median, and from the lowest to the highest."""
        fits = [(len(split), position) for position, split in enumerate(by_key) if 1 < len(split) <= PANELS]
        if len(keys) > 1 and fits:
            # What is kept apart is what has most values that still fit.
            _, position = max(fits)
            rest = _words(self._key_name(key) for key in keys[:position] + keys[position + 1 :])
            panels = tuple(
                Panel(self._value_name(keys[position], value), (band(list(those.values())),))
                for value, those in by_key[position].items()
            )
            self.notes.append(f"Pooled over {rest}: the line is the median, the band spans the lowest to the highest.")
            return panels
        pooled = _words(self._key_name(key) for key in keys)
        self.notes.append(
            f"{len(series)} lines are pooled over {pooled}: "
            "the line is the median, the band spans the lowest to the highest."
        )
        return (Panel("", (band(list(series.values())),)),)

    def _scales_ideally(self) -> bool:
        if self.plot.log != "both":
            return False
        better = self._better()
        if not self.scaling or not has_ideal(self.unit, better, self.scaling):
            return False
        return self.chosen or better == "higher" or self.unit in TIMES

    def _better(self) -> Better:
        found = {record.better for record in self.records}
        return found.pop() if len(found) == 1 else ""

    # --- bars ---

    def _bars(self, keys: tuple[str, ...], constant: list[tuple[str, object]]) -> Chart:
        cells = self._cells(keys)
        if len(cells) > BARS:
            return self._ranked(cells, keys, constant)
        names = tuple(self._series_name(key, keys) or label(self.records[0].figure) for key in cells)
        spreads = [spread(values) for values in cells.values()]
        positive = [each for each in spreads if each.low > 0]
        wide = len(positive) == len(spreads) and max(s.median for s in spreads) > 1000 * min(s.median for s in spreads)
        return Chart(
            name="",
            metric=label(self.metric),
            title=self._title(""),
            subtitle=self._subtitle(constant),
            x_label=_words(self._key_name(key) for key in keys) or "figure",
            y_label=self._y_label(),
            kind="bars",
            panels=(Panel("", (positions(names, spreads),)),),
            y_scale="log" if wide else "linear",
            notes=(*self._spread_notes("", keys), *self.notes),
        )

    def _cells(self, keys: tuple[str, ...]) -> dict[KEY, list[float]]:
        cells: dict[KEY, list[float]] = {}
        for record in self.records:
            cells.setdefault(tuple(field(record, name) for name in keys), []).append(float(record.value))
        # One key after the other: settings in natural order, other values as the log has them.
        seen: list[dict[object, int]] = [{} for _ in keys]
        for key in cells:
            for value, order in zip(key, seen, strict=True):
                order.setdefault(value, len(order))
        for name, order in zip(keys, seen, strict=True):
            if name in (SET, PODS) or is_configured(name):
                values = sorted(order, key=lambda value: () if value is None else natural(value))
                order.update({value: place for place, value in enumerate(values)})
        return dict(sorted(cells.items(), key=lambda item: [order[v] for v, order in zip(item[0], seen, strict=True)]))

    def _ranked(
        self, cells: dict[KEY, list[float]], keys: tuple[str, ...], constant: list[tuple[str, object]]
    ) -> Chart:
        """Too many for bars: a dot for each, by size."""
        ordered = sorted(cells.items(), key=lambda item: spread(item[1]).median)
        names = tuple(self._series_name(key, keys) for key, _ in ordered)
        series = positions(names, [spread(values) for _, values in ordered])
        what = _words(self._key_name(key) for key in keys)
        self.notes.append(f"{len(cells)} values by {what}, sorted by size.")
        return self._dotted((Panel("", (series,)),), f"rank among {len(cells)}", constant, keys)

    # --- a dot for each pod ---

    def _one_by_one(self, keys: tuple[str, ...]) -> bool:
        """Whether there are many pods, each of which has a value of most that is measured."""
        places = len({place(record) for record in self.records})
        cells = len(self._cells(keys))
        return places > PLACES and 2 * places * cells >= len(self.records) >= places

    def _dots(self, keys: tuple[str, ...], constant: list[tuple[str, object]]) -> Chart:
        by_cell: dict[KEY, dict[str, list[float]]] = {}
        for record in self.records:
            key: KEY = tuple(field(record, name) for name in keys)
            by_cell.setdefault(key, {}).setdefault(place(record), []).append(float(record.value))
        if len(by_cell) > LINES:
            by_cell = self._busy_cells(by_cell, keys)
        if len(by_cell) > PANELS:
            return self._bars(keys, constant)
        places = sorted({each for cell in by_cell.values() for each in cell}, key=natural)
        position = {name: float(index) for index, name in enumerate(places)}
        panels = []
        for key, cell in by_cell.items():
            spreads = [spread(cell[name]) for name in places if name in cell]
            series = positions(tuple(label(name) for name in places if name in cell), spreads)
            series = replace(series, x=tuple(position[name] for name in places if name in cell))
            panels.append(Panel(self._series_name(key, keys), (series,)))
        if len(panels) == 1:
            panels = [replace(panels[0], title="")]
        known = all(record.pod for record in self.records)
        counted = f"{'pod' if known else 'log'}, in the order of names, 1 to {len(places)}"
        return self._dotted(tuple(panels), counted, constant, keys)

    def _busy_cells(
        self, cells: dict[KEY, dict[str, list[float]]], keys: tuple[str, ...]
    ) -> dict[KEY, dict[str, list[float]]]:
        busy = {key: cell for key, cell in cells.items() if any(any(values) for values in cell.values())}
        if not busy or len(busy) == len(cells):
            return cells
        self._note_idle([key for key in cells if key not in busy], len(cells), keys, "everywhere")
        return busy

    def _dotted(
        self, panels: tuple[Panel, ...], x_label: str, constant: list[tuple[str, object]], keys: tuple[str, ...]
    ) -> Chart:
        self.notes.append("A dot for each; the line is the median of all, the band holds the middle half.")
        return Chart(
            name="",
            metric=label(self.metric),
            title=self._title(""),
            subtitle=self._subtitle(constant),
            x_label=x_label,
            y_label=self._y_label(),
            kind="dots",
            panels=panels,
            same_y=alike(panels),
            notes=(*self._spread_notes("", (*keys, PLACE)), *self.notes),
        )

    # --- words ---

    def _title(self, x: str) -> str:
        if self.plot.title:
            return label(self.plot.title, 80)
        names = list(dict.fromkeys(record.figure for record in self.records))
        figures = ", ".join(label(name, 32) for name in names[:3]) + (f" and {len(names) - 3} more" * (len(names) > 3))
        if not x:
            return figures
        if x == "timepoint":
            return f"{figures} over time"
        return f"{figures} against {self._key_name(x)}"

    def _subtitle(self, constant: Iterable[tuple[str, object]]) -> str:
        said = [
            f"{label(str(value))} pods" if name == "pods" else f"{label(name)} {label(value)}"
            for name, value in constant
        ]
        return ", ".join(text.replace("1 pods", "1 pod") if text == "1 pods" else text for text in said)

    def _y_label(self) -> str:
        figures = list(dict.fromkeys(record.figure for record in self.records))
        name = label(figures[0]) if len(figures) == 1 else ""
        unit = label(self.unit, 40)
        text = f"{name} ({unit})" if name and unit else name or unit or "value"
        return text + {"lower": ", lower is better", "higher": ", higher is better"}.get(self._better(), "")

    def _x_label(self, x: str, *, binary: bool) -> str:
        if x == "timepoint":
            rates = {numeric((run.metadata.get("metricOptions") or {}).get("rate")) for run in self.runs}
            rate = rates.pop() if len(rates) == 1 else None
            return f"timepoint (one every {number(rate)} s)" if rate else "timepoint"
        if x in SIZES and binary:
            return "message size (bytes)" if "size" in x else "bytes"
        return self._key_name(x)

    def _key_name(self, name: str) -> str:
        if name == PLACE:
            return "pod" if all(record.pod for record in self.records) else "log"
        return label(_bare(name))

    def _value_name(self, name: str, value: object) -> str:
        if value is None:
            return f"{label(_bare(name))} not known" if name == "pods" else f"no {label(_bare(name))}"
        if name == "pods":
            return f"{label(value)} pod{'' if value == 1 else 's'}"
        if isinstance(value, (int, float)):
            return f"{label(_bare(name))} {label(number(value))}"
        if name not in self.names:
            values = [each for each in distinct(self.records, name) if isinstance(each, str)]
            short = _without_folder(values) if name in (PLACE, "source") else values
            self.names[name] = dict(zip(values, labels(short), strict=True))
        shown = self.names[name].get(str(value)) or label(value)
        return f"{label(_bare(name))} {shown}" if is_configured(name) else shown

    def _series_name(self, key: Sequence[object], keys: Sequence[str]) -> str:
        return ", ".join(self._value_name(name, value) for name, value in zip(keys, key, strict=True))

    def _spread_notes(self, x: str, keys: Sequence[str]) -> tuple[str, ...]:
        """Return the names that differ between several values at one place."""
        told = [*keys, *([x] if x else [])]
        cells: dict[KEY, list[Record]] = {}
        for record in self.records:
            cells.setdefault(tuple(field(record, name) for name in told), []).append(record)
        counts = [len(those) for those in cells.values()]
        if max(counts, default=1) == 1:
            return ()
        contexts = dict.fromkeys(name for record in self.records for name in record.context)
        names = [name for name in (*contexts, "timepoint", PLACE) if name not in told]
        varying = [name for name in names if any(len(distinct(those, name)) > 1 for those in cells.values())]
        apart = f" that differ in {_words(self._key_name(name) for name in varying)}" if varying else ""
        few, most = min(counts), max(counts)
        several = f"{few} to {most}" if few < most else f"{most}"
        return (f"Each point is the median of {several} values{apart}; error bars span the lowest to the highest.",)


def _words(names: Iterable[str]) -> str:
    several = list(dict.fromkeys(names))
    return " and ".join([", ".join(several[:-1]), several[-1]]) if len(several) > 1 else "".join(several)


def _bare(name: str) -> str:
    return short_names([name])[name]


def _of_family(record: Record, x: str) -> Record:
    """The record with its place on the axis taken out of its set's name: of 8 pods, `lammps-p8` is `lammps-p#`."""
    name = re.sub(rf"(?<=-)([a-z]*){re.escape(str(field(record, x)))}(?=-|$)", r"\1#", str(field(record, SET) or ""))
    return replace(record, origin=replace(record.origin, set=name)) if name else record


def _without_folder(paths: Sequence[str]) -> list[str]:
    """The paths without the folder that all are in."""
    folders = {path.rpartition("/")[0] for path in paths}
    return [path.rpartition("/")[2] for path in paths] if len(folders) == 1 else list(paths)


def _pages(chart: Chart) -> list[Chart]:
    """The chart, in several where it has more panels than one can hold."""
    count = math.ceil(len(chart.panels) / PANELS)
    if count <= 1:
        return [chart]
    size = math.ceil(len(chart.panels) / count)
    parts = [chart.panels[start : start + size] for start in range(0, len(chart.panels), size)]
    return [
        replace(chart, title=f"{chart.title} ({number} of {count})", panels=panels)
        for number, panels in enumerate(parts, 1)
    ]
