"""`mocompile explain spec.pods`: a field of a metrics.yaml, as its schema describes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mocompile.diagnostics.finding import Finding, InputError, nearest
from mocompile.schema.convert import resolve
from mocompile.schema.files import read

ROOTS = ("metadata", "spec")
_INDEX = re.compile(r"\[[^\]]*\]")


def is_field(path: str) -> bool:
    """Whether the path begins at the top of a metrics.yaml, and not with the name of a metric or an addon."""
    return path == "MetricSet" or _steps(path)[0] in ROOTS


def field_lines(path: str) -> Iterator[tuple[int, str]]:
    """Yield the description of the field at the path (`spec.metrics.image`): the indent of each text, and the text.

    Raises `InputError` if there is no such field.
    """
    schema = read("metricset")
    found, required = _find(path)
    yield 0, f"{path}  <{_type(found, schema)}>  {_presence(found, required=required)}".rstrip()
    if found.get("description"):
        yield 4, str(found["description"])
    yield from ((4, text) for text in _limits(found))
    below = _properties(found, schema)
    if below:
        yield 0, ""
        yield 0, "FIELDS"
    needed = _item(found, schema).get("required", ())
    for name, field in below.items():
        each = {**resolve(field, schema), **field}
        yield 2, f"{name}  <{_type(each, schema)}>  {_presence(each, required=name in needed)}".rstrip()
        if each.get("description"):
            yield 6, str(each["description"])


def field_data(path: str) -> dict[str, Any]:
    """Return the schema of the field at the path, as data: what is below it as far as its own fields' schemas.

    Raises `InputError` if there is no such field.
    """
    schema = read("metricset")
    found, required = _find(path)
    below = {name: {**resolve(field, schema), **field} for name, field in _properties(found, schema).items()}
    own = {key: value for key, value in found.items() if key not in ("properties", "items", "$defs", "$ref")}
    return {"name": path, **own, "required": required, **({"fields": below} if below else {})}


def fields_below(path: str) -> Sequence[str]:
    """The names of the fields below the one at the path; none if there is no such field."""
    try:
        found, _ = _find(path)
    except InputError:
        return ()
    return tuple(_properties(found, read("metricset")))


def _steps(path: str) -> list[str]:
    return _INDEX.sub("", path).split(".")


def _find(path: str) -> tuple[Mapping[str, Any], bool]:
    """Return the schema of the field, and whether it is required."""
    schema = read("metricset")
    found: Mapping[str, Any] = schema
    required = True
    above = ""
    for step in () if path == "MetricSet" else _steps(path):
        below = _properties(found, schema)
        if step not in below:
            what = f"'{above}' has" if above else "a metrics.yaml has"
            hint = nearest(step, below) or (f"its fields: {', '.join(sorted(below))}" if below else "")
            raise InputError([Finding("unknown", f"{what} no field '{step}'", None, hint)])
        required = step in _item(found, schema).get("required", ())
        # A description beside a reference is that of the field.
        found = {**resolve(below[step], schema), **below[step]}
        above = f"{above}.{step}".removeprefix(".")
    return found, required


def _item(field: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of the field, or of each of its items if it is a list."""
    whole = resolve(field, root)
    return resolve(whole["items"], root) if "items" in whole else whole


def _properties(field: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _item(field, root).get("properties", {})
    return found


def _type(field: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    kind = str(field.get("type", "mapping"))
    if kind == "array":
        return f"list of {_plain(_item(field, root))}"
    return "mapping" if kind == "object" else kind


def _plain(item: Mapping[str, Any]) -> str:
    return "mappings" if item.get("type", "object") == "object" else f"{item['type']}s"


def _presence(field: Mapping[str, Any], *, required: bool) -> str:
    if "default" in field:
        return f"default {json.dumps(field['default'], ensure_ascii=False)}"
    return "required" if required else ""


def _limits(field: Mapping[str, Any]) -> Iterator[str]:
    if "const" in field:
        yield f"Always {field['const']}"
    if "enum" in field:
        yield "One of: " + ", ".join(str(value) for value in field["enum"])
    if "minimum" in field:
        yield f"At least {field['minimum']}"
    if field.get("maximum", 2**53) < 2**53 - 1:
        yield f"At most {field['maximum']}"
    if "maxLength" in field:
        yield f"At most {field['maxLength']} characters"
