"""The line with which templates/pod/pairs.sh says which two pods a timepoint is about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mocompile.catalog.figures.number import Scalar
from mocompile.results.pair import CONTEXTS, A, B
from mocompile.results.read.found import Found, Remark

START = "# PAIR {"


@dataclass(frozen=True, slots=True)
class Pair:
    """The pods `a` and `b` of a run and their nodes, as contexts of its figures; `failure` says why it has none."""

    contexts: Mapping[str, Scalar]
    failure: Remark | None = None


def has_pairs(metadata: Mapping[str, Any]) -> bool:
    """Whether the run of this METADATA is over pairs of pods."""
    options = metadata.get("metricOptions")
    return isinstance(options, dict) and isinstance(options.get("pairs"), str) and options["pairs"] != ""


def pair_in(line: str, number: int) -> Pair:
    """Return the pair of the line, which begins with START; a failure where the line is cut or has other text in it."""
    try:
        data = json.loads(line[len(START) - 1 :])
    except (ValueError, RecursionError):
        data = {}
    contexts = {name: data.get(name) for name in CONTEXTS}
    code = data.get("code")
    if not all(isinstance(name, str) and name for name in contexts.values()) or type(code) is not int:
        return Pair({}, Remark("the line that names the pair is cut: its figures are left out", number, failed=True))
    failure = None
    if code:
        message = f"the run of the pair {contexts[A]} and {contexts[B]} ended with code {code}"
        failure = Remark(message, number, failed=True)
    return Pair({name: str(value) for name, value in contexts.items()}, failure)


def add_pair(found: Iterable[Found], pair: Pair, unless: Mapping[str, Iterable[str]]) -> None:
    """Give the figures the contexts of the pair, and take those away that the pair makes needless."""
    needless = {name for name, others in unless.items() if not pair.contexts.keys().isdisjoint(others)}
    for each in found:
        kept = {name: value for name, value in each.context.items() if name not in needless}
        each.context = {**pair.contexts, **kept}
