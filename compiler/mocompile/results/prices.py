"""Reads `prices.yaml`: what a node with certain labels costs in an hour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.document.merge import merge
from mocompile.document.tree import place_of
from mocompile.schema import violations
from mocompile.schema.convert import convert
from mocompile.schema.files import read

if TYPE_CHECKING:
    from mocompile.document.load import Document
    from mocompile.document.tree import Map


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a node that has all these labels, for an hour."""

    labels: Mapping[str, str]
    per_hour: float

    def is_of(self, labels: Mapping[str, str]) -> bool:
        """Whether a node with these labels has this price."""
        return self.labels.items() <= labels.items()


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of nodes. For each node, the first one that is its own counts."""

    currency: str
    nodes: tuple[Price, ...]

    def of(self, labels: Mapping[str, str]) -> float | None:
        """Return the price for an hour of a node with these labels; None if there is none."""
        return next((each.per_hour for each in self.nodes if each.is_of(labels)), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the labels that prices go by."""
        return tuple(dict.fromkeys(name for each in self.nodes for name in each.labels))


def read_prices(document: Document) -> Prices:
    """Return the prices that the document describes. Raises `InputError` with every finding."""
    root = merge(document).root
    schema = read("prices")
    data: Any = convert(root, schema)
    found = list(violations.findings(root, data, schema))
    if found:
        raise InputError(found)
    nodes = tuple(Price(each["labels"], float(each["perHour"])) for each in data["nodes"])
    found = list(_hidden(root, nodes))
    if found:
        raise InputError(found)
    return Prices(data["currency"], nodes)


def _hidden(root: Map, nodes: tuple[Price, ...]) -> Iterator[Finding]:
    """Yield a finding for each price that never counts, as an earlier one is that of the same nodes."""
    for number, each in enumerate(nodes):
        for earlier in range(number):
            if nodes[earlier].is_of(each.labels):
                labels = ", ".join(f"{name}: {value}" for name, value in each.labels.items())
                message = f"nodes[{number}]: nodes[{earlier}] is the price of every node with {labels}"
                place = place_of(root, ("nodes", number))
                yield Finding("prices-hidden", message, place, "put the entry with more labels first, or remove one")
                break
