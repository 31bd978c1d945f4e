"""Reads figures.yaml: checked by its schema, then to the dataclasses of `sheet`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mocompile.catalog.figures.model import (
    Again,
    DocumentReader,
    FailureReader,
    FigureSheet,
    LineReader,
    MatrixReader,
    Plot,
    Reader,
    SectionReader,
    SettingSheet,
    Sheet,
    TableReader,
    UnreadableReader,
)
from mocompile.catalog.figures.number import Better, Scalar, parse_number, word
from mocompile.catalog.figures.pattern import LinePattern, pattern
from mocompile.catalog.figures.validate import validate_figures
from mocompile.diagnostics.finding import InputError
from mocompile.schema.convert import convert
from mocompile.schema.files import read

if TYPE_CHECKING:
    from mocompile.catalog.figures.validate import Entry


NAME = "figures.yaml"


def read_sheet(path: Path, name: str, remember: Callable[[str, tuple[str, ...]], None] | None) -> Sheet:
    """The sheet in the file `path`, of the metric or addon `name`.

    With `remember`, which gets the file's lines, it is checked first; the tests do so for those that are
    shipped.
    Raises `InputError` with everything that is wrong.
    """
    from mocompile.document.load import load
    from mocompile.document.load import read as read_bytes

    source = read_bytes(path)
    root = load(source).root
    data = convert(root, read("figures"))
    assert isinstance(data, dict)
    if remember is not None:
        remember(root.place.source, source.lines)
        found = list(validate_figures(root, data))
        if found:
            raise InputError(found)
    return _Maker(name, data).sheet()


class _Maker:
    """Makes the dataclasses out of data that was reviewed."""

    def __init__(self, name: str, data: Entry) -> None:
        self._name = name
        self._data = data
        self._figures = {each: _figure(each, entry) for each, entry in data.get("figures", {}).items()}
        self._formats = {each.name: "suffixed" if each.suffixes else each.format for each in self._figures.values()}

    def sheet(self) -> Sheet:
        plots = tuple(_plot(entry) for entry in self._data.get("plots", ()))
        metrics = tuple(self._data.get("metrics", ()))
        contexts = self._data.get("contexts", {})
        notes = {name: entry["note"] for name, entry in contexts.items() if "note" in entry}
        unless = {name: tuple(entry["unless"]) for name, entry in contexts.items() if "unless" in entry}
        begins, known_by, ends = (
            tuple(self._pattern(each) for each in self._data.get(key, ())) for key in ("begins", "known_by", "ends")
        )
        output = self._output(self._data["output"])
        settings = {name: _setting(name, entry) for name, entry in self._data.get("settings", {}).items()}
        return Sheet(self._name, self._figures, output, plots, metrics, notes, begins, known_by, ends, unless, settings)

    def _output(self, entries: list[Entry]) -> tuple[Reader, ...]:
        return tuple(self._reader(entry) for entry in entries)

    def _reader(self, entry: Entry) -> Reader:
        constants = {name: word(value) for name, value in entry.get("constants", {}).items()}
        if "line" in entry:
            return LineReader(
                self._pattern(entry["line"]),
                entry.get("carry", False),
                entry.get("count", ""),
                entry.get("number", ""),
                constants,
                entry.get("units", {}),
                self._pattern(entry["each"]) if "each" in entry else None,
                entry.get("passOn", False),
                entry.get("times", ""),
                tuple(entry.get("axes", ())),
                entry.get("below", ""),
                entry.get("context", ""),
                entry.get("owner", ""),
                entry.get("lone", ""),
            )
        if "section" in entry:
            return SectionReader(
                self._pattern(entry["section"]),
                self._until(entry),
                entry.get("number", ""),
                constants,
                self._output(entry["output"]),
                entry.get("units", {}),
                entry.get("again", ""),
                entry.get("alsoJson", False),
            )
        if "table" in entry:
            return self._table(entry, constants)
        if "json" in entry:
            return _document(entry, constants)
        if "matrix" in entry:
            return MatrixReader(
                entry["matrix"], (entry["axes"][0], entry["axes"][1]), constants, entry.get("diagonal", True)
            )
        if "unreadable" in entry:
            return UnreadableReader(self._pattern(entry["unreadable"]), entry["reason"])
        return FailureReader(self._pattern(entry["failure"]))

    def _table(self, entry: Entry, constants: Mapping[str, Scalar]) -> TableReader:
        return TableReader(
            self._pattern(entry["table"]),
            self._until(entry),
            {
                column: tuple(names) if isinstance(names, list) else (names,)
                for column, names in entry["columns"].items()
            },
            constants,
            entry.get("separator", ""),
            entry.get("number", ""),
            entry.get("sample", ""),
            entry.get("alike", ""),
            entry.get("folded", False),
            tuple(entry.get("headings", ())),
        )

    def _until(self, entry: Entry) -> LinePattern | None:
        return self._pattern(entry["until"]) if "until" in entry else None

    def _pattern(self, text: str) -> LinePattern:
        return pattern(text, self._formats)


def _figure(name: str, entry: Entry) -> FigureSheet:
    better: Better = entry.get("better", "")
    return FigureSheet(
        name,
        entry.get("unit", ""),
        better,
        entry["description"],
        entry.get("format", "number"),
        entry.get("required", False),
        int(entry.get("suffixes", 0)),
        parse_number(entry["noValue"]) if "noValue" in entry else None,
        tuple(entry.get("unless", ())),
    )


def _setting(name: str, entry: Entry) -> SettingSheet:
    return SettingSheet(
        name,
        word(entry["default"]) if "default" in entry else None,
        tuple(entry.get("aliases", ())),
        entry.get("same", {}),
        int(entry.get("suffixes", 0)),
        entry.get("rest", False),
        tuple(entry.get("besides", ())),
    )


def _plot(entry: Entry) -> Plot:
    return Plot(
        entry.get("title", ""),
        tuple(entry["figures"]),
        entry.get("x", ""),
        entry.get("log", ""),
        tuple(entry.get("by", ())),
    )


def _document(entry: Entry, constants: Mapping[str, Scalar]) -> DocumentReader:
    return DocumentReader(
        tuple(entry["json"]),
        {name: tuple(values) for name, values in entry.get("only", {}).items()},
        tuple(entry.get("where", ())),
        {name: tuple(path) for name, path in entry.get("figures", {}).items()},
        {name: tuple(path) for name, path in entry.get("context", {}).items()},
        constants,
        tuple(entry.get("failed", ())),
        _again(entry) if "again" in entry else None,
        tuple(tuple(path) for path in entry.get("settings", ())),
    )


def _again(entry: Entry) -> Again:
    return Again(tuple(entry["again"]), tuple(entry["lasted"]), tuple(tuple(path) for path in entry.get("same", ())))
