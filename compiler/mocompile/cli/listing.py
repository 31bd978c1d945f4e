"""`mocompile list`: the catalog as a table, JSON or YAML."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mocompile.catalog import Catalog

_COLUMNS = ("name", "family", "pattern", "summary")
_GAP = 2
_WIDTH = 160  # of what is not a terminal
_LEAST_SUMMARY = 40


def listing(catalog: Catalog, kind: str | None, form: str) -> str:
    """Return the metrics, the addons, or (`kind` None) both, as text that ends in a newline."""
    rows = {each: _rows(catalog, each) for each in (("metrics", "addons") if kind is None else (kind,))}
    if form == "table":
        return "\n".join(_table(each) for each in rows.values())
    data = rows if kind is None else rows[kind]
    if form == "json":
        import json

        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    from mocompile.emit.yaml import dump

    return dump([data])


def _rows(catalog: Catalog, kind: str) -> list[dict[str, str]]:
    if kind == "metrics":
        metrics = (catalog.metric(name) for name in catalog.metric_names)
        return [
            {"name": sheet.name, "family": sheet.family, "pattern": sheet.pattern.name, "summary": sheet.summary}
            for sheet in metrics
        ]
    addons = (catalog.addon(name) for name in catalog.addon_names)
    return [{"name": sheet.name, "family": sheet.family, "summary": sheet.summary} for sheet in addons]


def _table(rows: Sequence[dict[str, str]]) -> str:
    """The rows as a table; on a narrow terminal each summary is below its row, and wrapped."""
    columns = _columns(rows)
    before = {name: title for name, title in columns.items() if name != "summary"}
    used = sum(max(len(title), *(len(row[name]) for row in rows)) + _GAP for name, title in before.items())
    width = shutil.get_terminal_size((_WIDTH, 24)).columns
    if width - used >= _LEAST_SUMMARY:
        return table(rows, columns)
    title, *lines = table(rows, before).splitlines()
    indent = " " * 4
    summaries = (
        textwrap.fill(
            row["summary"],
            max(width, _LEAST_SUMMARY),
            initial_indent=indent,
            subsequent_indent=indent,
            break_on_hyphens=False,
        )
        for row in rows
    )
    return "\n".join([title, *(f"{line}\n{text}" for line, text in zip(lines, summaries, strict=True))]) + "\n"


def _columns(rows: Sequence[dict[str, str]]) -> dict[str, str]:
    return {column: column.upper() for column in _COLUMNS if any(column in row for row in rows)}


def table(rows: Sequence[Mapping[str, str]], columns: Mapping[str, str]) -> str:
    """Return the rows, which have the keys of `columns`, below its titles; lines fit the width of the terminal."""
    widths = [max(len(title), *(len(row[column]) for row in rows)) + _GAP for column, title in columns.items()]
    width = shutil.get_terminal_size((_WIDTH, 24)).columns
    lines = [_line(list(columns.values()), widths, width)]
    lines += [_line([row[column] for column in columns], widths, width) for row in rows]
    return "".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int], width: int) -> str:
    text = "".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()
    return (text if len(text) <= width else text[: width - 1] + "…") + "\n"
