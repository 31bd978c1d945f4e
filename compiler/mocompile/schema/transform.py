"""Walks a JSON Schema and replaces parts of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mocompile.schema.convert import Schema

# What holds schemas by name, and what holds values or tests of them, and so none.
_BY_NAME = frozenset({"properties", "$defs"})

_LITERAL = frozenset({"default", "enum", "const", "examples", "required", "if"})


def changed(schema: Schema, change: Callable[[Schema, dict[str, Any]], Schema], but: str = "") -> Schema:
    """`change` of every schema within `schema`, and of itself, innermost first; what stands under `but` is left alone.

    `change` is given a schema as it was, and a copy of it in which all that it holds is changed.
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
