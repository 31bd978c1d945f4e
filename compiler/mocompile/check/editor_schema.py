"""The JSON Schemas of a `metrics.yaml`, with every metric and addon, and of a study, for editors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocompile.check.metricset_schema import compose
from mocompile.schema.convert import Schema
from mocompile.schema.files import read
from mocompile.schema.transform import changed

if TYPE_CHECKING:
    from mocompile.catalog import Catalog


def for_editors(catalog: Catalog) -> str:
    """The schema with the whole catalog in it, as JSON text, in which a value may be spelled as mocompile takes it."""
    whole = compose(catalog, catalog.metric_names, catalog.addon_names)
    return json.dumps(changed(whole, _as_spelled, but="propertyNames"), indent=2, ensure_ascii=False) + "\n"


def study_for_editors() -> str:
    """The schema of a study, as JSON text, in which a value may be spelled as mocompile takes it."""
    whole = changed(read("metricstudy"), _as_spelled, but="propertyNames")
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


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
    if "patternWords" in inner:
        # Editors show it where the pattern does not match.
        inner["patternErrorMessage"] = f"use {inner.pop('patternWords')}"
    if isinstance(kind, str) and kind in _SPELLINGS and not {"enum", "const"} & schema.keys():
        inner.update(_SPELLINGS[kind])
        if kind == "string" and "pattern" in schema:
            inner["pattern"] = schema["pattern"]
    if isinstance(kind, list) and "string" in kind:
        inner["type"] = list(dict.fromkeys([*kind, *_SPELLINGS["string"]["type"]]))
    return inner
