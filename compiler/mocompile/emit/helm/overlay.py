"""`values-<name>.yaml`: what an overlay changes, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mocompile.emit.helm.offer import at
from mocompile.emit.helm.values import Nested, entry, nested
from mocompile.emit.objects import objects
from mocompile.finding import Finding, InputError

if TYPE_CHECKING:
    from mocompile.emit.helm.offer import Keys, Offer
    from mocompile.model import MetricSet
    from mocompile.plan import Plan


def values_of(offer: Offer, name: str, changed: MetricSet, plan: Plan) -> str:
    """The text of the file. Raises `InputError` where the overlay changes what the chart cannot offer."""
    # The release gives the name.
    if objects(replace(plan, name=offer.plan.name), chart=True) != objects(offer.plan, chart=True):
        raise InputError(_refusals(offer, name, changed, plan))
    values = {path: difference(offer.default(path), at(plan.values, path)) for path in offer.paths}
    paths = tuple(path for path in offer.paths if offer.default(path) != at(plan.values, path))
    head = f"# The overlay {name}: helm install -f values-{name}.yaml\n"
    return head + ("".join(_lines(values, nested(paths), 0)) or "{}\n")


def difference(old: Any, new: Any) -> Any:
    """What Helm must be given to make `new` of the default `old`: it merges mappings, and null deletes a key."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return new
    removed = {key: None for key in old if key not in new}
    return {**removed, **{key: difference(old.get(key), value) for key, value in new.items() if old.get(key) != value}}


def _lines(values: Mapping[Keys, Any], tree: Nested, depth: int) -> Iterator[str]:
    for key, child in tree.items():
        if isinstance(child, Mapping):
            yield entry(key, None, depth).replace(": null\n", ":\n")
            yield from _lines(values, child, depth + 1)
        else:
            yield entry(key, values[child], depth)


def _refusals(offer: Offer, name: str, changed: MetricSet, plan: Plan) -> list[Finding]:
    paths = list(_fixed_changes(offer, changed, plan)) or ["what the set is made of"]
    hint = "put it into the base, or use kustomize"
    return [
        Finding("overlay-fixed", f"overlay '{name}' changes {path}, which a chart cannot offer as a value", None, hint)
        for path in paths
    ]


def _fixed_changes(offer: Offer, changed: MetricSet, plan: Plan) -> Iterator[str]:
    for field in ("labels", "annotations"):
        if getattr(offer.metricset, field) != getattr(changed, field):
            yield f"metadata.{field}"
    offered = set(offer.paths)
    yield from (f"spec.{path}" for path in _changed(offer.plan.values, plan.values, (), offered))
    for metric, other in zip(offer.metricset.metrics, changed.metrics, strict=False):
        if metric.security_context != other.security_context:
            yield f"spec.metrics.{metric.id}.attributes"
    if offer.metricset.fqdn != changed.fqdn and "dontSetFQDN" not in offer.plan.values:
        yield "spec.dontSetFQDN"


def _changed(old: Any, new: Any, path: tuple[str, ...], offered: set[Keys]) -> Iterator[str]:
    if path in offered or old == new:
        return
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        yield ".".join(path)
        return
    for key in dict.fromkeys((*old, *new)):
        if key not in old or key not in new:
            yield ".".join((*path, key))
        else:
            yield from _changed(old[key], new[key], (*path, key), offered)
