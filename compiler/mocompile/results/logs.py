"""Logs as lines: out of files, folders and stdin, plain or gzip.

What `kubectl logs --prefix --timestamps`, stern, the kubelet and log collectors put around each line is taken off.
"""

from __future__ import annotations

import codecs
import gzip
import io
import json
import os
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from mocompile.diagnostics.finding import Finding, InputError

STDIN = "-"
# Where `results collect` leaves what the cluster said of each pod, beside the logs.
COLLECTED = "set.json"
MARKERS = ("METRICS OPERATOR ", "METADATA START ")

_LONGEST_LINE = 1 << 20
_HEAD_LINES = 400
_GZIP = b"\x1f\x8b"
# What a gzip file raises that is cut, damaged, or has something else behind it.
_BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_PREFIX = re.compile(rf"\[pod/(?P<pod>[^/\]\s]+)/(?P<container>[^\]\s]+)\] ?(?:(?P<time>{_TIME}) )?")
_STAMP = re.compile(rf"(?P<time>{_TIME}) ")
_CRI = re.compile(rf"(?P<time>{_TIME}) (?:stdout|stderr) (?P<part>[FP])(?::\S+)? ?")
_STERN = re.compile(rf"(?P<pod>[a-z0-9][-.a-z0-9]*) (?P<container>[a-z0-9][-a-z0-9]*) (?:(?P<time>{_TIME}) )?")
# Where collectors put the line, the pod, the container, the time: docker and Fluent Bit, stern, Vector, logcli.
_TEXTS = ("log", "message", "line", "msg", "MESSAGE")
_PODS = ("podName", "pod_name", "pod")
_CONTAINERS = ("containerName", "container_name", "container")
_TIMES = ("time", "timestamp", "@timestamp", "ts")
_INSIDE = ("kubernetes", "labels", "stream")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: `raw` as it was printed, `text` without control characters and what was overwritten.

    `ended` is false for a last line that has no line end: the log may be cut inside it.
    """

    number: int
    raw: str
    text: str
    pod: str = ""
    container: str = ""
    time: str = ""
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Log:
    """One file of logs. `name` is how messages call it."""

    name: str
    path: Path | None


class BrokenError(Exception):
    """The rest of a log cannot be read; the lines before it were whole. Its text says what is wrong."""


class _Framing(Protocol):
    def __call__(self, number: int, raw: str) -> LogLine | None: ...


def find(paths: Iterable[str | Path]) -> list[Log]:
    """The logs of `paths`: files, folders with all that is in them, `-` for stdin. Raises `InputError` for none."""
    logs: list[Log] = []
    for path in paths:
        if str(path) == STDIN:
            logs.append(Log("<stdin>", None))
            continue
        place = Path(path)
        if os.path.isdir(place):  # noqa: PTH112  # pathlib raises for a name that no file can have
            inside = [file for file in sorted(place.rglob("*")) if _is_log(file.relative_to(place), file)]
            if not inside and not (place / COLLECTED).is_file():
                raise _unreadable(place, "there is no file in this folder")
            logs.extend(Log(str(file), file) for file in inside)
        elif not os.path.exists(place):  # noqa: PTH110
            raise _unreadable(place, "there is no such file or folder")
        else:
            logs.append(Log(str(place), place))
    return logs


def _is_log(within: Path, file: Path) -> bool:
    return file.is_file() and file.name != COLLECTED and not any(part.startswith(".") for part in within.parts)


def _unreadable(path: Path, why: str) -> InputError:
    return InputError([Finding("log", f"{path}: {why}", None, "name logs, folders of logs, or - for stdin")])


def lines(log: Log) -> Iterator[LogLine]:
    """The lines of `log`, with what stood before each taken off.

    Raises `InputError` where it cannot be read, and `BrokenError` where only its beginning can.
    """
    try:
        if log.path is None:
            yield from _framed(_decoded(_unpacked(sys.stdin.buffer)))
            return
        with log.path.open("rb") as stream:
            yield from _framed(_decoded(_unpacked(stream)))
    except _BROKEN as error:
        raise BrokenError(f"this is no whole gzip file: {error}") from None
    except OSError as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError([Finding("log", f"{log.name} cannot be read: {reason}", None, "")]) from None


def _unpacked(stream: BinaryIO) -> BinaryIO:
    """`stream`, or what is packed in it, as UTF-8 without a mark."""
    if isinstance(stream, io.BufferedReader) and stream.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
        stream = cast("BinaryIO", gzip.open(stream))  # noqa: SIM115  # closed with the stream below it
    start = stream.peek(len(codecs.BOM_UTF8)) if isinstance(stream, io.BufferedReader | gzip.GzipFile) else b""
    if start.startswith(codecs.BOM_UTF8):
        stream.read(len(codecs.BOM_UTF8))
    elif start.startswith(_UTF16):  # what PowerShell's > writes
        return cast("BinaryIO", codecs.EncodedFile(stream, "utf-8", "utf-16", "replace"))
    return stream


def _decoded(stream: BinaryIO) -> Iterator[tuple[int, str, bool]]:
    """Number, text, and whether the line has an end. One that is too long comes in pieces, of one number."""
    number = 0
    ended = True
    while raw := stream.readline(_LONGEST_LINE):
        number += ended
        ended = raw.endswith(b"\n")
        text = raw.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
        yield number, text, ended or len(raw) == _LONGEST_LINE


def _framed(numbered: Iterator[tuple[int, str, bool]]) -> Iterator[LogLine]:
    head: list[tuple[int, str, bool]] = []
    framing: _Framing | None = None
    broken: Exception | None = None
    try:
        for entry in numbered:
            head.append(entry)
            if any(marker in entry[1] for marker in MARKERS):
                framing = _framing_of_marker(entry[1])
                break
            if len(head) >= _HEAD_LINES:
                break
    except _BROKEN as error:
        broken = error  # once the lines before it are told
    framing = framing or _framing_of_head([raw for _, raw, _ in head])
    for number, raw, ended in chain(head, numbered):
        line = framing(number, raw)
        if line is not None:
            yield line if ended else replace(line, ended=False)
    if broken is not None:
        raise broken


def _framing_of_marker(raw: str) -> _Framing | None:
    """How the line with the first marker is framed; None where that says nothing."""
    text = cleaned(raw)
    if text.startswith(MARKERS):
        return _plain
    if text.startswith("{") and _json_line(text) is not None:
        return _Json()
    for expression in (_CRI, _PREFIX, _STAMP, _STERN):
        match = expression.match(text)
        if match is not None and text.startswith(MARKERS, match.end()):
            return _Cri() if expression is _CRI else _Prefixed(expression)
    return None


def _framing_of_head(head: list[str]) -> _Framing:
    """How the lines are framed where no marker tells: as they all are, or not at all."""
    texts = [text for raw in head if (text := cleaned(raw)).strip()]
    if not texts:
        return _plain
    if all(text.startswith("{") and _collected(text) for text in texts):
        return _Json()
    for expression in (_CRI, _PREFIX, _STAMP):
        if all(expression.match(text) for text in texts):
            return _Cri() if expression is _CRI else _Prefixed(expression)
    return _plain


def cleaned(raw: str) -> str:
    """The line without escape sequences and NULs; of parts that overwrite each other (progress bars), the last."""
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
    """`kubectl logs --prefix`, `--timestamps`, stern. Lines without what the others have are not a pod's."""

    def __init__(self, expression: re.Pattern[str]) -> None:
        self._expression = expression

    def __call__(self, number: int, raw: str) -> LogLine | None:
        text = cleaned(raw)
        match = self._expression.match(text)
        if match is None:
            # An empty line: editors and copies take the space at its end away.
            return None if text.strip() else LogLine(number, raw, text)
        groups = match.groupdict()
        rest = text[match.end() :]
        return LogLine(
            number, rest, rest, groups.get("pod") or "", groups.get("container") or "", groups.get("time") or ""
        )


class _Cri:
    """Files of /var/log/pods: time, stream, and whether the line goes on in the next."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def __call__(self, number: int, raw: str) -> LogLine | None:
        match = _CRI.match(raw)
        if match is None:
            return None
        self._parts.append(raw[match.end() :])
        if match["part"] == "P" and sum(map(len, self._parts)) < _LONGEST_LINE:
            return None
        whole = "".join(self._parts)
        self._parts = []
        return LogLine(number, whole, cleaned(whole), time=match["time"])


class _Json:
    """A JSON object a line, as log collectors write them."""

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
