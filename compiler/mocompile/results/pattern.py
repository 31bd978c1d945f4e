"""Patterns of figures.yaml: a line as it is printed with `<name>` in it, or a regular expression between slashes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mocompile.results.number import DURATION, NUMBER

_HOLE = re.compile(r"<(?P<name>_|[A-Za-z%][-A-Za-z0-9_/%]*)(?P<kind>\.\.\.|\.unit)?>|(?P<any>\.\.\.)")
# `<name>` in a regular expression, but not that of `(?P<name>…)`, `(?P=name)`, `(?<=…)`.
_REGEX_HOLE = re.compile(r"(?<!\(\?P)(?<!\(\?)<(?P<name>_|[A-Za-z%][-A-Za-z0-9_/%]*)(?P<kind>\.\.\.|\.unit)?>")
_UNIT = "__unit"
# `<_>`: a word, or with dots any text, that is not kept.
_UNNAMED = "_"
_BY_FORMAT = {"number": NUMBER, "duration": DURATION, "text": r"\S+"}


@dataclass(frozen=True, slots=True)
class Pattern:
    """`text` is how it was written, `names` the name of each group, `units` whether it is that figure's unit.

    `literal` is text that every matching line has: looking for it first spares most lines the expression.
    """

    text: str
    expression: re.Pattern[str]
    names: tuple[str, ...]
    units: tuple[bool, ...]
    literal: str = ""

    def match(self, line: str) -> re.Match[str] | None:
        """The match in `line`, whose groups are those of `names`."""
        return self.expression.search(line) if self.literal in line else None


def pattern(text: str, formats: Mapping[str, str]) -> Pattern:
    """The pattern `text`; `formats` has the format of each figure, other names are context. Raises `re.error`."""
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        return _regular(text, formats)
    return _template(text, formats)


def names_in(text: str) -> tuple[str, ...]:
    """The names in a pattern: figures and context. Raises `re.error`."""
    made = pattern(text, {})
    return tuple(name for name, unit in zip(made.names, made.units, strict=True) if not unit)


def _template(text: str, formats: Mapping[str, str]) -> Pattern:
    names: list[str] = []
    units: list[bool] = []
    literals: list[str] = []
    parts: list[str] = []
    end = 0
    for hole in _HOLE.finditer(text):
        parts.append(_literal(text[end : hole.start()], literals))
        end = hole.end()
        if hole["any"]:
            parts.append(".*?")
            continue
        if hole["name"] == _UNNAMED:
            parts.append(_hole("", hole["kind"], {}))
            continue
        names.append(hole["name"])
        units.append(hole["kind"] == ".unit")
        parts.append(f"({_hole(hole['name'], hole['kind'], formats)})")
    parts.append(_literal(text[end:], literals))
    body = "".join(parts)
    expression = re.compile(rf"^\s*{body}\s*$")
    return Pattern(text, expression, tuple(names), tuple(units), max(literals, key=len, default=""))


def _hole(name: str, kind: str | None, formats: Mapping[str, str]) -> str:
    if kind == "...":
        return r"\S(?:.*?\S)??"
    if kind == ".unit":
        return r"[^\s\d]\S*?"
    return _BY_FORMAT[formats[name]] if name in formats else r"\S+?"


def _literal(text: str, literals: list[str]) -> str:
    literals.extend(text.split())
    words = [re.escape(each) for each in text.split()]
    body = r"\s+".join(words)
    if not words:
        return r"\s+" if text else ""
    return (r"\s+" if text[0].isspace() else "") + body + (r"\s+" if text[-1].isspace() else "")


def _regular(text: str, formats: Mapping[str, str]) -> Pattern:
    aliases: dict[str, tuple[str, bool]] = {}

    def group(hole: re.Match[str]) -> str:
        if hole["name"] == _UNNAMED:
            return f"(?:{_hole('', hole['kind'], {})})"
        alias = f"mo_{len(aliases)}"
        aliases[alias] = (hole["name"], hole["kind"] == ".unit")
        return f"(?P<{alias}>{_hole(hole['name'], hole['kind'], formats)})"

    expression = re.compile(_substituted(text[1:-1], group))
    groups = [""] * expression.groups
    units = [False] * expression.groups
    for name, index in expression.groupindex.items():
        own, unit = aliases.get(name, (name.removesuffix(_UNIT), name.endswith(_UNIT)))
        groups[index - 1], units[index - 1] = own, unit
    return Pattern(text, expression, tuple(groups), tuple(units))


def _substituted(text: str, group: Callable[[re.Match[str]], str]) -> str:
    return _REGEX_HOLE.sub(group, text)


def holes(match: re.Match[str], of: Pattern) -> Iterator[tuple[str, bool, str]]:
    """Name, whether it is a unit, and text of each named group that took part in the match."""
    for name, unit, value in zip(of.names, of.units, match.groups(), strict=True):
        if name and value is not None:
            yield name, unit, value
