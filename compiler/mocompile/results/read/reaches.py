"""Context that holds for a whole section or run, above and below the line that has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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


class Owned:
    """Context from lines that holds for figures of the run with the same value of another context, the owner.

    A run has a line for each of its jobs, for example, and the job's name is also in the context of its figures.
    """

    def __init__(self) -> None:
        # By the owner's name and value.
        self._values: dict[tuple[str, Scalar], dict[str, list[Scalar]]] = {}
        self._if_alone: list[tuple[str, Mapping[str, Scalar]]] = []

    def say(self, owner: str, context: Mapping[str, Scalar]) -> None:
        """Keep the context of a line of one owner."""
        if owner in context:
            others = {name: value for name, value in context.items() if name != owner}
            say(self._values.setdefault((owner, context[owner]), {}), others)

    def say_if_alone(self, owner: str, context: Mapping[str, Scalar]) -> None:
        """Keep a context that holds for all of the run if there is one owner only."""
        self._if_alone.append((owner, context))

    def add_context(self, figures: Sequence[Found], of_run: dict[str, list[Scalar]]) -> None:
        """Add the owners' context to their figures, and that of a lone owner to `of_run`."""
        for owner, context in self._if_alone:
            if sum(name == owner for name, _ in self._values) == 1:
                say(of_run, context)
        for (owner, value), values in self._values.items():
            add_context((each for each in figures if each.context.get(owner) == value), values)


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
    context = {name: listed(each) for name, each in values.items()}
    joined: dict[int, tuple[Mapping[str, Scalar], Mapping[str, Scalar]]] = {}
    for found in figures:
        # Figures of one line or row share their context. It is kept, so that no other context has its id.
        own = found.context
        known = joined.get(id(own))
        if known is None:
            known = joined[id(own)] = own, {**context, **own}
        found.context = known[1]


def listed(values: list[Scalar]) -> Scalar:
    """Return the only value, or several values as one text; if there are many, their number."""
    if len(values) == 1:
        return values[0]
    shown = ",".join(map(str, values[:_LISTED]))
    return shown if len(values) <= _LISTED else f"{shown},... ({len(values)} values)"
