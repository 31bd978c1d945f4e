"""JSON documents in a log: their lines, and the values at their paths."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from mocompile.catalog.figures.model import DocumentReader, JsonPath
from mocompile.catalog.figures.number import Scalar, word
from mocompile.results.read.printed_settings import DocumentSettings

DOCUMENT_START = re.compile(r"""[{\[]\s*(?:$|["{\[\]}\d-])""")

# No part of a document begins like this line: it is other output in the middle of the document.
NO_JSON = re.compile(r"""\s*(?!true\b|false\b|null\b)[^\s\[\]{}",\d-]""")

# The same of a line behind another one.
_NO_JSON_INSIDE = re.compile(rf"\n{NO_JSON.pattern}")

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
_MOST_LINES: Final = 4096


class JsonFigure(NamedTuple):
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
        self._begin()

    def _begin(self) -> None:
        self._lines: list[str] = []
        # Many short lines need much more memory than one long text.
        self._blocks: list[str] = []
        self._size = 0
        self._depth = 0
        self._offered = False
        self.open = False

    def feed(self, line: str) -> None:
        """Add the next line."""
        self._size += len(line) + 1
        if self._size <= MOST_CHARACTERS:
            self._lines.append(line)
            if len(self._lines) == _MOST_LINES:
                self._blocks.append("\n".join(self._lines))
                self._lines.clear()
        else:
            self._lines.clear()
            self._blocks.clear()
        if "{" in line or "}" in line or "[" in line or "]" in line:
            bare = _STRING.sub("", line) if '"' in line else line
            self._depth += bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]")
            self.open = self._depth > 0

    @property
    def may_be_whole(self) -> bool:
        """Whether the other lines of the open document have not been offered to `whole`."""
        return self.open and not self._offered

    def whole(self, rest: str | None) -> Any:
        """Return the value of the document whose lines are those so far and `rest`; `NONE` if it is not a document.

        The value is that of feeding each line: in a document, the brackets are closed at its end and not before. `rest`
        is None if the other lines are not known; a document is offered once.
        """
        self._offered = True
        text = "" if rest is None else "\n".join((*self._blocks, *self._lines, rest))
        if not text or len(text) > MOST_CHARACTERS or _NO_JSON_INSIDE.search(text) is not None:
            return NONE
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return NONE
        self._begin()
        return value

    def take(self) -> Any:
        """Return the value of the complete document, or `NONE`, `BROKEN` or `TOO_LARGE`; the next line begins another
        document."""
        lines, size = [*self._blocks, *self._lines], self._size
        self._begin()
        if size > MOST_CHARACTERS:
            return TOO_LARGE
        try:
            return json.loads("\n".join(lines))
        except (ValueError, RecursionError):
            return BROKEN if len(lines) > 1 else NONE


def read_document(
    reader: DocumentReader, value: Any, around: Mapping[str, Scalar], settings: DocumentSettings
) -> Iterator[JsonFigure | JsonFailure]:
    """Yield the figures that `reader` finds in the document `value`, each with `around` and its own context.

    `settings` knows the settings that the document may list.
    """
    for chain, captured in _ends(reader.path, [value], reader.only):
        if reader.where and not any(end not in (0, "", None) for end in _values(reader.where, chain)):
            continue
        context = {**around, **captured}
        for name, path in reader.context.items():
            for end in _values(path, chain):
                if isinstance(end, str | int | float):
                    context[name] = word(end) if isinstance(end, str) else end
        if reader.failed:
            codes = _values(reader.failed, chain)
            if codes and all(code not in (0, "", None) for code in codes):
                yield JsonFailure(f"{reader.failed[-1]} is {', '.join(map(str, codes))}")
        set_to: Mapping[str, Scalar] = _EMPTY
        if reader.settings:
            set_to = settings.of_document(each for path in reader.settings for each in _values(path, chain))
        end = chain[-1]
        for name, key, path in _figures_of(tuple(reader.figures.items())):
            if key:
                figure = _figure_value(end[key]) if type(end) is dict and key in end else None
            elif _is_plain(path):
                figure = _figure_value(_at(end, path))
            else:
                for each, more in _ends(path, chain, {}):
                    figure = _figure_value(each[-1])
                    if figure is not None:
                        yield JsonFigure(name, figure, {**context, **more}, set_to)
                continue
            if figure is not None:
                yield JsonFigure(name, figure, context, set_to)


@lru_cache(maxsize=1024)
def _figures_of(figures: tuple[tuple[str, JsonPath], ...]) -> tuple[tuple[str, str, JsonPath], ...]:
    """Return each figure with its path, and with its key if that is the whole path and no place in a list."""
    return tuple(
        (name, path[0] if len(path) == 1 and _is_plain(path) and not path[0].isdecimal() else "", path)
        for name, path in figures
    )


@cache
def _is_plain(path: JsonPath) -> bool:
    """Return whether `path` leads to at most one place: it has only keys and positions."""
    return not any(step in (_ANY, _PARENT) or _HOLE.fullmatch(step) for step in path)


def _at(value: Any, path: JsonPath) -> Any:
    """Return what a plain path leads to; `NONE` if it leads nowhere."""
    for step in path:
        if isinstance(value, dict):
            if step not in value:
                return NONE
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return NONE
    return value


def values_at(reader: DocumentReader, path: JsonPath, value: Any) -> list[Any]:
    """Return what `path` leads to from each end of the path of `reader` in the document `value`."""
    return [end for chain, _ in _ends(reader.path, [value], reader.only) for end in _values(path, chain)]


def _values(path: JsonPath, chain: _Chain) -> list[Any]:
    """Return what `path` leads to from the end of `chain`."""
    above, rest = _direct(path)
    if rest is None:
        return [end[-1] for end, _ in _ends(path, chain, {})]
    if above >= len(chain):
        return []
    found = _at(chain[-1 - above], rest)
    return [] if found is NONE else [found]


@cache
def _direct(path: JsonPath) -> tuple[int, JsonPath | None]:
    """Return how many parents up a path begins, and its plain rest; None if the rest is not plain."""
    above = next((place for place, step in enumerate(path) if step != _PARENT), len(path))
    return above, path[above:] if _is_plain(path[above:]) else None


def _figure_value(value: Any) -> Scalar | None:
    """Return a figure's value: a finite number, or text for strings and other numbers; None if it is not a figure."""
    kind = type(value)
    if kind is int:
        return value  # type: ignore[no-any-return]
    if kind is float:
        return str(value) if value - value != 0 else value
    return value if kind is str and value not in ("", "-") else None


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
    name = _hole(step)
    for key, child in _children(chain[-1], step, every=bool(name) or step == _ANY):
        if name in only and str(key) not in only[name]:
            continue
        for end, more in _ends(rest, [*chain, child], only):
            yield end, ({name: word(key) if isinstance(key, str) else key, **more} if name else more)


@cache
def _hole(step: str) -> str:
    """Return the name of a step that matches every key; empty for another step."""
    hole = _HOLE.fullmatch(step)
    return hole[1] if hole else ""


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
