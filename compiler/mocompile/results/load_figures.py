"""Results out of logs, and out of the JSON lines that `mocompile results parse` wrote: a table does not care which."""

from __future__ import annotations

import gzip
import os
import sys
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from json import loads
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.results.formats.jsonl import read_jsonl
from mocompile.results.record import Problem, Record, Results

if TYPE_CHECKING:
    from mocompile.catalog import Catalog

STDIN = "-"
_ENDINGS = (".jsonl", ".jsonl.gz")
# A figure's line begins so; a line of a log may be longer than what it takes to see that it is none.
_START = b'{"figure":'
_LINE = 1024 * 1024


def load(paths: Iterable[str | Path], *, metric: str | None = None, catalog: Catalog | None = None) -> Results:
    """The figures of logs and of JSON lines of figures, told apart by what they hold: files, folders, `-` for stdin.

    `metric` and `catalog` are for logs, as `parse` has them. Raises `InputError` where a file cannot be read.
    """
    named = list(paths)
    written = {path: files for path in named if (files := _figures(path)) is not None}
    logs = [path for path in named if path not in written]
    found = [each for file in chain.from_iterable(written.values()) for each in _read(file)]
    records = tuple(each for each in found if isinstance(each, Record))
    problems = tuple(each for each in found if isinstance(each, Problem))
    if not logs:
        return Results(records, (), problems)
    from mocompile.results import parse

    read = parse(logs, metric=metric, catalog=catalog)
    return Results((*records, *read.records), read.runs, (*problems, *read.problems))


def _figures(path: str | Path) -> list[Path | None] | None:
    """The files of figures at `path` (None for stdin); None where it is a log, or a folder with one."""
    if str(path) == STDIN:
        return [None] if _begins_with_figure() else None
    place = Path(path)
    if os.path.isdir(place):  # noqa: PTH112  # pathlib raises for a name that no file can have
        files = [file for file in sorted(place.rglob("*")) if file.is_file() and not file.name.startswith(".")]
        return list(files) if files and all(map(_has_figures, files)) else None
    return [place] if _has_figures(place) else None


def _has_figures(file: Path) -> bool:
    """Whether it is named as figures are, and is not JSON lines of something else: those of a collector of logs."""
    if not file.name.lower().endswith(_ENDINGS) or not os.path.isfile(file):  # noqa: PTH113
        return False
    try:
        with _opened(file) as stream:
            first = loads(stream.readline(_LINE) or b"null")
    except (OSError, EOFError, zlib.error, ValueError, RecursionError):
        return True  # reading it says what is wrong
    return not isinstance(first, dict) or "figure" in first


def _begins_with_figure() -> bool:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None or stream.isatty():
        return False
    if hasattr(stream, "peek"):
        return bool(stream.peek(len(_START)).startswith(_START))
    start = stream.read(len(_START))
    stream.seek(0)
    return bool(start == _START)


def _read(file: Path | None) -> Iterator[Record | Problem]:
    if file is None:
        yield from read_jsonl(sys.stdin.buffer, "<stdin>")
        return
    try:
        with _opened(file) as stream:
            yield from read_jsonl(stream, str(file))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield Problem("error", f"this is no whole gzip file: {error}", str(file))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError([Finding("unreadable", f"'{file}' cannot be read: {reason}", None)]) from None


def _opened(file: Path) -> BinaryIO:
    if file.suffix.lower() == ".gz":
        return gzip.open(file)  # type: ignore[return-value]  # it has all of it
    return file.open("rb")
