"""The keys of metric.yaml, addon.yaml and figures.yaml as tables, from their JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mocompile.schema.files import read

Schema = Mapping[str, Any]

# A value of this definition may have an expression in it. Its description is about that, not about a key.
_EXPRESSION = "expression"
# Definitions that have a table of their own, and how the type of a key names them.
_OPTION_KINDS = {"option": "option", "listOption": "list option", "mapOption": "map option"}
_SCALARS = {"string": "text", "integer": "integer", "boolean": "true or false", "object": "mapping", "array": "list"}


@dataclass(frozen=True)
class Key:
    """A row of a table: one key of a sheet."""

    name: str
    type: str
    default: str
    description: str


@dataclass(frozen=True)
class Table:
    """The keys of one mapping of a sheet: `title` says which mapping, `about` what is to be known of all its keys."""

    title: str
    about: str
    keys: tuple[Key, ...]


def tables(name: str) -> list[Table]:
    """The tables of the sheet NAME.yaml: its own keys, then those of the mappings in it."""
    schema = read(name)
    return list(_tables(f"{name}.yaml", schema, schema["$defs"]))


def option_tables() -> list[Table]:
    """The tables of an option, which metric.yaml and addon.yaml share."""
    definitions = read("metric")["$defs"]
    return [Table(_titled(name), *_content(definitions[name], definitions)) for name in _OPTION_KINDS]


def entry_tables() -> list[Table]:
    """The tables of the entries of `output` in figures.yaml, one for each kind of entry."""
    definitions = read("figures")["$defs"]
    names = [each["$ref"].rpartition("/")[2] for each in definitions["entry"]["oneOf"]]
    return [Table(f"`{name}`", *_content(definitions[name], definitions)) for name in names]


def entries_by_key() -> dict[str, list[str]]:
    """Each key of an entry of `output`, and the kinds of entry that it goes with."""
    found: dict[str, list[str]] = {}
    for table in entry_tables():
        for key in table.keys:
            found.setdefault(key.name, []).append(table.title)
    return found


def _tables(title: str, schema: Schema, definitions: Schema) -> Iterator[Table]:
    yield Table(title, *_content(schema, definitions))
    for name, each in schema["properties"].items():
        if "$ref" in each:
            continue
        if "properties" in each:
            yield from _tables(f"`{name}`", each, definitions)
        for inside in (each.get("items", {}), each.get("additionalProperties", {})):
            if inside and "properties" in inside:
                yield from _tables(f"each of `{name}`", inside, definitions)


def _content(schema: Schema, definitions: Schema) -> tuple[str, tuple[Key, ...]]:
    """The text above a table, and its rows: required keys first, then the others in the order of the schema."""
    required = schema.get("required", [])
    names = sorted(schema["properties"], key=lambda name: name not in required)
    about = schema.get("description") or f"{schema.get('title', '')}.".removeprefix(".")
    if choices := [f"`{each['required'][0]}`" for each in schema.get("anyOf", [])]:
        about += f" At least one of {' and '.join(choices)} is required."
    return about, tuple(_key(name, schema["properties"][name], name in required, definitions) for name in names)


def _key(name: str, schema: Schema, required: bool, definitions: Schema) -> Key:
    default = "required" if required else ""
    if "default" in schema:
        default = f"`{json.dumps(schema['default'])}`"
    return Key(name, _type(schema, definitions), default, _description(schema, definitions))


def _description(schema: Schema, definitions: Schema) -> str:
    full = _resolved(schema, definitions)
    own = schema if schema.get("$ref", "").endswith(f"/{_EXPRESSION}") else full
    names = full.get("propertyNames", {})
    sentences = [own.get("description", "")]
    if "patternWords" in full:
        sentences.append(f"Allowed: {full['patternWords']}.")
    if "patternWords" in names:
        sentences.append(f"Names: {names['patternWords']}.")
    if "enum" in names:
        sentences.append(f"Names: {_choices(names['enum'])}.")
    if "minimum" in full:
        sentences.append(f"At least {full['minimum']}.")
    if "maxLength" in full:
        sentences.append(f"At most {full['maxLength']} characters.")
    return " ".join(filter(None, sentences))


def _type(schema: Schema, definitions: Schema) -> str:
    reference = schema.get("$ref", "").rpartition("/")[2]
    if reference in _OPTION_KINDS:
        return f"[{_OPTION_KINDS[reference]}](#{_titled(reference).lower().replace(' ', '-')})"
    if reference == _EXPRESSION:
        return "[expression](#expressions)"
    if reference in ("pattern", "entry"):
        return {"pattern": "[pattern](figures.md#patterns)", "entry": "[entry](#entries-of-output)"}[reference]
    full = _resolved(schema, definitions)
    if "enum" in full:
        return _choices(full["enum"])
    kind = full["type"]
    if isinstance(kind, list):
        return " or ".join(_SCALARS[each] for each in kind)
    inside = full.get("items") if kind == "array" else full.get("additionalProperties")
    return _SCALARS[kind] + (f" of {_type(inside, definitions)}" if inside else "")


def _titled(definition: str) -> str:
    kind = _OPTION_KINDS[definition]
    return f"{'An' if kind[0] in 'aeiou' else 'A'} {kind}"


def _choices(values: Iterable[object]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    """The schema with the definition in it that it refers to; what it says itself comes first."""
    if "$ref" not in schema:
        return schema
    return {**_resolved(definitions[schema["$ref"].rpartition("/")[2]], definitions), **schema}
