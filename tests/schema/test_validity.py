"""The fast test of validity says True only where jsonschema finds nothing, and says it of every input that is right.

`MOCOMPILE_EXAMPLES` says how many documents are tried for each schema (150).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import pytest
from mocompile.catalog import Catalog
from mocompile.check.metricset_schema import compose
from mocompile.document.load import load_file
from mocompile.schema.convert import Json, Schema, convert
from mocompile.schema.files import read
from mocompile.schema.validity import is_valid
from mocompile.schema.violations import _validator

from tests.golden.cases import OUTPUTS
from tests.paths import ROOT

EXAMPLES = int(os.environ.get("MOCOMPILE_EXAMPLES", "150"))
CATALOG = Catalog()
# Values that are wrong in one place and right in another, and those in which Python and JSON differ.
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**53, 1.0, 1.5, "", "1", "true", "a", "io-fio", "A b", "a\n", "name\n", "x" * 300,
    "é", "MO_X", "10Gi", "/path", "Always", "Never", [], ["a"], ["a", "a"], [1, True], {}, {"name": "a"}, {"a": None},
)  # fmt: skip
KEYS = ("name", "options", "path", "zzz", "1", "a b", "MO_X", "metrics", "addons", "x" * 300 + "/a", "", "kind", "line")


def _sets() -> tuple[Schema, list[Json]]:
    schema = compose(CATALOG, CATALOG.metric_names, CATALOG.addon_names)
    paths = sorted(OUTPUTS.glob("*/metrics.yaml"))
    return schema, [convert(load_file(path).root, schema) for path in paths]


def _sheets(kind: str, pattern: str) -> tuple[Schema, list[Json]]:
    schema = read(kind)
    return schema, [convert(load_file(path).root, schema) for path in sorted(ROOT.glob(pattern))]


DOCUMENTS = {
    "set": _sets(),
    "metric": _sheets("metric", "templates/metrics/*/metric.yaml"),
    "addon": _sheets("addon", "addons/*/addon.yaml"),
    "figures": _sheets("figures", "templates/metrics/*/figures.yaml"),
    "study": _sheets("metricstudy", "examples/**/study.yaml"),
}


def places(value: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of each value in `value`."""
    yield path
    inner: Iterator[tuple[str | int, Json]] = iter(())
    if isinstance(value, dict):
        inner = iter(value.items())
    elif isinstance(value, list):
        inner = iter(enumerate(value))
    for step, child in inner:
        yield from places(child, (*path, step))


def changed(value: Json, chance: random.Random) -> Json:
    """A copy of `value` in which one place has another value, is gone, or has a key more."""
    result = deepcopy(value)
    path = chance.choice(list(places(result)))
    if not path:
        whole: Json = deepcopy(chance.choice(VALUES))
        return whole
    above: Any = result
    for step in path[:-1]:
        above = above[step]
    step = path[-1]
    match chance.randrange(4):
        case 0:
            del above[step]
        case 1 if isinstance(above[step], dict):
            above[step][chance.choice(KEYS)] = deepcopy(chance.choice(VALUES))
        case 2 if isinstance(above, dict):
            above[chance.choice(KEYS)] = above.pop(step)
        case _:
            above[step] = deepcopy(chance.choice(VALUES))
    return result


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_what_is_right_needs_no_jsonschema(kind: str) -> None:
    schema, documents = DOCUMENTS[kind]
    assert documents
    assert [each for each in documents if not is_valid(each, schema)] == []


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_both_find_the_same_documents_valid(kind: str) -> None:
    schema, documents = DOCUMENTS[kind]
    chance = random.Random(kind)
    validator: Any = _validator(schema)
    counts = {True: 0, False: 0}
    for _ in range(EXAMPLES):
        tried = changed(chance.choice(documents), chance)
        slow = validator.is_valid(tried)
        counts[slow] += 1
        fast = is_valid(tried, schema)
        # A float and a list with others than texts are left to jsonschema.
        assert fast == slow or (slow and not _is_plain(tried)), tried
    assert min(counts.values()) >= EXAMPLES // 50, counts


def _is_plain(value: Json) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return all(map(_is_plain, value)) and (all(isinstance(each, str | dict) for each in value))
    return not isinstance(value, float)


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        ({"type": "integer"}, [0, -1], [True, "1", None, [], {}]),
        ({"type": ["string", "null"]}, ["", None], [0, False, []]),
        ({"enum": [1, "a", None]}, [1, "a", None], [True, "b", 0, False]),
        ({"const": True}, [True], [1, "true", None]),
        ({"minimum": 1, "maximum": 2}, [1, 2, "0", True], [0, 3]),
        ({"pattern": "^a$"}, ["a", 1], ["a\n", "b", ""]),
        ({"minLength": 1, "maxLength": 2}, ["a", "éé", 5, []], ["", "abc"]),
        ({"items": {"type": "string"}, "minItems": 1, "maxItems": 2}, [["a"], "x"], [[], [1], ["a"] * 3]),
        ({"uniqueItems": True}, [[], ["a", "b"], "aa"], [["a", "a"]]),
        ({"properties": {"a": {"type": "string"}}}, [{}, {"a": ""}, {"b": 1}, 3], [{"a": 1}]),
        ({"properties": {"a": {}}, "additionalProperties": False}, [{}, {"a": 1}, 3], [{"b": 1}]),
        ({"additionalProperties": {"type": "integer"}}, [{"a": 1}], [{"a": "1"}]),
        ({"propertyNames": {"pattern": "^a", "not": {"const": "ab"}}}, [{"a": 1}, {}], [{"b": 1}, {"ab": 1}]),
        ({"minProperties": 1, "maxProperties": 1}, [{"a": 1}, "x"], [{}, {"a": 1, "b": 1}]),
        ({"required": ["a"], "dependentRequired": {"b": ["c"]}}, [{"a": 1}, 1], [{}, {"a": 1, "b": 1}]),
        ({"allOf": [{"type": "string"}, {"minLength": 1}]}, ["a"], ["", 1]),
        ({"anyOf": [{"type": "string"}, {"minimum": 1}]}, ["a", 1], [0]),
        ({"oneOf": [{"type": "integer"}, {"minimum": 1}]}, [0, "a"], [1]),
        ({"if": {"type": "string"}, "then": {"minLength": 1}, "else": {"type": "null"}}, ["a", None], ["", 1]),
        ({"format": "label-key"}, ["a/b", 1], ["x" * 254 + "/a"]),
        ({"$ref": "#/$defs/t", "$defs": {"t": {"type": "string"}}}, ["a"], [1]),
    ],
)  # fmt: skip
def test_each_keyword_is_as_in_jsonschema(schema: Schema, right: Sequence[Any], wrong: Sequence[Any]) -> None:
    validator: Any = _validator(schema)
    assert [validator.is_valid(each) for each in (*right, *wrong)] == [True] * len(right) + [False] * len(wrong)
    assert [is_valid(each, schema) for each in (*right, *wrong)] == [True] * len(right) + [False] * len(wrong)


@pytest.mark.parametrize(
    ("schema", "value"),
    [({"contains": {}}, []), ({"type": "integer"}, 1.0), ({"uniqueItems": True}, [1, 2]), ({"enum": [[1]]}, [1])],
)
def test_what_it_does_not_know_is_left_to_jsonschema(schema: Schema, value: Any) -> None:
    assert not is_valid(value, schema)
