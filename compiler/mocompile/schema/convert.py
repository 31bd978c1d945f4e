"""Converts a document tree to plain data: the schema of its field gives each scalar its type, whatever its spelling.

The schemas are our own (`schemas/`), so only the keywords that they use are supported: `properties`,
`additionalProperties`, `items`, local `$ref`, `allOf` of `if`/`then` that tests constants, and `oneOf` of mappings
that each require a key of their own, first in `required`. A scalar that cannot be converted stays text, and validation
reports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from mocompile.document.tree import Argument, Map, Seq, Value
from mocompile.expression import yaml_words

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"
Schema: TypeAlias = Mapping[str, Any]

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")


def convert(value: Value, schema: Schema, root: Schema | None = None) -> Json:
    """`value` as plain data under `schema`; `root` is the schema that its `$ref`s refer to (default: itself)."""
    return _convert(value, (schema,), schema if root is None else root)


def resolve(schema: Schema, root: Schema) -> Schema:
    """Return `schema`, or the target of its local `$ref`."""
    while "$ref" in schema:
        found: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def _convert(value: Value, schemas: tuple[Schema, ...], root: Schema) -> Json:
    schemas = tuple(_applying(value, schemas, root))
    kind = next((schema["type"] for schema in schemas if isinstance(schema.get("type"), str)), None)
    if isinstance(value, Argument) and kind in ("object", "array"):
        value = _flow(value)
    if isinstance(value, Map):
        return {key: _convert(child, tuple(_of_key(key, schemas)), root) for key, child in value.items()}
    if isinstance(value, Seq):
        items = tuple(schema["items"] for schema in schemas if "items" in schema)
        return [_convert(child, items, root) for child in value]
    return None if value is None else _scalar(value, kind)


def _applying(value: Value, schemas: tuple[Schema, ...], root: Schema) -> Iterator[Schema]:
    for schema in (resolve(each, root) for each in schemas):
        yield schema
        for part in schema.get("allOf", ()):
            if "if" not in part:
                yield from _applying(value, (part,), root)
            elif _holds(value, part["if"]):
                yield from _applying(value, (part["then"],), root)
        yield from _applying(value, variants(value, schema, root), root)


def variants(value: Value | Json, schema: Schema, root: Schema) -> tuple[Schema, ...]:
    """The schemas of `oneOf` in `schema` whose own key, the first that they require, `value` has."""
    if not isinstance(value, Map | dict):
        return ()
    every = (resolve(each, root) for each in schema.get("oneOf", ()))
    return tuple(each for each in every if each["required"][0] in value)


def _holds(value: Value, test: Schema) -> bool:
    properties: Mapping[str, Schema] = test["properties"]
    return isinstance(value, Map) and all(value.get(key) == expected["const"] for key, expected in properties.items())


def _of_key(key: str, schemas: tuple[Schema, ...]) -> Iterator[Schema]:
    for schema in schemas:
        if key in schema.get("properties", ()):
            yield schema["properties"][key]
        elif isinstance(schema.get("additionalProperties"), Mapping):
            yield schema["additionalProperties"]


def _scalar(text: str, kind: str | None) -> Json:
    if kind == "integer" and _INTEGER.fullmatch(text) and len(text) < 64:
        return int(text)
    if kind == "boolean" and text.lower() in yaml_words.TRUE:
        return True
    if kind == "boolean" and text.lower() in yaml_words.FALSE:
        return False
    return str(text)


def _flow(text: Argument) -> Value:
    """Parse a list or mapping given as text on the command line; other text stays text."""
    from mocompile.diagnostics.finding import InputError
    from mocompile.document.load import load_value

    try:
        return load_value(text)
    except InputError:
        return text
