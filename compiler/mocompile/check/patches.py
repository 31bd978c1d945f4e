"""Rules for `spec.patches`: operations of a JSON patch (RFC 6902) on the finished JobSet.

- Each operation has what it needs, and nothing that another one needs.
- A path leads to a field that a JobSet has, and a value is what that field takes (`jobset.schema.json`).
- What makes the set the one that it is stays: kind, name, namespace, and which jobs there are under which names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mocompile.check.context import CheckContext, Data, items, mapping, text
from mocompile.diagnostics.finding import nearest
from mocompile.document.tree import Path
from mocompile.expression.yaml_words import FALSE, TRUE
from mocompile.schema.convert import resolve
from mocompile.schema.files import read
from mocompile.schema.violations import shown

if TYPE_CHECKING:
    from mocompile.diagnostics.finding import Finding
    from mocompile.schema.convert import Json, Schema

Tokens = tuple[str, ...]
PATCHES: Path = ("spec", "patches")
_WITH_VALUE = ("add", "replace", "test")
_WITH_SOURCE = ("move", "copy")
_OPS = ("remove", *_WITH_VALUE, *_WITH_SOURCE)
_POSITION = re.compile(r"0|[1-9][0-9]{0,5}")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
# Flux would take `${VAR}` in the scripts for its own without this annotation.
_KEPT = ("kustomize.toolkit.fluxcd.io/substitute",)


@dataclass(frozen=True, slots=True)
class Patch:
    """One operation. `position` is its place in the list; `source` is where `move` and `copy` take the value from."""

    position: int
    op: str
    path: Tokens
    source: Tokens = ()
    value: Json = None


def findings(view: CheckContext) -> Iterator[Finding]:
    """Yield findings for the operations."""
    for position, item in enumerate(items(view.spec.get("patches"))):
        operation, path = mapping(item), (*PATCHES, position)
        yield from _keys(view, path, operation)
        for key in ("path", "from"):
            if text(operation.get(key)).startswith("/"):
                yield from _pointer(view, (*path, key), operation, tokens(text(operation.get(key))))
        if "value" in operation:
            schema = _schema_at(tokens(text(operation.get("path"))))
            if isinstance(schema, dict):
                yield from _Fit(view).findings(operation["value"], schema, (*path, "value"))


def patches_of(spec: Data) -> tuple[Patch, ...]:
    """Return the operations of a set without findings, each value as its field takes it."""
    return tuple(_patch(position, mapping(item)) for position, item in enumerate(items(spec.get("patches"))))


def tokens(pointer: str) -> Tokens:
    """Return the steps of a JSON pointer (RFC 6901)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def pointer(path: Tokens) -> str:
    """Return the JSON pointer of these steps."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)


def _patch(position: int, operation: Data) -> Patch:
    path, op = tokens(text(operation["path"])), text(operation["op"])
    value: Json = None
    if op in _WITH_VALUE:
        schema = _schema_at(path)
        assert isinstance(schema, dict)
        value = _converted(operation["value"], schema)
    return Patch(position, op, path, tokens(text(operation.get("from"))), value)


def _keys(view: CheckContext, path: Path, operation: Data) -> Iterator[Finding]:
    op = text(operation.get("op"))
    needed = {"value": _WITH_VALUE, "from": _WITH_SOURCE}
    for key, ops in needed.items():
        if op in ops and key not in operation:
            yield view.finding("patch-operation", f"`op: {op}` needs `{key}`", path)
        elif op in _OPS and op not in ops and key in operation:
            message = f"`{key}` does not go with `op: {op}`"
            yield view.finding("patch-operation", message, (*path, key), "leave it out", key=True)


def _pointer(view: CheckContext, path: Path, operation: Data, steps: Tokens) -> Iterator[Finding]:
    op = text(operation.get("op"))
    schema = _schema_at(steps)
    changes = op != "test" and (path[-1] == "path" or op == "move")
    if isinstance(schema, str):
        yield view.finding("patch-path", schema, path, _nearest(steps))
    elif changes and _is_fixed(steps):
        message = f"{pointer(steps)} cannot be patched: it makes the set the one that it is"
        hint = "jobs are those of `spec.metrics`, names those of `metadata` of the metrics.yaml"
        yield view.finding("patch-path", message, path, hint)


def _is_fixed(path: Tokens) -> bool:
    match path:
        case ("metadata", "labels" | "annotations", key, *_):
            return key in _KEPT
        case ("metadata", "finalizers", *_):
            return False
        case ("spec", "replicatedJobs") | ("spec", "replicatedJobs", _) | ("spec", "replicatedJobs", _, "name"):
            return True
        case ("spec", _, *_):
            return False
        case _:
            return True


def _schema_at(path: Tokens) -> Schema | str:
    """Return the schema of the field that a path leads to; a message if a JobSet has no such field."""
    whole = read("jobset")
    schema: Schema = whole
    for count, step in enumerate(path):
        schema = resolve(schema, whole)
        if schema.get("type") == "array":
            if step != "-" and not _POSITION.fullmatch(step):
                return (
                    f"{pointer(path[:count])} is a list: {shown(step)} is no position in it, from 0, or '-' for its end"
                )
            schema = schema["items"]
        elif "properties" in schema:
            if step not in schema["properties"]:
                return f"a JobSet has no field {shown(step)} in {pointer(path[:count]) or 'itself'}"
            schema = schema["properties"][step]
        elif isinstance(schema.get("additionalProperties"), dict):
            schema = schema["additionalProperties"]
        elif schema and schema.get("type") != "object":
            return f"{pointer(path[:count])} is no mapping and no list"
        else:
            schema = {}
    return dict(resolve(schema, whole))


def _nearest(path: Tokens) -> str:
    """Return a hint for the first step that is no field."""
    for count, step in enumerate(path):
        if isinstance(_schema_at(path[: count + 1]), str):
            above = _schema_at(path[:count])
            known = above.get("properties", {}) if isinstance(above, dict) else {}
            return nearest(step, known)
    return ""


class _Fit:
    """Holds a value against the schema of its field."""

    def __init__(self, view: CheckContext) -> None:
        self.view = view

    def findings(self, value: Json, schema: Schema, path: Path) -> Iterator[Finding]:
        schema = resolve(schema, read("jobset"))
        kind = schema.get("type")
        if kind == "object" and isinstance(value, dict):
            yield from self._of_mapping(value, schema, path)
        elif kind == "array" and isinstance(value, list):
            for position, item in enumerate(value):
                yield from self.findings(item, schema["items"], (*path, position))
        elif kind is not None and not _fits(_converted(value, schema), kind):
            expected = " or ".join(_KINDS[each] for each in (kind if isinstance(kind, list) else [kind]))
            yield self.view.finding("patch-value", f"{shown(value)} is not {expected}", path)
        elif "enum" in schema and value not in schema["enum"]:
            hint = f"use {', '.join(schema['enum'])}"
            yield self.view.finding("patch-value", f"invalid value {shown(value)}", path, hint)

    def _of_mapping(self, value: Data, schema: Schema, path: Path) -> Iterator[Finding]:
        fields, more = schema.get("properties", {}), schema.get("additionalProperties")
        for key, item in value.items():
            if key in fields or isinstance(more, dict):
                yield from self.findings(item, fields.get(key, more), (*path, key))
            elif fields:
                message = f"a JobSet has no field {shown(key)} here"
                yield self.view.finding("patch-value", message, (*path, key), nearest(key, fields), key=True)
        for key in schema.get("required", ()):
            if key not in value:
                yield self.view.finding("patch-value", f"missing field {shown(key)}", path)


_KINDS = {
    "string": "text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_TYPES: dict[str, type] = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}


def _fits(value: Json, kind: Any) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(value, _TYPES[each]) and isinstance(value, bool) == (each == "boolean") for each in kinds)


def _converted(value: Json, schema: Schema) -> Json:
    """Return the value with the types of the schema; what cannot be converted stays text."""
    schema = resolve(schema, read("jobset"))
    kind = schema.get("type")
    if isinstance(value, dict):
        fields, more = schema.get("properties", {}), schema.get("additionalProperties")
        below = more if isinstance(more, dict) else {}
        return {key: _converted(item, fields.get(key, below)) for key, item in value.items()}
    if isinstance(value, list):
        return [_converted(item, schema.get("items", {})) for item in value]
    if isinstance(value, str):
        if kind == "integer" and _INTEGER.fullmatch(value):
            return int(value)
        if kind == "boolean" and value.lower() in (*TRUE, *FALSE):
            return value.lower() in TRUE
    return value
