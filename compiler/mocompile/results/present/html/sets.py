"""Figures of whole sets as tables: a row for each set (repetitions have one), and a column for each figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mocompile.results.analyse.selection import select
from mocompile.results.analyse.settings import short_names
from mocompile.results.analyse.values import Values
from mocompile.results.present.html.tables import Column, HtmlTable, bounded, exact
from mocompile.results.present.safe_text import label
from mocompile.results.present.table import Table, tables
from mocompile.results.record import Record


def of_sets(records: Sequence[Record], caption: str, note: str = "") -> Iterator[HtmlTable]:
    """Yield the tables of these records, and one of those of sets that failed, or had not ended."""
    chosen = select(records, failed=True).records
    good = [record for record in chosen if record.status == "ok"]
    bad = [record for record in chosen if record.status != "ok"]
    for those, words in ((good, caption), (bad, f"{caption}: sets that did not complete")):
        for each in tables(those):
            yield _table(each, words, note)


def _table(table: Table, caption: str, note: str) -> HtmlTable:
    shown = [at for at in range(len(table.keys)) if at == 0 or _varies(table, at)]
    short = short_names(table.keys)
    several = any(values.n > 1 for row in table.rows for values in row.cells.values())
    columns = (
        *(Column(label(short[table.keys[at]])) for at in shown),
        *((Column("n", number=True),) if several else ()),
        *(Column(label(f"{figure} ({unit})" if unit else figure), number=True) for figure, unit in table.columns),
    )
    rows = [
        (
            *(_key(row.keys[at]) for at in shown),
            *((str(max(values.n for values in row.cells.values())),) if several else ()),
            *(_cell(row.cells.get(column)) for column in table.columns),
        )
        for row in table.rows
    ]
    made = bounded(f"{caption}, medians" if several else caption, columns, rows)
    return HtmlTable(made.caption, made.columns, made.rows, " ".join(filter(None, (note, made.note))), made.folded)


def _varies(table: Table, at: int) -> bool:
    return len({(type(row.keys[at]), row.keys[at]) for row in table.rows}) > 1


def _key(value: object) -> str:
    return "" if value is None else exact(value)


def _cell(values: Values | None) -> str:
    found = values.sample if values is not None else None
    return "" if found is None else exact(found.median)
