"""Writes `values-<name>.yaml`: the changes of an overlay, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.emit.helm.chart_values import at
from mocompile.emit.helm.values_yaml import Nested, entry, nested
from mocompile.emit.objects import objects

if TYPE_CHECKING:
    from mocompile.check.metricset import MetricSet
    from mocompile.emit.helm.chart_values import Keys, Offer
    from mocompile.expand.plan import Plan


# Lists of a MetricSet that are mappings by id in the values.
_LISTS = ("metrics", "addons")


@dataclass(frozen=True, slots=True)
class Variant:
    """The set as an overlay makes it.

    `noun` is what messages call it, and `head` the comment at the top of its values file, where it is no plain overlay.
    """

    metricset: MetricSet
    plan: Plan
    noun: str = ""
    head: str = ""


def values_of(offer: Offer, name: str, variant: Variant) -> str:
    """Return the text of the file. Raises `InputError` if the overlay changes something other than values."""
    plan = variant.plan
    # The release gives the name.
    if objects(replace(plan, name=offer.plan.name), chart=True) != offer.objects:
        raise InputError(_refusals(offer, name, variant))
    values = {path: difference(offer.default(path), at(plan.values, path)) for path in offer.paths}
    paths = tuple(path for path in offer.paths if offer.default(path) != at(plan.values, path))
    head = variant.head or f"# The overlay {name}: helm install -f values-{name}.yaml\n"
    return head + ("".join(_lines(values, nested(paths), 0)) or "{}\n")


def difference(old: Any, new: Any) -> Any:
    """Return the values that turn the default `old` into `new`: Helm merges mappings, and null deletes a key."""
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


def _refusals(offer: Offer, name: str, variant: Variant) -> list[Finding]:
    paths = list(_fixed_changes(offer, variant)) or [()]
    return [_refusal(name, variant, path) for path in paths]


def _refusal(name: str, variant: Variant, path: Keys) -> Finding:
    what = _written(path) or "the metrics or addons of the set"
    noun = variant.noun or f"overlay '{name}'"
    message = f"{noun} changes {what}, which a chart cannot offer as a value"
    place = variant.metricset.places.place(path) if path else None
    return Finding("overlay-fixed", message, place, "move the change into the base, or use kustomize")


def _fixed_changes(offer: Offer, variant: Variant) -> Iterator[Keys]:
    """Yield the paths of differences that are not values; ids, not positions, below `metrics` and `addons`."""
    base, changed = offer.metricset, variant.metricset
    for field in ("labels", "annotations"):
        if getattr(base, field) != getattr(changed, field):
            yield ("metadata", field)
    offered = set(offer.paths)
    yield from (("spec", *path) for path in _changed(offer.plan.values, variant.plan.values, (), offered))
    for metric, other in zip(base.metrics, changed.metrics, strict=False):
        if metric.security_context != other.security_context:
            yield ("spec", *metric.path, "attributes")


def _changed(old: Any, new: Any, path: Keys, offered: set[Keys]) -> Iterator[Keys]:
    if path in offered or old == new:
        return
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        yield path
        return
    for key in dict.fromkeys((*old, *new)):
        if key not in old or key not in new:
            yield (*path, key)
        else:
            yield from _changed(old[key], new[key], (*path, key), offered)


def _written(path: Keys) -> str:
    """The path as a user writes it: `spec.metrics[io-fio].options.size`."""
    text, above = "", ""
    for key in path:
        text += f"[{key}]" if above in _LISTS else f".{key}"
        above = "" if above in _LISTS else key
    return text.removeprefix(".")
