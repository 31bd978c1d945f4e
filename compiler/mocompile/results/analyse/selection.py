"""Which records a table or a comparison is about, and what is left out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mocompile.results.record import Record, Status

_WHY: dict[Status, str] = {"failed": "of runs that failed", "cut": "of logs that begin or end inside them"}


@dataclass(frozen=True, slots=True)
class Selection:
    """The records chosen, and how many were left out for their status."""

    records: tuple[Record, ...]
    left_out: tuple[tuple[Status, int], ...] = ()

    @property
    def note(self) -> str:
        """What was left out, and why; nothing where all is there."""
        total = sum(count for _, count in self.left_out)
        if not total:
            return ""
        why = ", ".join(f"{count} {_WHY[status]}" for status, count in self.left_out)
        return f"{total} figure{'' if total == 1 else 's'} left out: {why}"


def select(
    records: Iterable[Record], figures: Sequence[str] = (), metric: str | None = None, *, failed: bool = False
) -> Selection:
    """The records whose figure has one of these names (or shell patterns; all without any), of that metric.

    Those that are no result, as their run failed or their log is cut, are counted only, unless `failed`.
    """
    chosen: list[Record] = []
    out: Counter[Status] = Counter()
    for record in records:
        if metric not in (None, record.metric) or not _named(record.figure, figures):
            continue
        if record.status == "ok" or failed:
            chosen.append(record)
        else:
            out[record.status] += 1
    return Selection(tuple(chosen), tuple(sorted(out.items())))


def _named(figure: str, names: Sequence[str]) -> bool:
    return not names or any(figure == name or fnmatchcase(figure, name) for name in names)
