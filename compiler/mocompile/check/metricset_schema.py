"""The JSON Schema of a `metrics.yaml`, composed with the sheets of the metrics and addons in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mocompile.schema.convert import Schema
from mocompile.schema.files import read

if TYPE_CHECKING:
    from mocompile.catalog import AddonSheet, Catalog, MetricSheet, Options
    from mocompile.catalog.model import SheetKind


def compose(catalog: Catalog, metrics: Iterable[str], addons: Iterable[str]) -> Schema:
    """The schema of a MetricSet in which the named metrics and addons have their own options.

    Every name of the catalog is allowed; options are composed for those named, so that a build reads only the data
    sheets that it needs. Names that the catalog does not have are passed over.
    """
    base = read("metricset")
    definitions = dict(base["$defs"])
    wanted: Mapping[SheetKind, Iterable[str]] = {"metric": tuple(metrics), "addon": tuple(addons)}
    for kind, used in wanted.items():
        known = catalog.known(kind, used)
        sheet_of = catalog.metric if kind == "metric" else catalog.addon
        sheets: list[MetricSheet | AddonSheet] = [sheet_of(name) for name in sorted(set(used)) if name in known]
        definition = dict(definitions[kind])
        definition["properties"] = {**definition["properties"], "name": _name(definition, known)}
        definition["allOf"] = [_of_sheet(sheet) for sheet in sheets]
        definitions[kind] = definition
    return {**base, "$defs": definitions}


def _name(definition: Schema, known: Iterable[str]) -> Schema:
    return {**definition["properties"]["name"], "enum": list(known)}


def _of_sheet(sheet: MetricSheet | AddonSheet) -> Schema:
    return {
        "if": {"properties": {"name": {"const": sheet.name}}, "required": ["name"]},
        "then": {"title": sheet.name, "description": sheet.summary, **_groups(sheet.options)},
    }


def _groups(groups: Options) -> Schema:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for group, options in groups.items():
        members = {option.name: option.schema for option in options.values()}
        members.update({option.alias: option.schema for option in options.values() if option.alias})
        properties[group] = {"type": "object", "properties": members, "additionalProperties": False}
        needed = [option.name for option in options.values() if option.required]
        if needed:
            properties[group]["required"] = needed
            required.append(group)
    return {"properties": properties, **({"required": required} if required else {})}
