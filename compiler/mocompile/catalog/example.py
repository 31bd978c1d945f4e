"""An example of a metric or an addon that compiles: for `explain`, `init` and the reference pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mocompile.catalog.template_names import template_names
from mocompile.expression.to_data import python_value
from mocompile.schema.option_groups import GROUPS
from mocompile.template.bind import bind

if TYPE_CHECKING:
    from mocompile.catalog import AddonSheet, MetricSheet, Option

_API_VERSION = "flux-framework.org/v1alpha2"
_IMAGE = "example.com/benchmark:1.0"
# A claim of `spec.jobset.volumeClaimPolicies`.
_CLAIM: Mapping[str, Any] = {
    "metadata": {},
    "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "100Gi"}}},
}


def of_metric(sheet: MetricSheet) -> dict[str, Any]:
    """A MetricSet with the metric, and what it cannot do without."""
    metric: dict[str, Any] = {"name": sheet.name, **({} if sheet.image else {"image": _IMAGE}), **_given(sheet)}
    return _set(sheet.name, sheet.minimum_pods, metric)


def of_addon(sheet: AddonSheet, metric: MetricSheet) -> dict[str, Any]:
    """A MetricSet with the addon on `metric`."""
    addon = {"name": sheet.name, **_given(sheet)}
    example = of_metric(metric)
    example["metadata"]["name"] = "example"
    claims = [{**_CLAIM, "metadata": {"name": name}} for name in _claims(sheet, addon)]
    if claims:
        example["spec"] = {"jobset": {"volumeClaimPolicies": [{"templates": claims}]}, **example["spec"]}
    example["spec"]["metrics"][0]["addons"] = [addon]
    return example


def _claims(sheet: AddonSheet, given: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the claims of the set that the addon mounts: its volumes without a source."""
    volumes = [] if sheet.volumes is None else bind(sheet.volumes, template_names(sheet.options))
    values: dict[str, Any] = {
        group: {
            **{name: option.default for name, option in options.items() if not option.required},
            **given.get(group, {}),
        }
        for group, options in sheet.options.items()
    }
    for volume in volumes if isinstance(volumes, list) else ():
        if isinstance(volume, dict) and "source" not in volume:
            yield str(python_value(volume["name"], values))


def _set(name: str, pods: int, metric: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": _API_VERSION,
        "kind": "MetricSet",
        "metadata": {"name": name},
        "spec": {**({"pods": pods} if pods > 1 else {}), "metrics": [metric]},
    }


def _given(sheet: MetricSheet | AddonSheet) -> dict[str, Any]:
    """The required options; where one of several is needed, the first of them."""
    wanted = {(group, name) for group in GROUPS for name, option in sheet.options[group].items() if option.required}
    for name in sheet.needs_one_of[:1]:
        group, _, option = name.rpartition(".")
        wanted.add((group or "options", option))  # type: ignore[arg-type]
    return {
        group: {name: value_of(sheet.options[group][name]) for each, name in sorted(wanted) if each == group}
        for group in GROUPS
        if any(each == group for each, _ in wanted)
    }


def value_of(option: Option) -> Any:
    """A value for an option: its first example, or one that its schema allows."""
    schema: Mapping[str, Any] = option.schema
    if schema.get("examples"):
        return schema["examples"][0]
    if option.kind == "array":
        return [_single(schema["items"])]
    if option.kind == "object":
        return {"key": _single(schema["additionalProperties"])}
    return _single(schema)


def _single(schema: Mapping[str, Any]) -> Any:
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "integer":
        return max(1, schema["minimum"])
    return True if schema["type"] == "boolean" else "..."
