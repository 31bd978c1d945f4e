"""The frames that tools put around log lines: prefixes of kubectl and stern, the CRI format, JSON lines."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from mocompile.results.read.source import LONGEST_LINE, Frame, Source

MARKERS = ("METRICS OPERATOR ", "METADATA START ")

_HEAD_LINES = 400

# Errors of a gzip file that is truncated, damaged, or followed by other data.
BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")

_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"

_PREFIX = re.compile(rf"\[pod/(?P<pod>[^/\]\s]+)/(?P<container>[^\]\s]+)\] ?(?:(?P<time>{_TIME})(?: |$))?")

# An empty line is a time and a space; editors and copies remove the space.
_STAMP = re.compile(rf"(?P<time>{_TIME})(?: |$)")

_CRI = re.compile(rf"(?P<time>{_TIME}) (?:stdout|stderr) (?P<part>[FP])(?::\S+)? ?")

_STERN_TIME = rf"(?: (?:(?P<time>{_TIME})|\d\d-\d\d \d\d:\d\d:\d\d)(?= |$))?(?: |$)"

_STERN = re.compile(rf"(?P<pod>[a-z0-9][-.a-z0-9]*) (?P<container>[a-z0-9][-a-z0-9]*){_STERN_TIME}")

# With --all-namespaces, or several of them.
_STERN_NAMESPACES = re.compile(rf"[a-z0-9][-a-z0-9]* {_STERN.pattern}")

# stern's own messages when a container begins or ends.
_STERN_EVENT = re.compile(r"[+-] (?:\S+ )?\S+ › \S+$")

# Where collectors put the line, the pod, the container, the time: docker and Fluent Bit, stern, Vector, logcli.
_TEXTS = ("log", "message", "line", "msg", "MESSAGE")

_PODS = ("podName", "pod_name", "pod")

_CONTAINERS = ("containerName", "container_name", "container")

_TIMES = ("time", "timestamp", "@timestamp", "ts")

_INSIDE = ("kubernetes", "labels", "stream")


class LogLine(NamedTuple):
    """One line: `raw` as printed, `text` without control characters and overwritten parts.

    `ended` is false for a last line without a line end: the log may be cut inside it. `rank` is the rank that an MPI
    launcher writes before the line; empty if it writes none.
    """

    number: int
    raw: str
    text: str
    pod: str = ""
    container: str = ""
    time: str = ""
    ended: bool = True
    rank: str = ""


class BrokenError(Exception):
    """The rest of a log cannot be read; the lines before it are complete. The text names the error."""


def framed(numbered: Source) -> Iterator[LogLine]:
    """Yield the lines without the frames of tools. Raises an error of `BROKEN` after the last complete line.

    If each line is a line of the log by itself, and all are of one container, the source gets their frame.
    """
    head: list[tuple[int, str, bool]] = []
    framing: Frame | None = None
    broken: Exception | None = None
    try:
        for entry in numbered:
            head.append(entry)
            if any(marker in entry[1] for marker in MARKERS):
                framing = _framing_of_marker(entry[1])
                break
            if len(head) >= _HEAD_LINES:
                break
    except BROKEN as error:
        broken = error  # raised after the lines before it are yielded
    framing = framing or _framing_of_head([raw for _, raw, _ in head])
    numbered.stamped = isinstance(framing, _Prefixed) and framing.only_time
    numbered.frame = framing if framing is _plain or numbered.stamped else None
    for number, raw, ended in chain(head, numbered):
        line = framing(number, raw)
        if line is not None:
            yield line if ended else line._replace(ended=False)
    if broken is not None:
        raise broken


def stripped(lines: Iterable[LogLine], prefix: re.Pattern[str]) -> Iterator[LogLine]:
    """Yield the lines without the match of `prefix` at their beginning; keep its groups `rank`, `pod`, `container`."""
    for line in lines:
        match = prefix.match(line.text)
        if match is None:
            yield line
            continue
        groups = match.groupdict()
        yield line._replace(
            text=line.text[match.end() :],
            rank=groups.get("rank") or line.rank,
            pod=groups.get("pod") or line.pod,
            container=groups.get("container") or line.container,
        )


def _framing_of_marker(raw: str) -> Frame | None:
    """Return the frame of the line with the first marker; None if the line does not show it."""
    text = cleaned(raw)
    if text.startswith(MARKERS):
        return _plain
    if text.startswith("{") and _json_line(text) is not None:
        return _Json()
    for expression in (_CRI, _PREFIX, _STAMP, _STERN, _STERN_NAMESPACES):
        match = expression.match(text)
        if match is not None and text.startswith(MARKERS, match.end()):
            return _Cri() if expression is _CRI else _Prefixed(expression)
    return None


def _framing_of_head(head: list[str]) -> Frame:
    """Return the frame that all lines have, for a log without a marker; no frame if they differ."""
    texts = [text for raw in head if (text := cleaned(raw)).strip()]
    if not texts:
        return _plain
    if all(text.startswith("{") and _collected(text) for text in texts):
        return _Json()
    for expression in (_CRI, _PREFIX, _STAMP):
        if all(expression.match(text) for text in texts):
            return _Cri() if expression is _CRI else _Prefixed(expression)
    for expression in (_STERN_NAMESPACES, _STERN):
        if _is_stern(expression, texts):
            return _Prefixed(expression)
    return _plain


def _is_stern(expression: re.Pattern[str], texts: list[str]) -> bool:
    """Whether all lines begin with the names of a few pods, as stern writes them: plain words could be output."""
    matches = [expression.match(text) for text in texts if not _STERN_EVENT.match(text)]
    names = {match and (match["pod"], match["container"]) for match in matches}
    return None not in names and 0 < 2 * len(names) <= len(matches) and all("-" in name[0] for name in names if name)


def cleaned(raw: str) -> str:
    """Return the line without escape sequences and NULs; of overwritten parts (progress bars), keep the last."""
    if "\x1b" in raw:
        raw = _ESCAPES.sub("", raw)
    if "\0" in raw:
        raw = raw.replace("\0", "")
    if "\r" in raw:
        raw = raw.rstrip("\r").rpartition("\r")[2]
    return raw


def _plain(number: int, raw: str) -> LogLine:
    return LogLine(number, raw, cleaned(raw))


class _Prefixed:
    """Read `kubectl logs --prefix`, `--timestamps`, stern. A line without the others' prefix belongs to no pod."""

    def __init__(self, expression: re.Pattern[str]) -> None:
        self._expression = expression
        self.only_time = expression is _STAMP

    def __call__(self, number: int, raw: str) -> LogLine | None:
        text = cleaned(raw)
        match = self._expression.match(text)
        if match is None:
            # An empty line: editors and copies remove the space at its end.
            return None if text.strip() else LogLine(number, raw, text)
        groups = match.groupdict()
        rest = text[match.end() :]
        return LogLine(
            number, rest, rest, groups.get("pod") or "", groups.get("container") or "", groups.get("time") or ""
        )


class _Cri:
    """Read files of /var/log/pods: time, stream, and whether the line continues in the next."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def __call__(self, number: int, raw: str) -> LogLine | None:
        match = _CRI.match(raw)
        if match is None:
            return None
        self._parts.append(raw[match.end() :])
        if match["part"] == "P" and sum(map(len, self._parts)) < LONGEST_LINE:
            return None
        whole = "".join(self._parts)
        self._parts = []
        return LogLine(number, whole, cleaned(whole), time=match["time"])


class _Json:
    """Read one JSON object per line, as log collectors write them."""

    def __call__(self, number: int, raw: str) -> LogLine | None:
        entry = _json_line(raw)
        if entry is None:
            return None
        text = _first(entry, _TEXTS).rstrip("\r\n")
        inside = [entry, *(each for key in _INSIDE if isinstance(each := entry.get(key), dict))]
        pod, container, time = (
            next((found for each in inside if (found := _first(each, keys))), "")
            for keys in (_PODS, _CONTAINERS, _TIMES)
        )
        return LogLine(number, text, cleaned(text), pod, container, time)


def _json_line(text: str) -> Mapping[str, object] | None:
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and any(isinstance(entry.get(key), str) for key in _TEXTS) else None


def _collected(text: str) -> bool:
    entry = _json_line(text)
    return entry is not None and any(key in entry for key in (*_TIMES, *_PODS, *_INSIDE))


def _first(entry: Mapping[str, object], keys: Iterable[str]) -> str:
    return next((value for key in keys if isinstance(value := entry.get(key), str) and value), "")
