"""Context that holds for a whole section or run, above and below the line that has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mocompile.catalog.figures.number import Scalar

if TYPE_CHECKING:
    from mocompile.results.read.found import Found

# If a name has more values than this in a run, they are counted instead of listed.
_LISTED = 4


@dataclass(slots=True)
class Reach:
    """Context from lines for all figures of a section. `found`: where those figures are in the list of figures."""

    values: dict[str, list[Scalar]] = field(default_factory=dict)
    found: list[int] = field(default_factory=list)


def say(values: dict[str, list[Scalar]], context: Mapping[str, Scalar]) -> None:
    """Add the values of `context` to `values`; each value is kept once."""
    for name, value in context.items():
        known = values.setdefault(name, [])
        if value not in known:
            known.append(value)


def add_context(figures: Iterable[Found], values: Mapping[str, list[Scalar]]) -> None:
    """Add the run's context to the figures, several values as a list; a figure's own context comes first."""
    if not values:
        return
    context = {name: _listed(each) for name, each in values.items()}
    joined: dict[int, tuple[Mapping[str, Scalar], Mapping[str, Scalar]]] = {}
    for found in figures:
        # Figures of one line or row share their context. It is kept, so that no other context has its id.
        own = found.context
        known = joined.get(id(own))
        if known is None:
            known = joined[id(own)] = own, {**context, **own}
        found.context = known[1]


def _listed(values: list[Scalar]) -> Scalar:
    if len(values) == 1:
        return values[0]
    shown = ",".join(map(str, values[:_LISTED]))
    return shown if len(values) <= _LISTED else f"{shown},... ({len(values)} values)"
