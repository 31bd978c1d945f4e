"""Reads results from logs and from the JSON lines of `mocompile results parse`, in any mixture."""

from __future__ import annotations

import gzip
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.results.formats.jsonl import read_jsonl
from mocompile.results.read.labels import NO_LABELS, Labels
from mocompile.results.read.written import has_figures, opened
from mocompile.results.record import Configuration, Origin, Problem, Record, Results, Run
from mocompile.results.same_logs import once

if TYPE_CHECKING:
    from mocompile.catalog import Catalog
    from mocompile.results.read.markers import Part

STDIN = "-"
# The beginning of a figure's or a problem's line.
_STARTS = (b'{"figure":', b'{"problem":')
_CHUNK = 5_000  # records of JSON lines in one part


def load(
    paths: Iterable[str | Path],
    *,
    metric: str | None = None,
    catalog: Catalog | None = None,
    labels: Labels = NO_LABELS,
    strip: str | None = None,
    include: Sequence[str] = (),
) -> Results:
    """Return the figures of logs and of JSON lines (distinguished by content): files, folders, `-` for stdin.

    The other arguments are those of `parse`; labels also apply to JSON lines. If a log is there twice (beside its own
    JSON lines, or as a copy), its figures count once, and a note says so. Raises `InputError` if a file cannot be read.
    """
    files, logs = _told_apart(paths)
    inputs: list[Results] = []
    for file in files:
        found = list(_labelled(file, labels))
        records = tuple(each for each in found if isinstance(each, Record))
        inputs.append(Results(records, (), tuple(each for each in found if isinstance(each, Problem))))
    if logs:
        from mocompile.results import parse

        inputs.append(parse(logs, metric=metric, catalog=catalog, labels=labels, strip=strip, include=include))
    return once(inputs)


def load_parts(
    paths: Iterable[str | Path],
    *,
    metric: str | None = None,
    catalog: Catalog | None = None,
    labels: Labels = NO_LABELS,
    strip: str | None = None,
    include: Sequence[str] = (),
) -> Iterator[Part]:
    """Yield the same part by part; of duplicate logs, only files with the same content are read once."""
    from mocompile.results import stream
    from mocompile.results.read.markers import Part

    files, logs = _told_apart(paths)
    for file in files:
        run = Run("", Origin(_name(file)), 0, {})
        found = _labelled(file, labels)
        while chunk := list(islice(found, _CHUNK)):
            records = tuple(each for each in chunk if isinstance(each, Record))
            yield Part(run, None, records, tuple(each for each in chunk if isinstance(each, Problem)))
    if logs:
        yield from stream(logs, metric=metric, catalog=catalog, labels=labels, strip=strip, include=include)


def _told_apart(paths: Iterable[str | Path]) -> tuple[list[Path | None], list[str | Path]]:
    """Return the files of figures (None for stdin), and the paths with logs; a folder with both is in both."""
    files: list[Path | None] = []
    logs: list[str | Path] = []
    for path in paths:
        found, others = _figures(path)
        files += found
        if others or not found:
            logs.append(path)
    return files, logs


def _figures(path: str | Path) -> tuple[list[Path | None], bool]:
    """Return the files of figures at `path` (None for stdin), and whether there are other files."""
    if str(path) == STDIN:
        return ([None], False) if _begins_with_figure() else ([], True)
    place = Path(path)
    if not os.path.isdir(place):  # noqa: PTH112  # pathlib raises for a name that no file can have
        return ([place], False) if has_figures(place) else ([], True)
    files = [file for file in sorted(place.rglob("*")) if file.is_file() and not file.name.startswith(".")]
    found = [file for file in files if has_figures(file)]
    return list(found), len(found) < len(files)


def _begins_with_figure() -> bool:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None or stream.isatty():
        return False
    longest = max(map(len, _STARTS))
    if hasattr(stream, "peek"):
        return bool(stream.peek(longest).startswith(_STARTS))
    start = stream.read(longest)
    stream.seek(0)
    return bool(start.startswith(_STARTS))


def _labelled(file: Path | None, labels: Labels) -> Iterator[Record | Problem]:
    """Yield the records and problems of a file; records get the labels of the file's path and of their own source."""
    if not labels:
        yield from _read(file)
        return
    of_file = labels.of(_name(file))
    missing = set(labels.unmatched(_name(file)))
    known: dict[tuple[str, Configuration], Configuration] = {}
    for each in _read(file):
        if isinstance(each, Problem):
            yield each
            continue
        key = (each.source, each.configuration)
        if key not in known:
            known[key] = each.configuration.with_values({**of_file, **labels.of(each.source)})
            missing.intersection_update(labels.unmatched(each.source))
        yield replace(each, configuration=known[key])
    for pattern in sorted(missing, key=lambda each: each.text):
        message = f"--label-from '{pattern.text}' does not match this path, nor that of a log in it"
        yield Problem("note", message, _name(file))


def _name(file: Path | None) -> str:
    return "<stdin>" if file is None else str(file)


def _read(file: Path | None) -> Iterator[Record | Problem]:
    if file is None:
        yield from read_jsonl(sys.stdin.buffer, _name(file))
        return
    try:
        with opened(file) as stream:
            yield from read_jsonl(stream, str(file))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield Problem("error", f"truncated or damaged gzip file: {error}", str(file))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError([Finding("unreadable", f"'{file}' cannot be read: {reason}", None)]) from None
