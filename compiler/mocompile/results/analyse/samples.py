"""Whether two samples of a measurement differ by more than their noise.

With four values or more on both sides: the Mann-Whitney U test, two-sided, at 5 %. It asks how often values that come
from one and the same source fall apart as these do, whatever their distribution: benchmarks have long tails and
several modes, which a t-test does not forgive. Up to 40 values in all the probability is counted out exactly (every
way to share the values out between the sides, ties included); beyond, the normal approximation, with ties corrected,
is as good.

With fewer, that test cannot speak: of 3 and 3 values the most extreme order is chance in 1 of 10. Then the ranges
(smallest to largest) must lie apart by at least the wider of them; twice that where both sides have but two values. Of
values from one normal distribution that is so in at most 4 of 100.

In both cases, a difference of medians below 1 % does not count. The noise of a side with one value is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from statistics import median
from typing import Literal, TypeAlias

ALPHA = 0.05
MINIMUM = 0.01
# From how many values on both sides the test can tell, and up to how many in all it is exact.
TESTED = 4
_EXACT = 40

SampleVerdict: TypeAlias = Literal["differs", "same", "unclear"]


@dataclass(frozen=True, slots=True)
class Sample:
    """The values of one figure, in order of size; at least one."""

    values: tuple[float, ...]

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.values)

    @property
    def median(self) -> float:
        """The one in the middle."""
        return median(self.values)

    @property
    def spread(self) -> float:
        """Half of the interquartile range; the quartiles are interpolated, as numpy and pandas do. 0 for one value."""
        return quantile(self.values, 0.75) / 2 - quantile(self.values, 0.25) / 2

    @property
    def low(self) -> float:
        """The smallest."""
        return self.values[0]

    @property
    def high(self) -> float:
        """The largest."""
        return self.values[-1]


def sample(values: Iterable[float]) -> Sample:
    """The values as a sample."""
    return Sample(tuple(sorted(values)))


def change(a: float, b: float) -> float:
    """How far `b` is from `a`, as a part of `a`: 0.05 is 5 % more. Infinite where `a` is 0 and `b` is not."""
    if a == b:
        return 0.0
    return (b - a) / abs(a) if a else math.copysign(math.inf, b)


def judge(a: Sample, b: Sample, minimum: float = MINIMUM) -> tuple[SampleVerdict, float | None]:
    """Whether they differ by more than the noise and by `minimum`; and the test's probability, where it was made."""
    p = mann_whitney(a.values, b.values) if min(a.n, b.n) >= TESTED else None
    if abs(change(a.median, b.median)) < minimum or a.median == b.median:
        return "same", p
    if p is not None:
        return ("differs" if p <= ALPHA else "same"), p
    return _by_ranges(a, b), None


def _by_ranges(a: Sample, b: Sample) -> SampleVerdict:
    gap = max(a.low, b.low) - min(a.high, b.high)
    if gap <= 0:
        return "same"
    if min(a.n, b.n) < 2:
        return "unclear"
    times = 2 if a.n + b.n == 4 else 1
    return "differs" if gap >= times * max(a.high - a.low, b.high - b.low) else "unclear"


def mann_whitney(a: Sequence[float], b: Sequence[float]) -> float:
    """The two-sided probability of the Mann-Whitney U test: that one source's values fall apart at least so far."""
    doubled = _doubled_ranks((*a, *b))
    total = sum(doubled[: len(a)])
    if len(doubled) > _EXACT:
        return _approximate(doubled, total, len(a))
    below, ways = _shares(tuple(sorted(doubled)), len(a))
    at_most = below[total]
    at_least = ways - (below[total - 1] if total else 0)
    return min(1.0, 2 * min(at_most, at_least) / ways)


def _doubled_ranks(values: Sequence[float]) -> list[int]:
    """Twice the rank of each value: whole numbers, as equal values share the mean of their ranks."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for position in order[start:end]:
            ranks[position] = start + 1 + end
        start = end
    return ranks


@lru_cache(maxsize=64)
def _shares(doubled: tuple[int, ...], n: int) -> tuple[list[int], int]:
    """In how many ways `n` ranks can be taken so that their sum is at most 0, 1, 2 …; and how many there are."""
    # A polynomial for each number of ranks taken, whose coefficient of x^sum is the number of ways: one large integer
    # with x a power of two that no coefficient reaches, so that shifting and adding do the work.
    width = len(doubled) // 8 + 1
    taken = [1] + [0] * n
    for rank in doubled:
        for number in range(n, 0, -1):
            taken[number] += taken[number - 1] << (8 * width * rank)
    size = (sum(doubled) + 1) * width
    digits = taken[n].to_bytes(size, "little")
    below = list(accumulate(int.from_bytes(digits[at : at + width], "little") for at in range(0, size, width)))
    return below, below[-1]


def _approximate(doubled: Sequence[int], total: int, n: int) -> float:
    """By the normal distribution, corrected for ties and for continuity."""
    size = len(doubled)
    m = size - n
    u = total / 2 - n * (n + 1) / 2
    ties = sum(count**3 - count for count in _counts(doubled))
    variance = n * m / 12 * (size + 1 - ties / (size * (size - 1)))
    if variance <= 0:
        return 1.0
    z = max(0.0, abs(u - n * m / 2) - 0.5) / math.sqrt(variance)
    return min(1.0, math.erfc(z / math.sqrt(2)))


def _counts(ranks: Sequence[int]) -> Iterable[int]:
    found: dict[int, int] = {}
    for rank in ranks:
        found[rank] = found.get(rank, 0) + 1
    return found.values()


def quantile(ordered: Sequence[float], part: float) -> float:
    """The value at `part` (0 to 1) of the ordered values, interpolated as numpy and pandas do."""
    position = (len(ordered) - 1) * part
    at = math.floor(position)
    below, above = ordered[at], ordered[min(at + 1, len(ordered) - 1)]
    return below if below == above else below + (above - below) * (position - at)
