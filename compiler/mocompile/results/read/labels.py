"""Labels that a user gives to logs: the same for all, or read from their paths."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from mocompile.catalog.figures.number import Scalar, parse_number
from mocompile.diagnostics.finding import Finding, InputError

_NAME = r"[A-Za-z_][-\w]*"
_PART = re.compile(rf"\{{({_NAME})\}}|(\*\*)|(\*)|([^{{}}*]+)|(.)", re.DOTALL)
_LABEL = re.compile(rf"({_NAME})=(.*)", re.DOTALL)
PREFIX = "label."


@dataclass(frozen=True, slots=True)
class PathPattern:
    """`size{nodes}/logs`: `{name}` is a label, `*` any text without a slash, `**` any text.

    A match begins and ends at whole parts of the path.
    """

    text: str
    names: tuple[str, ...]
    expression: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Labels:
    """`given` applies to all logs, `patterns` to logs whose path matches; the first pattern wins."""

    given: dict[str, Scalar] = field(default_factory=dict)
    patterns: tuple[PathPattern, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.given or self.patterns)

    def of(self, path: str) -> dict[str, Scalar]:
        """Return the labels of the log at `path` by their flat names: `label.NAME`."""
        found: dict[str, Scalar] = {}
        for pattern in self.patterns:
            match = pattern.expression.search(path)
            if match is not None:
                for number, name in enumerate(pattern.names, 1):
                    found.setdefault(name, _value(match[number]))
        return {f"{PREFIX}{name}": value for name, value in {**self.given, **found}.items()}

    def unmatched(self, path: str) -> tuple[PathPattern, ...]:
        """Return the patterns that do not match the path."""
        return tuple(pattern for pattern in self.patterns if pattern.expression.search(path) is None)


NO_LABELS = Labels()


def labels(given: Sequence[str] = (), patterns: Sequence[str] = ()) -> Labels:
    """Return the labels of `KEY=VALUE` texts and of path patterns. Raises `InputError` for an invalid one."""
    pairs: dict[str, Scalar] = {}
    for text in given:
        match = _LABEL.fullmatch(text)
        if match is None:
            hint = "write KEY=VALUE, for example cloud=aws; KEY is letters, digits, _ and -"
            raise InputError([Finding("label", f"--label '{text}' is not a label", None, hint)])
        if match[1] in pairs and pairs[match[1]] != _value(match[2]):
            raise InputError([Finding("label", f"--label {match[1]} has two values", None, "leave out one of them")])
        pairs[match[1]] = _value(match[2])
    made = tuple(map(_pattern, patterns))
    for pattern in made:
        both = next((name for name in pattern.names if name in pairs), "")
        if both:
            message = f"the label '{both}' is given by --label and by --label-from '{pattern.text}'"
            raise InputError([Finding("label", message, None, "leave out one of them")])
    return Labels(pairs, made)


def _value(text: str) -> Scalar:
    """Return the text as a number if it is a finite number, else the text."""
    found = parse_number(text)
    return text if found is None else found


def _pattern(text: str) -> PathPattern:
    names: list[str] = []
    parts: list[str] = []
    for match in _PART.finditer(text):
        name, deep, wide, plain, wrong = match.groups()
        if wrong:
            hint = "a label is {name} with letters, digits, _ and -; for example size{nodes}/logs"
            message = f"--label-from '{text}': '{wrong}' at character {match.start() + 1} is not part of a label"
            raise InputError([Finding("label", message, None, hint)])
        if name:
            if name in names:
                raise InputError([Finding("label", f"--label-from '{text}' has {{{name}}} twice", None, "name one")])
            names.append(name)
            parts.append("([^/]+?)")
        else:
            parts.append(".*" if deep else "[^/]*" if wide else re.escape(plain))
    if not names:
        hint = "put the label in braces, for example size{nodes}/logs"
        raise InputError([Finding("label", f"--label-from '{text}' has no label in it", None, hint)])
    return PathPattern(text, tuple(names), re.compile(rf"(?:^|(?<=/)){''.join(parts)}(?=/|$)"))
