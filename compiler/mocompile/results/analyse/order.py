"""The order of values and names as people expect it."""

from __future__ import annotations

import math
import re


def natural(value: object) -> tuple[tuple[int, float, str], ...]:
    """A sort key by which numbers in names count as numbers: w-2 before w-10."""
    if isinstance(value, (int, float)):
        try:
            return ((0, float(value), ""),)
        except OverflowError:  # beyond all floats
            return ((0, math.inf if value > 0 else -math.inf, ""),)
    parts = re.split(r"(\d{1,15})", str(value))
    return tuple(
        (0, float(part), "") if part.isascii() and part.isdigit() else (1, 0.0, part) for part in parts if part
    )
