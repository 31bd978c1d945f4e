"""Two sets of results against each other: per figure and context what changed, and whether by more than the noise."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mocompile.catalog.figures.number import Better, Scalar
from mocompile.results.analyse.order import natural
from mocompile.results.analyse.samples import MINIMUM, change, judge
from mocompile.results.analyse.selection import Selection, require_known, select
from mocompile.results.analyse.settings import (
    PODS,
    POINT,
    differing,
    distinct_settings,
    pooled_names,
    resolve,
    settings_of,
    typed,
)
from mocompile.results.analyse.values import Units, Values
from mocompile.results.record import Record

# `changed`: by more than noise, but no direction is better, or one side is no number. `unclear`: too few values.
Verdict: TypeAlias = Literal["worse", "changed", "better", "unclear", "same"]
VERDICTS: tuple[Verdict, ...] = ("worse", "changed", "better", "unclear", "same")

_Key: TypeAlias = tuple[str, str, frozenset[tuple[str, tuple[bool, Scalar | None]]]]


@dataclass(frozen=True, slots=True)
class Subject:
    """The key of a sample: a figure of a metric, in one context, with a number of pods.

    `settings` has the other values of the configuration that separate samples: those that differ within a side.
    """

    metric: str
    figure: str
    pods: int | None
    context: Mapping[str, Scalar]
    settings: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between the sides besides the figures, for a metric: a name and its values, None if unknown.

    `compared`: each side has one value (for the same values of what the sides share), and figures are compared all the
    same. Else the sides have no value in common, and figures that differ in it are not compared.
    """

    metric: str
    name: str
    a: tuple[Scalar | None, ...]
    b: tuple[Scalar | None, ...]
    compared: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One figure on both sides. Its numbers are in `unit`; there is at least one value on each side.

    `change` is how far B's median is from A's, as a part of A's (0.05: 5 % more; infinite from 0), `ratio` is B's by
    A's; None where there are no such numbers. `p` is the probability of the Mann-Whitney test, where it was made.
    """

    subject: Subject
    unit: str
    better: Better
    a: Values
    b: Values
    verdict: Verdict
    change: float | None
    ratio: float | None
    p: float | None

    @property
    def worsening(self) -> float:
        """The change in the worse direction: 0.05 is 5 % worse; 0 where no direction is."""
        if self.change is None or not self.better:
            return 0.0
        return -self.change if self.better == "higher" else self.change


@dataclass(frozen=True, slots=True)
class Alone:
    """A figure that one side has in these units, and the other not."""

    subject: Subject
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A figure whose units are not the same: there is nothing to compare."""

    subject: Subject
    a: tuple[str, ...]
    b: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that two sets of results have, the worst first; what only one of them has; what could not be compared."""

    changes: tuple[Change, ...]
    only_a: tuple[Alone, ...]
    only_b: tuple[Alone, ...]
    mismatches: tuple[Mismatch, ...]
    a: Selection
    b: Selection
    differences: tuple[Difference, ...] = ()
    pooled: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many figures there are of each verdict."""
        found = Counter(each.verdict for each in self.changes)
        return {verdict: found[verdict] for verdict in VERDICTS}

    def beyond(self, threshold: float, verdict: Verdict = "worse") -> tuple[Change, ...]:
        """Those of the verdict that are worse by more than `threshold`, a part of A's median."""
        return tuple(each for each in self.changes if each.verdict == verdict and each.worsening > threshold)


def compare(
    a: Iterable[Record],
    b: Iterable[Record],
    *,
    figures: Sequence[str] = (),
    metric: str | None = None,
    pool: Sequence[str] = (),
    failed: bool = False,
    minimum: float = MINIMUM,
    across: str = "",
) -> Comparison:
    """Compare `b` with `a`: records, or `Results`.

    The values of one figure, metric, context and number of pods are a sample, as far as their configuration is equal
    within a side. A name of the configuration that has one value on one side and another on the other does not keep
    figures apart: it is in `differences`. `figures` (names or shell patterns) and `metric` choose; `pool` has names of
    contexts or of the configuration (`pods`, `option.size`, or `size`) that do not keep figures apart. Figures of
    failed and cut runs count only with `failed`. `minimum` (0.01: 1 %) is the smallest difference. `across` is the full
    name of what the sides were split by: it keeps nothing apart, nor do contexts that have one value on each side.
    Raises `InputError` for a name that neither side has.
    """
    every = (tuple(a), tuple(b))
    require_known((*every[0], *every[1]), figures, metric)
    kept = Units()
    first = select(every[0], figures, metric, failed=failed, units=kept)
    second = select(every[1], figures, metric, failed=failed, units=kept)
    chosen = (first, second)
    both = (*first.records, *second.records)
    asked = frozenset(resolve(both, pool, "--pool"))
    pooled = asked | {across} if across else asked
    sides = _by_metric(first.records), _by_metric(second.records)
    common = [(metric, those, sides[1][metric]) for metric, those in sides[0].items() if metric in sides[1]]
    of_settings = [each for those in common for each in _differences(*those, pooled)]
    of_contexts = [each for those in common for each in _of_contexts(*those, pooled, across)]
    differences = (*of_settings, *of_contexts)
    settings, contexts = (
        {(each.metric, each.name) for each in some if each.compared} for some in (of_settings, of_contexts)
    )
    gathered = _Gathered(pooled, (settings, contexts), _apart(both, pooled))
    for side, selection in enumerate(chosen):
        for record in selection.records:
            gathered.add(record, side)
    changes: list[Change] = []
    alone: tuple[list[Alone], list[Alone]] = ([], [])
    mismatches: list[Mismatch] = []
    for subject, units in gathered.subjects():
        compared = [_change(subject, unit, sides, minimum) for unit, sides in units.items() if sides.a.n and sides.b.n]
        only_a = tuple(unit for unit, sides in units.items() if not sides.b.n)
        only_b = tuple(unit for unit, sides in units.items() if not sides.a.n)
        changes += compared
        if only_a and only_b:
            mismatches.append(Mismatch(subject, only_a, only_b))
        elif only_a:
            alone[0].append(Alone(subject, only_a))
        elif only_b:
            alone[1].append(Alone(subject, only_b))
    ordered = tuple(sorted(changes, key=_order))
    over = pooled_names(both, asked)
    return Comparison(ordered, tuple(alone[0]), tuple(alone[1]), tuple(mismatches), *chosen, differences, over)


def _by_metric(records: Iterable[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.metric, []).append(record)
    return found


@dataclass(frozen=True, slots=True)
class Value:
    """The records that have one value of a name."""

    value: Scalar | None
    records: tuple[Record, ...]


def split(records: Iterable[Record], name: str) -> list[Value]:
    """The records by their value of `name`: a field, a context or a setting by its full name.

    Numbers are in the order of their size, other values in the order of the records. Records without one are left out.
    """
    found: dict[tuple[bool, Scalar | None], list[Record]] = {}
    for record in records:
        value = record.context.get(name, settings_of(record).get(name, getattr(record, name, None)))
        if value not in ("", None):
            found.setdefault(typed(value), []).append(record)
    values = [Value(value, tuple(those)) for (_, value), those in found.items()]
    if all(isinstance(each.value, int | float) for each in values):
        values.sort(key=lambda each: natural(each.value))
    return values


def _differences(metric: str, a: Sequence[Record], b: Sequence[Record], pooled: frozenset[str]) -> Iterator[Difference]:
    """The names of the configuration whose values the sides do not share."""
    known = distinct_settings(a), distinct_settings(b)
    names = differing((*known[0], *known[1]), pooled)
    values = {name: tuple(tuple(dict.fromkeys(each.get(name) for each in side)) for side in known) for name in names}
    shared = [name for name, (of_a, of_b) in values.items() if {*map(typed, of_a)} & {*map(typed, of_b)}]
    for name, (of_a, of_b) in values.items():
        if name == POINT:
            # Points that did not change between the sides are on both.
            yield from _of_points(metric, known, pooled)
        elif name not in shared:
            compared = name != PODS and all(_follows(name, shared, side) for side in known)
            yield Difference(metric, name, of_a, of_b, compared)


def _of_points(
    metric: str, sides: Sequence[Sequence[Mapping[str, Scalar]]], pooled: frozenset[str]
) -> Iterator[Difference]:
    """The points of one side only. They are compared if they are the only ones with their settings on their side."""
    a, b = (tuple(dict.fromkeys(each.get(POINT) for each in side)) for side in sides)
    only = tuple(each for each in a if each not in b), tuple(each for each in b if each not in a)
    alone = not any(POINT in differing(side, pooled) for side in sides)
    if any(only):
        yield Difference(metric, POINT, *only, alone)


def _follows(name: str, others: Sequence[str], settings: Iterable[Mapping[str, Scalar]]) -> bool:
    """Whether the settings have one value of `name` for the same values of `others`."""
    found: dict[tuple[tuple[bool, Scalar | None], ...], set[tuple[bool, Scalar | None]]] = {}
    for each in settings:
        found.setdefault(tuple(typed(each.get(other)) for other in others), set()).add(typed(each.get(name)))
    return all(len(values) == 1 for values in found.values())


def _of_contexts(
    metric: str, a: Sequence[Record], b: Sequence[Record], pooled: frozenset[str], across: str
) -> Iterator[Difference]:
    """The names of context of which the sides share no value.

    Figures are not compared with these, but for those of one value on each side if the sides were split by `across`.
    """
    sides: tuple[dict[str, dict[Scalar, None]], dict[str, dict[Scalar, None]]] = ({}, {})
    for side, records in zip(sides, (a, b), strict=True):
        for record in records:
            for name, value in record.context.items():
                side.setdefault(name, {})[value] = None
    for name, values in sides[0].items():
        others = sides[1].get(name, {})
        if name not in pooled and others and not {*map(typed, values)} & {*map(typed, others)}:
            alone = len(values) == len(others) == 1
            yield Difference(metric, name, tuple(values), tuple(others), compared=bool(across) and alone)


def _apart(records: Iterable[Record], pooled: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """By metric, the names of the configuration that keep its figures apart."""
    return {
        metric: tuple(name for name in differing(distinct_settings(those), pooled) if name != PODS)
        for metric, those in _by_metric(records).items()
    }


class _Sides:
    """The values of both sides, and which direction is better where they do not contradict each other."""

    def __init__(self) -> None:
        self.a, self.b = Values(), Values()
        self._directions: set[Better] = set()

    def note(self, better: Better) -> None:
        if better:
            self._directions.add(better)

    @property
    def better(self) -> Better:
        return next(iter(self._directions)) if len(self._directions) == 1 else ""


class _Gathered:
    """The values of all records: by what they are of, then by unit, as they came."""

    def __init__(
        self,
        pooled: frozenset[str],
        aside: tuple[set[tuple[str, str]], set[tuple[str, str]]],
        apart: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._pooled = pooled
        self._aside = aside
        self._apart = apart
        self._found: dict[_Key, tuple[Subject, dict[str, _Sides]]] = {}

    def add(self, record: Record, side: int) -> None:
        """A value of A (0) or B (1)."""
        context = {
            name: value
            for name, value in record.context.items()
            if name not in self._pooled and (record.metric, name) not in self._aside[1]
        }
        pods = None if PODS in self._pooled else record.pods
        known = settings_of(record)
        settings = {
            name: known[name]
            for name in self._apart[record.metric]
            if name in known and (record.metric, name) not in self._aside[0]
        }
        # A context and a setting can have the same name; a setting's name has a dot.
        parts = [*context.items(), *((f".{name}", value) for name, value in settings.items()), (".pods", pods)]
        key = (record.metric, record.figure, frozenset((name, typed(value)) for name, value in parts))
        subject = Subject(record.metric, record.figure, pods, context, settings)
        _, units = self._found.setdefault(key, (subject, {}))
        sides = units.setdefault(record.unit, _Sides())
        sides.note(record.better)
        (sides.b if side else sides.a).add(record.value)

    def subjects(self) -> Iterable[tuple[Subject, dict[str, _Sides]]]:
        """The values of each sample, by unit."""
        return self._found.values()


def _change(subject: Subject, unit: str, sides: _Sides, minimum: float) -> Change:
    a, b = sides.a.sample, sides.b.sample
    if a is None or b is None:
        alike = a is b and set(sides.a.texts) == set(sides.b.texts)
        verdict: Verdict = "same" if alike else "changed"
        return Change(subject, unit, sides.better, sides.a, sides.b, verdict, None, None, None)
    judged, p = judge(a, b, minimum)
    moved = change(a.median, b.median)
    verdict = _directed(moved, sides.better) if judged == "differs" else judged
    if bool(sides.a.texts) != bool(sides.b.texts) and verdict != "worse":
        # A side with `nan` among its numbers is not as good as one without, however good the numbers are.
        verdict = "changed"
    return Change(subject, unit, sides.better, sides.a, sides.b, verdict, moved, _ratio(a.median, b.median), p)


def _directed(moved: float, better: Better) -> Verdict:
    if not better:
        return "changed"
    return "better" if (moved > 0) == (better == "higher") else "worse"


def _ratio(a: float, b: float) -> float | None:
    """`b` by `a`; None where that says nothing: from 0, or where the sign changes."""
    if a == 0 or a * b < 0:
        return None
    ratio = b / a
    return ratio if math.isfinite(ratio) else None


def _order(each: Change) -> tuple[int, float]:
    """The worst first, then what changed most."""
    size = each.worsening if each.verdict == "worse" else abs(each.change or 0.0)
    return VERDICTS.index(each.verdict), -size
