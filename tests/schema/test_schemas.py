"""Our JSON Schemas are JSON Schemas, and say what their readers need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mocompile import shipped
from mocompile.catalog import Catalog
from mocompile.catalog.reader import PAIR_OPTIONS, shared_options
from mocompile.check.metricset_schema import compose
from mocompile.schema.files import read
from mocompile.schema.pattern_words import in_words

_NAMES = sorted(path.name.removesuffix(".schema.json") for path in shipped.folder("schemas").glob("*.schema.json"))
_CATALOG = Catalog()


def _schemas(schema: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in it."""
    if isinstance(schema, dict):
        yield schema
    for child in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _schemas(child)


def _whole() -> Any:
    return compose(_CATALOG, _CATALOG.metric_names, _CATALOG.addon_names)


@pytest.mark.parametrize("name", _NAMES)
def test_shipped_schema_is_valid_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(read(name))


def test_schema_with_the_whole_catalog_is_valid_json_schema() -> None:
    Draft202012Validator.check_schema(_whole())


def test_every_integer_has_bounds_that_every_reader_of_json_can_hold() -> None:
    integers = [schema for schema in _schemas(_whole()) if schema.get("type") == "integer" and "enum" not in schema]
    assert len(integers) > 20
    assert [schema for schema in integers if not {"minimum", "maximum"} <= schema.keys()] == []
    assert all(abs(schema[bound]) <= 2**53 - 1 for schema in integers for bound in ("minimum", "maximum"))


def test_every_mapping_of_the_metricset_says_what_may_stand_in_it() -> None:
    groups = {"options", "listOptions", "mapOptions"}
    mappings = [schema for schema in _schemas(read("metricset")) if schema.get("type") == "object"]
    open_ = [schema for schema in mappings if "additionalProperties" not in schema]
    assert all(schema.get("description", "").startswith("Settings of the") for schema in open_)
    assert len(open_) == 2 * len(groups)


def test_every_pattern_has_its_words() -> None:
    schemas = [schema for whole in (_whole(), *map(read, _NAMES)) for schema in _schemas(whole)]
    patterns = [schema for schema in schemas if isinstance(schema.get("pattern"), str)]
    assert len(patterns) > 50
    without = {schema["pattern"] for schema in patterns if "patternWords" not in schema}
    assert [pattern for pattern in without if "text that matches" in in_words(pattern)] == []


def test_the_shared_options_that_the_schema_names_are_those_that_are_described() -> None:
    named = set(read("options")["$defs"]["shared"]["items"]["enum"])
    # Those of pairs come with `twoSided`.
    assert {*named, *PAIR_OPTIONS} == set(shared_options())
    assert named.isdisjoint(PAIR_OPTIONS)


def test_patterns_need_no_lookahead() -> None:
    patterns = {schema["pattern"] for schema in _schemas(read("metricset")) if isinstance(schema.get("pattern"), str)}
    # The chart's schema is read by Go, whose regular expressions have none.
    assert [pattern for pattern in patterns if re.search(r"\(\?[=!<]", pattern)] == []
