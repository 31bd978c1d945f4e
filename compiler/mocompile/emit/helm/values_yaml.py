"""Writes `values.yaml`: the values of the user's document, each with a comment."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from mocompile.emit.yaml import dump_one
from mocompile.expression.directions import escaped_directions

if TYPE_CHECKING:
    from mocompile.emit.helm.chart_values import Keys, Offer

_WIDTH = 110

# Values by key; a leaf is its path.
Nested: TypeAlias = "dict[str, Nested | Keys]"


def values_yaml(offer: Offer) -> str:
    """The text of the file."""
    head = (
        f"# Values of the metric set {offer.metricset.name}; they mirror `spec` of its metrics.yaml.\n"
        "# README.md lists them. `pods` and the pods' templates cannot change after the installation.\n\n"
    )
    return head + "".join(_lines(offer, nested(offer.paths), 0))


def nested(paths: tuple[Keys, ...]) -> Nested:
    """The paths as a tree, in their order."""
    root: Nested = {}
    for path in paths:
        below = root
        for key in path[:-1]:
            child = below.setdefault(key, {})
            assert isinstance(child, dict)
            below = child
        below[path[-1]] = path
    return root


def entry(key: str, value: Any, depth: int) -> str:
    """A key with its value, indented."""
    return indented(dump_one({key: value}), depth)


def indented(text: str, depth: int) -> str:
    """The text, `depth` levels further in."""
    return textwrap.indent(text, "  " * depth)


def _lines(offer: Offer, tree: Nested, depth: int) -> Iterator[str]:
    for key, child in tree.items():
        if isinstance(child, Mapping):
            yield entry(key, None, depth).replace(": null\n", ":\n").replace(":\n\n", ":\n")
            yield from _lines(offer, child, depth + 1)
        else:
            yield _comment(str(offer.schema(child).get("description", "")), depth)
            yield entry(key, offer.default(child), depth)


def _comment(description: str, depth: int) -> str:
    lead = "  " * depth + "# "
    lines = textwrap.wrap(
        escaped_directions(description), _WIDTH, initial_indent=lead, subsequent_indent=lead, break_long_words=False
    )
    return "".join(f"{line}\n" for line in lines)
