"""Numbers as benchmarks print them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final, Literal, TypeAlias

Scalar: TypeAlias = str | int | float

Better: TypeAlias = Literal["higher", "lower", ""]

# No digit may be matched by one part or by another: a line of digits would be tried in every way to share them out.
# Fortran prints 0.1D+01 for 0.1E+01; C prints nan and inf.
NUMBER: Final = r"[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eEdD][-+]?\d+)?|(?i:nan|inf(?:inity)?))"

# With a letter for a thousand, a million, and `B` where it is bytes.
SUFFIXED: Final = NUMBER + r"(?:[kKMGTPE]?(?:i?B)?)"

DURATION: Final = r"\d[\d:.hms]*"

_INTEGER = re.compile(r"[-+]?\d{1,300}")

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eEdD][-+]?\d+)?")

_NO_NUMBER = re.compile(r"[-+]?(?i:nan|inf(?:inity)?)")

_SUFFIX = re.compile(r"(?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+))(?P<letter>[kKMGTPE])?(?P<bytes>i?B)?")

_LETTERS = "kMGTPE"

_OWN_LETTER = re.compile(r"([kKMGTPE])i?[Bb]")

_PLAIN_INTEGER = re.compile(r"-?(0|[1-9]\d{0,18})")

_CLOCK = re.compile(r"(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+(?:\.\d+)?)")

_UNITS = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")

_SECONDS = re.compile(r"\d+(?:\.\d+)?")


def parse_number(text: str) -> Scalar | None:
    """`text` as an int or a float; `nan`, `inf` and what no float can hold stay text. None where it is no number."""
    if "." not in text and _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        value = float(text.replace("D", "e").replace("d", "e"))
        return text if value in (float("inf"), float("-inf")) else value
    return text if _NO_NUMBER.fullmatch(text) else None


def parse_suffixed(text: str, base: int, unit: str) -> Scalar | None:
    """Return a number that ends with a letter for a power of `base`, in `unit`; None for other text.

    >>> parse_suffixed("1.5M", 1024, "kB/s"), parse_suffixed("12k", 1000, "IOPS")
    (1536.0, 12000)
    """
    match = _SUFFIX.fullmatch(text)
    if match is None or not (match["letter"] or match["bytes"]):
        return None
    own = _OWN_LETTER.match(unit)
    power = _power(match["letter"]) - _power(own[1] if own else None)
    value = Fraction(match["number"].removesuffix(".")) * Fraction(base) ** power
    return int(value) if "." not in match["number"] and value.denominator == 1 else float(value)


def _power(letter: str | None) -> int:
    return 0 if letter is None else _LETTERS.upper().index(letter.upper()) + 1


def duration(text: str) -> float | None:
    """Seconds of `H:MM:SS`, `M:SS`, `D-HH:MM:SS`, `1m2.5s`, `2.5`; None for other text.

    LAMMPS prints the first, the shell's `time` the fourth (`time -p` and GNU's time the last).
    """
    if _SECONDS.fullmatch(text):
        return float(text)
    if (clock := _CLOCK.fullmatch(text)) is not None:
        days, hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        return round(((days * 24 + hours) * 60 + minutes) * 60 + seconds, 6)
    units = _UNITS.fullmatch(text)
    if units is None or not any(units.groups()):
        return None
    hours, minutes, seconds = (float(part or 0) for part in units.groups())
    return round((hours * 60 + minutes) * 60 + seconds, 6)


def word(text: str) -> Scalar:
    """A context's value: an int where it is written like one, else text."""
    return int(text) if _PLAIN_INTEGER.fullmatch(text) else text
