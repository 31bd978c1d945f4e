"""Checks a `figures.yaml` against the rules that its JSON Schema cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mocompile.catalog.figures.model import is_reserved
from mocompile.catalog.figures.number import parse_number
from mocompile.catalog.figures.pattern import marks_in, names_in
from mocompile.diagnostics.finding import Finding, nearest
from mocompile.document.tree import Map, place_of
from mocompile.schema.files import read

_PATTERNS = ("line", "section", "until", "table", "failure", "each", "unreadable")

_PLOT_AXES = ("timepoint", "pods")

Entry = Mapping[str, Any]

_At = tuple[str | int, ...]


def validate_figures(root: Map, data: Mapping[str, Any]) -> Iterator[Finding]:
    """Everything that is wrong with the sheet `root`, converted to `data`."""
    from mocompile.schema.violations import findings as shape_findings

    wrong = list(shape_findings(root, dict(data), read("figures")))
    yield from wrong or _Review(root, data).findings()


class _Review:
    """Yield findings that the schema cannot express: invalid patterns and unknown names."""

    def __init__(self, root: Map, data: Entry) -> None:
        self._root = root
        self._data = data
        self._figures: Mapping[str, Any] = data.get("figures", {})

    def findings(self) -> Iterator[Finding]:
        for name, figure in self._figures.items():
            if is_reserved(name):
                yield self._finding(("figures", name), f"the name '{name}' is taken by every record", "take another")
            if "noValue" in figure and parse_number(figure["noValue"]) is None:
                message = f"'{figure['noValue']}' is no number"
                yield self._finding(("figures", name, "noValue"), message, "write a number, such as -1")
            for index, other in enumerate(figure.get("unless", ())):
                yield from self._figure(("figures", name, "unless", index), other)
        for name in self._data.get("settings", {}):
            yield from self._context(("settings", name), name)
        for key in ("begins", "ends", "known_by"):
            for position, text in enumerate(self._data.get(key, ())):
                yield from self._pattern((key, position), text)
        yield from self._output(("output",), self._data["output"])
        for position, plot in enumerate(self._data.get("plots", ())):
            for index, name in enumerate(plot["figures"]):
                yield from self._figure(("plots", position, "figures", index), name)

    def _output(self, at: _At, entries: list[Entry]) -> Iterator[Finding]:
        for position, entry in enumerate(entries):
            yield from self._entry((*at, position), entry)

    def _entry(self, at: _At, entry: Entry) -> Iterator[Finding]:
        for key in _PATTERNS:
            if key in entry:
                yield from self._pattern((*at, key), entry[key])
        yield from self._marks(at, entry)
        yield from self._names(at, entry)
        yield from self._output((*at, "output"), entry.get("output", []))

    def _pattern(self, at: _At, text: str) -> Iterator[Finding]:
        try:
            names = names_in(text)
        except re.error as error:
            yield self._finding(
                at, f"invalid regular expression: {error.msg}", "write a Python regular expression between slashes"
            )
            return
        for name in names:
            yield from self._context(at, name)

    def _marks(self, at: _At, entry: Entry) -> Iterator[Finding]:
        """Yield findings for names in `units` and `again` that the pattern lacks, and for a useless `each`."""
        if "each" in entry and not (entry["each"].startswith("/") and entry["each"].endswith("/")):
            yield self._finding((*at, "each"), "this is no regular expression", "write it between slashes")
        try:
            marks = marks_in(entry.get("line", entry.get("section", "")))
        except re.error:
            return
        for figure, unit in entry.get("units", {}).items():
            if unit[:2] == "<_" and unit[1:-1] not in marks:
                yield self._finding((*at, "units", figure), f"there is no {unit} in the pattern", "add it there")
        if isinstance(entry.get("again"), str) and entry["again"] not in marks:
            hint = "name a word of the line that begins with _, such as (?P<_pid>...)"
            yield self._finding((*at, "again"), f"there is no '{entry['again']}' in the pattern", hint)

    def _names(self, at: _At, entry: Entry) -> Iterator[Finding]:
        for key in ("count", "matrix"):
            if key in entry:
                check = self._context if key == "count" and "context" in entry else self._figure
                yield from check((*at, key), entry[key])
        for key in ("figures", "units"):
            for name in entry.get(key, {}):
                yield from self._figure((*at, key, name), name)
        for name in entry.get("constants", {}):
            yield from self._context((*at, "constants", name), name)
        if "json" in entry:
            for name in entry.get("context", {}):
                yield from self._context((*at, "context", name), name)
        elif entry.get("context") == "section" and at.count("output") == 1:
            yield self._finding((*at, "context"), "there is no section around this line", "write `context: run`")
        for column in entry.get("columns", {}):
            if len(column) > 1 and column.startswith("/") and column.endswith("/"):
                yield from self._pattern((*at, "columns", column), column)
        for column, names in entry.get("columns", {}).items():
            for name in names if isinstance(names, list) else [names]:
                yield from self._context((*at, "columns", column), name.removesuffix("..."))
        if "owner" in entry and entry["owner"] not in _names_in(entry["line"]):
            hint = "name a word of the line, such as (?P<jobname>...)"
            yield self._finding((*at, "owner"), f"there is no '{entry['owner']}' in the pattern", hint)
        if "lone" in entry:
            yield from self._context((*at, "lone"), entry["lone"])
        for key in ("axes", "headings"):
            for index, name in enumerate(entry.get(key, ())):
                yield from self._context((*at, key, index), name)
        for key in ("number", "sample", "alike", "times", "below"):
            if key in entry:
                yield from self._context((*at, key), entry[key])

    def _figure(self, at: _At, name: str) -> Iterator[Finding]:
        if name not in self._figures:
            hint = nearest(name, self._figures) or "describe the figure under `figures`"
            yield self._finding(at, f"unknown figure '{name}'", hint)

    def _context(self, at: _At, name: str) -> Iterator[Finding]:
        if is_reserved(name) and name not in self._figures:
            yield self._finding(at, f"the name '{name}' is taken by every record", "take another")

    def _finding(self, at: _At, message: str, hint: str) -> Finding:
        return Finding("figures", f"{_shown(at)}: {message}", place_of(self._root, at), hint)


def _names_in(text: str) -> tuple[str, ...]:
    """The names in a pattern; none if it is no regular expression, which is a finding of its own."""
    try:
        return names_in(text)
    except re.error:
        return ()


def _shown(at: _At) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at).removeprefix(".")
