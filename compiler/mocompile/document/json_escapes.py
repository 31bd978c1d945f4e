r"""JSON writes a character beyond U+FFFF as two escapes, `"\ud83d\ude00"`; to libyaml each alone is no character.

YAML accepts every JSON text, so this module reads such pairs in a text that is JSON as a whole. In JSON, a backslash
occurs only in a string and always begins an escape, so a pair is certain. In other YAML, the same characters may be
text of a block or of single quotes, which only the parser knows; there the pair remains an error.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

_FIRST = re.compile(r"\\u[dD][89abAB]")
_ESCAPE = re.compile(r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|.)", re.DOTALL)
# A pair is longer than `\U0001f600`, YAML's escape for the same character, by this much.
_SHORTER = len(r"\ud83d\ude00") - len(r"\U0001f600")


@dataclass(frozen=True, slots=True)
class Readable:
    """The text that the parser reads. `ends` has the offset just after each replaced pair."""

    text: str
    ends: tuple[int, ...] = ()

    def index(self, index: int) -> int:
        """Return the index in the written text of the character with this index in `text`."""
        return index + _SHORTER * bisect_right(self.ends, index)


def readable(text: str) -> Readable:
    """Return `text`; if it is JSON, with each pair replaced by YAML's escape."""
    if not _FIRST.search(text) or not _is_json(text):
        return Readable(text)
    parts: list[str] = []
    ends: list[int] = []
    end = length = 0
    for match in _ESCAPE.finditer(text):
        if match[1] is None:
            continue
        character = 0x10000 + ((int(match[1], 16) - 0xD800) << 10) + int(match[2], 16) - 0xDC00
        parts += text[end : match.start()], f"\\U{character:08x}"
        length += len(parts[-2]) + len(parts[-1])
        ends.append(length)
        end = match.end()
    return Readable("".join([*parts, text[end:]]), tuple(ends))


def with_own_marks(events: Iterator[yaml.Event], read: Readable) -> Iterator[yaml.Event]:
    """Yield the events, or raise their error, with the marks of the written text."""
    from yaml import MarkedYAMLError

    try:
        for event in events:
            event.start_mark, event.end_mark = _moved(event.start_mark, read), _moved(event.end_mark, read)
            yield event
    except MarkedYAMLError as error:
        error.problem_mark = _moved(error.problem_mark, read)
        error.context_mark = _moved(error.context_mark, read)
        raise


def _moved(mark: Any, read: Readable) -> Any:
    from yaml import Mark

    return mark and Mark(mark.name, read.index(mark.index), mark.line, mark.column, None, 0)


def _is_json(text: str) -> bool:
    import json

    try:
        # Numbers stay text: converting long ones takes too long.
        json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return False
    return True
