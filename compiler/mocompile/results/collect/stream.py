"""One container's log on disk, taken from streams that may break anywhere: each line once, in its order.

The API gives a log from a time on (`sinceTime`), in whole seconds, and a log's lines need not be in the order of their
times: stdout and stderr are written by two hands. But a log only grows, so the lines from a second on are always the
same in the same order. A stream that is taken up again asks from a second before the last line, and skips as many lines
as are there from that second.
"""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from mocompile.results.collect.log_marks import LogMarks, may_mark
from mocompile.results.read.set_json import shown

_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d) ")
_KEPT_SECONDS = 5
_MARGIN_SECONDS = 1
_NOTES = 5
_STAMP_BYTES = 40
_HELD = 1 << 16


class _Second:
    """The lines of one second: how many, and which came first."""

    __slots__ = ("count", "first", "number")

    def __init__(self, number: int, first: tuple[bytes, int]) -> None:
        self.number = number
        self.first = first
        self.count = 0


class LogFile:
    """The file at `path`. For each stream: `since()`, then `begin()`, `feed(data)` as it comes, `end()`.

    Lines are kept with the times that the node gave them. `lines` and `size` count what is there and whole; `notes` are
    what is known to be missing. `words` are what the node said in the last stream in place of the log, or of the rest
    of it: its errors come as text, after a status of 200. `marks` are the times of the log's markers.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = 0
        self.size = 0
        self.notes: list[str] = []
        self.words = ""
        self.marks = LogMarks()
        self._stream: BinaryIO | None = None
        self._line = b""  # of the line that is coming in: its beginning, until it is known what to do with it
        self._state = "new"  # a new line; "kept" or "skipped": what happens to the rest of this one
        self._seconds: dict[int, _Second] = {}
        self._last = b""  # the time of the last line
        self._prefix = b""
        self._epoch = 0
        self._skip = 0
        self._expected: tuple[bytes, int] | None = None
        self._resumed = False
        self._after = b""  # lines up to this time are there
        self._pending = 0  # bytes of the line that is coming in that are on the disk
        self._second: _Second | None = None  # of the last line
        self._torn = False  # the last line has no end

    @property
    def intact(self) -> bool:
        """Whether the last stream was of this log and nothing else; one that goes on begins with what is known."""
        return not self.words and self._expected is None

    def since(self) -> str:
        """From when to ask for the log; empty for all of it."""
        if not self._seconds:
            return ""
        return datetime.fromtimestamp(self._from(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def begin(self) -> None:
        """A stream comes that was asked for from `since()` on."""
        if self._stream is None:
            self._stream = self.path.open("wb", buffering=_HELD)
        if self._torn:  # it comes again, with its end
            self.size -= self._pending
            self.lines -= 1
            self._undo()
        self._resumed = bool(self._seconds)
        self._after = b""
        held = [each for second, each in self._seconds.items() if second >= self._from()] if self._resumed else []
        self._skip = sum(each.count for each in held)
        self._expected = min(held, key=lambda each: each.number).first if held else None
        self._line, self._state = b"", "new"
        self.words = ""

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        assert self._stream is not None
        # A marker may have begun in the data before, and the first line of all has the time of the script's begin.
        marked = bool(self._line) or not self.lines or may_mark(data)
        lines = data.split(b"\n")
        rest = lines.pop()
        for line in lines:
            if self._state == "new":
                self._whole(self._line + line if self._line else line, marked=marked)
            elif self._state == "kept":
                self._stream.write(line + b"\n")
                self._done(len(line) + 1)
            self._line, self._state = b"", "new"
        if rest:
            self._part(rest)

    def flush(self) -> None:
        """To the disk with what is there."""
        if self._stream is not None:
            self._stream.flush()

    def end(self, *, whole: bool = False) -> None:
        """The stream is over. The last line may lack its end: it stays where the stream did not break off (`whole`)."""
        if self._stream is None:
            return
        if whole and self._state == "new" and self._line and self._taken(self._line):
            self._stream.write(self._line)
            self.marks.take(self._line)
            self._pending, self._state = len(self._line), "kept"
        if self._state == "kept":
            if whole:
                self.size += self._pending
                self.lines += 1
                self._torn = True
            else:
                self._undo()
        self._line, self._state = b"", "new"
        self._cut()

    def _undo(self) -> None:
        """Takes back the last line."""
        self._torn = False
        self._pending = 0
        if self._second is not None:
            self._second.count -= 1
            if not self._second.count:
                self._seconds = {number: each for number, each in self._seconds.items() if each is not self._second}
        self._cut()

    def _cut(self) -> None:
        """Remove everything after the last complete line."""
        assert self._stream is not None
        self._stream.flush()
        if self._stream.tell() != self.size:
            self._stream.seek(self.size)
            self._stream.truncate()

    def close(self) -> None:
        """No more streams."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    # --- lines ---------------------------------------------------------------------------------------------------

    def _part(self, rest: bytes) -> None:
        """The beginning of a line, or more of it: a line may be of any length, and goes to the disk as it comes."""
        assert self._stream is not None
        if self._state == "kept":
            self._stream.write(rest)
            self._pending += len(rest)
            return
        if self._state == "skipped":
            return
        self._line += rest
        if len(self._line) > _HELD:
            self._state = "kept" if self._taken(self._line) else "skipped"
            if self._state == "kept":
                self._stream.write(self._line)
                self._pending = len(self._line)
            self._line = b""

    def _whole(self, line: bytes, *, marked: bool) -> None:
        assert self._stream is not None
        if self._taken(line):
            if marked:
                self.marks.take(line)
            self._stream.write(line)
            self._stream.write(b"\n")
            self._done(len(line) + 1)

    def _done(self, more: int) -> None:
        self.size += self._pending + more
        self.lines += 1
        self._pending = 0

    def _taken(self, line: bytes) -> bool:
        """Whether the line that begins like that is new; it is counted then."""
        if line[:19] != self._prefix or line[19:20] not in b".Z+-":
            stamp = _STAMP.match(line)
            if stamp is None:
                self._foreign(line)
                return False
            self._prefix, self._epoch = stamp[1], _epoch(stamp[1], stamp[3])
        if self.words:
            self._go_on()
        if self._expected is not None:
            self._check(line)
        if self._skip:
            self._skip -= 1
            return False
        if self._after:
            if line[:_STAMP_BYTES].partition(b" ")[0] <= self._after:
                return False
            self._after = b""
        second = self._seconds.get(self._epoch)
        if second is None:
            second = self._seconds[self._epoch] = _Second(self.lines, _key(line))
            newest = max(self._seconds)
            for old in [each for each in self._seconds if each < newest - _KEPT_SECONDS]:
                del self._seconds[old]
        second.count += 1
        self._second = second
        self._last = line[:_STAMP_BYTES].partition(b" ")[0]
        return True

    def _check(self, line: bytes) -> None:
        """The first line of a stream that was taken up again must be the one that is known."""
        expected, self._expected = self._expected, None
        if _key(line) == expected:
            return
        self._skip = 0
        self._after = self._last
        time = line[:_STAMP_BYTES].partition(b" ")[0]
        if time > self._last:
            between = f"lines between {self._last.decode()} and {time.decode()} may be missing"
            self._note(f"the node began a new file for this log while nobody read it: {between}")

    def _foreign(self, line: bytes) -> None:
        """A line without a time is the node's own, or, at the head of a stream that goes on, the rest of a line."""
        self.words = self.words or shown(line[:300].decode("utf-8", "replace"))

    def _go_on(self) -> None:
        """Lines of the log come after one without a time."""
        if not self._resumed or self._expected is None:
            self._note(f"the node says: {self.words}")
        self.words = ""

    def _note(self, text: str) -> None:
        if len(self.notes) < _NOTES and text not in self.notes:
            self.notes.append(text)

    def _from(self) -> int:
        return max(self._seconds) - _MARGIN_SECONDS


def _key(line: bytes) -> tuple[bytes, int]:
    """Return the identity of a line: its time, and a checksum of its beginning."""
    return line[:_STAMP_BYTES].partition(b" ")[0], zlib.crc32(line[: 1 << 12])


def _epoch(time: bytes, zone: bytes) -> int:
    moment = datetime.fromisoformat(time.decode()).replace(tzinfo=UTC)
    if zone != b"Z":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
        moment += offset if zone[:1] == b"-" else -offset
    return int(moment.timestamp())
