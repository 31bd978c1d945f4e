"""Text that knows the place of each of its characters, and the characters that no input may hold."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.place import Place

# Past this many, more findings help nobody, and a hostile input could ask for a hundred thousand.
MAX_FINDINGS = 100

_NEWLINE = re.compile(r"\r\n|\n|\r")

# Control characters but tab, LF and CR; lone surrogates; what YAML's character set leaves out; and the two separators
# that YAML 1.1 takes for line breaks where editors and YAML 1.2 do not: a reviewer would see other lines than a parser.
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text, as places count them: LF, CRLF and CR end one, and nothing else does."""
    return tuple(_NEWLINE.split(text))


@dataclass(slots=True)
class Text:
    """A text, and the place in its source of each of its characters. It begins at `line` and `column` of the source."""

    name: str
    text: str
    line: int = 1
    column: int = 1
    starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.starts = [0, *(match.end() for match in _NEWLINE.finditer(self.text))]

    def place(self, start: int, end: int) -> Place:
        """The place of the characters from `start` up to `end`, as far as they stand on the first one's line."""
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
    """UTF-8 to text, without its byte order mark. Raises `InputError` at the first byte that is not UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or (len(data) > 1 and (data[0] == 0) != (data[1] == 0)):
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


def refused_characters(text: Text) -> list[Finding]:
    """A finding for each character that no input may hold; at most `MAX_FINDINGS`."""
    findings = []
    for match in _REFUSED.finditer(text.text):
        message, hint = describe(match.group())
        findings.append(Finding("control-character", message, text.place(match.start(), match.end()), hint))
        if len(findings) == MAX_FINDINGS:
            break
    return findings


def refused_in_value(value: str) -> str | None:
    """The first character that no value may hold, however it was written; None where there is none."""
    # A separator or a byte order mark that was escaped (`"\u2028"`) confuses nobody: it is data like any other.
    return next((found for found in _REFUSED.findall(value) if found not in "\u2028\u2029\ufeff"), None)


def describe(character: str) -> tuple[str, str]:
    """What a refused character is, and what to do about it."""
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
