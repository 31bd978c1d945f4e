"""Which metric's output a log without any marker is: the one whose lines alone are among its first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from mocompile.catalog.figures.pattern import LinePattern
from mocompile.results.read.framing import MARKERS, LogLine
from mocompile.results.read.ranks import RankReader

# A metric's name, and a line by which its output is known.
Signs: TypeAlias = Sequence[tuple[str, LinePattern]]

UNKNOWN = "there is no marker of a collection here; for raw output, name the metric with --metric"

_FIRST = 400


@dataclass(frozen=True, slots=True)
class Recognized:
    """What the first lines say: the metric and the line that says it, or why there is none."""

    metric: str | None
    line: int
    message: str


def recognized(lines: Iterator[LogLine], signs: Signs) -> tuple[Iterator[LogLine], Recognized]:
    """All of `lines`, and what the first of them are. A log with a marker says itself what it is of."""
    first: list[LogLine] = []
    for line in lines:
        first.append(line)
        if any(marker in line.text for marker in MARKERS):
            return chain(first, lines), Recognized(None, 0, "")
        if len(first) >= _FIRST:
            break
    return chain(first, lines), _of(first, signs)


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
        message = f"this line is of {metric}, and the log has no marker: it is read as output of {metric}"
        return Recognized(metric, number, f"{message}; --metric names another")
    return Recognized(None, 0, UNKNOWN)
