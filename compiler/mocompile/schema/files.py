"""The JSON Schemas of `schemas/`, and the one of a MetricSet with the options of a catalog composed into it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from mocompile import shipped
from mocompile.schema.convert import Schema
from mocompile.schema.transform import changed

if TYPE_CHECKING:
    from mocompile.catalog import AddonSheet, Catalog, MetricSheet, Options
    from mocompile.catalog.model import Kind


_SHARED = "options.schema.json"


@cache
def read(name: str) -> Schema:
    """The schema `schemas/NAME.schema.json`, with the shared definitions it refers to put into it."""
    text = (shipped.folder("schemas") / f"{name}.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text.replace(f"{_SHARED}#/", "#/"))
    if _SHARED in text:
        shared: Schema = json.loads((shipped.folder("schemas") / _SHARED).read_text("utf-8"))
        schema["$defs"] = {**shared["$defs"], **schema.get("$defs", {})}
    return schema


def compose(catalog: Catalog, metrics: Iterable[str], addons: Iterable[str]) -> Schema:
    """The schema of a MetricSet in which the named metrics and addons have their own options.

    Every name of the catalog is allowed; options are composed for those named, so that a build reads only the data
    sheets that it needs. Names that the catalog does not have are passed over.
    """
    base = read("metricset")
    definitions = dict(base["$defs"])
    wanted: Mapping[Kind, Iterable[str]] = {"metric": tuple(metrics), "addon": tuple(addons)}
    for kind, used in wanted.items():
        known = catalog.known(kind, used)
        sheet_of = catalog.metric if kind == "metric" else catalog.addon
        sheets: list[MetricSheet | AddonSheet] = [sheet_of(name) for name in sorted(set(used)) if name in known]
        definition = dict(definitions[kind])
        definition["properties"] = {**definition["properties"], "name": _name(definition, known)}
        definition["allOf"] = [_of_sheet(sheet) for sheet in sheets]
        definitions[kind] = definition
    return {**base, "$defs": definitions}


def for_editors(catalog: Catalog) -> str:
    """The schema with the whole catalog in it, as JSON text, in which a value may be spelled as mocompile takes it."""
    whole = compose(catalog, catalog.metric_names, catalog.addon_names)
    return json.dumps(changed(whole, _as_spelled, but="propertyNames"), indent=2, ensure_ascii=False) + "\n"


_SPELLINGS: Mapping[str, Mapping[str, Any]] = {
    "integer": {"type": ["integer", "string"], "pattern": r"^[-+]?(0|[1-9][0-9]*)$"},
    "boolean": {
        "type": ["boolean", "string"],
        "pattern": "^([Tt]rue|TRUE|[Yy]es|YES|[Oo]n|ON|[yY]|[Ff]alse|FALSE|[Nn]o|NO|[Oo]ff|OFF|[nN])$",
    },
    "string": {"type": ["string", "number", "boolean", "null"]},
}


def _as_spelled(schema: Schema, inner: dict[str, Any]) -> Schema:
    """The same for a reader that knows the YAML types only: `size: 4` is text to us, `iodepth: "16"` a number."""
    kind = schema.get("type")
    if isinstance(kind, str) and kind in _SPELLINGS and not {"enum", "const"} & schema.keys():
        inner.update(_SPELLINGS[kind])
        if kind == "string" and "pattern" in schema:
            inner["pattern"] = schema["pattern"]
    return inner


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
