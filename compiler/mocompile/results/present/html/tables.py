"""Figures as tables for a page: what several values come to, and pod by pod."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mocompile.results.analyse.order import natural
from mocompile.results.analyse.samples import sample
from mocompile.results.analyse.settings import differing, distinct_settings, short_names
from mocompile.results.present.plot.points import distinct, field, numeric, place, telling
from mocompile.results.present.safe_text import label, number
from mocompile.results.record import Record

LONG = 40  # rows of a table that is folded
MOST = 5_000  # rows of a table
_WIDE = 12  # columns of the table of pods
_EXACT = 12  # characters of a number that is shown as it is


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `number`: of numbers, which are aligned to the right."""

    name: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class HtmlTable:
    """A table of the page. `note` names the parts that are left out."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    folded: bool = False


def exact(value: object) -> str:
    """A value as it was read, where that is short; else about six digits of it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return text if len(text := repr(value).removesuffix(".0")) <= _EXACT else f"{value:.6g}"
    return label(value, 80)


def of_figures(records: Iterable[Record]) -> Iterator[HtmlTable]:
    """The figures of one metric: a table for each set of contexts, a row for each figure and context."""
    groups: dict[tuple[str, ...], list[Record]] = {}
    for record in records:
        groups.setdefault(tuple(sorted(record.context)), []).append(record)
    for contexts, those in groups.items():
        ordered = [name for name in those[0].context if name in contexts]
        apart = differing(distinct_settings(those))
        for values, numbers in ((those, True), (those, False)):
            kept = [
                record for record in values if (numeric(record.value) is not None and _is_number(record)) is numbers
            ]
            if kept:
                yield _figures(kept, ordered, apart, numbers=numbers)


def _is_number(record: Record) -> bool:
    return not isinstance(record.value, str)


def _figures(records: Sequence[Record], contexts: Sequence[str], apart: tuple[str, ...], *, numbers: bool) -> HtmlTable:
    needed = telling(records, contexts)
    shown = [name for name in contexts if name in needed or len(distinct(records, name)) > 1 or len(records) < LONG]
    names = ("figure", *apart, *shown, "unit")
    short = short_names(apart, shown)
    cells: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        key: tuple[object, ...] = (record.figure, *(field(record, name) for name in (*apart, *shown)), record.unit)
        cells.setdefault(key, []).append(record)
    several = numbers and any(len(those) > 1 for those in cells.values())
    measures = ("n", "median", "lowest", "highest") if several else ("value",)
    rows = []
    order = list(dict.fromkeys(record.figure for record in records))
    for key, those in sorted(
        cells.items(),
        key=lambda item: (
            order.index(item[1][0].figure),
            *(() if value is None else natural(value) for value in item[0][1 : len(apart) + 1]),
        ),
    ):
        *told, unit = key
        values = [float(record.value) for record in those] if numbers else []
        if several:
            all_of = sample(values)
            measured = [str(all_of.n), *map(exact, (all_of.median, all_of.low, all_of.high))]
        else:
            measured = [", ".join(dict.fromkeys(exact(record.value) for record in those))]
        rows.append((*(exact(each) if each is not None else "" for each in told), *measured, label(unit)))
    columns = (
        *(
            Column(label(short.get(name, name)), name != "figure" and _all_numbers(records, name))
            for name in names[:-1]
        ),
        *(Column(name, numbers) for name in measures),
        Column("unit"),
    )
    by = [label(short.get(name, name)) for name in (*apart, *shown)]
    caption = f"Figures by {', '.join(by)}" if by else "Figures"
    return bounded(caption if numbers else f"{caption}, as text", columns, rows)


def of_places(records: Sequence[Record]) -> HtmlTable | None:
    """The medians of each pod, a column for each figure; None where there is one pod, or too much for a table."""
    places = sorted({place(record) for record in records}, key=natural)
    if len(places) < 2:
        return None
    names = telling(records, ["figure", *dict.fromkeys(name for record in records for name in record.context)])
    cells: dict[tuple[object, ...], dict[str, list[float]]] = {}
    units: dict[tuple[object, ...], str] = {}
    nodes: dict[str, str] = {}
    for record in records:
        value = numeric(record.value)
        if value is None or isinstance(record.value, str):
            continue
        key: tuple[object, ...] = tuple(field(record, name) for name in names)
        cells.setdefault(key, {}).setdefault(place(record), []).append(value)
        units[key] = record.unit
        nodes[place(record)] = record.node
    cells = {key: cell for key, cell in cells.items() if any(any(values) for values in cell.values())}
    if not cells or len(cells) > _WIDE or max(map(len, cells.values())) < 2:
        return None
    with_nodes = any(nodes.values())
    figures = {record.figure for record in records}
    columns = [Column("pod" if all(record.pod for record in records) else "log")]
    columns += [Column("node")] if with_nodes else []
    for key in cells:
        told = [label(each) for each in key if each is not None] if key else [label(next(iter(figures)))]
        columns.append(
            Column(f"{', '.join(told)} ({label(units[key])})" if units[key] else ", ".join(told), number=True)
        )
    rows = [
        (
            label(each),
            *((label(nodes.get(each, "")),) if with_nodes else ()),
            *(number(sample(cell[each]).median) if each in cell else "" for cell in cells.values()),
        )
        for each in places
    ]
    several = any(len(values) > 1 for cell in cells.values() for values in cell.values())
    kind = "pod" if all(record.pod for record in records) else "log"
    return bounded(f"{'Medians' if several else 'Values'} of each {kind}", tuple(columns), rows, folded=len(rows) > 16)


def of_environment(entries: Sequence[Mapping[str, object]]) -> HtmlTable:
    """Return the known state of containers, one row each, without columns that are empty everywhere."""
    names = [
        name
        for name in dict.fromkeys(name for entry in entries for name in entry)
        if any(entry.get(name) not in (None, "") for entry in entries)
    ]
    rows = [tuple("" if entry.get(name) is None else exact(entry[name]) for name in names) for entry in entries]
    columns = tuple(
        Column(_spaced(name), all(numeric(e.get(name) or 0) is not None for e in entries)) for name in names
    )
    return bounded("Containers", columns, rows)


def _spaced(name: str) -> str:
    return label("".join(f" {each.lower()}" if each.isupper() else each for each in name).replace("_", " "))


def _all_numbers(records: Iterable[Record], name: str) -> bool:
    return all(isinstance(field(record, name), (int, float)) for record in records)


def bounded(
    caption: str, columns: tuple[Column, ...], rows: Sequence[tuple[str, ...]], *, folded: bool = False
) -> HtmlTable:
    """Return a table of at most `MOST` rows; a long one is folded."""
    left = len(rows) - MOST
    note = f"{left:,} more rows are left out; `mocompile results parse` gives all." if left > 0 else ""
    return HtmlTable(caption, columns, tuple(rows[:MOST]), note, folded or len(rows) > LONG)
