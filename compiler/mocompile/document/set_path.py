"""Addresses a value in a document by its path, for `--set PATH=VALUE` and overlays.

    spec.pods=8                                         a key of a mapping
    spec.metrics[io-fio].options.size=1G                an item of a list, by its id or its name
    spec.metrics[0].image=x                             an item by its position, from 0; also spec.metrics.0.image
    spec.pod.labels["a.io/b"]=x                         a key with dots in it; also spec.pod.labels.a\\.io/b

Brackets and dots mean the same: a segment selects a key in a mapping and an item in a list. In a list, digits are a
position unless they are quoted. Everything after the first `=` outside brackets is the value, unchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from mocompile.diagnostics.finding import Finding, InputError, nearest
from mocompile.diagnostics.place import SET, Place
from mocompile.document.text import Text, lines_of, refused_characters
from mocompile.document.tree import Argument, Map, Seq, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


MAX_SEGMENTS = 64

_MAX_NAME = 80

_MAX_SHOWN = 8

# `\x` is x; any other character is itself.
_BARE = re.compile(r"(?:\\.|[^\\.\[\]=])+", re.DOTALL)

_IN_BRACKETS = re.compile(r"(?:\\.|[^\\\]\"'])(?:\\.|[^\\\]])*", re.DOTALL)

_QUOTED = re.compile(r"\"((?:\\.|[^\\\"])*)\"|'((?:\\.|[^\\'])*)'", re.DOTALL)

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)

_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Segment:
    """One step of a path. A quoted one is never a position. `until`: the path up to and with it, as written."""

    text: str
    place: Place
    until: str
    quoted: bool = False

    @property
    def is_position(self) -> bool:
        """Whether the segment selects a list item by its position."""
        return not self.quoted and _DIGITS.fullmatch(self.text) is not None


@dataclass(frozen=True, slots=True)
class Setting:
    """One `--set PATH=VALUE`. `value` is None for `null`: back to the default. `lines`: the argument, for carets."""

    segments: tuple[Segment, ...]
    value: Argument | None
    place: Place
    source: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """The `id` and `name` that address a list item; None if the item has no such text."""

    id: str | None
    name: str | None


def argument_source(argument: str) -> str:
    """Return the source name of `--set ARGUMENT`: one line, shortened if it is long."""
    line = " ".join(argument.split())
    return SET + (line if len(line) <= _MAX_NAME else line[: _MAX_NAME - 1] + "…")


def parse_setting(argument: str) -> Setting:
    """Parse the argument of `--set`. Raises `InputError`, with a place in the argument, if it is not PATH=VALUE."""
    source = argument_source(argument)
    text = Text(source, argument)
    findings = refused_characters(text)
    if findings:
        raise InputError(findings)
    segments, end = _PathReader(text).read()
    value = argument[end + 1 :]
    place = text.place(min(end + 1, len(argument)), len(argument))
    return Setting(segments, None if value == "null" else Argument(value), place, source, lines_of(argument))


def parse_path(path: str, place: Place) -> tuple[Segment, ...]:
    """The segments of a path that a document has, as text at `place`. Raises `InputError` where it is no path."""
    # With the '=' that ends a path in an argument.
    text = Text(place.source, f"{path}=", place.line, place.column)
    segments, end = _PathReader(text).read()
    if end != len(path):
        hint = "a path is names with dots between: `spec.pods`; quote a key that has an '=': [\"a=b\"]"
        raise InputError([Finding("set-path", "an '=' ends this path", text.place(end, end + 1), hint)])
    return segments


class _PathReader:
    """Reads the path of one argument from left to right."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.argument = text.text
        self.at = 0
        self.segments: list[Segment] = []

    def read(self) -> tuple[tuple[Segment, ...], int]:
        """The segments, and the index of the `=` after them."""
        while not self._peek("=") or not self.segments:
            if self._peek("["):
                self._bracket()
            elif not self.segments or self._peek("."):
                self.at += 1 if self.segments else 0
                self._bare()
            elif self.at >= len(self.argument):
                self._fail("missing '=' and a value", "write `--set PATH=VALUE`; VALUE `null` means the default")
            else:
                self._fail("expected '.', '[' or '='")
            if len(self.segments) > MAX_SEGMENTS:
                self._fail(f"a path has at most {MAX_SEGMENTS} segments")
        return tuple(self.segments), self.at

    def _peek(self, character: str) -> bool:
        return self.argument.startswith(character, self.at)

    def _bare(self) -> None:
        match = _BARE.match(self.argument, self.at)
        if match is None:
            self._fail("missing name in the path", "write names with dots between: `spec.pods=8`")
        self._add(match.group(), match.start(), match.end(), quoted=False)

    def _bracket(self) -> None:
        start = self.at
        quoted = _QUOTED.match(self.argument, start + 1)
        match = quoted or _IN_BRACKETS.match(self.argument, start + 1)
        if match is None or not self.argument.startswith("]", match.end()):
            what = "name or position" if match is None else "']'"
            self._fail(f"missing {what} after this '['", 'write `[io-fio]`, `[0]` or `["a.key"]`')
        written = (quoted[1] if quoted[1] is not None else quoted[2]) if quoted else match.group()
        if not written:
            self._fail("missing name between these quotes")
        self._add(written, match.start(), match.end(), quoted=quoted is not None)
        self.at = match.end() + 1

    def _add(self, written: str, start: int, end: int, *, quoted: bool) -> None:
        self.at = end
        text = _ESCAPE.sub(r"\1", written)
        until = self.argument[: end + 1] if self._peek("]") else self.argument[:end]
        self.segments.append(Segment(text, self.text.place(start, end), until, quoted))

    def _fail(self, message: str, hint: str = "") -> NoReturn:
        raise InputError([Finding("set-path", message, self.text.place(self.at, self.at + 1), hint)])


def identity(item: Value) -> Identity:
    """Return the `id` and `name` of an item; None for each that is missing."""
    if not isinstance(item, Map):
        return Identity(None, None)
    id_, name = item.get("id"), item.get("name")
    return Identity(id_ if isinstance(id_, str) else None, name if isinstance(name, str) else None)


class Identities:
    """The identities of a list's items, gathered once for many searches."""

    def __init__(self, items: Seq) -> None:
        self._items = [identity(item) for item in items]
        self._ids: dict[str, list[int]] = {}
        self._names: dict[str, list[int]] = {}
        for position, item in enumerate(self._items):
            if item.id is not None:
                self._ids.setdefault(item.id, []).append(position)
            if item.name is not None:
                self._names.setdefault(item.name, []).append(position)

    def __iter__(self) -> Iterator[Identity]:
        return iter(self._items)

    def by_id(self, wanted: str) -> list[int]:
        """Return the positions of the items with the id `wanted`; a unique name counts for an item without one."""
        named = self.by_name(wanted)
        if wanted not in self._ids and len(named) == 1 and self._items[named[0]].id is None:
            return named
        return self._ids.get(wanted, [])

    def by_name(self, wanted: str) -> list[int]:
        """Return the positions of the items with the name `wanted`."""
        return self._names.get(wanted, [])


def find_item(items: Seq, segment: Segment) -> int:
    """Return the position of the item that `segment` selects: by position, by id, or else by name.

    Raises `InputError` if no item or more than one matches.
    """
    if segment.is_position:
        return _by_position(items, segment)
    identities = Identities(items)
    found = identities.by_id(segment.text) or identities.by_name(segment.text)
    if len(found) > 1:
        raise InputError([ambiguous(items, found, segment.text, segment.place)])
    if not found:
        raise InputError([_unknown(identities, segment)])
    return found[0]


def _by_position(items: Seq, segment: Segment) -> int:
    digits = segment.text.lstrip("0") or "0"
    if len(digits) < 10 and int(digits) < len(items):
        return int(digits)
    held = "is empty" if not items else f"has {len(items)} item{'s' if len(items) > 1 else ''}, counted from 0"
    hint = "an overlay can add one"
    raise InputError([Finding("set-path", f"no item {segment.text}: the list {held}", segment.place, hint)])


def _unknown(identities: Identities, segment: Segment) -> Finding:
    known = dict.fromkeys(name for item in identities for name in (item.id, item.name) if name)
    if not known:
        message, hint = "the items of this list have no names", "address one by its position: `[0]`"
    else:
        message = f"no item in this list has the id or name '{segment.text}'"
        listed = ", ".join(f"'{name}'" for name in list(known)[:_MAX_SHOWN])
        hint = nearest(segment.text, known) or f"its items: {listed}"
    return Finding("set-path", message, segment.place, hint)


def ambiguous(items: Seq, found: Sequence[int], wanted: str, place: Place) -> Finding:
    """Return the finding for a name or id that several items have, with their positions."""
    shown = [f"{position} ({shown_place(items.item_places[position])})" for position in found[:_MAX_SHOWN]]
    message = f"the list has {len(found)} items '{wanted}', at positions {' and '.join(shown)}"
    ids = [identity(items[position]).id for position in found[:_MAX_SHOWN]]
    known = " or ".join(f"'{id_}'" for id_ in ids)
    hint = "give each an `id`, and use the id here" if None in ids else f"use the `id`: {known}"
    return Finding("ambiguous", message, place, hint)


def shown_place(place: Place) -> str:
    """Return a place as it is written within a message."""
    return place.source if place.source.startswith(SET) else f"{place.source}:{place.line}"
