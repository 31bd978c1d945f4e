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
from mocompile.results.read.framing import BROKEN, BrokenError, framed, stripped
from mocompile.results.read.source import Source
from mocompile.results.read.written import has_figures

if TYPE_CHECKING:
    from mocompile.results.read.framing import LogLine
    from mocompile.results.read.scan import Scanner
    from mocompile.results.read.source import Passed


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


class Lines:
    """The lines of `log` without the frames of known tools, and without the match of `strip` at their beginning.

    Iterating raises `InputError` if the log cannot be read, and `BrokenError` if only its beginning can be read.
    """

    def __init__(self, log: Log, strip: re.Pattern[str] | None = None) -> None:
        self._log = log
        self._strip = strip
        self._source: Source | None = None

    def __iter__(self) -> Iterator[LogLine]:
        log = self._log
        try:
            if log.path is None:
                yield from self._framed(sys.stdin.buffer)
                return
            with log.path.open("rb") as stream:
                yield from self._framed(stream)
        except BROKEN as error:
            raise BrokenError(f"truncated or damaged gzip file: {error}") from None
        except OSError as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError([Finding("log", f"{log.name} cannot be read: {reason}", None, "")]) from None

    def pass_over(self, line: LogLine, scanner: Scanner) -> Passed | None:
        """Pass over the lines after `line`, the last one, that `scanner` does not find; None if none is passed."""
        source = self._behind(line)
        return None if source is None else source.pass_over(scanner)

    def document(self, line: LogLine, scanner: Scanner) -> Passed | None:
        """Return the lines after `line`, which is in a JSON document, up to the one that may end the document.

        None if they are not read yet, or if `scanner` finds one of them.
        """
        source = self._behind(line)
        return None if source is None else source.document(scanner)

    def skip(self, passed: Passed) -> None:
        """Pass over these next lines."""
        if self._source is not None:
            self._source.skip(passed)

    def _behind(self, line: LogLine) -> Source | None:
        """Return the source if its next line is the one after `line`."""
        source = self._source
        # Lines that are read already wait for their turn: the log's frame is known by its first lines.
        if source is None or self._strip is not None or source.number != line.number:
            return None
        return source

    def _framed(self, stream: BinaryIO) -> Iterator[LogLine]:
        self._source = Source(_unpacked(stream))
        found = framed(self._source)
        return found if self._strip is None else stripped(found, self._strip)


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
