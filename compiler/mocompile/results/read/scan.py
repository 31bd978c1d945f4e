"""Finds the lines of a block of a log that can matter to the readers of a sheet, by the text that these need."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mocompile.catalog.figures.required import Required

# Lines with these matter to every log: markers, labels of ranks, the end of a failed measurement, and characters that
# change the text of a line.
_ALWAYS = (
    b"METRICS OPERATOR",
    b"METADATA",
    b"<std",
    b"mocompile: the measurement ended with code ",
    b"\x1b",
    b"\0",
)
_HEADS = ("ENVIRONMENT ", "# PAIR {")
_RETURN = re.compile(rb"\r(?!\n)")

# What `str.strip` takes for white space, and every byte that can be part of such a character.
_BLANK = rb"[ \t\r\f\v\x1c-\x1f\x80-\xff]*"
_TIME = rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_DOCUMENT = rb"[{\[]"


class Scanner:
    """Finds lines that begin with one of some texts, after white space, or that contain one of others.

    `documents`: and lines that can begin a JSON document.
    """

    def __init__(self, needed: Iterable[Required], *, documents: bool) -> None:
        needed = list(needed)
        heads = {head for each in needed for head in each.heads}.union(_HEADS)
        begins = [re.escape(head.encode()) for head in sorted(heads)]
        if documents:
            begins.append(_DOCUMENT)
        begin = rb"(?:%s)" % b"|".join(begins)
        stamped = rb"%s(?:%s%s)?%s" % (_BLANK, _TIME, _BLANK, begin)
        # A line begins behind a line end; only the first of a block has none.
        self._begins = {False: re.compile(rb"\n" + _BLANK + begin), True: re.compile(rb"\n" + stamped)}
        self._first = {False: re.compile(_BLANK + begin), True: re.compile(stamped)}
        texts = {text.encode() for each in needed for text in each.texts}.union(_ALWAYS)
        # A text with another one in it is found with that one.
        self._texts = [text for text in sorted(texts) if not any(other in text for other in texts if other != text)]

    def candidates(self, block: bytes, start: int, end: int, *, stamped: bool) -> list[int]:
        """Return a place in each line of the block from `start` to `end` that can matter, in order.

        A line begins at `start`. `stamped`: there may be a time before each line.
        """
        found = [match.end() - 1 for match in self._begins[stamped].finditer(block, start, end)]
        if self._first[stamped].match(block, start, end) is not None:
            found.append(start)
        for text in self._texts:
            place = block.find(text, start, end)
            while place >= 0:
                found.append(place)
                # One place in a line is enough.
                place = block.find(b"\n", place, end)
                place = block.find(text, place, end) if place >= 0 else -1
        if b"\r" in block:
            found += [match.start() for match in _RETURN.finditer(block, start, end)]
        found.sort()
        return found


# For lines outside of any output: only markers matter.
MARKERS_ONLY = Scanner((), documents=False)
