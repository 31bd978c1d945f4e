"""The test behind a comparison gives the numbers that others publish, and those that counting gives."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mocompile.results.analyse.samples import change, judge, mann_whitney, sample

from tests.work import at_most

few = st.lists(st.integers(0, 6), min_size=1, max_size=5)


def counted(a: list[int], b: list[int]) -> float:
    """The probability by going through every way to share the values out."""
    values = [*a, *b]
    ranks = [sum(each < value for each in values) + (sum(each == value for each in values) + 1) / 2 for value in values]
    seen = sum(ranks[: len(a)])
    sums = [sum(chosen) for chosen in combinations(ranks, len(a))]
    tails = sum(each <= seen for each in sums), sum(each >= seen for each in sums)
    return min(1.0, 2 * min(tails) / len(sums))


@given(few, few)
def test_probability_is_that_of_counting_every_way_with_ties_too(a: list[int], b: list[int]) -> None:
    assert mann_whitney(a, b) == pytest.approx(counted(a, b), abs=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "p"),
    [
        # The example of scipy.stats.mannwhitneyu's documentation: males and females, method="exact".
        ([19, 22, 16, 29, 24], [20, 11, 17, 12], 0.1111111111111111),
        ([1, 2, 3, 4], [5, 6, 7, 8], 2 / 70),
        ([1, 2, 3], [4, 5, 6], 0.1),
        ([1, 1, 1, 1], [1, 1, 1, 1], 1.0),
    ],
)
def test_probability_is_the_published_one(a: list[float], b: list[float], p: float) -> None:
    assert mann_whitney(a, b) == pytest.approx(p, abs=1e-12)
    assert mann_whitney(b, a) == pytest.approx(p, abs=1e-12)


def test_approximation_takes_over_without_a_step() -> None:
    chance = random.Random(1)
    for shift in (0.0, 0.3, 0.6, 0.9):
        a = [chance.gauss(0, 1) for _ in range(20)]
        b = [chance.gauss(shift, 1) for _ in range(20)]
        exact = mann_whitney(a, b)
        # One value more in the middle of both, and it is approximated.
        assert mann_whitney([*a, 0.0], [*b, 0.0]) == pytest.approx(exact, abs=0.05)


def test_approximation_is_that_of_scipy() -> None:
    # scipy.stats.mannwhitneyu([i % 7 for i in range(30)], [i % 5 for i in range(25)], method="asymptotic").pvalue
    a, b = [i % 7 for i in range(30)], [i % 5 for i in range(25)]
    assert mann_whitney(a, b) == pytest.approx(0.14790767704706667, abs=1e-12)


def test_exact_probability_of_forty_values_is_little_work() -> None:
    chance = random.Random(2)
    for _ in range(20):
        a, b = ([chance.randrange(15) for _ in range(20)] for _ in "ab")
        with at_most(10_000):
            mann_whitney(a, b)


def test_chance_alone_is_rarely_a_difference() -> None:
    chance = random.Random(3)
    for n, m in ((2, 2), (2, 3), (3, 3), (3, 10), (4, 4), (5, 5), (10, 10)):
        alarms = 0
        for _ in range(1000):
            a, b = ([chance.gauss(10, 1) for _ in range(size)] for size in (n, m))
            alarms += judge(sample(a), sample(b))[0] == "differs"
        assert alarms <= 70, (n, m)


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ([5], [5], "same"),
        ([5], [6], "unclear"),
        ([5], [4, 6], "same"),
        ([5], [6, 7], "unclear"),
        ([5, 5.1], [6, 6.1], "differs"),
        ([5, 5.5], [6, 6.5], "unclear"),
        ([5, 5.4, 5.5], [6, 6.2, 6.4], "differs"),
        ([5, 5.9, 5.5], [6, 6.2, 6.4], "unclear"),
        ([5, 6.1, 5.5], [6, 6.2, 6.4], "same"),
        ([5, 5, 5], [6, 6, 6], "differs"),
        ([100, 100, 100], [100.9, 100.9, 100.9], "same"),
        ([1, 2, 3, 4], [5, 6, 7, 8], "differs"),
        ([1, 2, 3, 5], [4, 6, 7, 8], "same"),
        ([0, 0, 0, 0], [1, 1, 1, 1], "differs"),
        ([0, 0, 0, 0], [0, 0, 0, 0], "same"),
        ([-5, -5, -5, -5], [-4, -4, -4, -4], "differs"),
    ],
)
def test_verdict(a: list[float], b: list[float], verdict: str) -> None:
    assert judge(sample(a), sample(b))[0] == verdict
    assert judge(sample(b), sample(a))[0] == verdict


@settings(max_examples=200)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9))
def test_nothing_differs_from_itself(values: list[float]) -> None:
    assert judge(sample(values), sample(values))[0] == "same"


floats = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9)


@given(floats, floats)
def test_any_numbers_are_judged_and_both_ways_alike(a: list[float], b: list[float]) -> None:
    there, back = judge(sample(a), sample(b), 0), judge(sample(b), sample(a), 0)
    assert there[0] == back[0]
    assert there[1] == (None if back[1] is None else pytest.approx(back[1]))


@pytest.mark.parametrize(
    ("values", "median", "spread"), [([3], 3, 0), ([1, 2], 1.5, 0.25), ([4, 1, 3, 2], 2.5, 0.75), ([1, 1, 5], 1, 1)]
)
def test_spread_is_half_the_interquartile_range_of_numpy(values: list[float], median: float, spread: float) -> None:
    assert (sample(values).median, sample(values).spread) == (median, spread)


@pytest.mark.parametrize(
    ("a", "b", "part"),
    [(10, 11, 0.1), (10, 9, -0.1), (-10, -9, 0.1), (0, 0, 0), (0, 3, float("inf")), (0, -3, float("-inf")), (2, 0, -1)],
)
def test_change_is_a_part_of_the_first(a: float, b: float, part: float) -> None:
    assert change(a, b) == part
