"""Units that differ by a prefix are converted, others never."""

from __future__ import annotations

from fractions import Fraction

import pytest
from mocompile.results.analyse.units import converted, factor


@pytest.mark.parametrize(
    ("unit", "other", "by"),
    [
        ("us", "us", 1),
        ("", "", 1),
        ("katom-step/s", "Matom-step/s", Fraction(1, 1000)),
        ("Matom-step/s", "atom-step/s", 10**6),
        ("GFLOPS", "MFLOPS", 1000),
        ("KiB/s", "MiB/s", Fraction(1, 1024)),
        ("MiB/s", "MB/s", Fraction(2**20, 10**6)),
        ("us", "ms", Fraction(1, 1000)),
        ("µs", "us", 1),
        ("s", "ns", 10**9),
        ("Ms", "ms", 10**9),
    ],
)
def test_prefix_is_converted(unit: str, other: str, by: Fraction | int) -> None:
    assert factor(unit, other) == by
    assert factor(other, unit) == 1 / Fraction(by)


@pytest.mark.parametrize(
    ("unit", "other"),
    [
        # By 1024 to iperf3.
        ("MBytes", "GBytes"),
        ("s", "%"),
        ("s", ""),
        ("M", ""),
        ("M", "k"),
        ("KB/s", "MB/s"),
        ("KB/s", "kB/s"),
        ("Mops/s", "mops/s"),
        ("min", "in"),
        ("Mb/s", "MB/s"),
        ("s", "seconds"),
        ("ns/day", "s/day"),
        ("hours/ns", "ns/day"),
    ],
)
def test_other_units_are_not_converted(unit: str, other: str) -> None:
    assert factor(unit, other) is None
    assert factor(other, unit) is None


def test_whole_number_stays_one() -> None:
    assert repr(converted(5, Fraction(1000))) == "5000"
    assert repr(converted(5, Fraction(1))) == "5"
    assert converted(19.814, Fraction(1000)) == pytest.approx(19814)


def test_number_too_large_is_infinite() -> None:
    assert converted(-1e308, Fraction(1000)) == float("-inf")
