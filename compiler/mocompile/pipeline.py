"""The stages, one after another: a merged document to what an output format holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mocompile.catalog import Catalog
from mocompile.check import check
from mocompile.check.patches import PATCHES
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.document.tree import place_of
from mocompile.emit import object_sizes
from mocompile.emit.content_name import is_named_by_content, named_objects, plain_objects
from mocompile.emit.patches import PatchError
from mocompile.emit.yaml import dump
from mocompile.expand import expand

if TYPE_CHECKING:
    from mocompile.check.metricset import MetricSet
    from mocompile.document.tree import Map
    from mocompile.emit.kustomize.layer import Layer
    from mocompile.expand.plan import Plan


@dataclass(frozen=True, slots=True)
class Compiled:
    """A set that has been checked and expanded.

    `objects` has the Kubernetes objects, as plain data: what every output format comes to.
    """

    metricset: MetricSet
    plan: Plan
    objects: list[Any]

    @property
    def object_name(self) -> str:
        """The name of both objects in a cluster; with a name by content it ends with the hash."""
        name: str = self.objects[1]["metadata"]["name"]
        return name

    @property
    def layer(self) -> Layer:
        """The set as kustomize has it: kustomize puts the hash of the content behind the names by itself."""
        from mocompile.emit.kustomize.layer import Layer

        by_content = is_named_by_content(self.plan)
        made = plain_objects(self.plan) if by_content else self.objects
        return Layer(made, by_content, self.metricset.places.place(("metadata", "name")))


def compiled(root: Map, catalog: Catalog | None = None) -> Compiled:
    """The MetricSet `root`, checked and expanded. Raises `InputError` with all findings."""
    metricset = check(root, catalog or Catalog())
    plan = expand(metricset)
    try:
        made = named_objects(plan)
    except PatchError as error:
        place = place_of(root, (*PATCHES, error.position))
        finding = Finding("patch-applies", error.message, place, error.hint)
        raise InputError([finding, *metricset.warnings]) from None
    found = list(object_sizes.findings(metricset, plan, made))
    if found:
        raise InputError([*found, *metricset.warnings])
    return Compiled(metricset, plan, made)


def compile_objects(root: Map, catalog: Catalog | None = None) -> list[Any]:
    """The Kubernetes objects of the MetricSet `root`, as plain data. Raises `InputError` with all findings."""
    return compiled(root, catalog).objects


def compile_yaml(root: Map, catalog: Catalog | None = None) -> str:
    """The manifests of the MetricSet `root`, as a YAML stream. Raises `InputError` with all findings."""
    return dump(compile_objects(root, catalog))


def folder_of(
    form: str,
    base: Compiled,
    overlays: Mapping[str, Compiled],
    *,
    suffixed: bool = False,
    chart_version: str | None = None,
) -> dict[str, str]:
    """The files of a folder format by path. `suffixed`: in each overlay, the set's name ends with that of the overlay.

    Raises `InputError` for an overlay that the format cannot say.
    """
    if form == "kustomize":
        from mocompile.emit.kustomize.build import kustomize

        suffixes = {name: f"-{name}" for name in overlays} if suffixed else {}
        return kustomize(base.layer, {name: overlay.layer for name, overlay in overlays.items()}, suffixes)
    from mocompile.emit.helm.chart import Variant, chart

    variants = {name: Variant(overlay.metricset, overlay.plan) for name, overlay in overlays.items()}
    return chart(base.metricset, base.plan, variants, chart_version)
