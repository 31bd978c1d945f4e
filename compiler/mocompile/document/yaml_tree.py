"""Builds trees with the place of every key and value from PyYAML's events.

PyYAML's constructor is not used: it guesses types, forgets the places, and lets duplicate keys overwrite each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from mocompile.diagnostics.finding import Finding, InputError, nearest
from mocompile.diagnostics.place import Place
from mocompile.document.json_escapes import readable, with_own_marks
from mocompile.document.text import MAX_FINDINGS, Text, describe, refused_characters, refused_in_value
from mocompile.document.tree import Map, Plain, Seq, Value
from mocompile.document.yaml_errors import syntax_finding
from mocompile.expression import yaml_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import yaml

MAX_DEPTH = 64
MAX_VALUES = 100_000

_STANDARD = "tag:yaml.org,2002:"
# The pattern that the text of a scalar with this tag must match. Other tags are refused.
_TAGGED: Mapping[str, re.Pattern[str]] = {
    "null": re.compile(r"~|null|Null|NULL|"),
    "bool": re.compile(r"yes|no|true|false|on|off", re.IGNORECASE),
    "int": re.compile(r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o[0-7_]+|[0-9][0-9_]*)"),
    "float": re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(e[-+]?[0-9]+)?|[-+]?\.inf|\.nan", re.IGNORECASE),
    "timestamp": re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?"),
}

# The properties that the parser counts as part of a value: `&anchor !tag 'text'`.
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:\s|#[^\r\n]*)+)+")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*")
_COMMENT = re.compile(r"\s+#.*")


@dataclass(slots=True)
class YamlNode:
    """A complete value. `size`: its number of values, aliases expanded; `height`: its levels of collections."""

    value: Value
    place: Place
    size: int = 1
    height: int = 0


def trees(text: Text) -> list[YamlNode]:
    """The root of every document in `text` that is not empty.

    An alias shares the value of its anchor: trees are read, never changed. Raises `InputError` with every finding.
    """
    findings = refused_characters(text)
    if findings:
        raise InputError(findings)
    return _Builder(text).build()


@dataclass(slots=True)
class _Anchor:
    """The value that `&name` marks. `node` is None until the value is complete, to detect an alias inside it."""

    node: YamlNode | None = None


@dataclass(slots=True)
class _Key:
    """A key that waits for its value. `text` is None for a refused key: its value is read and left out."""

    text: str | None
    place: Place
    merge: bool = False


@dataclass(slots=True)
class _Frame:
    """A collection that is being read. `start` and `head`: where its first event begins and ends."""

    value: Map | Seq
    start: int
    head: int
    flow: bool
    anchor: _Anchor | None
    key: _Key | None = None
    merge_key: _Key | None = None
    merged: list[Map] = field(default_factory=list)
    size: int = 1
    height: int = 1


class _Builder:
    """Makes the trees of one text, with a stack of its own: depth costs no recursion."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.findings: list[Finding] = []
        self.roots: list[YamlNode] = []
        self.stack: list[_Frame] = []
        self.anchors: dict[str, _Anchor] = {}
        self.values = 0

    def build(self) -> list[YamlNode]:
        import yaml

        handlers: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.MappingStartEvent: self._mapping_start,
            yaml.SequenceStartEvent: self._sequence_start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.DocumentStartEvent: self._document_start,
        }
        try:
            for event in _events(self.text.text):
                handler = handlers.get(type(event))
                if handler is not None:
                    handler(event)
        except yaml.YAMLError as error:
            self.findings.append(syntax_finding(error, self.text))
        if self.findings:
            raise InputError(self.findings)
        return self.roots

    # Events. They are `Any`: the stubs say that a mark may be None, which it never is in what a parser yields.

    def _document_start(self, _: Any) -> None:
        self.anchors = {}

    def _scalar(self, event: Any) -> None:
        place = self._scalar_place(event)
        self._count(1, place)
        value = self._scalar_value(event, place)
        self._mark(event.anchor, YamlNode(value, place))
        if not self._wants_key():
            self._attach(YamlNode(value, place))
        elif event.value == "<<" and isinstance(value, Plain):
            self._take_merge_key(place)
        else:
            self._take_key(event.value, place)

    def _alias(self, event: Any) -> None:
        place = self.text.place(event.start_mark.index, event.end_mark.index)
        node = self._resolve(event.anchor, place)
        if node is None:
            self._skip(place)
            return
        self._count(node.size, place)
        self._require_depth(node.height, place)
        if not self._wants_key():
            self._attach(YamlNode(node.value, place, node.size, node.height))
        elif isinstance(node.value, str):
            self._take_key(node.value, place)
        else:
            self._refuse_key(node.value, place)

    def _mapping_start(self, event: Any) -> None:
        self._start(event, Map, "map")

    def _sequence_start(self, event: Any) -> None:
        self._start(event, Seq, "seq")

    def _start(self, event: Any, kind: type[Map] | type[Seq], tag: str) -> None:
        start, head = self._own_start(event), event.end_mark.index
        place = self.text.place(start, max(head, start + 1))
        self._count(1, place)
        self._require_depth(1, place)
        value = kind(place)
        if event.tag not in {None, "!", _STANDARD + tag}:
            message = f"unknown tag {_shown(event.tag)} on {_what(value)}"
            self._add("tag", message, self._tag_place(event), "remove the tag")
        self.stack.append(_Frame(value, start, head, bool(event.flow_style), self._mark(event.anchor, None)))

    def _end(self, event: Any) -> None:
        frame = self.stack.pop()
        if isinstance(frame.value, Map):
            _merge_in(frame.value, frame.merged)
        place = self._collection_place(frame, event.end_mark.index)
        frame.value.place = place
        node = YamlNode(frame.value, place, frame.size, frame.height)
        if frame.anchor is not None:
            frame.anchor.node = node
        if self._wants_key():
            self._refuse_key(frame.value, place)
        else:
            self._attach(node)

    # Anchors and limits

    def _mark(self, name: str | None, node: YamlNode | None) -> _Anchor | None:
        if name is None:
            return None
        anchor = self.anchors[name] = _Anchor(node)
        return anchor

    def _resolve(self, name: str, place: Place) -> YamlNode | None:
        """Return the value of an alias. Adds a finding and returns None if the anchor is unknown or not complete."""
        anchor = self.anchors.get(name)
        if anchor is None:
            hint = nearest(name, self.anchors) or f"mark a value above this line with `&{name}`"
            self._add("alias", f"unknown alias '*{name}': no anchor '&{name}' above this line", place, hint)
            return None
        if anchor.node is None:
            self._add("alias", f"the alias '*{name}' is inside its own value", place, "write the value out")
        return anchor.node

    def _count(self, values: int, place: Place) -> None:
        self.values += values
        if self.values > MAX_VALUES:
            message = f"the document expands to more than {MAX_VALUES:,} values (aliases included)"
            self._stop("too-many-values", message, place)

    def _require_depth(self, levels: int, place: Place) -> None:
        if len(self.stack) + levels > MAX_DEPTH:
            self._stop("too-deep", f"nested more than {MAX_DEPTH} levels deep", place)

    def _add(self, rule: str, message: str, place: Place, hint: str = "") -> None:
        self.findings.append(Finding(rule, message, place, hint))
        if len(self.findings) >= MAX_FINDINGS:
            raise InputError(self.findings)

    def _stop(self, rule: str, message: str, place: Place) -> NoReturn:
        raise InputError([*self.findings, Finding(rule, message, place)])

    # Keys and values

    def _wants_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, Map) and self.stack[-1].key is None

    def _take_key(self, text: str, place: Place) -> None:
        frame = self.stack[-1]
        frame.key = _Key(text, place)
        if not text:
            self._add("key", "missing key before this ':'", place, "write `key: value`")
            frame.key.text = None
        elif isinstance(frame.value, Map) and text in frame.value:
            self._add_duplicate(text, place, frame.value.key_places[text])
            frame.key.text = None

    def _take_merge_key(self, place: Place) -> None:
        frame = self.stack[-1]
        if frame.merge_key is not None:
            self._add_duplicate("<<", place, frame.merge_key.place)
        frame.key = frame.merge_key = _Key("<<", place, merge=True)

    def _add_duplicate(self, text: str, place: Place, first: Place) -> None:
        message = f"duplicate key '{text}' (first at line {first.line}, column {first.column})"
        self._add("duplicate-key", message, place, "keep one of the two")

    def _refuse_key(self, value: Value, place: Place) -> None:
        before = self.text.text[: self._index(place)].rstrip(" ")
        braces = isinstance(value, Map) and before.endswith("{")
        hint = "quote a value that contains '{{ … }}'" if braces else "write the key as plain text"
        self._add("key", f"a key cannot be {_what(value)}", place, hint)
        self.stack[-1].key = _Key(None, place)

    def _skip(self, place: Place) -> None:
        """Leave out a key or a value that could not be read."""
        if self._wants_key():
            self.stack[-1].key = _Key(None, place)
        elif self.stack:
            self.stack[-1].key = None

    def _attach(self, node: YamlNode) -> None:
        """Put a complete value where it belongs."""
        if not self.stack:
            if node.value is not None:
                self.roots.append(node)
            return
        frame = self.stack[-1]
        frame.size += node.size
        frame.height = max(frame.height, node.height + 1)
        if isinstance(frame.value, Seq):
            frame.value.add(node.value, node.place)
        elif frame.key is not None:
            key, frame.key = frame.key, None
            if key.merge:
                self._take_merged(frame, node)
            elif key.text is not None:
                frame.value.put(key.text, node.value, key.place, node.place)

    def _take_merged(self, frame: _Frame, node: YamlNode) -> None:
        for value in node.value if isinstance(node.value, Seq) else [node.value]:
            if isinstance(value, Map):
                frame.merged.append(value)
            else:
                hint = "write `<<: *anchor`, or `<<: [*one, *other]`"
                self._add("merge-key", f"'<<' takes a mapping, not {_what(value)}", node.place, hint)

    def _scalar_value(self, event: Any, place: Place) -> str | None:
        """Return a scalar's text as `Plain`, `str` or None, for the schema of its field. A tag can decide which."""
        text: str = event.value
        refused = refused_in_value(text) if event.style == '"' else None
        if refused is not None:
            self._add("control-character", f"{describe(refused)[0]}, written as an escape", place, "remove it")
        if event.tag is None:
            return _plain(text) if event.implicit[0] else text
        name = event.tag.removeprefix(_STANDARD)
        if name in {"!", "str"}:
            return text
        self._require_tag_fits(event, _TAGGED.get(name) if event.tag.startswith(_STANDARD) else None)
        return _plain(text)

    def _require_tag_fits(self, event: Any, pattern: re.Pattern[str] | None) -> None:
        if pattern is None:
            hint = "remove the tag: the schema gives the field its type"
            self._add("tag", f"unknown tag {_shown(event.tag)}", self._tag_place(event), hint)
        elif not pattern.fullmatch(event.value):
            message = f"the tag {_shown(event.tag)} does not fit '{event.value}'"
            self._add("tag", message, self._tag_place(event), "remove the tag, or correct the value")

    # Places

    def _index(self, place: Place) -> int:
        """Return the index in the text of one of its places."""
        row = place.line - self.text.line
        return self.text.starts[row] + place.column - (self.text.column if row == 0 else 1)

    def _own_start(self, event: Any) -> int:
        """Return the index where an event's own text begins: after `&anchor` and `!tag`, if something follows them."""
        start: int = event.start_mark.index
        if event.anchor is None and event.tag is None:
            return start
        match = _PROPERTIES.match(self.text.text, start, event.end_mark.index)
        return match.end() if match and match.end() < event.end_mark.index else start

    def _tag_place(self, event: Any) -> Place:
        start = event.start_mark.index
        return self.text.place(start, max(start + 1, self._own_start(event)))

    def _scalar_place(self, event: Any) -> Place:
        start, end = self._own_start(event), event.end_mark.index
        if event.style in {"|", ">"}:
            header = _BLOCK_HEADER.match(self.text.text, start)
            end = header.end() if header else start + 1
        return self.text.place(start, end)

    def _collection_place(self, frame: _Frame, end: int) -> Place:
        """Return the place of the part of a collection that is on its first line."""
        stop = min(end, self.text.line_end(frame.start))
        if not frame.flow:
            comment = _COMMENT.search(self.text.text, frame.start, stop)
            stop = comment.start() if comment else stop
        return self.text.place(frame.start, max(stop, frame.head))


def _events(text: str) -> Iterator[yaml.Event]:
    import yaml

    read = readable(text)
    # The C parser, if PyYAML has it, is ten times as fast.
    events: Iterator[yaml.Event] = yaml.parse(read.text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return with_own_marks(events, read) if read.ends else events


def _plain(text: str) -> Plain | None:
    return None if text in yaml_words.NULL else Plain(text)


def _merge_in(mapping: Map, merged: list[Map]) -> None:
    """Add the keys of `<<` that are not in the mapping itself. The first merged mapping with a key wins."""
    for other in merged:
        for key, value in other.items():
            if key not in mapping:
                mapping.put(key, value, other.key_places[key], other.value_places[key])


def _what(value: Value) -> str:
    if isinstance(value, Map):
        return "a mapping"
    if isinstance(value, Seq):
        return "a list"
    return "nothing" if value is None else "text"


def _shown(tag: str) -> str:
    return f"'!!{tag.removeprefix(_STANDARD)}'" if tag.startswith(_STANDARD) else f"'{tag}'"
