"""A MetricSet that has been checked: what `check` hands to `expand`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mocompile.schema.convert import Json

if TYPE_CHECKING:
    from mocompile.catalog import AddonSheet, MetricSheet
    from mocompile.document.tree import Path
    from mocompile.schema.option_groups import Group


@dataclass(frozen=True, slots=True)
class AddonUse:
    """An addon of a metric. `id` is unique under its metric; `path` is where it stands among the values."""

    id: str
    sheet: AddonSheet
    path: tuple[str, ...]
    settings: Mapping[Group, Mapping[str, Json]]


@dataclass(frozen=True, slots=True)
class MetricUse:
    """A metric of the set. `id` is unique in the set; `path` is where it stands among the values."""

    id: str
    sheet: MetricSheet
    path: tuple[str, ...]
    settings: Mapping[Group, Mapping[str, Json]]
    addons: tuple[AddonUse, ...]
    security_context: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class MetricSet:
    """The set. `values` mirrors `spec`, every default filled in, with `metrics.<id>`, `addons.<id>` in place of lists.

    What a user may change at install time is read from `values` by path; the rest is fixed when the set is compiled.
    `sequential`: each metric waits for the one before; `fqdn`: pods' host names are their full DNS names.
    """

    name: str
    namespace: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    metrics: tuple[MetricUse, ...]
    sequential: bool
    fqdn: bool
    values: Mapping[str, Json]


def written_at(metricset: MetricSet, keys: tuple[str, ...]) -> Path:
    """Where in the document a value stands: its keys, with positions in place of ids, as far as the set has them."""
    match keys:
        case ("spec", "metrics", metric, "addons", addon, *rest):
            for position, use in enumerate(metricset.metrics):
                ids = [each.id for each in use.addons]
                if use.id == metric and addon in ids:
                    return ("spec", "metrics", position, "addons", ids.index(addon), *rest)
            return written_at(metricset, ("spec", "metrics", metric))
        case ("spec", "metrics", metric, *rest):
            ids = [use.id for use in metricset.metrics]
            return ("spec", "metrics", ids.index(metric), *rest) if metric in ids else ("spec", "metrics")
    return keys
