"""The last step of the check: a view without findings becomes a `MetricSet`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocompile.check.context import AddonView, CheckContext, MetricView, mapping, settings, text
from mocompile.check.job_names import job_names
from mocompile.check.metricset import AddonUse, MetricSet, MetricUse
from mocompile.check.patches import patches_of
from mocompile.check.source_map import SourceMap
from mocompile.diagnostics.finding import Finding
from mocompile.schema.convert import Json, Schema, resolve
from mocompile.schema.files import read

# Mappings of ours, whose fields are values each; any other is one value, in the Kubernetes form.
_GROUPS = ("logging", "timeouts", "pod", "jobset", "failurePolicy", "podFailurePolicy", "configMap")
# What is fixed when the set is compiled, and so no value.
_STRUCTURE = ("name", "id", "addons", "attributes")
# Values of a metric only where they are written: without them those of the set are used.
_OWN = ("pods", "pod")
# What a field without a default is where nobody wrote it; null for numbers and booleans.
_NOTHING: Mapping[str, Json] = {"string": "", "array": [], "object": {}}


def build(view: CheckContext, warnings: tuple[Finding, ...] = ()) -> MetricSet:
    """The set, every default filled in. `view` must have no errors."""
    schema = read("metricset")
    values = _filled(view.spec, schema["properties"]["spec"], schema)
    names = job_names([metric.sheet for metric in view.metrics])
    values["metrics"] = {_id(metric): _metric_values(metric, schema) for metric in view.metrics}
    return MetricSet(
        name=text(view.metadata["name"]),
        namespace=text(view.metadata.get("namespace")),
        labels=_texts(view.metadata.get("labels")),
        annotations=_texts(view.metadata.get("annotations")),
        metrics=tuple(_metric(metric, own) for metric, own in zip(view.metrics, names, strict=True)),
        sequential=mapping(view.spec.get("jobset")).get("order") == "Sequential",
        fqdn=view.spec.get("dontSetFQDN") is False,
        values=values,
        patches=patches_of(view.spec),
        places=_places(view),
        warnings=warnings,
    )


def _places(view: CheckContext) -> SourceMap:
    ids = tuple((_id(metric), tuple(_id(addon) for addon in metric.addons)) for metric in view.metrics)
    return SourceMap(view.root, ids)


def _metric(view: MetricView, names: Mapping[str, str]) -> MetricUse:
    path = ("metrics", _id(view))
    pods_path = (*path, "pods") if "pods" in view.data else ("pods",)
    return MetricUse(
        id=_id(view),
        sheet=view.sheet,
        path=path,
        settings=settings(view.sheet, view.data),
        addons=tuple(_addon(addon, (*path, "addons", _id(addon)), pods_path) for addon in view.addons),
        job_names=names,
        security_context=mapping(mapping(view.data.get("attributes")).get("securityContext")),
        pods_path=pods_path,
        pod=mapping(view.data.get("pod")),
    )


def _addon(view: AddonView, path: tuple[str, ...], pods_path: tuple[str, ...]) -> AddonUse:
    return AddonUse(_id(view), view.sheet, path, settings(view.sheet, view.data), pods_path)


def _metric_values(view: MetricView, schema: Schema) -> dict[str, Json]:
    written = {key: value for key, value in view.data.items() if key not in _STRUCTURE}
    values = _filled({"image": view.sheet.image, **written}, schema["$defs"]["metric"], schema)
    values.update(_groups(settings(view.sheet, view.data)))
    values["addons"] = {_id(addon): _groups(settings(addon.sheet, addon.data)) for addon in view.addons}
    if "pod" in view.data:
        values["pod"] = view.data["pod"]
    left_out = {*_STRUCTURE, *(key for key in _OWN if key not in view.data)} - {"addons"}
    return {key: value for key, value in values.items() if key not in left_out}


def _groups(groups: Mapping[Any, Mapping[str, Json]]) -> dict[str, Json]:
    return {group: dict(options) for group, options in groups.items()}


def _id(view: MetricView | AddonView) -> str:
    return text(view.data.get("id")) or view.sheet.name


def _texts(value: Json) -> dict[str, str]:
    return {key: text(item) for key, item in mapping(value).items()}


def _filled(data: Mapping[str, Json], schema: Schema, root: Schema) -> dict[str, Json]:
    """`data` with every field of `schema` that is not there: its default, or nothing of its type."""
    filled: dict[str, Json] = {}
    for key, field in resolve(schema, root)["properties"].items():
        field_schema = resolve(field, root)
        value = data.get(key, field.get("default", _NOTHING.get(field_schema.get("type", ""))))
        if key in _GROUPS:
            value = _filled(mapping(value), field_schema, root)
        filled[key] = value
    return filled
