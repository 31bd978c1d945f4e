"""The bytes of a log: line by line, or past the lines that cannot matter."""

from __future__ import annotations

import io
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from gzip import GzipFile
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from mocompile.results.read.framing import LogLine
    from mocompile.results.read.scan import Scanner

LONGEST_LINE = 1 << 20

_BLOCK = 1 << 18
_CLOSING = (b"\n}", b"\n]")


class Frame(Protocol):
    """Takes the frame of a tool off a line; None for a line that is not of the log."""

    def __call__(self, number: int, raw: str) -> LogLine | None:
        """Return line `number`."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Whole lines that were passed over, the first and the last number, and the frame of each."""

    data: bytes
    first: int
    last: int
    frame: Frame

    def lines(self) -> Iterator[LogLine]:
        """Yield the lines."""
        for number, raw in enumerate(self.data[:-1].split(b"\n"), self.first):
            line = self.frame(number, _text(raw))
            if line is not None:
                yield line

    @property
    def text(self) -> str:
        """Return the text of lines without frames, with their ends."""
        return self.data.decode("utf-8", "replace")

    def last_with_text(self) -> int:
        """Return the number of the last line that is not empty; 0 if all are."""
        end, number = len(self.data) - 1, self.last
        while end >= 0:
            start = self.data.rfind(b"\n", 0, end) + 1
            line = self.frame(number, _text(self.data[start:end]))
            if line is not None and line.text.strip():
                return number
            end, number = start - 1, number - 1
        return 0


class Source:
    """Yields number, text, and whether the line has an end. A line that is too long comes in pieces with one number.

    `number` is the number of the last line. `frame` is the frame of all lines, if lines can be passed over.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._read = _reader(stream)
        self._block = b""
        self._at = 0
        self._ended = True
        self._broken: Exception | None = None
        self._scanned: Scanner | None = None
        self._candidates: list[int] = []
        self.number = 0
        self.frame: Frame | None = None
        self.stamped = False

    def __iter__(self) -> Iterator[tuple[int, str, bool]]:
        return self

    def __next__(self) -> tuple[int, str, bool]:
        raw = self._line()
        if not raw:
            raise StopIteration
        self.number += self._ended
        self._ended = raw.endswith(b"\n")
        return self.number, _text(raw.removesuffix(b"\n")), self._ended or len(raw) == LONGEST_LINE

    def pass_over(self, scanner: Scanner) -> Passed | None:
        """Pass over lines that `scanner` does not find, as far as the log is read; None if there are none."""
        if self.frame is None or not self._ended:
            return None
        at, end = self._at, self._block.rfind(b"\n", self._at) + 1
        if end <= at:
            return None
        if self._scanned is not scanner:
            self._candidates = scanner.candidates(self._block, at, end, stamped=self.stamped)
            self._scanned = scanner
        place = bisect_left(self._candidates, at)
        stop = end
        if place < len(self._candidates):
            stop = self._block.rfind(b"\n", at, self._candidates[place]) + 1
        if stop <= at:
            return None
        first = self.number + 1
        self.number += self._block.count(b"\n", at, stop)
        self._at = stop
        return Passed(self._block[at:stop], first, self.number, self.frame)

    def document(self, scanner: Scanner) -> Passed | None:
        """Return the next lines, up to one that begins with a closing bracket, if they are read already.

        None if `scanner` finds one of them, or if lines have a frame.
        """
        if self.frame is None or self.stamped or not self._ended:
            return None
        place = len(self._block)
        for end in _CLOSING:
            found = self._block.find(end, max(self._at - 1, 0), place)
            place = found if found >= 0 else place
        stop = self._block.find(b"\n", place + 1) + 1
        if not stop or scanner.candidates(self._block, self._at, stop, stamped=False):
            return None
        count = self._block.count(b"\n", self._at, stop)
        return Passed(self._block[self._at : stop], self.number + 1, self.number + count, self.frame)

    def skip(self, passed: Passed) -> None:
        """Pass over the next lines, which `document` returned."""
        self._at += len(passed.data)
        self.number = passed.last

    def _line(self) -> bytes:
        """Return the next line with its end, or a piece of it; nothing at the end. Raises the error of the stream."""
        end = self._block.find(b"\n", self._at)
        while end < 0 and len(self._block) - self._at < LONGEST_LINE and self._more():
            end = self._block.find(b"\n", self._at)
        if end < 0 and self._broken is not None and len(self._block) - self._at < LONGEST_LINE:
            broken, self._broken, self._at = self._broken, None, len(self._block)
            raise broken
        stop = min(end + 1 if end >= 0 else len(self._block), self._at + LONGEST_LINE)
        raw, self._at = self._block[self._at : stop], stop
        return raw

    def _more(self) -> bool:
        """Read more; return whether there was more."""
        if self._broken is not None:
            return False
        try:
            data = self._read()
        except Exception as error:  # raised when the complete lines before it are read
            self._broken = error
            return False
        self._block = self._block[self._at :] + data
        self._at = 0
        self._scanned = None
        return bool(data)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").removesuffix("\r")


def _reader(stream: BinaryIO) -> Callable[[], bytes]:
    """Return what reads the next part of the stream. A part of a pipe is what there is: its lines must not wait."""
    if isinstance(stream, GzipFile):
        return lambda: stream.read1(io.DEFAULT_BUFFER_SIZE)
    if isinstance(stream, io.BufferedReader):
        return lambda: stream.read1(_BLOCK)
    return lambda: stream.readline(_BLOCK)
