"""The values of one figure in one context: numbers in one unit, and what is no number beside them."""

from __future__ import annotations

import math
from collections.abc import Hashable
from fractions import Fraction

from mocompile.catalog.figures.number import Scalar
from mocompile.results.analyse.samples import Sample, sample
from mocompile.results.analyse.units import converted, factor

# Larger whole numbers are no counts of anything: floats do.
_WHOLE = 2**63


class Values:
    """Collects values. `numbers` are in the unit of the first one; `texts` as they were printed."""

    def __init__(self) -> None:
        self.numbers: list[float] = []
        self.texts: list[str] = []

    def add(self, value: Scalar) -> None:
        """One more."""
        number = None if isinstance(value, str) else _finite(value, Fraction(1))
        if number is None:
            self.texts.append(str(value))
        else:
            self.numbers.append(number)

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.numbers) + len(self.texts)

    @property
    def sample(self) -> Sample | None:
        """The numbers, where there is one."""
        return sample(self.numbers) if self.numbers else None


def scaled(value: Scalar, by: Fraction) -> Scalar:
    """The value times `by`; what is no number, or would be none, as it is."""
    number = None if isinstance(value, str) else _finite(value, by)
    return value if number is None else number


def _finite(value: float, by: Fraction) -> float | None:
    try:
        exact = value if isinstance(value, int) and -_WHOLE < value < _WHOLE else float(value)
    except OverflowError:
        return None
    number = converted(exact, by) if math.isfinite(exact) else exact
    return number if math.isfinite(number) else None


class Units:
    """In which unit the values of each figure are kept: the first that came, while others differ in a prefix only."""

    def __init__(self) -> None:
        self._known: dict[Hashable, list[str]] = {}

    def kept(self, name: Hashable, unit: str) -> tuple[str, Fraction]:
        """The unit for a value of `name` that is in `unit`, and by what the value is multiplied."""
        known = self._known.setdefault(name, [])
        for other in known:
            by = factor(unit, other)
            if by is not None:
                return other, by
        known.append(unit)
        return unit, Fraction(1)
