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

Scaling: TypeAlias = Literal["strong", "weak"]

# What counts resources, not the problem, by the last part of its name.
_RESOURCES = frozenset(
    (
        *("pods", "nodes", "procs", "processes", "ranks", "tasks", "threads", "cores", "cpus", "np"),
        *("px", "py", "pz", "mpi_tasks", "openmp_threads", "tasksperpod"),
    )
)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
# Options of launchers that count ranks or nodes.
_LAUNCHED = re.compile(r"(?:^|\s)(?:-np?|-N|--np|--ntasks|--nodes|--npernode|--ppn|-ppn|-c|--map-by\s+\S*)[\s=]*$")
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


def ideal(x: Sequence[float], y: Sequence[float], better: Better, scaling: Scaling) -> tuple[float, ...]:
    """What `y` would be, did it scale ideally from its first value; a time stays as it is in weak scaling."""
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
