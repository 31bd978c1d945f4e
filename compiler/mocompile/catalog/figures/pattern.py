"""Patterns of figures.yaml: a line as it is printed with `<name>` in it, or a regular expression between slashes."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mocompile.catalog.figures.number import DURATION, NUMBER, SUFFIXED

_HOLE = re.compile(r"<(?P<name>_|_?[A-Za-z%][-A-Za-z0-9_/%]*)(?P<kind>\.\.\.|\.unit)?>|(?P<any>\.\.\.)")
# `<name>` in a regular expression, but not that of `(?P<name>…)`, `(?P=name)`, `(?<=…)`.
_REGEX_HOLE = re.compile(r"(?<!\(\?P)(?<!\(\?)<(?P<name>_|_?[A-Za-z%][-A-Za-z0-9_/%]*)(?P<kind>\.\.\.|\.unit)?>")
_UNIT = "__unit"
# `<_>`: a word, or with dots any text, that is not kept.
_UNNAMED = "_"
_ANY = ".*?"
_BLANKS, _BLANK, _ALL_OR_ONE = r"\s+", r"\s", r"(?:\s+(?!\s)|\s)"
_BY_FORMAT = {"number": NUMBER, "suffixed": SUFFIXED, "duration": DURATION, "text": r"\S+"}


@dataclass(frozen=True, slots=True)
class LinePattern:
    """A pattern with what its groups are.

    `figures` has the group of each figure, its name, and the group of its unit (0: none); `contexts` group and name of
    the others, `marks` of those that begin with `_` and are no context. `literal` is text that every matching line has:
    looking for it first spares most lines the expression.
    """

    text: str
    expression: re.Pattern[str]
    figures: tuple[tuple[int, str, int], ...]
    contexts: tuple[tuple[int, str], ...]
    literal: str = ""
    marks: tuple[tuple[int, str], ...] = ()

    def match(self, line: str) -> re.Match[str] | None:
        """The match in `line`, whose groups are those of `names`."""
        return self.expression.search(line) if self.literal in line else None


def pattern(text: str, formats: Mapping[str, str]) -> LinePattern:
    """The pattern `text`; `formats` has the format of each figure, other names are context. Raises `re.error`."""
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        return _regular(text, formats)
    return _template(text, formats)


def names_in(text: str) -> tuple[str, ...]:
    """The names in a pattern: figures and context. Raises `re.error`."""
    return tuple(name for _, name in pattern(text, {}).contexts)


def marks_in(text: str) -> tuple[str, ...]:
    """The names in a pattern that begin with `_` and are no context. Raises `re.error`."""
    return tuple(name for _, name in pattern(text, {}).marks)


def _template(text: str, formats: Mapping[str, str]) -> LinePattern:
    names: list[str] = []
    units: list[bool] = []
    literals: list[str] = []
    parts: list[str] = []
    end = 0
    for hole in _HOLE.finditer(text):
        parts.append(_literal(text[end : hole.start()], literals))
        end = hole.end()
        if hole["any"]:
            parts.append(_ANY)
            continue
        if hole["name"] == _UNNAMED:
            parts.append(_hole("", hole["kind"], {}))
            continue
        names.append(hole["name"])
        units.append(hole["kind"] == ".unit")
        parts.append(f"({_hole(hole['name'], hole['kind'], formats)})")
    parts.append(_literal(text[end:], literals))
    expression = re.compile(_of_line(parts))
    return LinePattern(
        text, expression, *_roles(names, units, formats), max(literals, key=len, default=""), _marks(names)
    )


def _of_line(parts: list[str]) -> str:
    """The expression of a whole line, with one way only to share blanks between `...` and what is beside it.

    With several ways, a line of thousands of blanks takes minutes. After a last `...`, any text may come.
    """
    parts = list(parts)
    for at in (at for at, part in enumerate(parts) if part == _ANY):
        if parts[at - 1].endswith(_BLANKS):
            parts[at - 1] = parts[at - 1].removesuffix(_BLANKS) + _ALL_OR_ONE
        if parts[at + 1].startswith(_BLANKS):
            parts[at + 1] = _BLANK + parts[at + 1].removeprefix(_BLANKS)
    begin = r"^(?:\s*(?!\s)|)" if parts[:2] == ["", _ANY] else r"^\s*"
    if parts[-2:] == [_ANY, ""]:
        return begin + "".join(parts[:-2])
    return begin + "".join(parts) + r"\s*$"


def _roles(
    names: list[str], units: list[bool], formats: Mapping[str, str]
) -> tuple[tuple[tuple[int, str, int], ...], tuple[tuple[int, str], ...]]:
    """Which groups are figures, with their units, and which are context; one without a name is neither."""
    unit_of = {name: group for group, (name, unit) in enumerate(zip(names, units, strict=True), 1) if unit}
    values = [
        (group, name) for group, (name, unit) in enumerate(zip(names, units, strict=True), 1) if name and not unit
    ]
    figures = tuple((group, name, unit_of.get(name, 0)) for group, name in values if name in formats)
    return figures, tuple((group, name) for group, name in values if name not in formats and name[0] != _UNNAMED)


def _marks(names: list[str]) -> tuple[tuple[int, str], ...]:
    return tuple((group, name) for group, name in enumerate(names, 1) if name[:1] == _UNNAMED)


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


def _regular(text: str, formats: Mapping[str, str]) -> LinePattern:
    aliases: dict[str, tuple[str, bool]] = {}

    def group(hole: re.Match[str]) -> str:
        if hole["name"] == _UNNAMED:
            return f"(?:{_hole('', hole['kind'], {})})"
        alias = f"mo_{len(aliases)}"
        aliases[alias] = (hole["name"], hole["kind"] == ".unit")
        return f"(?P<{alias}>{_hole(hole['name'], hole['kind'], formats)})"

    expression = _compiled(_substituted(text[1:-1], group))
    groups = [""] * expression.groups
    units = [False] * expression.groups
    for name, index in expression.groupindex.items():
        own, unit = aliases.get(name, (name.removesuffix(_UNIT), name.endswith(_UNIT)))
        groups[index - 1], units[index - 1] = own, unit
    return LinePattern(text, expression, *_roles(groups, units, formats), _required(text[1:-1]), _marks(groups))


def _compiled(text: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)  # what another Python would read otherwise
            return re.compile(text)
    except (OverflowError, RecursionError, FutureWarning) as error:
        raise re.error(str(error)) from None


# An escape, a set of characters, a hole: what is more than one symbol of an expression.
_TOKEN = re.compile(
    r"\\(?:[1-9]\d?|.)|\[\^?\]?(?:\\.|[^\]\\])*\]|<(?:_|_?[A-Za-z%][-A-Za-z0-9_/%]*)(?:\.\.\.|\.unit)?>", re.DOTALL
)


def _required(text: str) -> str:
    """The longest text that every match of the expression `text` has, as far as one sees at its top level."""
    runs = [""]
    depth = position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        symbol = token[0] if token else text[position]
        position += len(symbol)
        if symbol == "|" and depth == 0:
            return ""
        if symbol == "(":
            if text.startswith("?i", position):
                return ""
            depth += 1
        elif symbol == ")":
            depth -= 1
        elif symbol in "?*{" and depth == 0:
            runs[-1] = runs[-1][:-1]
        literal = symbol[1:] if len(symbol) == 2 and symbol[0] == "\\" and not symbol[1].isalnum() else symbol
        if depth == 0 and len(literal) == 1 and (literal != symbol or literal not in "^$.?*+{}()"):
            runs[-1] += literal
        elif runs[-1]:
            runs.append("")
        if symbol == "{":
            position = text.find("}", position) + 1 or len(text)
    return max(runs, key=len)


def _substituted(text: str, group: Callable[[re.Match[str]], str]) -> str:
    return _REGEX_HOLE.sub(group, text)
