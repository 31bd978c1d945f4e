"""Chooses default plots from the records, for metrics without `plots`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from mocompile.catalog.figures.model import Plot
from mocompile.results.present.plot.points import PLACE, distinct, field, numeric, telling
from mocompile.results.record import Record

SIZES = frozenset({"size", "bytes", "message_size", "msg_size"})
# Contexts that count repetitions: their values are samples of one thing.
REPEATS = frozenset({"run", "iteration", "repetition", "trial", "line", "repeat"})
_FEWEST = 3  # of points that make a line worth drawing
_WIDE = 100  # times, between the ends of an axis that had better be logarithmic


def default_plots(records: Sequence[Record], *, repeated: bool = False, listed: bool = False) -> list[Plot]:
    """Plots for the records of one metric.

    `repeated`: its timepoints are repetitions of one measurement. `listed`: they are commands of a list.
    """
    plots: list[Plot] = []
    bars: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for figure in dict.fromkeys(record.figure for record in records):
        those = [record for record in records if record.figure == figure]
        x, log = _axis(those, repeated=repeated, listed=listed)
        by = _by(those, x)
        if listed and not x:
            by = telling(those, (*by, "timepoint"))
        if x:
            plots.append(Plot("", (figure,), x, log, by))
        else:
            # Plain numbers need not have anything to do with each other.
            bars.setdefault((those[0].unit or figure, by), []).append(figure)
    plots += [Plot("", tuple(figures), "", "", by) for (_, by), figures in bars.items()]
    return plots


def _axis(records: Sequence[Record], *, repeated: bool, listed: bool) -> tuple[str, Literal["", "both"]]:
    contexts = list(dict.fromkeys(name for record in records for name in record.context))
    for name in contexts:
        if name in SIZES and _makes_lines(records, name):
            return name, "both" if is_wide(records, name) else ""
    if listed:
        return "", ""
    if not repeated and _makes_lines(records, "timepoint", fewest=2):
        return "timepoint", ""
    if len(distinct(records, "pods")) > 1:
        return "pods", "both"
    numbered = [name for name in contexts if name not in REPEATS and _makes_lines(records, name)]
    if len(numbered) == 1:
        return numbered[0], ""
    return "", ""


def _makes_lines(records: Sequence[Record], name: str, fewest: int = _FEWEST) -> bool:
    """Whether most lines over that axis have points enough."""
    if any(numeric(field(record, name)) is None for record in records):
        return False
    by = _by(records, name)
    lines: dict[tuple[object, ...], set[object]] = {}
    for record in records:
        key = (field(record, PLACE), *(field(record, each) for each in by))
        lines.setdefault(key, set()).add(field(record, name))
    return 2 * sum(len(points) >= fewest for points in lines.values()) > len(lines)


def is_wide(records: Iterable[Record], name: str) -> bool:
    """Whether a logarithmic axis suits the values of `name` better."""
    values = [value for record in records if (value := numeric(field(record, name))) and value > 0]
    return bool(values) and max(values) >= _WIDE * min(values)


def _by(records: Sequence[Record], x: str) -> tuple[str, ...]:
    names = dict.fromkeys(name for record in records for name in record.context)
    return telling(records, (name for name in names if name != x and not counts_repetitions(records, name)))


def counts_repetitions(records: Sequence[Record], name: str) -> bool:
    """Whether the context counts repetitions, so that its values are samples of one thing."""
    return name in REPEATS and all(isinstance(value, int) for value in distinct(records, name))
