"""Helpers shared by the formats: a finding as one line, and the test for sources that are files."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from mocompile.diagnostics.place import SET, STDIN_NAME

if TYPE_CHECKING:
    from mocompile.diagnostics.finding import Finding

# Controls, invisible formatting (including marks of writing direction), surrogates, and line separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def sentence(finding: Finding) -> str:
    """The message and the hint."""
    return f"{finding.message}; {finding.hint}" if finding.hint else finding.message


def is_file(source: str) -> bool:
    """Whether a source is a file: not stdin, and not the command line."""
    return source != STDIN_NAME and not source.startswith(SET)


def visible(text: str) -> str:
    """Return the text with an escape for every character that a terminal or a log would act on instead of showing."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(escaped(character) for character in text)


def width(text: str) -> int:
    """Return the number of terminal columns that the text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def escaped(character: str) -> str:
    """Return the character, or its escape if it is invisible."""
    if unicodedata.category(character) not in _INVISIBLE:
        return character
    code = ord(character)
    short = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return _SHORT.get(character, short)
