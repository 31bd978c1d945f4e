"""Templates of data sheets and patterns: YAML trees whose texts have `{{ expression }}` holes.

`parse` reads a template once; `bind` makes its tree for given values of its names. The text from a hole is never read
as YAML, as a template or as shell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.place import Place
from mocompile.document.tree import Map, Plain, Seq
from mocompile.expression import yaml_words
from mocompile.expression.nodes import LARGEST
from mocompile.template import syntax
from mocompile.template.syntax import ExpressionSyntaxError, Syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mocompile.document.tree import Value


_MARKER = re.compile(r"\{[{%#]")

# A string in the expression can contain braces. Every alternative begins with a different character, so an unclosed
# text is scanned at most twice. (Python's possessive quantifiers do the same, but miss matches before 3.11.4.)
_HOLE = re.compile(r"""\{\{((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^"'}]|\}(?!\}))*)\}\}""", re.DOTALL)

_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+|0o[0-7]+", re.ASCII)

_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hole:
    """An expression and its place."""

    syntax: Syntax
    place: Place


@dataclass(frozen=True, slots=True)
class TextTemplate:
    """Text with holes. One that is a single hole and nothing around it keeps the type of its expression."""

    parts: tuple[str | Hole, ...]


@dataclass(frozen=True, slots=True)
class MapTemplate:
    """A mapping, and the expression of its `when`."""

    entries: tuple[tuple[str, Template], ...]
    when: Hole | None = None


@dataclass(frozen=True, slots=True)
class SeqTemplate:
    """A list."""

    items: tuple[Template, ...]


# A scalar without a hole is its own value.
Template: TypeAlias = MapTemplate | SeqTemplate | TextTemplate | str | int | bool | None


def parse(value: Value, place: Place | None = None) -> Template:
    """Parse a document's tree as a template. The YAML core schema gives a plain scalar without a hole its type.

    `place` is the place of `value` if it is a scalar; mappings and lists have their own.

    Raises:
        InputError: a hole is not closed or has an expression that `syntax.py` does not support, or the text contains
            `{%` or `{#`.
    """
    parser = _Parser()
    template = parser.value(value, place or getattr(value, "place", None) or Place("", 1, 1))
    if parser.findings:
        raise InputError(parser.findings)
    return template


def names_used(template: Template) -> frozenset[str]:
    """Every name that the template reads, dotted, also in `when`."""
    return frozenset(str(name) for hole in holes(template) for name in syntax.names_in(hole.syntax))


def holes(template: Template) -> Iterator[Hole]:
    """Every hole of the template, in the order in which they are written; `when` before its mapping."""
    match template:
        case MapTemplate(entries, when):
            if when is not None:
                yield when
            for _, child in entries:
                yield from holes(child)
        case SeqTemplate(items):
            for child in items:
                yield from holes(child)
        case TextTemplate(parts):
            yield from (part for part in parts if isinstance(part, Hole))


class _Parser:
    """Parses the texts of a document's tree and collects findings."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def value(self, value: Value, place: Place) -> Template:
        """The template of any value."""
        match value:
            case Map():
                return self._map(value)
            case Seq():
                return SeqTemplate(tuple(map(self.value, value, value.item_places)))
            case None:
                return None
        return self._text(value, place) if "{" in value else self._scalar(value, place)

    def _map(self, value: Map) -> MapTemplate:
        entries: list[tuple[str, Template]] = []
        when: Hole | None = None
        for key, child in value.items():
            if _MARKER.search(key):
                self._problem(value.key_places[key], "a key cannot be a template", "use '{{ … }}' in values only")
            elif key == "when":
                when = self._when(child, value.value_places[key])
            else:
                entries.append((key, self.value(child, value.value_places[key])))
        return MapTemplate(tuple(entries), when)

    def _when(self, value: Value, place: Place) -> Hole | None:
        """Return the test of a `when`: an expression, with or without braces."""
        if not isinstance(value, str):
            self._problem(place, "'when' must be an expression", "for example: when: pods > 1")
            return None
        hole = _HOLE.fullmatch(value)
        if hole is not None:
            return self._hole(hole[1], _inside(value, place, hole.start(1), len(hole[1])))
        return self._hole(str(value), place)

    def _scalar(self, text: str, place: Place) -> str | int | bool | None:
        if not isinstance(text, Plain):
            return text
        if text in yaml_words.NULL:
            return None
        if text in _BOOLEAN:
            return _BOOLEAN[text]
        if _INTEGER.fullmatch(text):
            return self._integer(text, place)
        if _LEADING_ZERO.fullmatch(text):
            hint = f"write {text.lstrip('-+0') or '0'}, 0o{text.lstrip('-+0') or '0'} or '{text}'"
            self._problem(place, f"ambiguous number {text}: octal for some YAML parsers, decimal for others", hint)
        return str(text)

    def _integer(self, text: str, place: Place) -> int | None:
        if len(text) <= 20 and abs(integer := int(text, 0)) <= LARGEST:
            return integer
        self._problem(place, f"{text:.20} is beyond ±(2^53 - 1): JSON parsers do not keep it exactly", "quote it")
        return None

    def _text(self, text: str, place: Place) -> Template:
        parts: list[str | Hole] = []
        end = 0
        while (marker := _MARKER.search(text, end)) is not None:
            hole = _HOLE.match(text, marker.start())
            if hole is None:
                self._not_a_hole(marker[0], _inside(text, place, marker.start(), len(marker[0])))
                return None
            parts.append(text[end : marker.start()])
            found = self._hole(hole[1], _inside(text, place, hole.start(1), len(hole[1])))
            parts += [found] if found is not None else []
            end = hole.end()
        if not parts:
            return self._scalar(text, place)
        return TextTemplate(tuple(part for part in (*parts, text[end:]) if part != ""))

    def _not_a_hole(self, marker: str, place: Place) -> None:
        if marker == "{{":
            self._problem(place, "'{{' is not closed by '}}'", "for the text '{{' write {{ '{{' }}")
        else:
            hint = "to leave out a mapping, give it 'when: EXPRESSION'; for the text write {{ '%s' }}"
            self._problem(place, f"'{marker}' is not supported in a template", hint % marker)

    def _hole(self, text: str, place: Place) -> Hole | None:
        if text.startswith(("-", "+")) or text.endswith(("-", "+")):
            # To Jinja, '{{-' eats the blanks before it.
            self._problem(place, "'{{-' and '-}}' are not supported", "put a space between the braces and the sign")
            return None
        try:
            return Hole(syntax.parse_expression(text), _trimmed(text, place))
        except ExpressionSyntaxError as problem:
            self._problem(_trimmed(text, place), str(problem), problem.hint)
            return None

    def _problem(self, place: Place, message: str, hint: str) -> None:
        self.findings.append(Finding("template-syntax", message, place, hint))


def _inside(text: str, place: Place, start: int, length: int) -> Place:
    """Return the place of a part of a scalar. Exact on one line; in a literal block, the line is exact."""
    before = text[:start]
    line_start = before.rfind("\n") + 1
    if not isinstance(text, Plain) and place.length <= 3 < len(text):
        # A block scalar: its place is that of '|', and its text begins on the next line.
        return Place(place.source, place.line + 1 + before.count("\n"), start - line_start + 1, length)
    quote = 0 if isinstance(text, Plain) else 1
    return Place(place.source, place.line, place.column + quote + start, length)


def _trimmed(text: str, place: Place) -> Place:
    """Return the place without the spaces around the expression."""
    lead = len(text) - len(text.lstrip())
    newlines = text[:lead].count("\n")
    column = place.column + lead if newlines == 0 else lead - text[:lead].rfind("\n")
    return Place(place.source, place.line + newlines, column, max(1, len(text.strip())))
