"""Recognizes the metric of a log without markers: the only metric whose identifying lines are among the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from mocompile.catalog.figures.pattern import LinePattern
from mocompile.results.read.framing import MARKERS, LogLine
from mocompile.results.read.ranks import RankReader
from mocompile.results.record import Problem

# A metric's name, and a line that identifies its output.
Signs: TypeAlias = Sequence[tuple[str, LinePattern]]

UNKNOWN = "no marker of a collection; for raw output, name the metric with --metric"

_FIRST = 400


# More logs than this are counted instead of named.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class RecognizedLog:
    """A log without a marker, the metric as whose output it is read, and the line that identifies the metric."""

    name: str
    metric: str
    line: int


@dataclass(frozen=True, slots=True)
class Recognized:
    """The metric of the first lines and the line that identifies it, or the reason why there is none."""

    metric: str | None
    line: int
    message: str


def recognize(lines: Iterator[LogLine], signs: Callable[[], Signs]) -> tuple[Iterator[LogLine], Recognized]:
    """Return all of `lines`, and the metric of the first ones. A log with a marker names its own metric.

    `signs` is called only for a log without one: it reads the sheets of all metrics.
    """
    first: list[LogLine] = []
    for line in lines:
        first.append(line)
        if any(marker in line.text for marker in MARKERS):
            return chain(first, lines), Recognized(None, 0, "")
        if len(first) >= _FIRST:
            break
    return chain(first, lines), _of(first, signs())


def _of(first: Sequence[LogLine], signs: Signs) -> Recognized:
    ranks = RankReader()
    bare = [*chain.from_iterable(map(ranks.feed, first)), *ranks.finish()]
    known: dict[str, int] = {}
    for line in bare:
        for metric, pattern in signs:
            if metric not in known and pattern.match(line.text) is not None:
                known[metric] = line.number
    if len(known) > 1:
        names = " and ".join(sorted(known))
        return Recognized(None, 0, f"this may be the output of {names}: name the metric with --metric")
    for metric, number in known.items():
        return Recognized(metric, number, "")
    return Recognized(None, 0, UNKNOWN)


def recognized_logs(logs: Sequence[RecognizedLog]) -> Iterator[Problem]:
    """Yield a note for each metric: the logs that are read as its output. It is at the first of them."""
    of_metric: dict[str, list[RecognizedLog]] = {}
    for log in logs:
        of_metric.setdefault(log.metric, []).append(log)
    for metric, same in of_metric.items():
        first = same[0]
        message = f"this line is output of {metric}, and the log has no marker: the log is read as output of {metric}"
        if len(same) > 1:
            names = ", ".join(log.name for log in same[1:_NAMED])
            more = f" and {len(same) - _NAMED} more" if len(same) > _NAMED else ""
            message = f"this line is output of {metric}, and the log has no marker: {len(same)} such logs are read as"
            message = f"{message} output of {metric}, this one, {names}{more}"
        yield Problem("note", f"{message}; --metric names another", first.name, first.line, metric)
