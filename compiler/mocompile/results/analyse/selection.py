"""Which records a table, a comparison, a plot or a report is about, in which units, and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mocompile.diagnostics.finding import Finding, InputError, nearest
from mocompile.diagnostics.wording import visible
from mocompile.results.analyse.values import Units, scaled
from mocompile.results.record import Record, Status
from mocompile.results.wanted import Wanted, is_named

_WHY: dict[Status, str] = {"failed": "of runs that failed", "cut": "of logs that begin or end inside them"}
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Selection:
    """The records chosen, and how many were left out for their status."""

    records: tuple[Record, ...]
    left_out: tuple[tuple[Status, int], ...] = ()

    @property
    def note(self) -> str:
        """The left-out figures and the reason; empty if there are none."""
        total = sum(count for _, count in self.left_out)
        if not total:
            return ""
        why = ", ".join(f"{count} {_WHY[status]}" for status, count in self.left_out)
        return f"{total} figure{'' if total == 1 else 's'} left out: {why}"


def select(
    records: Iterable[Record],
    figures: Sequence[str] = (),
    metric: str | None = None,
    *,
    failed: bool = False,
    units: Units | None = None,
) -> Selection:
    """The records whose figure has one of these names (or shell patterns; all without any), of that metric.

    Those that are no result, as their run failed or their log is cut, are counted only, unless `failed`. The values of
    one figure are in one unit, the first that comes, where units differ in a prefix only; `units` has those of an
    earlier selection that this one is held against.
    """
    chosen: list[Record] = []
    out: Counter[Status] = Counter()
    kept = Units() if units is None else units
    wanted = Wanted(metric, tuple(figures))
    for record in records:
        if not wanted.has(record.metric, record.figure):
            continue
        if record.status == "ok" or failed:
            chosen.append(_in_unit(record, kept))
        else:
            out[record.status] += 1
    return Selection(tuple(chosen), tuple(sorted(out.items())))


def _in_unit(record: Record, units: Units) -> Record:
    unit, by = units.kept((record.metric, record.figure), record.unit)
    return record if unit == record.unit else replace(record, unit=unit, value=scaled(record.value, by))


def require_known(records: Sequence[Record], figures: Sequence[str] = (), metric: str | None = None) -> None:
    """Raises `InputError` where no record is of that metric, or has one of these figures."""
    metrics = {record.metric for record in records}
    if metric is not None and metric not in metrics:
        raise InputError([_unknown("metric", metric, metrics)])
    known = {record.figure for record in records if metric in (None, record.metric)}
    findings = [
        _unknown("figure", name, known) for name in figures if not any(is_named(each, (name,)) for each in known)
    ]
    if findings:
        raise InputError(findings)


def _unknown(kind: str, name: str, known: Iterable[str]) -> Finding:
    names = sorted({visible(each) for each in known})
    there = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
    hint = nearest(name, names) or (f"there is: {there}" if names else "the logs hold no figure")
    return Finding("unknown", f"the logs hold no {kind} '{visible(name)}'", None, hint)
