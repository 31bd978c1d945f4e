"""Reads figures.yaml: checked by its schema, then to the dataclasses of `sheet`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mocompile.convert import convert
from mocompile.diagnostics.finding import Finding, InputError, nearest
from mocompile.document import Map, place_of
from mocompile.results.number import word
from mocompile.results.pattern import Pattern, names_in, pattern
from mocompile.results.record import RESERVED, Better, Scalar
from mocompile.results.sheet import (
    Document,
    Failure,
    FigureSheet,
    Line,
    Matrix,
    Plot,
    Reader,
    Section,
    Sheet,
    Table,
)
from mocompile.schema import read

NAME = "figures.yaml"
_KINDS = ("line", "after", "table", "json", "matrix", "fails")
_ALLOWED: Mapping[str, frozenset[str]] = {
    "line": frozenset({"keep", "count", "number", "set", "units"}),
    "after": frozenset({"until", "number", "set", "output"}),
    "table": frozenset({"until", "columns", "set"}),
    "json": frozenset({"only", "where", "figures", "context", "failed", "set"}),
    "matrix": frozenset({"axes", "diagonal", "set"}),
    "fails": frozenset(),
}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "after": ("output",),
    "table": ("columns",),
    "matrix": ("axes",),
}
_PATTERNS = ("line", "after", "until", "table", "fails")
_PLOT_AXES = ("timepoint", "pods")

_Entry = Mapping[str, Any]
_At = tuple[str | int, ...]


def read_sheet(path: Path, name: str, remember: Callable[[str, tuple[str, ...]], None] | None) -> Sheet:
    """The sheet in the file `path`, of the metric or addon `name`.

    With `remember`, which is told the file's lines, it is checked first; the tests do so for those that are
    shipped.
    Raises `InputError` with everything that is wrong.
    """
    from mocompile.load import load
    from mocompile.load import read as read_bytes

    source = read_bytes(path)
    root = load(source).root
    data = convert(root, read("figures"))
    assert isinstance(data, dict)
    if remember is not None:
        remember(root.place.source, source.lines)
        found = list(review(root, data))
        if found:
            raise InputError(found)
    return _Maker(name, data).sheet()


def review(root: Map, data: Mapping[str, Any]) -> Iterator[Finding]:
    """Everything that is wrong with the sheet `root`, converted to `data`."""
    from mocompile.check.shape import findings as shape_findings

    wrong = list(shape_findings(root, dict(data), read("figures")))
    yield from wrong or _Review(root, data).findings()


class _Maker:
    """Makes the dataclasses out of data that was reviewed."""

    def __init__(self, name: str, data: _Entry) -> None:
        self._name = name
        self._data = data
        self._figures = {each: _figure(each, entry) for each, entry in data.get("figures", {}).items()}
        self._formats = {each.name: each.format for each in self._figures.values()}

    def sheet(self) -> Sheet:
        plots = tuple(_plot(entry) for entry in self._data.get("plots", ()))
        metrics = tuple(self._data.get("metrics", ()))
        return Sheet(self._name, self._figures, self._output(self._data["output"]), plots, metrics)

    def _output(self, entries: list[_Entry]) -> tuple[Reader, ...]:
        return tuple(self._reader(entry) for entry in entries)

    def _reader(self, entry: _Entry) -> Reader:
        constants = {name: word(value) for name, value in entry.get("set", {}).items()}
        if "line" in entry:
            return Line(
                self._pattern(entry["line"]),
                entry.get("keep", False),
                entry.get("count", ""),
                entry.get("number", ""),
                constants,
                entry.get("units", {}),
            )
        if "after" in entry:
            return Section(
                self._pattern(entry["after"]),
                self._until(entry),
                entry.get("number", ""),
                constants,
                self._output(entry["output"]),
            )
        if "table" in entry:
            return Table(self._pattern(entry["table"]), self._until(entry), entry["columns"], constants)
        if "json" in entry:
            return _document(entry, constants)
        if "matrix" in entry:
            return Matrix(entry["matrix"], (entry["axes"][0], entry["axes"][1]), constants, entry.get("diagonal", True))
        return Failure(self._pattern(entry["fails"]))

    def _until(self, entry: _Entry) -> Pattern | None:
        return self._pattern(entry["until"]) if "until" in entry else None

    def _pattern(self, text: str) -> Pattern:
        return pattern(text, self._formats)


def _figure(name: str, entry: _Entry) -> FigureSheet:
    better: Better = entry.get("better", "")
    return FigureSheet(
        name,
        entry.get("unit", ""),
        better,
        entry["description"],
        entry.get("format", "number"),
        entry.get("expected", False),
    )


def _plot(entry: _Entry) -> Plot:
    return Plot(
        entry.get("title", ""),
        tuple(entry["figures"]),
        entry.get("x", ""),
        entry.get("log", ""),
        tuple(entry.get("by", ())),
    )


def _document(entry: _Entry, constants: Mapping[str, Scalar]) -> Document:
    return Document(
        tuple(entry["json"]),
        {name: tuple(values) for name, values in entry.get("only", {}).items()},
        tuple(entry.get("where", ())),
        {name: tuple(path) for name, path in entry.get("figures", {}).items()},
        {name: tuple(path) for name, path in entry.get("context", {}).items()},
        constants,
        tuple(entry.get("failed", ())),
    )


class _Review:
    """What the schema cannot say: patterns that are none, names that are not there, keys that do not go together."""

    def __init__(self, root: Map, data: _Entry) -> None:
        self._root = root
        self._data = data
        self._figures: Mapping[str, Any] = data.get("figures", {})

    def findings(self) -> Iterator[Finding]:
        for name in self._figures:
            if name in RESERVED:
                yield self._finding(("figures", name), f"the name '{name}' is taken by every record", "take another")
        yield from self._output(("output",), self._data["output"])
        for position, plot in enumerate(self._data.get("plots", ())):
            for index, name in enumerate(plot["figures"]):
                yield from self._figure(("plots", position, "figures", index), name)

    def _output(self, at: _At, entries: list[_Entry]) -> Iterator[Finding]:
        for position, entry in enumerate(entries):
            yield from self._entry((*at, position), entry)

    def _entry(self, at: _At, entry: _Entry) -> Iterator[Finding]:
        kinds = [kind for kind in _KINDS if kind in entry]
        if len(kinds) != 1:
            hint = f"an entry has one of {', '.join(_KINDS)}"
            yield self._finding(at, f"this entry has {' and '.join(kinds) or 'none of them'}", hint)
            return
        kind = kinds[0]
        for key in entry:
            if key != kind and key not in _ALLOWED[kind]:
                allowed = ", ".join(sorted(_ALLOWED[kind])) or "nothing else"
                yield self._finding((*at, key), f"'{key}' does not go with '{kind}'", f"it has {allowed}")
        for key in _NEEDED.get(kind, ()):
            if key not in entry:
                yield self._finding(at, f"'{kind}' needs '{key}'", f"say {key}")
        if kind == "json" and not {"figures", "failed"} & set(entry):
            yield self._finding(at, "'json' needs 'figures' or 'failed'", "say figures")
        for key in _PATTERNS:
            if key in entry:
                yield from self._pattern((*at, key), entry[key])
        yield from self._names(at, entry)
        yield from self._output((*at, "output"), entry.get("output", []))

    def _pattern(self, at: _At, text: str) -> Iterator[Finding]:
        try:
            names = names_in(text)
        except re.error as error:
            yield self._finding(at, f"not a regular expression: {error.msg}", "it is Python's, between slashes")
            return
        for name in names:
            yield from self._context(at, name)

    def _names(self, at: _At, entry: _Entry) -> Iterator[Finding]:
        for key in ("count", "matrix"):
            if key in entry:
                yield from self._figure((*at, key), entry[key])
        for key in ("figures", "units"):
            for name in entry.get(key, {}):
                yield from self._figure((*at, key, name), name)
        for key in ("set", "context"):
            for name in entry.get(key, {}):
                yield from self._context((*at, key, name), name)
        for column, name in entry.get("columns", {}).items():
            yield from self._context((*at, "columns", column), name)
        for index, name in enumerate(entry.get("axes", ())):
            yield from self._context((*at, "axes", index), name)
        if "number" in entry:
            yield from self._context((*at, "number"), entry["number"])

    def _figure(self, at: _At, name: str) -> Iterator[Finding]:
        if name not in self._figures:
            hint = nearest(name, self._figures) or "describe it under `figures`"
            yield self._finding(at, f"there is no figure '{name}'", hint)

    def _context(self, at: _At, name: str) -> Iterator[Finding]:
        if name in RESERVED and name not in self._figures:
            yield self._finding(at, f"the name '{name}' is taken by every record", "take another")

    def _finding(self, at: _At, message: str, hint: str) -> Finding:
        return Finding("figures", f"{_shown(at)}: {message}", place_of(self._root, at), hint)


def _shown(at: _At) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at).removeprefix(".")
