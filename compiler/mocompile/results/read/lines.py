"""Logs as lines: from files, folders and stdin, plain or gzip.

The frames of `kubectl logs --prefix --timestamps`, stern, the kubelet and log collectors are removed.
"""

from __future__ import annotations

import codecs
import gzip
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.results.read.framing import BROKEN, LONGEST_LINE, BrokenError, framed, stripped
from mocompile.results.read.written import has_figures

if TYPE_CHECKING:
    from mocompile.results.read.framing import LogLine


STDIN = "-"

# The file beside the logs in which `results collect` writes the cluster's state of each pod.
COLLECTED = "set.json"
# The folder of `mocompile run` has this file; the logs are in a folder of it.
RUN = "run.json"
RUN_RESULTS = "results"

_GZIP = b"\x1f\x8b"

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Log:
    """One file of logs. `name` is its name in messages; `folder` is the folder that was searched, if one was."""

    name: str
    path: Path | None
    folder: Path | None = None


def find(paths: Iterable[str | Path], include: Sequence[str] = ()) -> list[Log]:
    """Return the logs of `paths`: files, folders, `-` for stdin. Raises `InputError` if a path has none.

    From a folder: all files in it, or those whose name or path in it matches one of `include`. From the folder of a
    run: those of its results.
    """
    logs: list[Log] = []
    for path in paths:
        if str(path) == STDIN:
            logs.append(Log("<stdin>", None))
            continue
        place = Path(path)
        if os.path.isdir(place):  # noqa: PTH112  # pathlib raises for a name that no file can have
            if (place / RUN).is_file() and (place / RUN_RESULTS).is_dir():
                place /= RUN_RESULTS
            inside = [file for file in sorted(place.rglob("*")) if _is_log(file.relative_to(place), file)]
            if not inside and not (place / COLLECTED).is_file():
                raise _unreadable(place, "the folder has no files")
            if include:
                inside = [file for file in inside if _is_like(file.relative_to(place), include)]
                if not inside:
                    raise _unreadable(place, f"no file in this folder matches {' or '.join(include)}")
            logs.extend(Log(str(file), file, place) for file in inside)
        elif not os.path.exists(place):  # noqa: PTH110
            raise _unreadable(place, "no such file or directory")
        else:
            logs.append(Log(str(place), place))
    return logs


def _is_like(within: Path, include: Sequence[str]) -> bool:
    return any(fnmatchcase(name, each) for each in include for name in (within.name, within.as_posix()))


def _is_log(within: Path, file: Path) -> bool:
    if file.name == COLLECTED or any(part.startswith(".") for part in within.parts):
        return False
    return file.is_file() and not has_figures(file)


def _unreadable(path: Path, why: str) -> InputError:
    return InputError([Finding("log", f"{path}: {why}", None, "name logs, folders of logs, or - for stdin")])


def lines(log: Log, strip: re.Pattern[str] | None = None) -> Iterator[LogLine]:
    """Yield the lines of `log` without the frames of known tools, and without the match of `strip` at their beginning.

    Raises `InputError` if the log cannot be read, and `BrokenError` if only its beginning can be read.
    """
    try:
        if log.path is None:
            yield from _framed(sys.stdin.buffer, strip)
            return
        with log.path.open("rb") as stream:
            yield from _framed(stream, strip)
    except BROKEN as error:
        raise BrokenError(f"truncated or damaged gzip file: {error}") from None
    except OSError as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError([Finding("log", f"{log.name} cannot be read: {reason}", None, "")]) from None


def _framed(stream: BinaryIO, strip: re.Pattern[str] | None) -> Iterator[LogLine]:
    found = framed(_decoded(_unpacked(stream)))
    return found if strip is None else stripped(found, strip)


def _unpacked(stream: BinaryIO) -> BinaryIO:
    """Return the text of `stream`, unpacked if it is gzip, as UTF-8 without a byte order mark."""
    if isinstance(stream, io.BufferedReader) and stream.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
        stream = cast("BinaryIO", gzip.open(stream))  # noqa: SIM115  # closed with the underlying stream
    start = stream.peek(len(codecs.BOM_UTF8)) if isinstance(stream, io.BufferedReader | gzip.GzipFile) else b""
    if start.startswith(codecs.BOM_UTF8):
        stream.read(len(codecs.BOM_UTF8))
    elif start.startswith(_UTF16):  # PowerShell's > writes UTF-16
        return cast("BinaryIO", codecs.EncodedFile(stream, "utf-8", "utf-16", "replace"))
    return stream


def _decoded(stream: BinaryIO) -> Iterator[tuple[int, str, bool]]:
    """Yield number, text, and whether the line has an end. A line that is too long comes in pieces with one number."""
    number = 0
    ended = True
    while raw := stream.readline(LONGEST_LINE):
        number += ended
        ended = raw.endswith(b"\n")
        text = raw.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
        yield number, text, ended or len(raw) == LONGEST_LINE
