"""A value is converted by its field's schema, not by its spelling."""

from __future__ import annotations

from typing import Any

import pytest
from mocompile.diagnostics.place import Place
from mocompile.document.load import load_value
from mocompile.document.tree import Argument, Map, Plain
from mocompile.schema.convert import convert


def _converted(text: str, schema: dict[str, Any]) -> object:
    return convert(load_value(text), schema)


@pytest.mark.parametrize("text", ["4", "4G", "012", "1e3", "1_000", "yes", "true", "2026-01-01", "12:30:00", "0x1F"])
def test_text_stays_as_it_was_written_where_text_is_wanted(text: str) -> None:
    assert _converted(text, {"type": "string"}) == text
    assert _converted(f'"{text}"', {"type": "string"}) == text


@pytest.mark.parametrize(("text", "number"), [("16", 16), ('"16"', 16), ("'16'", 16), ("+5", 5), ("-5", -5), ("-0", 0)])
def test_decimal_digits_are_an_integer_quoted_or_not(text: str, number: int) -> None:
    assert _converted(text, {"type": "integer"}) == number


@pytest.mark.parametrize(
    "text", ["012", "0x10", "0o7", "1e3", "1_000", "1.0", "1.5", "yes", "٣", "''", "' 1'", "1" * 64]
)
def test_what_readers_do_not_agree_on_is_no_integer(text: str) -> None:
    assert isinstance(_converted(text, {"type": "integer"}), str)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ('"yes"', True),
        ("ON", True),
        ("y", True),
        ("True", True),
        ("no", False),
        ("off", False),
        ("N", False),
    ],
)
def test_every_word_that_yaml_knows_for_a_boolean_is_one(text: str, value: bool) -> None:
    assert _converted(text, {"type": "boolean"}) is value


@pytest.mark.parametrize("text", ["1", "0", "maybe", "t", "''"])
def test_no_other_word_is_a_boolean(text: str) -> None:
    assert isinstance(_converted(text, {"type": "boolean"}), str)


def test_nothing_is_null_whatever_is_wanted() -> None:
    assert _converted("~", {"type": "integer"}) is None
    assert _converted("", {"type": "string"}) is None


def test_members_are_converted_by_their_own_schemas() -> None:
    integers = {"type": "object", "additionalProperties": {"type": "integer"}}
    schema = {
        "properties": {"a": {"$ref": "#/$defs/list"}, "b": integers},
        "$defs": {"list": {"items": {"type": "string"}}},
    }
    assert _converted("{a: [1, 2], b: {x: 1, y: z}, c: 3}", schema) == {
        "a": ["1", "2"],
        "b": {"x": 1, "y": "z"},
        "c": "3",
    }


def test_schema_that_another_field_chooses_is_followed() -> None:
    def then(kind: str) -> dict[str, Any]:
        return {"properties": {"options": {"properties": {"size": {"type": kind}}}}}

    choices = [
        {"if": {"properties": {"name": {"const": name}}, "required": ["name"]}, "then": then(kind)}
        for name, kind in (("a", "integer"), ("b", "string"))
    ]
    schema = {"properties": {"options": {"type": "object"}}, "allOf": choices}
    assert _converted("{name: a, options: {size: 4}}", schema) == {"name": "a", "options": {"size": 4}}
    assert _converted("{name: b, options: {size: 4}}", schema) == {"name": "b", "options": {"size": "4"}}
    assert _converted("{name: c, options: {size: 4}}", schema) == {"name": "c", "options": {"size": "4"}}


def test_argument_is_read_as_yaml_where_a_list_or_a_mapping_is_wanted() -> None:
    assert convert(Argument("[1, 2]"), {"type": "array", "items": {"type": "integer"}}) == [1, 2]
    assert convert(Argument("{a: 1}"), {"type": "object"}) == {"a": "1"}
    assert convert(Argument("[1, 2]"), {"type": "string"}) == "[1, 2]"
    assert convert(Argument("[1, 2"), {"type": "array"}) == "[1, 2"


def test_what_the_tree_holds_is_not_changed() -> None:
    place = Place("x", 1, 1)
    tree = Map(place)
    tree.put("a", Plain("1"), place, place)
    convert(tree, {"properties": {"a": {"type": "integer"}}})
    assert tree["a"] == "1"
