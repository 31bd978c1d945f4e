"""The example beside a `figures.yaml`: `example.log`, and its figures in `example.figures.jsonl`.

Each line of the second has figure, value, unit, context and status.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mocompile.catalog.catalog import Catalog
from mocompile.cli.output import tell, write
from mocompile.diagnostics.finding import Finding
from mocompile.diagnostics.place import Place
from mocompile.files import is_file

if TYPE_CHECKING:
    from mocompile.results.record import Record

LOG = "example.log"
FIGURES = "example.figures.jsonl"
_UPDATE = "`mocompile catalog check --update` writes it again"
# The number of differences listed for one log.
_MOST = 20
_KEYS = ("figure", "value", "unit", "context", "status")


@dataclass(frozen=True, slots=True)
class _Figure:
    """One figure, and the line of its file."""

    data: dict[str, Any]
    line: int

    @property
    def text(self) -> str:
        return json.dumps(self.data, ensure_ascii=False)

    @property
    def identity(self) -> str:
        """A value that is equal for equal figures; the order of keys does not matter."""
        return json.dumps(self.data, sort_keys=True)

    @property
    def name(self) -> str:
        """The properties that distinguish it from the log's other figures."""
        return json.dumps([self.data["figure"], self.data["context"]], sort_keys=True)


def check_example(folder: Path, catalog: Catalog, lines: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Yield the differences between the figures of `folder`'s log and of the file. `lines` gets the lines of both."""
    read = list(_read(folder, catalog))
    yield from _nothing(folder, read)
    path = folder / FIGURES
    if not is_file(path):
        yield Finding("example", f"there is no {FIGURES} beside {LOG}", Place(str(path), 1, 1), _UPDATE)
        return
    text = path.read_text("utf-8", errors="replace")
    lines[str(path)] = tuple(text.splitlines())
    lines[str(folder / LOG)] = tuple((folder / LOG).read_text("utf-8", errors="replace").splitlines())
    wanted, wrong = _wanted(path, text)
    yield from wrong
    if not wrong:
        yield from _limited(list(_differences(folder, wanted, read)), path)


def write_example(folder: Path, catalog: Catalog, _: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Write the file if it differs; yield a finding if the log has no figure."""
    read = list(_read(folder, catalog))
    yield from _nothing(folder, read)
    path = folder / FIGURES
    text = "".join(f"{each.text}\n" for each in read)
    if read and (not is_file(path) or path.read_text("utf-8", errors="replace") != text):
        write(text, str(path))
        tell(f"written: {path}")


def _read(folder: Path, catalog: Catalog) -> Iterator[_Figure]:
    from mocompile.results.read.parse import parse

    for record in parse(folder / LOG, metric=folder.name, catalog=catalog):
        if record.metric == folder.name:
            yield _Figure(_data(record), record.line)


def _data(record: Record) -> dict[str, Any]:
    values = (record.figure, record.value, record.unit, dict(record.context), record.status)
    return dict(zip(_KEYS, values, strict=True))


def _nothing(folder: Path, read: list[_Figure]) -> Iterator[Finding]:
    if not read:
        hint = "a log with markers names the metric in its METADATA; its lines must match those of figures.yaml"
        yield Finding("example", f"no figure of '{folder.name}' is in the log", Place(str(folder / LOG), 1, 1), hint)


def _wanted(path: Path, text: str) -> tuple[list[_Figure], list[Finding]]:
    figures, wrong = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            data = json.loads(line)
        except ValueError as error:
            wrong.append(Finding("example", f"not JSON: {error}", Place(str(path), number, 1), _UPDATE))
            continue
        if not isinstance(data, dict) or set(data) != set(_KEYS):
            message = f"not an object of {', '.join(_KEYS)}"
            wrong.append(Finding("example", message, Place(str(path), number, 1), _UPDATE))
        else:
            figures.append(_Figure(data, number))
    return figures, wrong


def _differences(folder: Path, wanted: list[_Figure], read: list[_Figure]) -> Iterator[Finding]:
    unexpected = list(read)
    missing = []
    for each in wanted:
        found = next((other for other in unexpected if other.identity == each.identity), None)
        if found is None:
            missing.append(each)
        else:
            unexpected.remove(found)
    for each in missing:
        other = next((other for other in unexpected if other.name == each.name), None)
        if other is not None:
            unexpected.remove(other)
        yield _missing(folder, each, other)
    for each in unexpected:
        message = f"{FIGURES} lacks a figure that this line gives: {each.text}"
        yield Finding("example", message, Place(str(folder / LOG), max(each.line, 1), 1), _UPDATE)


def _missing(folder: Path, each: _Figure, other: _Figure | None) -> Finding:
    place = Place(str(folder / FIGURES), each.line, 1)
    if other is None:
        return Finding("example", f"{LOG} does not give this figure", place, _UPDATE)
    said = ", ".join(
        f"{key} is {json.dumps(other.data[key], ensure_ascii=False)} there"
        for key in _KEYS
        if other.data[key] != each.data[key]
    )
    return Finding("example", f"line {other.line} of {LOG} gives another: {said}", place, _UPDATE)


def _limited(found: list[Finding], path: Path) -> Iterator[Finding]:
    yield from found[:_MOST]
    if len(found) > _MOST:
        more = len(found) - _MOST
        last = max((each.place.line for each in found if each.place is not None), default=1)
        yield Finding("example", f"there are {more} more differences", Place(str(path), last, 1), _UPDATE)
