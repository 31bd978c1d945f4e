"""Which pod is named: simulated measurements with and without a slow pod, and what is too little to name one."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from mocompile.results.analyse.pairs import Findings, Matrix, Side, find_suspects, judge, matrices
from mocompile.results.record import Record

from tests.results.records import record as made_record

# How many matrices are simulated of each kind. The rates in docs/pairs.md are those of 300.
TIMES = int(os.environ.get("MOCOMPILE_SIMULATIONS", "8"))

# Noise of standard size; `bimodal` is a path that three pairs of ten take and that is four times as far.
NOISE: Mapping[str, Callable[[random.Random], float]] = {
    "normal": lambda rng: rng.gauss(0, 1),
    "t3": lambda rng: rng.gauss(0, 1) / math.sqrt(rng.gammavariate(1.5, 2) / 3),
    "t2": lambda rng: rng.gauss(0, 1) / math.sqrt(rng.gammavariate(1, 2) / 2),
    "cauchy": lambda rng: math.tan(math.pi * (rng.random() - 0.5)),
    "skewed": lambda rng: rng.expovariate(1),
    "outliers": lambda rng: rng.gauss(0, 1) + (rng.random() < 0.1) * rng.expovariate(1) * 10,
    "bimodal": lambda rng: rng.gauss(0, 0.2) + (rng.random() < 0.3) * 4,
}
# The size of the noise, and how much healthy nodes differ.
SIZES = ((0.02, 0.0), (0.05, 0.02), (0.1, 0.05), (0.2, 0.0))


def pairs(pods: int, partners: int, rng: random.Random) -> Iterator[tuple[int, int]]:
    """All pairs (0 partners), or those of random rounds as the pod's script makes them."""
    if not partners:
        yield from combinations(range(pods), 2)
        return
    order = rng.sample(range(pods), pods)
    turns = pods - 1 + pods % 2
    for turn in range(partners):
        seats = [(turns, turn), *(((turn + n) % turns, (turn - n) % turns) for n in range(1, (turns + 1) // 2))]
        yield from ((order[a], order[b]) for a, b in seats if max(a, b) < pods)


def matrix(
    pods: int,
    rng: random.Random,
    *,
    noise: str = "normal",
    size: float = 0.02,
    spread: float = 0.02,
    slow: Mapping[tuple[int, str], float] | None = None,
    links: Mapping[tuple[int, int], float] | None = None,
    partners: int = 0,
    both: bool = True,
    repetitions: int = 1,
    better: str = "lower",
) -> Matrix:
    """A simulated matrix. `slow` has the slowness of pods as `a` or as `b`, `links` that of pairs."""
    slow, links = slow or {}, links or {}
    own = {(pod, role): rng.gauss(0, spread) + slow.get((pod, role), 0) for pod in range(pods) for role in "ab"}
    cells = {}
    for one, other in pairs(pods, partners, rng):
        for a, b in ((one, other), (other, one))[: 2 if both else 1]:
            usual = own[a, "a"] + own[b, "b"] + links.get((min(a, b), max(a, b)), 0)
            rests = [max(-60.0, min(60.0, size * NOISE[noise](rng))) for _ in range(repetitions)]
            cells[a, b] = tuple(math.exp((usual + rest) * (1 if better == "lower" else -1)) * 12 for rest in rests)
    sides = tuple(Side(f"pod-{pod}", f"node-{pod}") for pod in range(pods))
    return Matrix("m", "figure", "us", "lower" if better == "lower" else "higher", {}, {}, sides, cells)


def named(made: Matrix) -> set[str]:
    """Return the pods that are named."""
    return {effect.side.pod for effect in judge(made).effects if effect.suspect}


def both_ways(pod: int, slowness: float) -> dict[tuple[int, str], float]:
    """A pod that is slow as `a` and as `b`."""
    return {(pod, "a"): slowness, (pod, "b"): slowness}


@pytest.mark.parametrize(
    ("pods", "partners", "most"),
    [(5, 0, 0.01), (6, 0, 0.01), (8, 0, 0.01), (16, 0, 0.01), (8, 3, 0.03), (16, 3, 0.03), (16, 5, 0.01)],
)
def test_with_nothing_slow_it_names_none(pods: int, partners: int, most: float) -> None:
    rates = {}
    for noise in NOISE:
        wrong = 0
        times = max(3, TIMES * 6 // max(6, pods))
        for size, spread in SIZES:
            rng = random.Random(f"{pods} {partners} {noise} {size}")
            for _ in range(times):
                made = matrix(pods, rng, noise=noise, size=size, spread=spread, partners=partners)
                wrong += bool(named(made))
        rates[noise] = wrong / (times * len(SIZES))
    if TIMES >= 100:
        print(pods, partners, rates)
        assert max(rates.values()) < most, rates
    # With few simulations, all kinds of noise together.
    assert sum(rates.values()) / len(rates) <= most, rates


@pytest.mark.parametrize(("pods", "size", "least"), [(6, 0.02, 1.0), (6, 0.05, 0.8), (8, 0.05, 0.9), (16, 0.1, 0.8)])
@pytest.mark.parametrize("roles", ["a", "b", "ab"])
def test_a_pod_that_is_30_percent_slower_is_named_and_no_other(
    pods: int, size: float, least: float, roles: str
) -> None:
    rng = random.Random(f"power {pods} {size} {roles}")
    found = []
    for _ in range(2 * TIMES):
        # 30 % less in a second.
        slow = {(1, role): -math.log(0.7) for role in roles}
        found.append(named(matrix(pods, rng, size=size, slow=slow, better="higher")))
    rate = sum("pod-1" in each for each in found) / len(found)
    if TIMES >= 100:
        print(pods, size, roles, rate)
    assert rate >= least
    assert sum(bool(each - {"pod-1"}) for each in found) <= 0.02 * len(found)


def test_two_slow_pods_of_eight_are_both_named() -> None:
    rng = random.Random(3)
    slow = {**both_ways(1, 0.4), **both_ways(6, 0.3)}
    assert named(matrix(8, rng, slow=slow)) == {"pod-1", "pod-6"}


def test_a_pod_that_is_faster_is_not_named() -> None:
    rng = random.Random(4)
    assert named(matrix(6, rng, slow=both_ways(2, -0.5))) == set()


def test_the_change_is_told_in_the_direction_of_the_figure() -> None:
    slow = {(2, "a"): math.log(1.5)}
    (lower,) = [
        each for each in judge(matrix(6, random.Random(5), size=0.0, spread=0.0, slow=slow)).effects if each.suspect
    ]
    assert (lower.side.pod, lower.role, round(lower.change, 6)) == ("pod-2", "a", 0.5)
    made = matrix(6, random.Random(5), size=0.0, spread=0.0, slow=slow, better="higher")
    (higher,) = [each for each in judge(made).effects if each.suspect]
    assert round(higher.change, 6) == round(1 / 1.5 - 1, 6)
    assert (higher.partners, higher.values) == (5, 5)


def test_a_slow_link_is_named_from_three_values_on_and_its_pods_are_not() -> None:
    links = {(1, 4): 0.5}
    verdict = judge(matrix(6, random.Random(6), links=links, repetitions=2))
    (link,) = verdict.links
    assert [side.pod for side in link.sides] == ["pod-1", "pod-4"]
    assert 0.4 < link.change < 0.9
    assert not any(effect.suspect for effect in verdict.effects)
    # One repetition both ways gives two values.
    assert judge(matrix(6, random.Random(6), links=links)).links == ()


@pytest.mark.parametrize("noise", NOISE)
def test_with_nothing_slow_it_names_no_link(noise: str) -> None:
    rng = random.Random(f"links {noise}")
    found = [judge(matrix(8, rng, noise=noise, size=0.05, repetitions=2)).links for _ in range(TIMES)]
    assert sum(bool(links) for links in found) <= 0.02 * len(found)


def test_few_pods_and_few_partners_are_no_verdict() -> None:
    slow = both_ways(1, 2.0)
    few = judge(matrix(4, random.Random(7), slow=slow))
    assert few.reason == "4 pods are too few to say what is usual: it takes 5"
    ring = matrix(8, random.Random(7), slow=slow)
    cells = {(a, b): values for (a, b), values in ring.cells.items() if (b - a) % 8 in (1, 7)}
    verdict = judge(Matrix("m", "f", "us", "lower", {}, {}, ring.sides, cells))
    assert verdict.reason == "a pod has figures with 2 others: it takes 3 to tell the pod from its partners"
    assert (few.effects, verdict.effects) == ((), ())


def test_pairs_measured_one_way_give_one_effect_for_both_sides() -> None:
    verdict = judge(matrix(6, random.Random(8), slow=both_ways(3, 0.5), both=False))
    assert {effect.role for effect in verdict.effects} == {""}
    assert {effect.side.pod for effect in verdict.effects if effect.suspect} == {"pod-3"}


# --- records -----------------------------------------------------------------------------------------------------


def records_of(made: Matrix, nodes: Mapping[int, str] | None = None, **context: Any) -> list[Record]:
    """The records of a matrix; `nodes` are those of some pods."""
    sides = [Side(each.pod, (nodes or {}).get(number, each.node)) for number, each in enumerate(made.sides)]
    return [
        made_record(
            value,
            made.figure,
            made.unit,
            better=made.better,
            pods=len(sides),
            a=sides[a].pod,
            a_node=sides[a].node,
            b=sides[b].pod,
            b_node=sides[b].node,
            **context,
        )
        for (a, b), values in made.cells.items()
        for value in values
    ]


def suspects(findings: Findings) -> set[str]:
    """Return the pods that are named."""
    return {each.side.pod for each in findings.suspects}


def test_of_many_sizes_one_alone_is_no_verdict() -> None:
    rng = random.Random(9)
    slow = [matrix(6, rng, slow=both_ways(2, 0.6)) for _ in range(2)]
    plain = [matrix(6, rng) for _ in range(3)]
    one = [each for size, made in enumerate([slow[0], *plain]) for each in records_of(made, size=size)]
    two = [each for size, made in enumerate([*slow, *plain]) for each in records_of(made, size=size)]
    assert suspects(find_suspects(one)) == set()
    assert suspects(find_suspects(two)) == {"pod-2"}
    # Without other sizes, one is all there is.
    assert suspects(find_suspects(records_of(slow[0]))) == {"pod-2"}


def test_a_node_is_named_where_all_of_its_pods_are() -> None:
    slow = {**both_ways(0, 0.5), **both_ways(1, 0.5)}
    made = matrix(8, random.Random(10), slow=slow)
    nodes = {pod: f"node-{pod // 2}" for pod in range(8)}
    findings = find_suspects(records_of(made, nodes))
    assert (suspects(findings), findings.nodes) == ({"pod-0", "pod-1"}, ("node-0",))
    # Where all pods are on one node, no node can differ from another.
    assert find_suspects(records_of(made, dict.fromkeys(range(8), "one"))).nodes == ()


def test_figures_of_other_contexts_or_of_no_pair_are_never_one_matrix() -> None:
    made = matrix(6, random.Random(11))
    of_pairs = [*records_of(made, size=1), *records_of(made, size=2)]
    of_none = [made_record(1.0, "figure", size=1), made_record(1.0, "figure", size=1, a="pod-1", a_node="node-1")]
    assert [len(each.cells) for each in matrices([*of_pairs, *of_none])] == [30, 30]
    assert matrices(replace(each, better="") for each in of_pairs) == ()


def test_values_that_have_no_logarithm_are_counted_and_left_out() -> None:
    records = records_of(matrix(6, random.Random(12)))
    bad = [replace(records[0], value=value) for value in (0, "nan", -1.5)]
    (found,) = matrices([*records, *bad])
    assert (found.left_out, len(found.cells)) == (3, 30)
