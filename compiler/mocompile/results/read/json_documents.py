"""JSON documents in a log: their lines, and the values at their paths."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

from mocompile.catalog.figures.model import DocumentReader, JsonPath, SettingSheet
from mocompile.catalog.figures.number import Scalar, word
from mocompile.results.read.printed_settings import settings_of_document

DOCUMENT_START = re.compile(r"""[{\[]\s*(?:$|["{\[\]}\d-])""")

# No part of a document begins like this line: it is other output in the middle of the document.
NO_JSON = re.compile(r"""\s*(?!true\b|false\b|null\b)[^\s\[\]{}",\d-]""")

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')

_HOLE = re.compile(r"<(.+)>")

_ANY = "*"

_PARENT = ".."

_Chain: TypeAlias = list[Any]

_EMPTY: Final[Mapping[str, Any]] = {}


# Results of `DocumentLines.take` besides values: lines that are not JSON, JSON with an error, and JSON that is too
# large to keep.
NONE: Final = object()

BROKEN: Final = object()

TOO_LARGE: Final = object()

# Documents of tools have a few MiB. An unclosed document must not fill the memory with the rest of the log.
MOST_CHARACTERS: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class JsonFigure:
    """A figure in a document: its name, its value, its context, the settings that the document lists for it."""

    figure: str
    value: Scalar
    context: Mapping[str, Scalar]
    settings: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class JsonFailure:
    """A document says that the run failed."""

    message: str


class DocumentLines:
    """Collects the lines of one document. `open`: more lines are to come."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._size = 0
        self._depth = 0
        self.open = False

    def feed(self, line: str) -> None:
        """Add the next line."""
        self._size += len(line) + 1
        if self._size <= MOST_CHARACTERS:
            self._lines.append(line)
        else:
            self._lines.clear()
        if "{" in line or "}" in line or "[" in line or "]" in line:
            bare = _STRING.sub("", line) if '"' in line else line
            self._depth += bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]")
            self.open = self._depth > 0

    def take(self) -> Any:
        """Return the value of the complete document, or `NONE`, `BROKEN` or `TOO_LARGE`; the next line begins another
        document."""
        lines, size = self._lines, self._size
        self._lines, self._size, self._depth = [], 0, 0
        if size > MOST_CHARACTERS:
            return TOO_LARGE
        try:
            return json.loads("\n".join(lines))
        except (ValueError, RecursionError):
            return BROKEN if len(lines) > 1 else NONE


def read_document(
    reader: DocumentReader, value: Any, around: Mapping[str, Scalar], settings: Mapping[str, SettingSheet] = _EMPTY
) -> Iterator[JsonFigure | JsonFailure]:
    """Yield the figures that `reader` finds in the document `value`, each with `around` and its own context.

    `settings` are the settings that the document may list.
    """
    for chain, captured in _ends(reader.path, [value], reader.only):
        if reader.where and not any(end[-1] not in (0, "", None) for end, _ in _ends(reader.where, chain, {})):
            continue
        context = {**around, **captured}
        for name, path in reader.context.items():
            for end, _ in _ends(path, chain, {}):
                if isinstance(end[-1], str | int | float):
                    context[name] = word(end[-1]) if isinstance(end[-1], str) else end[-1]
        if reader.failed:
            codes = [end[-1] for end, _ in _ends(reader.failed, chain, {})]
            if codes and all(code not in (0, "", None) for code in codes):
                yield JsonFailure(f"{reader.failed[-1]} is {', '.join(map(str, codes))}")
        set_to: Mapping[str, Scalar] = _EMPTY
        if reader.settings:
            listed = (end[-1] for path in reader.settings for end, _ in _ends(path, chain, {}))
            set_to = settings_of_document(settings, listed)
        for name, path in reader.figures.items():
            if _is_plain(path):
                figure = _figure_value(_at(chain[-1], path))
                if figure is not None:
                    yield JsonFigure(name, figure, context, set_to)
                continue
            for end, more in _ends(path, chain, {}):
                figure = _figure_value(end[-1])
                if figure is not None:
                    yield JsonFigure(name, figure, {**context, **more}, set_to)


@cache
def _is_plain(path: JsonPath) -> bool:
    """Return whether `path` leads to at most one place: it has only keys and positions."""
    return not any(step in (_ANY, _PARENT) or _HOLE.fullmatch(step) for step in path)


def _at(value: Any, path: JsonPath) -> Any:
    """Return what a plain path leads to; None if it leads nowhere."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def values_at(reader: DocumentReader, path: JsonPath, value: Any) -> list[Any]:
    """Return what `path` leads to from each end of the path of `reader` in the document `value`."""
    return [end[-1] for chain, _ in _ends(reader.path, [value], reader.only) for end, _ in _ends(path, chain, {})]


def _figure_value(value: Any) -> Scalar | None:
    """Return a figure's value: a finite number, or text for strings and other numbers; None if it is not a figure."""
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return None
    if isinstance(value, str):
        return None if value in ("", "-") else value
    if isinstance(value, float):
        return str(value) if value - value != 0 else value
    return value if isinstance(value, int) else None


def _ends(
    path: tuple[str, ...], chain: _Chain, only: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[_Chain, Mapping[str, Scalar]]]:
    """Yield each match of `path` from the end of `chain`: the chain of values, and the keys that its holes matched."""
    if not path:
        yield chain, _EMPTY
        return
    step, rest = path[0], path[1:]
    if step == _PARENT:
        if len(chain) > 1:
            yield from _ends(rest, chain[:-1], only)
        return
    hole = _HOLE.fullmatch(step)
    name = hole[1] if hole else ""
    for key, child in _children(chain[-1], step, every=bool(hole) or step == _ANY):
        if name in only and str(key) not in only[name]:
            continue
        for end, more in _ends(rest, [*chain, child], only):
            yield end, ({name: word(key) if isinstance(key, str) else key, **more} if name else more)


def _children(value: Any, step: str, *, every: bool) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        if every:
            yield from value.items()
        elif step in value:
            yield step, value[step]
    elif isinstance(value, list):
        if every:
            yield from enumerate(value)
        elif step.isdecimal() and int(step) < len(value):
            yield int(step), value[int(step)]
