"""Units that differ in their prefix only: katom-step/s and Matom-step/s, KiB/s and MiB/s, us and ms."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

_LARGE = {"k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {f"{letter.upper()}i": 2 ** (10 * power) for power, letter in enumerate("kMGTPE", 1)}
_SMALL = {"m": -3, "u": -6, "µ": -6, "μ": -6, "n": -9, "p": -12}
# `m` is milli before these only: before anything else it may be a letter of the word (`mops`, `min`).
_SECONDS = frozenset({"s", "sec", "secs", "second", "seconds"})
# KBytes, MBytes and GBytes are by 1024 to some (iperf3), and by 1000 to others.
_BYTES = "Bytes"
_SMALL_BASES = _SECONDS | {"J", "W"}
# A large K is 1000 to some and 1024 to others, so nothing is converted from or to it.


def factor(unit: str, other: str) -> Fraction | None:
    """By what a value in `unit` is multiplied to be one in `other`, exactly; None where more than a prefix differs.

    >>> factor("katom-step/s", "Matom-step/s")
    Fraction(1, 1000)
    """
    if unit == other:
        return Fraction(1)
    others = {base: size for size, base in _readings(other)}
    for size, base in _readings(unit):
        if base in others:
            return size / others[base]
    return None


def converted(value: float, by: Fraction) -> float:
    """The value times the factor; a whole number stays one where it can."""
    if by == 1:
        return value
    exact = Fraction(value) * by
    if isinstance(value, int) and exact.denominator == 1:
        return int(exact)
    try:
        return float(exact)
    except OverflowError:
        return float("inf") if exact > 0 else float("-inf")


def _readings(unit: str) -> Iterator[tuple[Fraction, str]]:
    """The ways to read a unit: a factor, and the unit that it is of."""
    yield Fraction(1), unit
    for prefix, size in _BINARY.items():
        if unit.startswith(prefix) and len(unit) > len(prefix):
            yield Fraction(size), unit[len(prefix) :]
    prefix, base = unit[:1], unit[1:]
    if base and base != _BYTES and prefix in _LARGE:
        yield Fraction(10 ** _LARGE[prefix]), base
    if base in _SMALL_BASES and prefix in _SMALL:
        yield Fraction(1, 10 ** -_SMALL[prefix]), "s" if base in _SECONDS else base
