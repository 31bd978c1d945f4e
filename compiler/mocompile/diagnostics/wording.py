"""What the formats share: a finding as one line, and names of sources that are no files."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from mocompile.diagnostics.place import SET, STDIN_NAME

if TYPE_CHECKING:
    from mocompile.diagnostics.finding import Finding

# Controls, invisible formatting (also what turns the direction of writing), surrogates, and separators of lines.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def sentence(finding: Finding) -> str:
    """The message and the hint."""
    return f"{finding.message}; {finding.hint}" if finding.hint else finding.message


def is_file(source: str) -> bool:
    """Whether a source is a file: not stdin, and not the command line."""
    return source != STDIN_NAME and not source.startswith(SET)


def visible(text: str) -> str:
    """The text with an escape for every character that would act on a terminal or a log instead of being seen."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(escaped(character) for character in text)


def width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def escaped(character: str) -> str:
    """The character, or its escape where it is not to be seen."""
    if unicodedata.category(character) not in _INVISIBLE:
        return character
    code = ord(character)
    short = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return _SHORT.get(character, short)
