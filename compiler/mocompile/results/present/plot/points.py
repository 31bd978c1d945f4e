"""Records as points: what sets one apart from another, by name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from mocompile.catalog.figures.model import is_configured
from mocompile.catalog.figures.number import Scalar
from mocompile.results.analyse.order import natural
from mocompile.results.analyse.settings import PODS, SET, settings_of
from mocompile.results.record import Record

# What a record may be told apart by, beside its context. `place` is the pod and collection it was measured in.
PLACE = "place"
FIELDS = ("figure", "timepoint", "pods", "pod", "job", "node", "container", "set", "source", "collection")


def place(record: Record) -> str:
    """Where it was measured: its pod, or its log where the pod is not known."""
    where = record.pod or record.source
    return f"{where}, collection {record.collection + 1}" if record.collection else where


def field(record: Record, name: str) -> Scalar | None:
    """The context of that name, or else the setting or the field of the record."""
    if name in record.context:
        return record.context[name]
    if name == PLACE:
        return place(record)
    if name in (SET, PODS) or is_configured(name):
        return settings_of(record).get(name)
    if name in FIELDS:
        value: Scalar | None = getattr(record, name)
        return None if value == "" else value
    return None


def numeric(value: object) -> float | None:
    """The finite number that `value` is, or that it spells."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) < 1e290 else None


def distinct(records: Iterable[Record], name: str) -> list[Scalar]:
    """The values that the records have there, each once, in natural order."""
    found = {field(record, name): None for record in records}
    return sorted((value for value in found if value is not None), key=natural)


def telling(records: Sequence[Record], names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that are needed to tell the records apart as far as all of them do; the last ones go first."""
    # That a record has none is a value, too: an option of one side only tells the sides apart.
    kept = [name for name in dict.fromkeys(names) if _kinds(records, [name]) > 1]
    whole = _kinds(records, kept)
    for name in reversed(kept.copy()):
        rest = [other for other in kept if other != name]
        if _kinds(records, rest) == whole:
            kept = rest
    return tuple(kept)


def _kinds(records: Iterable[Record], names: Sequence[str]) -> int:
    return len({tuple(field(record, name) for name in names) for record in records})
