"""`values.schema.json`: the options' own schemas, as Helm's values need them.

`--set` guesses types, so a string option also accepts a number or boolean (`testname=4`). `null` deletes a default,
so it is refused where a value is required. `global` lets the chart be a subchart. Go's regular expressions have no
lookahead: `not` expresses a forbidden beginning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocompile.emit.helm.values_yaml import Nested, nested
from mocompile.expression.nodes import LARGEST
from mocompile.schema.convert import Schema
from mocompile.schema.files import read
from mocompile.schema.option_groups import GROUPS
from mocompile.schema.transform import changed

if TYPE_CHECKING:
    from mocompile.emit.helm.chart_values import Keys, Offer

_DRAFT = "http://json-schema.org/draft-07/schema#"
# The types that `--set` guesses, each with texts for which it does.
_GUESSED: Mapping[str, tuple[str, ...]] = {"integer": ("7",), "boolean": ("true", "false")}


def values_schema(offer: Offer) -> Schema:
    """The schema, as plain data."""
    whole = _group(offer, nested(offer.paths))
    whole["properties"]["global"] = {"type": "object"}
    definitions = {
        name: changed(schema, _loose) for name, schema in read("metricset")["$defs"].items() if name not in _OURS
    }
    return {
        "$schema": _DRAFT,
        "title": f"Values of the metric set {offer.metricset.name}",
        **whole,
        "definitions": definitions,
    }


# Definitions of the MetricSet itself, which no value uses.
_OURS = ("id", "pod", "metricPod", "volumeClaimPolicy", "claimTemplate", "patch", "metric", "addon")


def _group(offer: Offer, tree: Nested) -> dict[str, Any]:
    properties = {
        key: _group(offer, child) if isinstance(child, dict) else _value(offer, child) for key, child in tree.items()
    }
    return {
        "type": "object",
        "properties": properties,
        "required": [key for key, child in tree.items() if isinstance(child, dict) or not _may_be_null(offer, child)],
        "additionalProperties": False,
    }


def _may_be_null(offer: Offer, path: Keys) -> bool:
    """Whether a value may be null: an omitted list or mapping, or an unset number."""
    schema = offer.schema(path)
    if schema.get("type") in ("array", "object"):
        return len(path) < 2 or path[-2] not in GROUPS
    return schema.get("type") in ("integer", "boolean") and "default" not in schema and path[-2] not in GROUPS


def _value(offer: Offer, path: Keys) -> dict[str, Any]:
    schema = dict(changed(offer.schema(path), _loose))
    schema.pop("default", None)
    if _may_be_null(offer, path):
        schema["type"] = [schema["type"], "null"]
    if taken := offer.taken(path):
        schema["propertyNames"] = {"allOf": [schema["propertyNames"], {"not": {"enum": list(taken)}}]}
    return schema


def _loose(schema: Schema, inner: dict[str, Any]) -> Schema:
    """The schema with text that may be spelled as a number or a boolean, and with references of draft 7."""
    if "$ref" in inner:
        return {"$ref": str(inner["$ref"]).replace("#/$defs/", "#/definitions/")}
    if schema.get("type") == ["string", "object"]:
        inner["type"] = ["string", *_GUESSED, "object"]
    if schema.get("type") == "string" and not {"enum", "const"} & schema.keys():
        guessed = [kind for kind, texts in _GUESSED.items() if all(_is_allowed(text, schema) for text in texts)]
        inner["type"] = ["string", *guessed] if guessed else "string"
        if "integer" in guessed:
            # Text is checked by its pattern, a number by its bounds: those that every reader keeps as they are.
            inner["minimum"] = -LARGEST if _is_allowed(str(-LARGEST), schema) else 0
            inner["maximum"] = LARGEST if _is_allowed(str(LARGEST), schema) else _last_allowed(schema)
    inner.pop("patternWords", None)
    if "pattern" in inner:
        inner.update(_without_lookahead(str(inner["pattern"])))
    return inner


def _last_allowed(schema: Schema) -> int:
    """Return the last number before the first that is not allowed, for a text of a few digits."""
    return next((number for number in range(7, 1000) if not _is_allowed(str(number + 1), schema)), 999)


def _is_allowed(text: str, schema: Schema) -> bool:
    return bool(re.search(schema.get("pattern", ""), text)) and len(text) <= schema.get("maxLength", len(text))


def _without_lookahead(pattern: str) -> dict[str, Any]:
    """Rewrite `^(?!a)(?!b)c` as `^c` and `not` `^a` or `^b`."""
    refused = []
    while pattern.startswith("^(?!"):
        end = _closing(pattern, 1)
        refused.append({"pattern": f"^{pattern[4:end]}"})
        pattern = f"^{pattern[end + 1 :]}"
    return {"pattern": pattern, **({"not": {"anyOf": refused}} if refused else {})}


def _closing(pattern: str, start: int) -> int:
    """Return the index of the parenthesis that closes the group at `start`."""
    depth, position = 0, start
    while True:
        character = pattern[position]
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return position
        position += 2 if character == "\\" else 1
