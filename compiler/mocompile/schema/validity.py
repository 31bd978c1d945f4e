"""Decides whether data is valid under a JSON Schema, without the words for what is wrong.

A build asks this first: jsonschema is imported only for data that is not valid, to find and word the violations. A
keyword that this module does not know, or a value that JSON Schema compares in a way of its own, is left to jsonschema,
too: the answer is False then. So False may be wrong, and True may not.

The keywords are those of https://json-schema.org/draft/2020-12/json-schema-validation that the schemas of `schemas/`
use, with two readings of our own: a final `$` of a pattern is the end of the text, and the format `label-key` limits
the length of a domain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

from mocompile.schema.convert import Json, Schema, resolve

# Of the part of a label's key before the '/'.
MAX_DOMAIN = 253

# Takes the value, the keyword's own value, the schema that has the keyword, and the root that `$ref`s refer to.
_Keyword: TypeAlias = Callable[[Json, Any, Schema, Schema], bool]


class _UndecidedError(Exception):
    """This module cannot say whether a value is valid."""


def is_valid(value: Json, schema: Schema) -> bool:
    """Return True only if `value` is valid under `schema`, which its `$ref`s refer to."""
    try:
        return _is_valid(value, schema, schema)
    except _UndecidedError:
        return False


@cache
def exact(pattern: str) -> re.Pattern[str]:
    """Compile `pattern` with a final `$` as the end of the text: Python's `$` also matches before a final newline."""
    return re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern))


def is_label_key(value: object) -> bool:
    """Limit a label's domain to 253 characters. A format check, because Go's regular expressions have no lookahead."""
    return not isinstance(value, str) or len(value.rpartition("/")[0]) <= MAX_DOMAIN


def _is_valid(value: Json, schema: Schema | bool, root: Schema) -> bool:
    if isinstance(schema, bool):
        return schema
    for keyword, wanted in schema.items():
        if keyword in _ANNOTATIONS or keyword.startswith("x-"):
            continue
        if keyword not in _KEYWORDS:
            raise _UndecidedError
        if not _KEYWORDS[keyword](value, wanted, schema, root):
            return False
    return True


def _type(value: Json, wanted: Any, _: Schema, __: Schema) -> bool:
    return _name_of_type(value) in ((wanted,) if isinstance(wanted, str) else wanted)


def _name_of_type(value: Json) -> str:
    """Return the name of the type of `value`. A float is left to jsonschema, for which 1.0 is an integer."""
    name = _NAMES.get(type(value))
    if name is None:
        raise _UndecidedError
    return name


def _ref(value: Json, _: Any, schema: Schema, root: Schema) -> bool:
    return _is_valid(value, resolve(schema, root), root)


def _properties(value: Json, wanted: Any, _: Schema, root: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    return all(_is_valid(each, wanted[key], root) for key, each in value.items() if key in wanted)


def _additional_properties(value: Json, wanted: Any, schema: Schema, root: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    known = schema.get("properties", ())
    return all(_is_valid(each, wanted, root) for key, each in value.items() if key not in known)


def _property_names(value: Json, wanted: Any, _: Schema, root: Schema) -> bool:
    return not isinstance(value, dict) or all(_is_valid(key, wanted, root) for key in value)


def _required(value: Json, wanted: Any, _: Schema, __: Schema) -> bool:
    return not isinstance(value, dict) or all(key in value for key in wanted)


def _dependent_required(value: Json, wanted: Any, _: Schema, __: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    return all(other in value for key, others in wanted.items() if key in value for other in others)


def _items(value: Json, wanted: Any, _: Schema, root: Schema) -> bool:
    return not isinstance(value, list) or all(_is_valid(each, wanted, root) for each in value)


def _unique_items(value: Json, wanted: Any, _: Schema, __: Schema) -> bool:
    if not wanted or not isinstance(value, list):
        return True
    texts = [each for each in value if isinstance(each, str)]
    if len(texts) < len(value):
        raise _UndecidedError
    return len(set(texts)) == len(texts)


def _enum(value: Json, wanted: Any, _: Schema, __: Schema) -> bool:
    return any(_equal(value, each) for each in wanted)


def _const(value: Json, wanted: Any, _: Schema, __: Schema) -> bool:
    return _equal(value, wanted)


def _equal(value: Json, wanted: Any) -> bool:
    """Return whether two scalars are equal: in JSON, unlike Python, 1 is not true."""
    if isinstance(value, list | dict) or isinstance(wanted, float):
        raise _UndecidedError
    return type(value) is type(wanted) and value == wanted


def _pattern(value: Json, wanted: Any, _: Schema, __: Schema) -> bool:
    return not isinstance(value, str) or exact(wanted).search(value) is not None


def _format(value: Json, wanted: Any, _: Schema, __: Schema) -> bool:
    # jsonschema takes a format that it does not know as an annotation.
    return wanted != "label-key" or is_label_key(value)


def _minimum(value: Json, wanted: Any, _: Schema, __: Schema) -> bool:
    return not _is_number(value) or value >= wanted


def _maximum(value: Json, wanted: Any, _: Schema, __: Schema) -> bool:
    return not _is_number(value) or value <= wanted


def _is_number(value: Json) -> bool:
    return _name_of_type(value) == "integer"  # and a boolean is not


def _sized(kind: type[str] | type[list[Json]] | type[dict[str, Json]], *, at_least: bool) -> _Keyword:
    def test(value: Json, wanted: Any, _: Schema, __: Schema) -> bool:
        if not isinstance(value, kind):
            return True
        size = len(value)
        return bool(size >= wanted if at_least else size <= wanted)

    return test


def _all_of(value: Json, wanted: Any, _: Schema, root: Schema) -> bool:
    return all(_is_valid(value, each, root) for each in wanted)


def _any_of(value: Json, wanted: Any, _: Schema, root: Schema) -> bool:
    return any(_is_valid(value, each, root) for each in wanted)


def _one_of(value: Json, wanted: Any, _: Schema, root: Schema) -> bool:
    return sum(_is_valid(value, each, root) for each in wanted) == 1


def _not(value: Json, wanted: Any, _: Schema, root: Schema) -> bool:
    return not _is_valid(value, wanted, root)


def _if(value: Json, wanted: Any, schema: Schema, root: Schema) -> bool:
    chosen = "then" if _is_valid(value, wanted, root) else "else"
    return _is_valid(value, schema.get(chosen, True), root)


_NAMES: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    dict: "object",
    list: "array",
    type(None): "null",
}
# Those that say nothing about validity, or that `if` reads.
_ANNOTATIONS = frozenset(
    {"$schema", "$id", "$defs", "title", "description", "default", "examples", "patternWords", "shell", "then", "else"}
)
_KEYWORDS: Mapping[str, _Keyword] = {
    "$ref": _ref,
    "additionalProperties": _additional_properties,
    "allOf": _all_of,
    "anyOf": _any_of,
    "const": _const,
    "dependentRequired": _dependent_required,
    "enum": _enum,
    "format": _format,
    "if": _if,
    "items": _items,
    "maxItems": _sized(list, at_least=False),
    "maxLength": _sized(str, at_least=False),
    "maxProperties": _sized(dict, at_least=False),
    "maximum": _maximum,
    "minItems": _sized(list, at_least=True),
    "minLength": _sized(str, at_least=True),
    "minProperties": _sized(dict, at_least=True),
    "minimum": _minimum,
    "not": _not,
    "oneOf": _one_of,
    "pattern": _pattern,
    "properties": _properties,
    "propertyNames": _property_names,
    "required": _required,
    "type": _type,
    "uniqueItems": _unique_items,
}
