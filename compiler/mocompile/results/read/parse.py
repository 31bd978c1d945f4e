"""Reads logs: `parse` reads all at once, `stream` timepoint by timepoint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from mocompile.catalog.figures.model import Sheet
from mocompile.catalog.figures.number import Scalar
from mocompile.diagnostics.finding import Finding, InputError, nearest
from mocompile.results.environment import INSTANCE_TYPE
from mocompile.results.read.duplicates import copies
from mocompile.results.read.framing import BrokenError
from mocompile.results.read.labels import NO_LABELS, Labels
from mocompile.results.read.lines import COLLECTED, STDIN, Lines, Log, find
from mocompile.results.read.machines import Machines
from mocompile.results.read.markers import Follower, Part
from mocompile.results.read.ranks import RankReader
from mocompile.results.read.recognition import UNKNOWN, RecognizedLog, Signs, recognize, recognized_logs
from mocompile.results.read.set_json import CollectedContainer, beside, folders_of, of_folder
from mocompile.results.record import Origin, Problem, Record, Results, Run, Status, Timepoint
from mocompile.results.wanted import ALL, Wanted

if TYPE_CHECKING:
    from mocompile.catalog import Catalog


class ReadSettings(TypedDict):
    """How logs are read: the arguments of `parse` and `stream` except the paths."""

    metric: str | None
    catalog: Catalog | None
    labels: Labels
    strip: str | None
    include: Sequence[str]


def parse(
    paths: str | Path | Iterable[str | Path],
    *,
    metric: str | None = None,
    catalog: Catalog | None = None,
    strip: str | None = None,
    include: Sequence[str] = (),
    labels: Labels = NO_LABELS,
    keep: bool = True,
    wanted: Wanted = ALL,
) -> Results:
    """Return the figures of logs, the runs, and the problems.

    `paths` are files (plain, gzip), folders of them, or `-` for stdin: logs of containers as `kubectl logs` prints
    them, with or without `--prefix` and `--timestamps`, of stern, or JSON lines of a collector. `metric` names the
    metric of logs that do not name theirs (raw output of a benchmark); without it, such a log is recognized by its
    first lines if they are those of only one metric. `strip` is a regular expression: its match at the beginning of a
    line is removed, and its groups `rank`, `pod`, `container` say who printed the line. From folders, only files whose
    name or path matches one of `include` are read; without `include`, all. `labels` become part of the configuration
    of the runs. Of logs with the same content, one is read; notes name the others. Without `keep`, the runs are without
    the lines of the logs. Only figures that are `wanted` become records; runs, statuses and problems are those of all
    figures. Raises `InputError` if a file cannot be read, the metric is unknown or the regular expression is invalid.
    """
    records: list[Record] = []
    problems: list[Problem] = []
    runs: dict[tuple[str, str, str, int, str], tuple[Run, list[Timepoint]]] = {}
    parts = stream(
        paths,
        metric=metric,
        catalog=catalog,
        strip=strip,
        include=include,
        labels=labels,
        keep=keep,
        wanted=wanted,
    )
    for part in parts:
        records.extend(part.records)
        problems.extend(part.problems)
        run = part.run
        key = (run.source, run.pod, run.container, run.collection, run.metadata_line)
        _, timepoints = runs.get(key, (run, []))
        if part.timepoint is not None:
            _append(timepoints, part.timepoint)
        runs[key] = (run, timepoints)
    whole = (replace(run, timepoints=tuple(timepoints)) for run, timepoints in runs.values())
    return Results(tuple(records), tuple(whole), tuple(problems))


def _append(timepoints: list[Timepoint], more: Timepoint) -> None:
    """Append a timepoint, or add to the last one, whose output has several runs of the program."""
    if not timepoints or timepoints[-1].number != more.number:
        timepoints.append(more)
        return
    last = timepoints[-1]
    order: tuple[Status, ...] = ("failed", "cut", "ok")
    status = next(each for each in order if each in (last.status, more.status))
    timepoints[-1] = replace(last, status=status, lines=(*last.lines, *more.lines))


def stream(
    paths: str | Path | Iterable[str | Path],
    *,
    metric: str | None = None,
    catalog: Catalog | None = None,
    strip: str | None = None,
    include: Sequence[str] = (),
    labels: Labels = NO_LABELS,
    keep: bool = False,
    wanted: Wanted = ALL,
) -> Iterator[Part]:
    """Yield the same timepoint by timepoint, as each is complete; the output itself only with `keep`."""
    sheets = _Sheets(catalog)
    if metric is not None:
        sheets.require(metric)
        sheets.of(metric, ())
    prefix = None if strip is None else _expression(strip)
    named = [paths] if isinstance(paths, str | Path) else list(paths)
    for path in named:
        yield from _of_set(path)
    logs = [(log, _container(log), labels.of(log.name)) for log in find(named, include)]
    copied = copies((log, (_identity(container), tuple(given.items()))) for log, container, given in logs)
    others: list[Log] = []
    recognized: list[RecognizedLog] = []
    machines = Machines()
    for position, (log, container, given) in enumerate(logs):
        if position in copied and log.folder is not None and copied[position] in others:
            others.append(log)
            continue
        if position in copied:
            yield _copy(log, copied[position])
            continue
        for part in _of_log(log, container, _Reading(sheets, metric, prefix, given, keep, others, recognized, wanted)):
            machines.add(part.run)
            yield part
    for problem in (*recognized_logs(recognized), *machines.problems()):
        yield Part(Run("", Origin(problem.source), 0, {}), None, (), (problem,))
    yield from _not_logs(others)
    yield from _unlabelled([log for log, _, _ in logs], labels)


def _container(log: Log) -> CollectedContainer | None:
    known = beside(log.path)
    return known.of(log.path.name) if known is not None and log.path is not None else None


def _identity(container: CollectedContainer | None) -> tuple[str, ...]:
    return () if container is None else (container.set, container.pod, container.container)


def _copy(log: Log, of: Log) -> Part:
    message = f"this is the same log as {of.name}: it is read once" if log.name != of.name else "named twice: read once"
    return Part(Run("", Origin(log.name), 0, {}), None, (), (Problem("note", message, log.name),))


def _unlabelled(logs: Sequence[Log], labels: Labels) -> Iterator[Part]:
    """Yield notes on logs that a pattern does not match. Raises `InputError` for a pattern that matches no log."""
    missing = {log.name: labels.unmatched(log.name) for log in logs}
    for pattern in labels.patterns:
        without = [name for name, patterns in missing.items() if pattern in patterns]
        if without and len(without) == len(missing):
            hint = f"the first path is {without[0]}; a pattern matches whole parts of a path"
            raise InputError([Finding("label", f"--label-from '{pattern.text}' matches no log", None, hint)])
        for name in without:
            note = Problem("note", f"--label-from '{pattern.text}' does not match this path: no label", name)
            yield Part(Run("", Origin(name), 0, {}), None, (), (note,))


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a log is read: the sheets, the metric if the log names none, the labels.

    `others` collects the files of folders that are not logs of a set; `recognized` the raw logs and their metrics.
    """

    sheets: _Sheets
    metric: str | None
    strip: re.Pattern[str] | None
    labels: Mapping[str, Scalar]
    keep: bool
    others: list[Log]
    recognized: list[RecognizedLog]
    wanted: Wanted

    def settings(self, container: CollectedContainer | None) -> Mapping[str, Scalar]:
        """Return the part of the runs' configuration that is not in the log."""
        known = {} if container is None else _known(container)
        return {**{name: value for name, value in known.items() if value}, **self.labels}


def _known(container: CollectedContainer) -> Mapping[str, str]:
    return {
        "image": container.image,
        "image.digest": container.image_digest,
        INSTANCE_TYPE: container.instance_type,
    }


def _expression(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"'{text}' is not a regular expression: {error}"
        raise InputError([Finding("strip", message, None, "use Python's syntax, for example '\\d+> '")]) from None


def _of_log(log: Log, container: CollectedContainer | None, reading: _Reading) -> Iterator[Part]:
    parts = _parts(log, container, reading)
    yield from parts if container is None else _judged(parts, container, log)


def _parts(log: Log, container: CollectedContainer | None, reading: _Reading) -> Iterator[Part]:
    sheets, metric = reading.sheets, reading.metric
    settings = reading.settings(container)
    followers: dict[tuple[str, str], tuple[RankReader, Follower]] = {}
    broken = unknown = ""
    try:
        lines = Lines(log, reading.strip)
        found = iter(lines)
        if metric is None and (container is None or container.prints_markers):
            found, known_by = recognize(found, sheets.signs)
            metric = known_by.metric
            unknown = known_by.message
            if metric is not None:
                reading.recognized.append(RecognizedLog(log.name, metric, known_by.line))
        for line in found:
            key = (line.pod, line.container)
            known = followers.get(key)
            if known is None:
                origin = _origin(log, line.pod, line.container, container)
                follower = Follower(
                    origin, sheets.of, metric, keep=reading.keep, settings=settings, wanted=reading.wanted
                )
                known = followers[key] = RankReader(), follower
            ranks, follower = known
            for each in ranks.feed(line):
                yield from follower.feed(each)
            # With one container and no labels of ranks, most lines cannot matter.
            if len(followers) == 1 and ranks.passes and (scanner := follower.scanner) is not None:
                passed = lines.pass_over(line, scanner)
                if passed is not None:
                    follower.pass_over(passed)
            elif len(followers) == 1 and ranks.passes and (inside := follower.in_document) is not None:
                rest = lines.document(line, inside)
                if follower.take_document(rest) and rest is not None:
                    lines.skip(rest)
    except BrokenError as error:
        broken = str(error)
        yield Part(Run("", Origin(log.name), 0, {}), None, (), (Problem("error", broken, log.name),))
    for ranks, follower in followers.values():
        for each in ranks.finish():
            yield from follower.feed(each)
        yield from follower.finish(cut=bool(broken))
    wanted = not broken and (container is None or container.prints_markers)
    if wanted and metric is None and not any(follower.seen for _, follower in followers.values()):
        if log.folder is not None and unknown == UNKNOWN:
            reading.others.append(log)
            return
        problem = Problem("error", unknown or UNKNOWN, log.name)
        yield Part(Run("", Origin(log.name), 0, {}), None, (), (problem,))


_SHOWN = 5


def _not_logs(others: Sequence[Log]) -> Iterator[Part]:
    """Yield, for each folder, a problem that names its files without a marker that are not recognized."""
    of_folder: dict[Path, list[Log]] = {}
    for log in others:
        if log.folder is not None:
            of_folder.setdefault(log.folder, []).append(log)
    for folder, logs in of_folder.items():
        if len(logs) == 1:
            problem = Problem("error", UNKNOWN, logs[0].name)
        else:
            names = [str(log.path.relative_to(folder)) for log in logs[:_SHOWN] if log.path is not None]
            more = f" and {len(logs) - _SHOWN} more" if len(logs) > _SHOWN else ""
            message = (
                f"{len(logs)} files have no marker of a collection and are not recognized: {', '.join(names)}{more}"
            )
            hint = "choose files with --include GLOB; for raw output, name the metric with --metric"
            problem = Problem("error", f"{message}; {hint}", str(folder))
        yield Part(Run("", Origin(problem.source), 0, {}), None, (), (problem,))


def _judged(parts: Iterator[Part], container: CollectedContainer, log: Log) -> Iterator[Part]:
    """Yield the parts and the container's problems. If the container failed, its last measurement is not a result."""
    held: list[Part] = []
    origin = Origin(log.name, set=container.set, pod=container.pod, container=container.container)
    run = Run("", origin, 0, {})
    for part in parts:
        run = part.run
        if part.timepoint is not None:
            yield from held
            held = [part]
        elif held:
            held.append(part)
        else:
            yield part
    if held and container.failed:
        held[0] = _failed(held[0], whole=container.complete)
    yield from held
    problems = tuple(
        Problem(level, text, log.name, metric=run.metric, pod=container.pod) for level, text in container.problems()
    )
    if problems:
        yield Part(run, None, (), problems)


def _failed(part: Part, *, whole: bool) -> Part:
    """Return the part as failed. In a `whole` log, a cut timepoint has failed, too: the program did not end."""
    before = ("ok", "cut") if whole else ("ok",)
    records = tuple(replace(each, status="failed") if each.status in before else each for each in part.records)
    timepoint = part.timepoint
    if timepoint is not None and timepoint.status in before:
        timepoint = replace(timepoint, status="failed")
    return replace(part, timepoint=timepoint, records=records)


def _of_set(path: str | Path) -> Iterator[Part]:
    """Yield the problems of each set in a folder, and of its containers without a log, from `set.json`."""
    if str(path) == STDIN:
        return
    for folder in folders_of(Path(path)):
        known = of_folder(folder)
        source = str(folder / COLLECTED)
        problems = tuple(Problem(level, text, source) for level, text in known.problems()) if known else ()
        if known is not None and problems:
            yield Part(Run("", Origin(source, known.set), 0, {}), None, (), problems)


def _origin(log: Log, pod: str, container: str, known: CollectedContainer | None) -> Origin:
    known = known or CollectedContainer("")
    return Origin(
        source=log.name,
        pod=pod or known.pod,
        container=container or known.container,
        set=known.set,
        job=known.job,
        node=known.node,
    )


class _Sheets:
    """The figures' sheets of a catalog, grouped as a log needs them."""

    def __init__(self, catalog: Catalog | None) -> None:
        if catalog is None:
            from mocompile.catalog import Catalog as Shipped

            catalog = Shipped()
        self._catalog = catalog
        self._signs: Signs | None = None
        self._together: dict[tuple[str, tuple[str, ...]], tuple[Sheet, ...]] = {}

    def signs(self) -> Signs:
        """Return the lines that identify the output of each metric."""
        if self._signs is None:
            sheets = (self._catalog.figures(name) for name in self._catalog.metric_names)
            self._signs = [
                (sheet.name, pattern) for sheet in sheets if sheet for pattern in (*sheet.begins, *sheet.known_by)
            ]
        return self._signs

    def require(self, metric: str) -> None:
        """Raise `InputError` if there is no such metric or addon."""
        names = {*self._catalog.metric_names, *self._catalog.addon_names}
        if metric not in names:
            hint = nearest(metric, names) or "`mocompile list` shows them all"
            raise InputError([Finding("metric-unknown", f"unknown metric '{metric}'", None, hint)])

    def of(self, metric: str, addons: Sequence[str]) -> tuple[Sheet, ...]:
        """Return the sheets that read the output of `metric`: its own, those of `addons`, the sheet for all metrics."""
        key = (metric, tuple(addons))
        if key not in self._together:
            names = [metric, *dict.fromkeys(addons)]
            found = [sheet for name in names if name and (sheet := self._catalog.figures(name)) is not None]
            if found and found[0].name == metric:
                found[1:1] = [
                    _unexpected(sheet)
                    for name in found[0].metrics
                    if (sheet := self._catalog.figures(name)) is not None
                ]
            self._together[key] = (*found, self._catalog.common_figures)
        return self._together[key]


def _unexpected(sheet: Sheet) -> Sheet:
    """Return the same sheet with all figures optional."""
    return replace(sheet, figures={name: replace(each, required=False) for name, each in sheet.figures.items()})
