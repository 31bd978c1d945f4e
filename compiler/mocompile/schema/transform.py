"""Walks a JSON Schema and replaces parts of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mocompile.schema.convert import Schema

# Keywords that map names to schemas; keywords that hold data, not schemas.
_BY_NAME = frozenset({"properties", "$defs"})

_LITERAL = frozenset({"default", "enum", "const", "examples", "required", "if"})


def changed(schema: Schema, change: Callable[[Schema, dict[str, Any]], Schema], but: str = "") -> Schema:
    """Apply `change` to every schema within `schema` and to itself, innermost first, except below the key `but`.

    `change` takes the original schema and a copy of it whose inner schemas are already changed.
    """

    def of(value: Any) -> Any:
        if isinstance(value, list):
            return [of(item) for item in value]
        return changed(value, change, but) if isinstance(value, Mapping) else value

    inner: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _BY_NAME:
            inner[key] = {name: of(each) for name, each in value.items()}
        else:
            inner[key] = value if key in _LITERAL or key == but else of(value)
    return change(schema, inner)
