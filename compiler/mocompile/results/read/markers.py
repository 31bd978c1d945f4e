"""Follows the markers of one container's log, and hands each timepoint's lines to its extractor."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from mocompile.catalog.figures.model import SETTING, Sheet
from mocompile.catalog.figures.number import Scalar
from mocompile.results.lazy_records import LazyRecords, Shared
from mocompile.results.read.beginnings import Beginnings
from mocompile.results.read.configuration import MOST_PODS, configuration_of, pods_in
from mocompile.results.read.environment import END, START, environment_in
from mocompile.results.read.extraction import Extraction
from mocompile.results.read.found import Found, Remark
from mocompile.results.read.framing import LogLine
from mocompile.results.read.pairs import START as PAIR
from mocompile.results.read.pairs import Pair, has_pairs, pair_in
from mocompile.results.read.prepared import prepared
from mocompile.results.read.scan import MARKERS_ONLY, Scanner
from mocompile.results.read.source import Passed
from mocompile.results.record import Configuration, Origin, Problem, Record, Run, Status, Timepoint
from mocompile.results.wanted import ALL, Wanted

_MARKER = re.compile(
    r"(?P<before>.*?)(?:METRICS OPERATOR (?P<operator>COLLECTION START|TIMEPOINT|COLLECTION END)"
    r"|(?P<metadata>(?:ADDON )?METADATA START) (?P<data>\{.*)|(?P<end>(?:ADDON )?METADATA END))\s*"
)
_METRIC = re.compile(r'"metricName":\s*"([^"\\]+)"')
# entrypoint.sh's message after the collection if the measurement failed.
_FAILED = re.compile(r"mocompile: the measurement ended with code (\d+)")

# The sheets of a metric and of its addons, which read its output.
SheetsOf = Callable[[str, Sequence[str]], tuple[Sheet, ...]]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a log: a timepoint with its figures, or (without one) the lines outside of timepoints."""

    run: Run
    timepoint: Timepoint | None
    records: Sequence[Record]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Open:
    """A timepoint whose lines are being read; `number` is None for lines outside of timepoints."""

    number: int | None
    start: int
    time: str
    extraction: Extraction
    lines: list[str] = field(default_factory=list)
    blank: bool = True
    lead: bool = False
    cut_line: int = 0
    last_line: int = 0
    unended: int = 0
    beginnings: Beginnings | None = None
    scanner: Scanner | None = None
    pair: Pair | None = None
    in_document: Scanner | None = None


@dataclass(slots=True)
class _Closed:
    """A timepoint that has ended, kept until no later line can report its failure."""

    open: _Open
    status: Status
    remarks: list[Remark]


class Follower:
    """Takes the lines of one container and yields the parts. `keep` keeps the lines themselves, too.

    `metric` is the metric of logs that do not name theirs; `settings` belong to the configuration of every run. Records
    are only of figures that are `wanted`; the others still count for what is said of the run.
    Memory: the figures of a timepoint (with `keep`, all lines).
    """

    def __init__(
        self,
        origin: Origin,
        sheets: SheetsOf,
        metric: str | None,
        *,
        keep: bool,
        settings: Mapping[str, Scalar] = MappingProxyType({}),
        wanted: Wanted = ALL,
    ) -> None:
        self._origin = origin
        self._settings = settings
        self._sheets = sheets
        self._given = metric
        self._keep = keep
        self._wanted = wanted
        self._state: Literal["before", "outside", "collection"] = "before"
        self._collection = -1
        self._next = 0
        self._figures = 0
        self._closed_by_marker = False
        self._expects_figures = False
        # The line of a METADATA without a collection so far; whether a collection without figures came before it.
        self._announced = 0
        self._abandoned = False
        self._last: _Closed | None = None
        self._of_environment: Mapping[str, Scalar] = {}
        # Whether the run is over pairs of pods; whether one of them failed, which then explains the exit code.
        self._paired = self._pair_failed = False
        self._problems: list[Problem] = []
        self._run = self._new_run({}, "")
        # Lines before the first marker can be the rest of a cut log, or a whole log without markers.
        self._open: _Open | None = self._begin(0, 1, "", lead=True) if metric else None

    @property
    def seen(self) -> bool:
        """Whether a marker was there."""
        return self._state != "before"

    @property
    def scanner(self) -> Scanner | None:
        """Return the scanner of the next lines that can matter; None if any line can."""
        current = self._open
        if current is None:
            return MARKERS_ONLY
        return current.scanner if current.extraction.quiet else None

    @property
    def in_document(self) -> Scanner | None:
        """Return the scanner of lines that cannot be in the open JSON document; None if no document may be read."""
        current = self._open
        if current is None or not current.extraction.may_read_document:
            return None
        failed_pair = current.pair is not None and current.pair.failure is not None
        return None if failed_pair else current.in_document

    # --- lines ---------------------------------------------------------------------------------------------------

    def feed(self, line: LogLine) -> Iterable[Part]:
        """Take the next line; return the parts that it completes."""
        text = line.text
        if self._announced and text.startswith("ENVIRONMENT ") and self._environment(line):
            return ()
        if "METRICS OPERATOR" in text or "METADATA" in text:
            match = _MARKER.fullmatch(text)
            if match is not None:
                if match["before"]:
                    self._put(match["before"], match["before"], line)
                return self._marker(match, line)
        current = self._open
        if text.startswith(PAIR) and self._paired and current is not None and self._pair(current, line):
            return ()
        if current is not None and current.beginnings is not None and current.beginnings.of_next_run(line):
            parts = list(self._next_run(line))
            self._put(text, line.raw, line)
            return parts
        self._put(text, line.raw, line)
        return ()

    def take_document(self, rest: Passed | None) -> bool:
        """Take the other lines of the open JSON document; return False, and take nothing, if they are not those."""
        current = self._open
        if current is None or not current.extraction.feed_document(None if rest is None else rest.text):
            return False
        if rest is not None:
            self.pass_over(rest)
        return True

    def pass_over(self, passed: Passed) -> None:
        """Take lines that `scanner` does not find: they are part of the output, and nothing is in them."""
        current = self._open
        if current is None:
            return
        last = passed.last_with_text()
        if last:
            current.blank = False
            current.last_line = last
        if self._keep:
            current.lines.extend(line.raw for line in passed.lines())

    def _next_run(self, line: LogLine) -> Iterator[Part]:
        """Begin another run of the program: a new collection in a raw log, else part of the same timepoint."""
        number = self._open.number if self._open is not None else 0
        pair = self._open.pair if self._open is not None else None
        if self._state == "before":
            yield from self._raw_run("ok")
            number = 0
        else:
            yield from self._close("ok")
        self._open = self._begin(number, line.number, line.time)
        self._open.pair = pair
        if self._open.beginnings is not None:
            self._open.beginnings.of_next_run(line)

    def _pair(self, current: _Open, line: LogLine) -> bool:
        """Take the line that names the two pods of the timepoint; False for other text."""
        if current.number is None or current.pair is not None:
            return False
        current.blank = False
        current.last_line = line.number
        if self._keep:
            current.lines.append(line.raw)
        current.pair = pair_in(line.text, line.number)
        return True

    def _put(self, text: str, raw: str, line: LogLine) -> None:
        current = self._open
        if current is None:
            return
        if text.strip():
            current.blank = False
            current.last_line = line.number
        failed_pair = current.pair is not None and current.pair.failure is not None
        found = False if failed_pair else current.extraction.feed(text, line.number, line.rank)
        if found and not line.ended:
            current.cut_line = line.number
            self._problem("note", "the log ends within this line: its figures may be cut", line.number)
        elif not line.ended:
            current.unended = line.number
        if self._keep:
            current.lines.append(raw)
        if current.number is not None or self._last is None or self._pair_failed:
            return
        if (failed := _FAILED.search(text)) is not None:
            self._last.status = "failed"
            self._last.remarks.append(Remark(f"the measurement ended with code {failed[1]}", line.number, failed=True))

    def _marker(self, match: re.Match[str], line: LogLine) -> Iterator[Part]:
        if match["metadata"] == "METADATA START":
            yield from self._metadata(match["data"], line)
        elif match["metadata"] == "ADDON METADATA START":
            self._addon(match["data"])
        elif match["operator"] == "COLLECTION START":
            yield from self._start(line)
        elif match["operator"] == "TIMEPOINT":
            yield from self._timepoint(line)
        elif match["operator"] == "COLLECTION END":
            yield from self._end(line)

    def finish(self, *, cut: bool = False) -> Iterator[Part]:
        """End the log: there are no more lines; `cut` says that the rest of the log is missing."""
        if self._state == "collection":
            self._problem("error", "the log ends inside the collection", 0)
            yield from self._close("cut")
        elif self._state == "before" and self._open is not None and self._given:
            yield from self._raw_run("cut" if cut else "ok")
        yield from self._leave()

    def _raw_run(self, status: Status) -> Iterator[Part]:
        """End a run of a log without markers: each run is a timepoint."""
        current = self._open
        if current is None:
            return
        current.lead = False
        if self._collection >= 0 and current.beginnings is not None and current.beginnings.without_a_run():
            message = f"the part of the log that begins here has no output of {self._run.metric}"
            self._problem("note", message, current.start)
            self._open = None
            return
        yield from self._flush()
        self._collection += 1
        self._run = replace(self._run, collection=self._collection)
        self._expects_figures = True
        if current.beginnings is not None and (failed := current.beginnings.reported_failure()):
            message = f"the job of the run {failed} failed: if the log has that run, its figures are not results"
            self._problem("error", message, current.start)
        yield from self._close(status)

    # --- markers -------------------------------------------------------------------------------------------------

    def _metadata(self, data: str, line: LogLine) -> Iterator[Part]:
        if self._state == "collection":
            yield from self._interrupted("a METADATA", line)
        yield from self._leave()
        try:
            metadata = json.loads(data)
        except (ValueError, RecursionError):
            metadata = None
        if not isinstance(metadata, dict):
            name = _METRIC.search(data)
            metadata = {"metricName": name[1]} if name else {}
            self._problem(
                "error", "the METADATA is not a JSON object: the line is cut, or has other text in it", line.number
            )
        self._of_environment = {}
        before = self._run.metric if self._collection >= 0 else ""
        self._run = self._new_run(metadata, data)
        if before and self._run.metric not in ("", before):
            message = (
                f"METADATA of {self._run.metric} after that of {before}: two logs are in one, or a program prints it"
            )
            self._problem("note", message, line.number)
        if isinstance(metadata.get("pods"), int) and pods_in(metadata) is None:
            message = f"`pods` in the METADATA is not a number from 0 to {MOST_PODS}: its figures have no `pods`"
            self._problem("error", message, line.number)
        self._announced = line.number
        self._paired, self._pair_failed = has_pairs(metadata), False
        self._state = "outside"
        self._open = self._begin(None, line.number, line.time)

    def _addon(self, data: str) -> None:
        try:
            addon = json.loads(data)
        except (ValueError, RecursionError):
            return
        if not isinstance(addon, dict):
            return
        self._run = replace(self._run, addons=(*self._run.addons, addon))
        self._run = replace(self._run, configuration=self._configuration())
        if self._open is not None and self._open.blank:
            self._open = self._begin(self._open.number, self._open.start, self._open.time, lead=self._open.lead)

    def _environment(self, line: LogLine) -> bool:
        """Take a line of the ENVIRONMENT; False for other text. Only lines before the collection can be one."""
        text = line.text.rstrip()
        if text == END:
            return True
        if self._run.environment is not None or not text.startswith(START):
            return False
        found = environment_in(text)
        if found is None:
            self._problem("error", "the ENVIRONMENT is not a JSON object: the line is cut", line.number)
            return True
        origin = self._run.origin
        missing = {name: getattr(found, name) for name in ("set", "job", "pod", "node") if not getattr(origin, name)}
        image = {"image": found.image} if found.image else {}
        self._of_environment = {**image, **found.influences()}
        self._run = replace(
            self._run, environment=found, origin=replace(origin, **missing), configuration=self._configuration()
        )
        return True

    def _configuration(self) -> Configuration:
        """Return the configuration of the run. What the cluster said (the image) replaces what the log says."""
        return configuration_of(self._run.metadata, self._run.addons, {**self._of_environment, **self._settings})

    def _start(self, line: LogLine) -> Iterator[Part]:
        again = self._state == "collection"
        if again:
            yield from self._interrupted("a COLLECTION START", line)
        yield from self._flush()
        yield from self._drop()
        if not (again and self._figures == 0):
            self._collection += 1
        self._run = replace(self._run, collection=self._collection)
        self._state = "collection"
        self._announced = 0
        self._abandoned = False
        self._next = self._figures = 0
        self._closed_by_marker = False
        self._expects_figures = True
        if self._run.metric and all(sheet.name != self._run.metric for sheet in self._sheets(self._run.metric, ())):
            message = f"there is no figures.yaml of {self._run.metric}: name the folder that has it with --catalog"
            self._problem("note", message, line.number)
        self._open = self._begin(0, line.number + 1, line.time, lead=True)

    def _timepoint(self, line: LogLine) -> Iterator[Part]:
        if self._state != "collection":
            yield from self._without_start(line)
        yield from self._close("ok")
        self._open = self._begin(self._next, line.number + 1, line.time)
        self._next += 1

    def _end(self, line: LogLine) -> Iterator[Part]:
        if self._state != "collection":
            yield from self._without_start(line)
        yield from self._close("ok")
        if self._expects_figures and not self._figures and self._has_figures():
            message = f"no figure of {self._run.metric} was found in the collection"
            if not self._run.metric:
                message = "the METADATA names no metric, so its figures cannot be found: name it with --metric"
            self._problem("error", message, line.number)
        self._state = "outside"
        self._open = self._begin(None, line.number + 1, line.time)

    def _without_start(self, line: LogLine) -> Iterator[Part]:
        """Handle a marker of a collection without a beginning: the lines before the marker belong to the collection."""
        if self._state == "outside" and self._collection >= 0 and self._last is not None:
            self._problem("error", "the markers are out of order: two logs are mixed, or lines are lost", line.number)
            self._last.status = "cut"
        else:
            self._problem("error", "the beginning of the log is missing", line.number)
        if self._state == "outside":
            yield from self._flush()
            yield from self._drop()
        self._collection += 1
        self._run = replace(self._run, collection=self._collection)
        if self._open is not None and self._open.lead:
            # Only its end is there.
            self._open.lead = False
            self._next = 1
            yield from self._close("cut")
        else:
            self._next = self._figures = 0
        self._expects_figures = False
        self._announced = 0
        self._state = "collection"
        if not self._run.metric:
            hint = "the log does not name its metric: name it with --metric"
            self._problem("error", hint, line.number)

    def _interrupted(self, by: str, line: LogLine) -> Iterator[Part]:
        """Close the open collection, which did not end before another began."""
        yield from self._close("cut")
        if self._figures:
            message = f"{by} inside an open collection: its end is missing, or two logs are mixed"
            self._problem("error", message, line.number)
        else:
            self._problem("note", "a collection without figures was started again", line.number)
            self._abandoned = True
            self._last = None

    # --- timepoints ----------------------------------------------------------------------------------------------

    def _begin(self, number: int | None, start: int, time: str, *, lead: bool = False) -> _Open:
        names = [str(addon.get("metricName", "")) for addon in self._run.addons]
        sheets = self._sheets(self._run.metric if number is not None else "", names)
        extraction = Extraction(sheets)
        beginnings = None
        if number is not None and sheets and sheets[0].name == self._run.metric and sheets[0].begins:
            beginnings = Beginnings(sheets, extraction)
        of_runs = beginnings is not None
        scanner = prepared(sheets).scanner(of_runs=of_runs)
        inside = prepared(sheets).scanner(of_runs=of_runs, in_document=True)
        return _Open(
            number, start, time, extraction, lead=lead, beginnings=beginnings, scanner=scanner, in_document=inside
        )

    def _close(self, status: Status) -> Iterator[Part]:
        """Close the open timepoint."""
        current, self._open = self._open, None
        if current is None:
            return
        if current.lead and current.extraction.empty:
            return
        if current.lead:
            # An older form: the marker comes after its timepoint.
            self._next = 1
            self._closed_by_marker = True
        if self._closed_by_marker and current.blank:
            return
        pair = current.pair
        if pair is not None and pair.failure is not None:
            # What it printed holds no figures.
            current.extraction.remarks.append(pair.failure)
            self._pair_failed = True
        else:
            current.extraction.finish()
        if pair is not None:
            current.extraction.add_pair(pair)
        elif self._paired and current.extraction.found:
            message = "the line that names the pair of these figures is missing"
            current.extraction.remarks.append(Remark(message, current.start))
            status = "cut"
        yield from self._flush()
        self._end_of_run(current)
        if current.extraction.failed or (pair is not None and pair.failure is not None):
            status = "failed"
        elif current.extraction.incomplete:
            status = "cut"
        self._figures += len(current.extraction.found)
        self._last = _Closed(current, status, list(current.extraction.remarks))

    def _end_of_run(self, current: _Open) -> None:
        """Report output that ends before the program's last line, or within a line."""
        beginnings = current.beginnings
        if beginnings is not None and (missing := beginnings.missing_end()):
            self._problem("note", missing, current.last_line, current.number)
        elif current.unended and self._state == "before" and not (beginnings is not None and beginnings.ended):
            self._problem("note", "the log ends within this line", current.unended)

    def _flush(self) -> Iterator[Part]:
        """Yield the previous timepoint, which is final."""
        if self._last is not None:
            last, self._last = self._last, None
            yield self._part(last)

    def _leave(self) -> Iterator[Part]:
        """End the run: the lines after its collection are final too."""
        after = self._open if self._open is not None and self._open.number is None else None
        if after is not None:
            after.extraction.finish()
            if after.extraction.failed and self._last is not None:
                self._last.status = "failed"
        yield from self._flush()
        yield from self._drop()
        self._open = None
        # A worker has no other part.
        unmeasured = self._announced > 0 and self._run.environment is not None
        if self._announced:
            self._unmeasured()
        if self._problems or unmeasured:
            yield Part(self._run, None, (), self._taken())

    def _unmeasured(self) -> None:
        """Report METADATA without a collection. In a set of several pods, workers' logs look like this, too."""
        pods, completions = self._run.pods, self._run.metadata.get("completions")
        if self._abandoned or pods == 1 or (completions == 1 and (pods or 0) > 2):
            message = "no measurement after METADATA: the run ended before it measured anything"
            self._problem("error", message, self._announced)
        elif pods == completions:
            message = "no measurement after METADATA: a worker's log, or the run ended before it measured anything"
            self._problem("note", message, self._announced)
        self._announced = 0

    def _drop(self) -> Iterator[Part]:
        """Yield the lines outside the collection: figures of addons, and failures."""
        current = self._open
        if current is None or current.number is not None:
            return
        self._open = None
        closed = _Closed(current, "ok", [each for each in current.extraction.remarks if each.failed])
        if self._keep and self._collection >= 0 and self._run.collection == self._collection:
            self._run = replace(self._run, after=tuple(current.lines))
        elif self._keep:
            self._run = replace(self._run, before=tuple(current.lines))
        if current.extraction.found or closed.remarks:
            yield self._part(closed)

    def _part(self, closed: _Closed) -> Part:
        current, status = closed.open, closed.status
        run = self._run
        configurations: dict[int, Configuration] = {}

        def configuration(found: Found) -> Configuration:
            if not found.settings:
                return run.configuration
            known = configurations.get(id(found.settings))
            if known is None:
                printed = {f"{SETTING}{name}": value for name, value in found.settings.items()}
                known = configurations[id(found.settings)] = run.configuration.with_values(printed)
            return known

        shared = Shared(run.metric, current.number, run.origin, run.collection, current.time, status, current.cut_line)
        found = self._wanted_of(current.extraction.found)
        # METADATA has all options. Without one, the settings in the output are all that is known.
        several = not run.metadata and any(each.settings for each in found)
        records = LazyRecords(found, shared, configuration if several else run.configuration)
        for remark in closed.remarks:
            self._problem(
                "note" if remark.level == "note" else "error",
                remark.message,
                remark.line or current.start,
                current.number,
            )
        timepoint = None
        if current.number is not None:
            timepoint = Timepoint(current.number, current.start, status, current.time, tuple(current.lines))
        return Part(run, timepoint, records, self._taken())

    def _wanted_of(self, found: list[Found]) -> list[Found]:
        wanted, metric = self._wanted, self._run.metric
        if wanted.all:
            return found
        names = {name for name in {each.sheet.name for each in found} if wanted.has(metric, name)}
        return [each for each in found if each.sheet.name in names]

    # --- what is known -------------------------------------------------------------------------------------------

    def _new_run(self, metadata: Mapping[str, Any], line: str) -> Run:
        name = metadata.get("metricName")
        return Run(
            metric=name if isinstance(name, str) and name else self._given or "",
            origin=self._origin,
            collection=max(self._collection, 0),
            metadata=metadata,
            metadata_line=line,
            configuration=configuration_of(metadata, (), self._settings),
        )

    def _has_figures(self) -> bool:
        return any(sheet.name == self._run.metric and sheet.figures for sheet in self._sheets(self._run.metric, ()))

    def _problem(self, level: Literal["error", "note"], message: str, line: int, timepoint: int | None = None) -> None:
        run = self._run
        self._problems.append(Problem(level, message, run.source, line, run.metric, run.pod, run.collection, timepoint))

    def _taken(self) -> tuple[Problem, ...]:
        problems, self._problems = tuple(self._problems), []
        return problems
