"""The coverage of a study: for each point, the number of its runs by state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mocompile.catalog.figures.number import Scalar
from mocompile.results.analyse.settings import set_name
from mocompile.results.record import Record, Results, Run

State: TypeAlias = Literal["done", "running", "failed", "missing"]
STATES: tuple[State, ...] = ("done", "running", "failed", "missing")
_CHOSEN = ("parameter.", "label.")

_Key: TypeAlias = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PlannedSet:
    """One set of a study: its name, the id of its point, its parameters."""

    name: str
    point: str
    parameters: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Study:
    """A study as it was built."""

    name: str
    repeats: int
    sets: tuple[PlannedSet, ...]


@dataclass(frozen=True, slots=True)
class PointCoverage:
    """The runs of one point, by state. `planned` is the number of its sets, 0 if the study is not known."""

    id: str
    parameters: Mapping[str, Scalar]
    planned: int
    states: Mapping[State, int]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The points of a study, or those that the logs name. `others` counts runs that are not of the study."""

    study: Study | None
    points: tuple[PointCoverage, ...]
    others: int = 0


@dataclass(slots=True)
class _Found:
    """A set with logs, or a log whose set is not known."""

    name: str
    parameters: Mapping[str, Scalar]
    good: bool = False
    bad: bool = False

    @property
    def state(self) -> State:
        return "done" if self.good and not self.bad else "failed"


def coverage(results: Results, study: Study | None = None, states: Mapping[str, State] | None = None) -> Coverage:
    """Return the coverage of the points in `study`, or of the parameters (else labels) in the results.

    A set is done if all its figures are results of successful runs. `states` has states of sets by name, from
    elsewhere: a set is done only if it is done there, too. A log without the name of its set counts as one run of the
    point with its parameters.
    """
    known = dict(states or {})
    found = _found(results)
    if study is None:
        return Coverage(None, _seen(found, known))
    planned = {each.name: each for each in study.sets}

    def plain(name: str) -> str:
        """Return the name without the hash of names by content."""
        return name if name in planned or name.rpartition("-")[0] not in planned else name.rpartition("-")[0]

    known = {plain(name): state for name, state in known.items()}
    for one in found:
        one.name = plain(one.name)
    of_points: dict[str, list[PlannedSet]] = {}
    for each in study.sets:
        of_points.setdefault(each.point, []).append(each)
    by_key = {_key(sets[0].parameters): point for point, sets in of_points.items()}
    counts: dict[str, Counter[State]] = {point: Counter() for point in of_points}
    others = 0
    for one in found:
        point = planned[one.name].point if one.name in planned else by_key.get(_key(one.parameters), "")
        if not point or (one.name and one.name not in planned):
            others += 1
        else:
            counts[point][_state(one.state, known.get(one.name))] += 1
    with_logs = {one.name for one in found}
    for name, each in planned.items():
        if name not in with_logs and known.get(name, "missing") != "missing":
            # A set that was collected and has no log to read is not done.
            counts[each.point]["running" if known[name] == "running" else "failed"] += 1
    points = []
    for point, sets in of_points.items():
        counted = counts[point]
        counted["missing"] = max(0, len(sets) - counted.total())
        points.append(PointCoverage(point, sets[0].parameters, len(sets), _ordered(counted)))
    return Coverage(study, tuple(points), others)


def _seen(found: Sequence[_Found], known: Mapping[str, State]) -> tuple[PointCoverage, ...]:
    counts: dict[_Key, Counter[State]] = {}
    parameters: dict[_Key, Mapping[str, Scalar]] = {}
    for one in found:
        key = _key(one.parameters)
        parameters.setdefault(key, one.parameters)
        counts.setdefault(key, Counter())[_state(one.state, known.get(one.name))] += 1
    return tuple(PointCoverage("", parameters[key], 0, _ordered(each)) for key, each in counts.items())


def _state(own: State, known: State | None) -> State:
    return own if known in (None, "done") else known if known in ("running", "failed") else own


def _ordered(counts: Mapping[State, int]) -> dict[State, int]:
    return {state: counts[state] for state in STATES if counts.get(state)}


def _key(parameters: Mapping[str, Scalar]) -> _Key:
    return frozenset((name, str(value)) for name, value in parameters.items())


def _found(results: Results) -> list[_Found]:
    """Return the sets with logs, and the logs without a set, in the order of the results."""
    found: dict[tuple[str, str], _Found] = {}
    prefix = _prefix(results)

    def one(each: Record | Run) -> _Found | None:
        values = each.configuration.values
        parameters = {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
        if not parameters:
            return None
        name = set_name(each.set, each.pod)
        return found.setdefault((name, "" if name else each.source), _Found(name, parameters))

    for run in results.runs:
        entry = one(run) if run.timepoints else None  # a worker has none
        if entry is not None:
            entry.bad |= not run.closed
    for record in results:
        entry = one(record)
        if entry is not None:
            entry.good |= record.status == "ok"
            entry.bad |= record.status != "ok"
    return list(found.values())


def _prefix(results: Results) -> str:
    everything: Iterable[Record | Run] = (*results.runs, *results.records)
    names = {name for each in everything for name in each.configuration.values}
    return next((prefix for prefix in _CHOSEN if any(name.startswith(prefix) for name in names)), _CHOSEN[0])
