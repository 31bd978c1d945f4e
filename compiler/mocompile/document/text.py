"""Text with the place of each character, and the check for characters that no input may contain."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.place import Place

# More findings help nobody, and a hostile input could cause a hundred thousand.
MAX_FINDINGS = 100

_NEWLINE = re.compile(r"\r\n|\n|\r")

# Control characters except tab, LF and CR; lone surrogates; characters that YAML excludes; and the two separators
# that are line breaks in YAML 1.1 but not in YAML 1.2 or editors: a reviewer would see other lines than a parser.
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def lines_of(text: str) -> tuple[str, ...]:
    """Return the lines of a text as places count them: only LF, CRLF and CR end a line."""
    return tuple(_NEWLINE.split(text))


@dataclass(slots=True)
class Text:
    """A text with the place of each character in its source. The text begins at `line` and `column` of the source."""

    name: str
    text: str
    line: int = 1
    column: int = 1
    starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.starts = [0, *(match.end() for match in _NEWLINE.finditer(self.text))]

    def place(self, start: int, end: int) -> Place:
        """Return the place of the characters from `start` up to `end`, limited to the line of the first one."""
        row = bisect_right(self.starts, start) - 1
        stop = min(end, self.line_end(start))
        length = len(self.text[start:stop].rstrip(" \t\r\n"))
        shift = self.column if row == 0 else 1
        return Place(self.name, self.line + row, start - self.starts[row] + shift, max(1, length))

    def line_start(self, index: int) -> int:
        """The index at which the line of `index` begins."""
        return self.starts[bisect_right(self.starts, index) - 1]

    def line_end(self, index: int) -> int:
        """The index just after the line of `index` and the characters that end it."""
        row = bisect_right(self.starts, index)
        return self.starts[row] if row < len(self.starts) else len(self.text)


def decode(data: bytes, name: str) -> str:
    """Decode UTF-8, without its byte order mark. Raises `InputError` at the first byte that is not UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or _has_wide_characters(data):
        hint = "save it as UTF-8 (`iconv -f UTF-16 -t UTF-8`)"
        raise InputError([Finding("encoding", "this is UTF-16 or UTF-32, not UTF-8", Place(name, 1, 1), hint)])
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        place = Text(name, before).place(len(before), len(before) + 1)
        message = f"the byte 0x{data[error.start]:02X} is not UTF-8"
        raise InputError([Finding("encoding", message, place, "save the file as UTF-8")]) from None


def _has_wide_characters(data: bytes) -> bool:
    """Return whether every other of the first bytes is NUL: ASCII in UTF-16 or UTF-32, and no stray NUL."""
    first = data[:8]
    return len(first) > 1 and any(first[at::2].strip(b"\0") == b"" for at in (0, 1)) and any(first)


def refused_characters(text: Text) -> list[Finding]:
    """Return a finding for each forbidden character; at most `MAX_FINDINGS`."""
    findings = []
    for match in _REFUSED.finditer(text.text):
        message, hint = describe(match.group())
        findings.append(Finding("control-character", message, text.place(match.start(), match.end()), hint))
        if len(findings) == MAX_FINDINGS:
            break
    return findings


def refused_in_value(value: str) -> str | None:
    """Return the first character that is forbidden in a value even as an escape; None if there is no such character."""
    # An escaped separator or byte order mark (`"\u2028"`) confuses nobody: it is data.
    return next((found for found in _REFUSED.findall(value) if found not in "\u2028\u2029\ufeff"), None)


def describe(character: str) -> tuple[str, str]:
    """Return the message and the hint for a forbidden character."""
    code = f"U+{ord(character):04X}"
    if character in "\u2028\u2029":
        message = f"invalid separator {code}: some YAML parsers read a line break here, others do not"
        return message, f'end the line as usual, or write "\\u{ord(character):04x}" in double quotes'
    if character == "\ufeff":
        return f"unexpected byte order mark ({code}) within the text", "remove it; were two files joined here?"
    if "\ud800" <= character <= "\udfff":
        return f"invalid UTF-8: half of a character ({code})", "remove it"
    if character >= "\ufffe":
        return f"{code} is not a character", "remove it"
    return f"invalid control character {code}", "remove it"
