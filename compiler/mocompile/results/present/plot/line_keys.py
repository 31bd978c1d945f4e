"""The axis of a chart, and the names that keep its series apart: a line never joins different measurements."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import replace

from mocompile.results.analyse.scaling import grows_with, is_resource, sizes_in
from mocompile.results.analyse.settings import CHANGED, POINT, SET, differing, distinct_settings, typed
from mocompile.results.environment import MACHINE
from mocompile.results.present.plot.chart_data import ChartData
from mocompile.results.present.plot.chart_labels import bare, in_words, several
from mocompile.results.present.plot.defaults import counts_repetitions
from mocompile.results.present.plot.points import PLACE, distinct, field, numeric, telling
from mocompile.results.present.plot.series import KEY
from mocompile.results.present.safe_text import label
from mocompile.results.record import Record


def with_keys(data: ChartData) -> ChartData:
    """Return the data with the axis of the plot (none if its values are no numbers or all equal) and the keys."""
    data = _with_axis(data)
    x = data.x
    wanted = ["figure", *data.plot.by]
    if not x and data.plot.x and data.plot.x not in ("timepoint", PLACE):
        wanted.append(data.plot.x)
    # Sets of different sizes, and different jobs, are different measurements, not samples of one.
    always = [name for name in ("pods", "job") if name != x and name not in data.pooled]
    if x == "timepoint":
        always.append(PLACE)
    apart = [name for name in varying(data) if name != x]
    problems: list[str] = []
    if x and (is_resource(x) or data.relative):
        data, apart, problems = _of_lines(data, apart)
    if data.chosen and x:
        beside = _beside(data, apart)
        if data.relative:
            beside += [name for name in problems if name not in beside]
        elif not {*problems} <= {*beside}:
            data = replace(data, scaling="")  # the lines join different problems: they have no ideal
        apart = beside
    names = [name for name in dict.fromkeys([*wanted, *always, *apart]) if name != x]
    keys = telling(data.records, names)
    if POINT in apart:
        data = data.noted(f"{CHANGED[0].upper()}{CHANGED[1:]}.")
    constant: tuple[tuple[str, object], ...] = tuple(
        (name, values[0])
        for name in names
        if name not in ("figure", PLACE, "job") and len(values := distinct(data.records, name)) == 1
    )
    return replace(data, apart=tuple(names), keys=keys, constant=constant)


def varying(data: ChartData) -> list[str]:
    """Return the settings and contexts in which the records differ, without those that count repetitions."""
    settings = differing(distinct_settings(data.records), data.pooled)
    of_figures: dict[str, list[Record]] = {}
    for record in data.records:
        of_figures.setdefault(record.figure, []).append(record)
    contexts = dict.fromkeys(name for record in data.records for name in record.context)
    kept = [name for name in contexts if name not in data.pooled and name not in settings]
    return [
        *settings,
        *(
            name
            for name in kept
            if not counts_repetitions(data.records, name)
            and any(len({typed(field(each, name)) for each in those}) > 1 for those in of_figures.values())
        ),
    ]


def _with_axis(data: ChartData) -> ChartData:
    x = data.plot.x
    if not x:
        return data
    placed = tuple(record for record in data.records if field(record, x) is not None)
    values = {numeric(field(record, x)) for record in placed}
    if None in values or len(values) < 2:
        return data
    if len(placed) < len(data.records):
        data = data.noted(f"Left out: {several(len(data.records) - len(placed), 'value')} without {label(x)}.")
    return replace(data, x=x, records=placed)


def _beside(data: ChartData, names: Sequence[str]) -> list[str]:
    """Return those of `names` that say more than the axis and the plot's `by`; parameters go first."""
    given = ["figure", data.x, *data.plot.by]
    few = {name: len({typed(field(record, name)) for record in data.records}) for name in names}
    order = sorted(names, key=lambda name: (not name.startswith("parameter."), few[name]))
    kept = telling(data.records, (*given, *order))
    return [name for name in order if name in kept]


def _of_lines(data: ChartData, names: Sequence[str]) -> tuple[ChartData, list[str], list[str]]:
    """Return those of `names` that keep lines over the axis apart, and those that distinguish problems.

    The data get their scaling. A line joins runs of one problem, or of one that grows with the axis. Counts of
    resources, and sets whose names differ in the axis only, do not keep runs apart if they follow the axis.
    """
    x = data.x
    if SET in names:
        data = replace(data, records=tuple(_of_family(record, x) for record in data.records))
        names = [name for name in names if name != SET or len(distinct(data.records, SET)) > 1]
    records = data.records
    follow = [name for name in names if is_resource(name) and _follows(records, name, x)]
    rest = [name for name in names if name not in follow]
    sized = [name for name in rest if _has_sizes(records, name)]
    others = [name for name in rest if name not in sized]
    groups: dict[KEY, list[Record]] = {}
    for record in records:
        key = tuple(field(record, name) for name in ("figure", *data.plot.by, *others))
        groups.setdefault(key, []).append(record)
    if all(_alike(those, sized) for those in groups.values()):
        return replace(data, scaling="strong"), others, []
    if all(_alike(those, sized) or _grows(those, x, sized) for those in groups.values()):
        grows = in_words(label(bare(name)) for name in sized)
        note = f"Weak scaling: the problem ({grows}) grows with {label(bare(x))}."
        return replace(data, scaling="weak").noted(note), others, []
    return replace(data, scaling="strong"), rest, sized


def _follows(records: Sequence[Record], name: str, x: str) -> bool:
    """Whether the values of `name` are proportional to those of `x`."""
    pairs = [(numeric(field(r, name)), numeric(field(r, x))) for r in records if field(r, name) is not None]
    return len({round(value / at, 9) if value is not None and at else None for value, at in pairs}) == 1


def _has_sizes(records: Sequence[Record], name: str) -> bool:
    """Whether the values of `name` differ in numbers only."""
    if name in (SET, POINT) or name.startswith(("label.", MACHINE, "image")):
        return False
    values = (field(record, name) for record in records)
    return len({sizes_in(each)[0] for each in values if each is not None}) == 1


def _sizes(names: Sequence[str], record: Record) -> dict[Hashable, float]:
    sizes: dict[Hashable, float] = {}
    for name in names:
        value = field(record, name)
        if value is not None:
            sizes.update({(name, place): number for place, number in sizes_in(value)[1].items()})
    return sizes


def _alike(records: Sequence[Record], names: Sequence[str]) -> bool:
    """Whether the sizes in `names` are the same for all records."""
    return len({tuple(_sizes(names, record).items()) for record in records}) == 1


def _grows(records: Sequence[Record], x: str, names: Sequence[str]) -> bool:
    """Whether the sizes in `names` grow with `x`."""
    points = list(dict.fromkeys((numeric(field(r, x)), tuple(_sizes(names, r).items())) for r in records))
    places = [at for at, _ in points if at is not None]
    if len(set(places)) < len(points) or len({tuple(dict(sizes)) for _, sizes in points}) > 1:
        return False
    return grows_with(places, {name: [dict(sizes)[name] for _, sizes in points] for name in dict(points[0][1])})


def _of_family(record: Record, x: str) -> Record:
    """Return the record without the value of `x` in its set's name: of 8 pods, `lammps-p8` is `lammps-p#`."""
    name = re.sub(rf"(?<=-)([a-z]*){re.escape(str(field(record, x)))}(?=-|$)", r"\1#", str(field(record, SET) or ""))
    return replace(record, origin=replace(record.origin, set=name)) if name else record
