"""Which node is slow, from figures of pairs of pods.

A figure of pairs is a matrix: a row for each pod that was `a`, a column for each that was `b`. On a logarithmic scale,
a value is the sum of a usual value, an effect of a, an effect of b, and a rest. Medians of rows and columns give the
effects (median polish), so that one bad pod does not change those of its partners. Where few pairs were measured one
way only, a pod has one effect for both sides.

A pod is suspect if its effect is worse than the usual one by `slower`, and by SCORE times its uncertainty: the noise of
its median, and how much the effects of the other pods differ. And most of its values must say so: four of five. The
noise counts the largest rests, too: they are what a pod without a fault can get by chance.
tests/results/analyse/test_pairs.py measures by simulation how often a pod is named where none is slow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal, TypeAlias

from mocompile.catalog.figures.number import Better, Scalar
from mocompile.results.analyse.order import natural
from mocompile.results.analyse.samples import quantile
from mocompile.results.analyse.settings import settings_of
from mocompile.results.pair import A_NODE, B_NODE, CONTEXTS, A, B
from mocompile.results.record import Record

# The part by which a pod must be slower.
SLOWER = 0.10
# By how many times its uncertainty, too.
SCORE = 5.0
# Fewer pods are too few to say what is usual, fewer partners to say that it is the pod and not the partner.
PODS = 5
PARTNERS = 3
# A link is judged by single values: all of at least so many must be slow.
LINK_VALUES = 3
# Of many sizes of one benchmark, one alone is no verdict.
_MANY = 3
_MOST = 0.8
_ROUNDS = 10
# A normal distribution has this part of its standard deviation at the median, the 90 % and the 75 % of absolute values.
_AT_HALF, _AT_MOST, _AT_QUARTER = 0.6745, 1.645, 1.15
# The standard error of a median, in that of a mean.
_MEDIAN = 1.2533

Role: TypeAlias = Literal["a", "b", ""]


@dataclass(frozen=True, slots=True)
class Side:
    """A pod, and its node."""

    pod: str
    node: str


@dataclass(frozen=True, slots=True)
class Effect:
    """How much worse a pod is than usual, as `a`, as `b`, or (without a role) on both sides.

    `change` is the difference as a part of the figure: -0.3 is 30 % less. `slowness` is it on a logarithmic scale, more
    is worse. `score` is how many times its uncertainty that is. `partners` and `values` say from how many.
    """

    side: Side
    role: Role
    change: float
    slowness: float
    score: float
    partners: int
    values: int
    suspect: bool


@dataclass(frozen=True, slots=True)
class Link:
    """Two pods that are slow with each other, and not with others; `values` are all of their measurements."""

    sides: tuple[Side, Side]
    change: float
    values: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """The values of one figure of one benchmark: `cells` by (row, column), positions in `sides`.

    `settings` and `context` are what else the figure is of. `left_out` counts values that are no positive numbers.
    """

    metric: str
    figure: str
    unit: str
    better: Better
    settings: Mapping[str, Scalar]
    context: Mapping[str, Scalar]
    sides: tuple[Side, ...]
    cells: Mapping[tuple[int, int], tuple[float, ...]]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The effects in a matrix. `reason`: why it cannot name a pod; `smallest`: the least change that it would name."""

    matrix: Matrix
    effects: tuple[Effect, ...] = ()
    links: tuple[Link, ...] = ()
    reason: str = ""
    smallest: float = 0.0


@dataclass(frozen=True, slots=True)
class Suspect:
    """A pod that is named, with the effects that name it, the worst first; `others` are other pods of its node."""

    side: Side
    effects: tuple[tuple[Matrix, Effect], ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """All matrices, and who is named. `nodes` are those all of whose pods (two or more) are suspects."""

    verdicts: tuple[Verdict, ...]
    suspects: tuple[Suspect, ...]
    links: tuple[tuple[Matrix, Link], ...]
    nodes: tuple[str, ...] = ()


# --- matrices ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Draft:
    first: Record
    values: dict[tuple[Side, Side], list[float]] = field(default_factory=dict)
    left_out: int = 0


def matrices(records: Iterable[Record]) -> tuple[Matrix, ...]:
    """Return a matrix for each figure of pairs that has a better direction, in the order of the records."""
    drafts: dict[object, _Draft] = {}
    for record in records:
        if not record.better or not all(name in record.context for name in CONTEXTS):
            continue
        rest = frozenset((name, value) for name, value in record.context.items() if name not in CONTEXTS)
        settings = frozenset(settings_of(record).items())
        key = (record.metric, record.figure, record.unit, rest, settings)
        draft = drafts.setdefault(key, _Draft(record))
        a = Side(str(record.context[A]), str(record.context[A_NODE]))
        b = Side(str(record.context[B]), str(record.context[B_NODE]))
        value = record.value
        if isinstance(value, str) or not math.isfinite(value) or value <= 0:
            draft.left_out += 1
        else:
            draft.values.setdefault((a, b), []).append(float(value))
    return tuple(_matrix(draft) for draft in drafts.values())


def _matrix(draft: _Draft) -> Matrix:
    first = draft.first
    found = {side for pair in draft.values for side in pair}
    sides = tuple(sorted(found, key=lambda side: (natural(side.node), natural(side.pod))))
    at = {side: number for number, side in enumerate(sides)}
    return Matrix(
        first.metric,
        first.figure,
        first.unit,
        first.better,
        settings_of(first),
        {name: value for name, value in first.context.items() if name not in CONTEXTS},
        sides,
        {
            (at[a], at[b]): tuple(values)
            for (a, b), values in sorted(draft.values.items(), key=lambda item: (at[item[0][0]], at[item[0][1]]))
        },
        draft.left_out,
    )


# --- the fit -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Fit:
    """The usual value, and the effect of each side in each role. `cells` has the slowness of each cell by roles."""

    roles: tuple[Role, ...]
    usual: float
    effects: dict[Role, list[float]]
    partners: dict[Role, list[list[tuple[int, float]]]]
    rests: list[float]

    def excess(self, role: Role, side: int) -> list[float]:
        """How much slower each value of the side is than usual with that partner."""
        other = self.effects[_facing(role)]
        return [value - self.usual - other[partner] for partner, value in self.partners[role][side]]


def _facing(role: Role) -> Role:
    return {"a": "b", "b": "a", "": ""}[role]  # type: ignore[return-value]


def _slowness(matrix: Matrix, value: float) -> float:
    return math.log(value) if matrix.better == "lower" else -math.log(value)


def _change(matrix: Matrix, slowness: float) -> float:
    """Return the part by which a figure changes that is so much slower."""
    return math.expm1(slowness if matrix.better == "lower" else -slowness)


def _partners(matrix: Matrix) -> dict[Role, list[list[tuple[int, float]]]]:
    """Return for each role and side its partners, with the slowness of their cell."""
    found: dict[Role, list[list[tuple[int, float]]]] = {role: [[] for _ in matrix.sides] for role in ("a", "b", "")}
    both: dict[tuple[int, int], list[float]] = {}
    for (row, column), values in matrix.cells.items():
        value = median(_slowness(matrix, each) for each in values)
        found["a"][row].append((column, value))
        found["b"][column].append((row, value))
        both.setdefault((min(row, column), max(row, column)), []).append(value)
    for (one, other), ways in both.items():
        value = median(ways)
        found[""][one].append((other, value))
        found[""][other].append((one, value))
    return found


def _fit(matrix: Matrix) -> _Fit | None:
    """Fit the effects; None where too few pods have enough partners."""
    partners = _partners(matrix)
    directed: tuple[Role, ...] = ("a", "b")
    for roles in (directed, ("",)):
        if all(len(partners[role][side]) >= PARTNERS for role in roles for side in range(len(matrix.sides))):
            break
    else:
        return None
    effects: dict[Role, list[float]] = {role: [0.0] * len(matrix.sides) for role in roles}
    fit = _Fit(roles, median(value for each in partners[roles[0]] for _, value in each), effects, partners, [])
    for _ in range(_ROUNDS):
        for role in roles:
            for side in range(len(matrix.sides)):
                effects[role][side] = median(fit.excess(role, side))
            # The usual effect is 0.
            middle = median(effects[role])
            fit.usual += middle * (2 if role == "" else 1)
            effects[role] = [each - middle for each in effects[role]]
    role = roles[0]
    fit.rests = [value - effects[role][side] for side in range(len(matrix.sides)) for value in fit.excess(role, side)]
    return fit


def _noise(rests: Sequence[float], fitted: int, cells: int) -> float:
    """Return the standard deviation of a cell, from the usual and from the largest rests, of which a fit takes some."""
    sizes = sorted(map(abs, rests))
    usual = max(median(sizes) / _AT_HALF, quantile(sizes, 0.9) / _AT_MOST)
    return usual * math.sqrt(cells / max(1, cells - fitted))


def judge(matrix: Matrix, slower: float = SLOWER) -> Verdict:
    """Say which pods and links are slower than usual by `slower`, or why that cannot be said."""
    fewest = len(matrix.sides)
    if fewest < PODS:
        return Verdict(matrix, reason=f"{fewest} pods are too few to say what is usual: it takes {PODS}")
    fit = _fit(matrix)
    if fit is None:
        few = min(len(each) for each in _partners(matrix)[""])
        return Verdict(
            matrix, reason=f"a pod has figures with {few} others: it takes {PARTNERS} to tell the pod from its partners"
        )
    cells = len(fit.rests) // (2 if fit.roles == ("",) else 1)
    noise = _noise(fit.rests, len(fit.roles) * len(matrix.sides), cells)
    least = -math.log1p(-slower) if matrix.better == "higher" else math.log1p(slower)
    effects: list[Effect] = []
    uncertain: list[float] = []
    for role in fit.roles:
        for side in range(len(matrix.sides)):
            slowness = fit.effects[role][side]
            others = sorted(
                abs(each)
                for each_role in fit.roles
                for number, each in enumerate(fit.effects[each_role])
                if number != side
            )
            count = len(fit.partners[role][side])
            uncertainty = math.hypot(quantile(others, 0.75) / _AT_QUARTER, _MEDIAN * noise / math.sqrt(count))
            uncertain.append(uncertainty)
            score = (
                slowness / uncertainty if uncertainty > 0 else math.copysign(math.inf, slowness) if slowness else 0.0
            )
            agree = sum(each >= max(least, slowness) / 2 for each in fit.excess(role, side))
            suspect = slowness >= least and score >= SCORE and agree >= _MOST * count
            effects.append(
                Effect(
                    matrix.sides[side],
                    role,
                    _change(matrix, slowness),
                    slowness,
                    score,
                    count,
                    _values(matrix, role, side),
                    suspect,
                )
            )
    smallest = max(least, SCORE * median(uncertain))
    return Verdict(matrix, tuple(effects), tuple(_links(matrix, fit, effects, least)), "", _change(matrix, smallest))


def _values(matrix: Matrix, role: Role, side: int) -> int:
    return sum(
        len(values)
        for (row, column), values in matrix.cells.items()
        if (role != "b" and row == side) or (role != "a" and column == side)
    )


def _links(matrix: Matrix, fit: _Fit, effects: Sequence[Effect], least: float) -> Iterator[Link]:
    """Yield the links all of whose values are far slower than their pods let expect; not those of suspects."""
    suspects = {effect.side for effect in effects if effect.suspect}
    rests: dict[tuple[int, int], list[float]] = {}
    a, b = fit.roles[0], fit.roles[-1]
    for (row, column), values in matrix.cells.items():
        expected = fit.usual + fit.effects[a][row] + fit.effects[b][column]
        rests.setdefault((min(row, column), max(row, column)), []).extend(
            _slowness(matrix, value) - expected for value in values
        )
    every = [rest for each in rests.values() for rest in each]
    noise = _noise(every, len(fit.roles) * len(matrix.sides), len(every))
    for (one, other), each in rests.items():
        sides = (matrix.sides[one], matrix.sides[other])
        if len(each) >= LINK_VALUES and min(each) >= max(least, SCORE * noise) and suspects.isdisjoint(sides):
            yield Link(sides, _change(matrix, median(each)), len(each))


# --- who is named ------------------------------------------------------------------------------------------------


def find_suspects(records: Iterable[Record], slower: float = SLOWER) -> Findings:
    """Judge every matrix of the records, and name the pods, links and nodes that are slow.

    Of a benchmark with three or more sizes (contexts that are numbers), two must say so.
    """
    verdicts = tuple(judge(matrix, slower) for matrix in matrices(records))
    families: dict[object, list[Verdict]] = {}
    for verdict in verdicts:
        if not verdict.reason:
            families.setdefault(family_of(verdict.matrix), []).append(verdict)
    named: dict[Side, list[tuple[Matrix, Effect]]] = {}
    links: list[tuple[Matrix, Link]] = []
    for family in families.values():
        needed = 2 if len(family) >= _MANY else 1
        of_sides: dict[Side, list[tuple[Matrix, Effect]]] = {}
        of_links: dict[tuple[Side, Side], list[tuple[Matrix, Link]]] = {}
        for verdict in family:
            for effect in verdict.effects:
                if effect.suspect:
                    of_sides.setdefault(effect.side, []).append((verdict.matrix, effect))
            for link in verdict.links:
                of_links.setdefault(link.sides, []).append((verdict.matrix, link))
        for side, found in of_sides.items():
            if len({id(matrix) for matrix, _ in found}) >= needed:
                named.setdefault(side, []).extend(found)
        links += [
            max(found, key=lambda each: abs(each[1].change)) for found in of_links.values() if len(found) >= needed
        ]
    suspects = [
        Suspect(side, tuple(sorted(found, key=lambda each: -each[1].slowness))) for side, found in named.items()
    ]
    suspects.sort(key=lambda suspect: -suspect.effects[0][1].slowness)
    return Findings(verdicts, tuple(suspects), tuple(links), tuple(_nodes(verdicts, named)))


def family_of(matrix: Matrix) -> object:
    """Return a key that matrices of one benchmark share: they differ in contexts that are numbers, such as a size."""
    words = frozenset((name, value) for name, value in matrix.context.items() if isinstance(value, str))
    return matrix.metric, matrix.figure, matrix.unit, words, frozenset(matrix.settings.items())


def _nodes(verdicts: Iterable[Verdict], named: Iterable[Side]) -> Iterator[str]:
    """Yield the nodes with several pods that are all suspects, where there is another node."""
    pods: dict[str, set[str]] = {}
    for verdict in verdicts:
        for side in verdict.matrix.sides:
            pods.setdefault(side.node, set()).add(side.pod)
    of_suspects: dict[str, set[str]] = {}
    for side in named:
        of_suspects.setdefault(side.node, set()).add(side.pod)
    for node, those in of_suspects.items():
        if len(pods) > 1 and len(those) > 1 and those == pods[node]:
            yield node
