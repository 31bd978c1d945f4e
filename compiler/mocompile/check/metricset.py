"""A MetricSet that has been checked: what `check` hands to `expand`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mocompile.schema.convert import Json

if TYPE_CHECKING:
    from mocompile.catalog import AddonSheet, MetricSheet
    from mocompile.check.patches import Patch
    from mocompile.check.source_map import SourceMap
    from mocompile.diagnostics.finding import Finding
    from mocompile.schema.option_groups import Group


@dataclass(frozen=True, slots=True)
class AddonUse:
    """An addon of a metric. `id` is unique under its metric; `path` is its path among the values.

    `pods_path` is the path of the number of its metric's pods.
    """

    id: str
    sheet: AddonSheet
    path: tuple[str, ...]
    settings: Mapping[Group, Mapping[str, Json]]
    pods_path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MetricUse:
    """A metric of the set. `id` is unique in the set; `path` is its path among the values.

    `job_names` has the name of each replicated job by its role name (`l`, `w`, `n`, `m`). `pods_path` is the path of
    the number of its pods, and `pod` has the fields that were written for its own pods.
    """

    id: str
    sheet: MetricSheet
    path: tuple[str, ...]
    settings: Mapping[Group, Mapping[str, Json]]
    addons: tuple[AddonUse, ...]
    job_names: Mapping[str, str]
    security_context: Mapping[str, Json]
    pods_path: tuple[str, ...]
    pod: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class MetricSet:
    """The set. `values` mirrors `spec`, every default filled in, with `metrics.<id>`, `addons.<id>` in place of lists.

    What a user may change at install time is read from `values` by path; the rest is fixed when the set is compiled.
    `patches` change the finished JobSet. `sequential`: each metric waits for the one before; `fqdn`: pods' host names
    are their full DNS names. `places` says where the values were written, `warnings` what the check had to say; neither
    is a part of what the set is.
    """

    name: str
    namespace: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    metrics: tuple[MetricUse, ...]
    sequential: bool
    fqdn: bool
    values: Mapping[str, Json]
    patches: tuple[Patch, ...]
    places: SourceMap = field(compare=False, repr=False)
    warnings: tuple[Finding, ...] = field(default=(), compare=False, repr=False)
