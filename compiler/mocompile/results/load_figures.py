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
from mocompile.results.formats.jsonl import Source, read_jsonl
from mocompile.results.read.labels import NO_LABELS, Labels
from mocompile.results.read.written import has_figures, opened
from mocompile.results.record import Configuration, Origin, Problem, Record, Results, Run
from mocompile.results.same_logs import InputLog, alike, once
from mocompile.results.wanted import ALL, Wanted

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
    keep: bool = True,
    wanted: Wanted = ALL,
) -> Results:
    """Return the figures of logs and of JSON lines (distinguished by content): files, folders, `-` for stdin.

    The other arguments are those of `parse`; labels also apply to JSON lines. If a log is there twice (beside its own
    JSON lines, or as a copy), its figures count once, and a note says so. Figures that are not `wanted` may be
    left out. Raises `InputError` if a file cannot be read.
    """
    files, logs = _told_apart(paths)
    if not wanted.all and None not in files and STDIN not in map(str, logs):
        inputs, seen = _inputs(files, logs, metric, catalog, labels, strip, include, keep=keep, wanted=wanted)
        # Whether two logs are the same is known by all of their figures.
        if not alike(seen):
            return once(inputs)
    inputs, _ = _inputs(files, logs, metric, catalog, labels, strip, include, keep=keep, wanted=ALL)
    return once(inputs)


def _inputs(
    files: Sequence[Path | None],
    logs: Sequence[str | Path],
    metric: str | None,
    catalog: Catalog | None,
    labels: Labels,
    strip: str | None,
    include: Sequence[str],
    *,
    keep: bool,
    wanted: Wanted,
) -> tuple[list[Results], set[InputLog]]:
    """Return the results of each file of figures and of all logs, and each log, also those without wanted figures."""
    inputs: list[Results] = []
    seen: set[InputLog] = set()
    for file in files:
        sources: set[Source] = set()
        found = list(_labelled(file, labels, wanted, sources))
        seen.update((len(inputs), *source) for source in sources)
        records = tuple(each for each in found if isinstance(each, Record))
        inputs.append(Results(records, (), tuple(each for each in found if isinstance(each, Problem))))
    if logs:
        from mocompile.results import parse

        results = parse(
            logs,
            metric=metric,
            catalog=catalog,
            labels=labels,
            strip=strip,
            include=include,
            keep=keep,
            wanted=wanted,
        )
        seen.update((len(inputs), run.source, run.pod, run.container) for run in results.runs)
        inputs.append(results)
    return inputs, seen


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
        found = _labelled(file, labels, ALL, set())
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


def _labelled(file: Path | None, labels: Labels, wanted: Wanted, sources: set[Source]) -> Iterator[Record | Problem]:
    """Yield the problems of a file and its records that are wanted, and add the sources of all records to `sources`.

    The records get the labels of the file's path and of their own source.
    """
    if not labels:
        yield from _read(file, wanted, sources)
        return
    of_file = labels.of(_name(file))
    missing = set(labels.unmatched(_name(file)))
    known: dict[tuple[str, Configuration], Configuration] = {}
    for each in _read(file, wanted, sources):
        if isinstance(each, Problem):
            yield each
            continue
        key = (each.source, each.configuration)
        if key not in known:
            known[key] = each.configuration.with_values({**of_file, **labels.of(each.source)})
        yield replace(each, configuration=known[key])
    for source in {source for source, _, _ in sources}:
        missing.intersection_update(labels.unmatched(source))
    for pattern in sorted(missing, key=lambda each: each.text):
        message = f"--label-from '{pattern.text}' does not match this path, nor that of a log in it"
        yield Problem("note", message, _name(file))


def _name(file: Path | None) -> str:
    return "<stdin>" if file is None else str(file)


def _read(file: Path | None, wanted: Wanted, sources: set[Source]) -> Iterator[Record | Problem]:
    if file is None:
        yield from read_jsonl(sys.stdin.buffer, _name(file), wanted, sources)
        return
    try:
        with opened(file) as stream:
            yield from read_jsonl(stream, str(file), wanted, sources)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield Problem("error", f"truncated or damaged gzip file: {error}", str(file))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError([Finding("unreadable", f"'{file}' cannot be read: {reason}", None)]) from None
