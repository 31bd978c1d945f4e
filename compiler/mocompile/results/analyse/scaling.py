"""Scaling: whether runs on more resources are of one problem (strong), or of one that grows with them (weak).

A line may join such runs; runs of problems that differ in another way are other measurements.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Literal, TypeAlias

from mocompile.catalog.figures.number import Better, Scalar
from mocompile.results.analyse.settings import POINT, SET
from mocompile.results.environment import MACHINE

Scaling: TypeAlias = Literal["strong", "weak"]

# What counts resources, not the problem, by the last part of its name.
_RESOURCES = frozenset(
    (
        *("pods", "nodes", "procs", "processes", "ranks", "tasks", "threads", "cores", "cpus", "np"),
        *("px", "py", "pz", "p", "decomposition", "mpi_tasks", "openmp_threads", "tasksperpod"),
    )
)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
# Options of launchers that count ranks or nodes.
_LAUNCHED = re.compile(r"(?:^|\s)(?:-np?|-N|--np|--ntasks|--nodes|--npernode|--ppn|-ppn|-c|--map-by\s+\S*)[\s=]*$")
TIMES = frozenset({"ns", "us", "µs", "μs", "ms", "s", "sec", "seconds", "min", "h"})
# Rates of the whole problem, which grow with it; a rate of steps does not.
_WHOLE_RATE = re.compile(r"[kMGTP]?(?:nnz\w*|atom-steps?|flops?|dofs?|zones?|cells?|particles?)/s", re.IGNORECASE)
_LARGEST = 1e290
_NEAR = 0.1  # of a proportional growth: sizes are rounded
_MOST = 6  # names of sizes that are tried together


def is_resource(name: str) -> bool:
    """Whether a context or setting of that name counts resources, so that runs that differ in it may scale."""
    return name.rpartition(".")[2].lower().replace("-", "_") in _RESOURCES


def sizes_in(value: Scalar) -> tuple[str, dict[int, float]]:
    """The value with its numbers taken out, and those that are not counts of ranks, by their place."""
    if not isinstance(value, str):
        return "", {0: float(value) if abs(value) < _LARGEST else math.inf}
    numbers = list(_NUMBER.finditer(value))
    kept = {place: float(each[0]) for place, each in enumerate(numbers) if not _LAUNCHED.search(value[: each.start()])}
    return _NUMBER.sub("#", value), kept


def grows_with(x: Sequence[float], sizes: Mapping[Hashable, Sequence[float]]) -> bool:
    """Whether the sizes grow with `x`: each that varies does so in proportion, alone or as a product with others."""
    varying = [name for name, values in sizes.items() if len(set(values)) > 1]
    if not varying or len(varying) > _MOST or len(set(x)) < 2:
        return False
    explained: set[Hashable] = set()
    for count in range(1, len(varying) + 1):
        for names in combinations(varying, count):
            products = [math.prod(sizes[name][at] for name in names) for at in range(len(x))]
            if not explained.intersection(names) and _proportional(x, products):
                explained.update(names)
    return explained == set(varying)


def _proportional(x: Sequence[float], y: Sequence[float]) -> bool:
    ratios = [value / at for at, value in zip(x, y, strict=True) if at]
    return len(ratios) == len(x) and min(ratios) > 0 and max(ratios) <= (1 + _NEAR) * min(ratios)


def scaling_of(x: Sequence[float], points: Sequence[Mapping[str, Scalar | None]]) -> Scaling | None:
    """How runs scale that have these values of `x`, each once, and differ in what `points` have; None if they do not.

    Strong if all are of one problem, weak if its sizes grow with `x`. Counts of resources and the set do not count.
    """
    if len(set(x)) < len(x):
        return None
    sizes: dict[Hashable, list[float]] = {}
    for name in points[0]:
        values = [point.get(name) for point in points]
        if is_resource(name) or name == SET or len({(type(value), value) for value in values}) == 1:
            continue
        known = [sizes_in(value) for value in values if value is not None]
        same = len({(text, tuple(numbers)) for text, numbers in known}) == 1
        if len(known) < len(values) or not same or name == POINT or name.startswith(("label.", MACHINE, "image")):
            return None
        for place in known[0][1]:
            sizes[name, place] = [numbers[place] for _, numbers in known]
    if all(len(set(values)) == 1 for values in sizes.values()):
        return "strong"
    return "weak" if grows_with(x, sizes) else None


def has_ideal(unit: str, better: Better, scaling: Scaling) -> bool:
    """Whether a figure in that unit has an ideal: in weak scaling, only times and rates of the whole problem have."""
    if not better or unit in ("", "%"):
        return False
    return scaling == "strong" or (unit in TIMES if better == "lower" else _WHOLE_RATE.fullmatch(unit) is not None)


def ideal(x: Sequence[float], y: Sequence[float], better: Better, scaling: Scaling) -> tuple[float, ...]:
    """Return `y` with ideal scaling from its first value; in weak scaling, a time stays constant."""
    if scaling == "weak":
        return tuple(y[0] if better == "lower" else y[0] * at / x[0] for at in x)
    return tuple(y[0] * (x[0] / at if better == "lower" else at / x[0]) for at in x)


def speedup(y: Iterable[float], better: Better) -> tuple[float, ...]:
    """By how many times each value is better than the first; nan where one of them is zero."""
    values = tuple(y)
    pairs = ((values[0], each) if better == "lower" else (each, values[0]) for each in values)
    return tuple(over / under if under else math.nan for over, under in pairs)


def efficiency(x: Sequence[float], y: Sequence[float], better: Better, scaling: Scaling) -> tuple[float, ...]:
    """The values as parts of the ideal: 1 is ideal, 0.5 is half as good; nan where a value is zero."""
    best = ideal(x, y, better, scaling)
    pairs = zip(best, y, strict=True) if better == "lower" else zip(y, best, strict=True)
    return tuple(over / under if under else math.nan for over, under in pairs)
