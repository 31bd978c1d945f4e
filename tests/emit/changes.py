"""Other values for what a chart offers: for each one that its schema and mocompile's rules take, and that matters."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from jsonschema import Draft202012Validator
from mocompile.catalog import Catalog
from mocompile.diagnostics.finding import InputError
from mocompile.document.load import Source, load
from mocompile.document.merge import merge
from mocompile.document.set_path import parse_setting
from mocompile.emit.helm.chart_values import Offer
from mocompile.emit.objects import objects
from mocompile.expression.to_data import python_value
from mocompile.pipeline import Compiled, compiled
from mocompile.schema.convert import resolve
from mocompile.schema.files import read

from tests.emit.rendering import json_of

if TYPE_CHECKING:
    from mocompile.document.load import Document

Keys: TypeAlias = tuple[str, ...]
Values: TypeAlias = Mapping[Keys, Any]

# Text that a set may hold: none is passed over. (U+0085 is not among it: a control character, which no set may hold.)
HOSTILE = (
    "it's", 'a "b"', "$(touch /tmp/x)", "a$$b", "$(MO_PODS)", "`id`", "two\nlines\n", "{{ 1+1 }}", "{% raw %}",
    "{{- fail `x` -}}", "EOF", "---", "y", "on", "1_000", "012", "0x1F", "1e3", "~", "null",
    "=",
    "\U0001f600", "a\u2028b", "\ufeffx", "a\u202eb\u2066c\u061c\u200f",
    "<>&", "a, b.c={d}", "  led\ttrailed  ", "\\n", "'\"'\"'", "- a", "a: b", "#", "31500000",
    "${HOME}",
)  # fmt: skip
# What other schemas than that of any text may take.
_STRINGS = (
    "changed", "/changed/path", "example.com/changed:2", "4G", "7", "7.5", "0.9", "changed.example.com", "x=1",
    "64k", "a b", "Memory", "HugePages-2Mi", "l", "w", "m", "n", "launcher", "workers", "storage", "single", "app", "",
)  # fmt: skip
_CATALOG = Catalog()
_PLAIN = ("changed", "4", "true", "/changed/path", "4G", "example.com/changed:2")
_INTEGERS = (31500000, 2147483647, 4096, 12, 9, 8, 7, 5, 4, 3, 2, 1, 0)
_ARRAYS: tuple[Any, ...] = (
    [{"key": "dedicated", "operator": "Equal", "value": "y", "tolerationSeconds": 31500000, "effect": "NoExecute"}],
    [{"name": "changed"}, {"name": "other"}],
    [{"ip": "10.0.0.9", "hostnames": ["changed.example.com"]}],
    [{"maxSkew": 31500000, "topologyKey": "example.com/changed", "whenUnsatisfiable": "DoNotSchedule"}],
    [{"name": "gpus", "resourceClaimName": "changed"}],
    [{"name": "changed", "action": "FailJobSet", "onJobFailureMessagePatterns": ["^\\$1e3 {{ x }}"]}],
    [{"action": "FailJob", "onExitCodes": {"operator": "NotIn", "values": [0, 31500000]}}],
)
_OBJECTS: tuple[Any, ...] = (
    {"limits": {"cpu": "2", "memory": "31500000"}, "requests": {"cpu": "500m"}},
    {"limits": {"cpu": "4"}, "requests": {"cpu": "1"}}, {"limits": {"cpu": "4", "hugepages-2Mi": "6Mi"}},
    {"cpu": "2"}, {"cpu": "3"},
    {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "example.com/rack"}]}},
    {"fsGroup": 31500000, "supplementalGroups": [4, 31500000], "sysctls": [{"name": "fs.file-max", "value": "012"}]},
    {"example.com/changed": "y"}, {"changed": "1e3"}, {"changed.key": "/changed"}, {"changed": "changed"},
)  # fmt: skip


@dataclass(frozen=True)
class Given:
    """Values that are given together, and the set that mocompile makes with an overlay of the same."""

    values: Values
    compiled: Compiled

    @property
    def tree(self) -> dict[str, Any]:
        """The values as a file of Helm's has them."""
        return as_tree(self.values)


def rounds(document: Document, base: Compiled, *, plain: bool = False) -> Iterator[Given]:
    """Every value that the chart of `base` offers, changed; in as many sets as it takes for each to matter.

    `plain`: text that is fit for an argument of a command. Raises AssertionError where a value never matters.
    """
    offer = Offer(base.metricset, base.plan)
    fixed = {path for path in offer.paths if "const" in offer.schema(path)}
    pending = _changed(document, offer, set(offer.paths) - fixed, plain)
    while pending:
        given, mattering = next(_attempts(document, offer, pending), (None, frozenset[Keys]()))
        assert given is not None, f"offered, and without any effect: {sorted(pending)}"
        yield given
        pending = {path: value for path, value in pending.items() if path not in mattering}


def _attempts(document: Document, offer: Offer, pending: Values) -> Iterator[tuple[Given, frozenset[Keys]]]:
    """Sets of pending values in which some matter, with those; the largest first."""
    first, change = next(iter(pending.items()))
    # What is hidden by another value shows where there is none of that.
    bare = (
        {path: "" if isinstance(offer.default(path), str) else None, first: change}
        for path in offer.paths
        if path != first and isinstance(offer.default(path), str | dict)
    )
    for values in itertools.chain([_accepted(document, pending), {first: change}], bare):
        if _is_accepted(document, values):
            result = with_values(document, values)
            mattering = frozenset(
                path for path in values if path in pending and _matters(result, path, offer.default(path))
            )
            if mattering:
                yield Given(values, result), mattering


def addressable(document: Document) -> Document:
    """The document with the id of every metric and addon written out: an overlay can name each of them."""
    spec: Any = document.root["spec"]
    for metric in spec["metrics"]:
        for entry in (metric, *metric.get("addons", ())):
            if "id" not in entry:
                entry.put("id", entry["name"], entry.place, entry.place)
    return document


def with_values(document: Document, values: Values) -> Compiled:
    """The set of the document with an overlay that says these values; lists, which Helm replaces whole, are set."""
    lists = {path: value for path, value in values.items() if isinstance(value, list)}
    rest = {path: value for path, value in values.items() if path not in lists}
    settings = [parse_setting(f"spec{_address(path)}={json_of(value)}") for path, value in lists.items()]
    return compiled(merge(document, [overlay(rest)], settings).root, _CATALOG)


def _address(path: Keys) -> str:
    """A path as mocompile's --set wants it."""
    return "".join(f'["{key}"]' for key in path)


def overlay(values: Values) -> Document:
    """The values as an overlay of a metrics.yaml."""
    spec = as_tree(values)
    metrics = spec.pop("metrics", {})
    if metrics:
        spec["metrics"] = [_item(name, metric) for name, metric in metrics.items()]
    return load(Source("overlay.yaml", json_of({"spec": spec}).encode()))


def as_tree(values: Values) -> dict[str, Any]:
    """The values as nested mappings."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        below = tree
        for key in path[:-1]:
            below = below.setdefault(key, {})
        below[path[-1]] = value
    return tree


def dotted(path: Keys) -> str:
    """A path as Helm's --set wants it."""
    return ".".join(key.replace("\\", "\\\\").replace(".", "\\.").replace(",", "\\,") for key in path)


def _item(name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    addons = entry.get("addons", {})
    rest = {key: value for key, value in entry.items() if key != "addons"}
    listed = {"addons": [_item(addon, options) for addon, options in addons.items()]} if addons else {}
    return {"id": name, **rest, **listed}


def _changed(document: Document, offer: Offer, paths: set[Keys], plain: bool) -> Values:
    """For each path the first other value that its schema, and mocompile as a whole, take."""
    candidates = {path: _valid(offer, path, plain) for path in paths}
    found: dict[Keys, Any] = {}
    open_ = {path: next(candidates[path], None) for path in offer.paths if path in paths}
    while open_:
        assert None not in open_.values(), f"no other value found: {[path for path in open_ if open_[path] is None]}"
        together = _accepted(document, open_)
        found.update(together)
        alone = {path: value for path, value in open_.items() if path not in together}
        found.update({path: value for path, value in alone.items() if _is_accepted(document, {path: value})})
        open_ = {path: next(candidates[path], None) for path in alone if path not in found}
    return {path: found[path] for path in offer.paths if path in paths}


def _valid(offer: Offer, path: Keys, plain: bool) -> Iterator[Any]:
    """Other values of the path that are valid by its schema."""
    default, schema = offer.default(path), offer.schema(path)
    whole = read("metricset")
    validator = Draft202012Validator({**resolve(schema, whole), "$defs": whole["$defs"]})
    for value in _candidates(resolve(schema, whole), whole, default, sum(map(len, path)), plain):
        if isinstance(default, dict) and default.items() >= value.items():
            continue
        if value != default and validator.is_valid(value):
            yield value


def _candidates(
    schema: Mapping[str, Any], whole: Mapping[str, Any], default: Any, seed: int, plain: bool
) -> Iterator[Any]:
    if "enum" in schema:
        yield from schema["enum"]
        return
    match schema.get("type"):
        case "boolean":
            yield not default
        case "integer":
            yield from _INTEGERS
            yield (default or 0) + 1
        case "string":
            yield from _strings(seed, plain)
        case "array":
            yield from _ARRAYS
            items = resolve(schema.get("items", {}), whole)
            for first, second in itertools.pairwise(_candidates(items, whole, None, seed, plain)):
                yield [first, second]
        case "object":
            yield from _OBJECTS
            values = resolve(schema.get("additionalProperties") or {}, whole)
            for key, value in itertools.product(
                ("changed", "CHANGED", "y", "1", "7"), _candidates(values, whole, None, seed, plain)
            ):
                yield {key: value}


def _strings(seed: int, plain: bool) -> Iterable[str]:
    if plain:
        return (*_PLAIN[seed % len(_PLAIN) :], *_PLAIN, *_STRINGS)
    start = seed % len(HOSTILE)
    return (*HOSTILE[start:], *HOSTILE[:start], *_STRINGS)


def _accepted(document: Document, pending: Values) -> Values:
    """As many of the values as go together."""
    together: dict[Keys, Any] = {}

    def add(paths: Sequence[Keys]) -> None:
        more = {**together, **{path: pending[path] for path in paths}}
        if _is_accepted(document, more):
            together.update(more)
        elif len(paths) > 1:
            middle = len(paths) // 2
            add(paths[:middle])
            add(paths[middle:])

    add(tuple(pending))
    return together


def _is_accepted(document: Document, values: Values) -> bool:
    try:
        with_values(document, values)
    except InputError:
        return False
    return True


def _matters(result: Compiled, path: Keys, default: Any) -> bool:
    """Whether the objects are others with the default at `path`."""
    trees = objects(result.plan)
    without = _replaced(result.plan.values, path, default)
    return any(python_value(tree, result.plan.values) != python_value(tree, without) for tree in trees)


def _replaced(values: Mapping[str, Any], path: Keys, value: Any) -> dict[str, Any]:
    key, *below = path
    return {**values, key: _replaced(values[key], tuple(below), value) if below else value}
