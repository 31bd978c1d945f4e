"""The JSON Schemas of `schemas/`, and the one of a MetricSet with the options of a catalog composed into it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from mocompile import shipped
from mocompile.schema.convert import Schema

_SHARED = "options.schema.json"


@cache
def read(name: str) -> Schema:
    """The schema `schemas/NAME.schema.json`, with the shared definitions that it refers to included."""
    text = (shipped.folder("schemas") / f"{name}.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text.replace(f"{_SHARED}#/", "#/"))
    if _SHARED in text:
        shared: Schema = json.loads((shipped.folder("schemas") / _SHARED).read_text("utf-8"))
        schema["$defs"] = {**shared["$defs"], **schema.get("$defs", {})}
    return schema
