"""The check stage: a document held against the schema, then against the rules a schema cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocompile.check import (
    addons,
    failures,
    images,
    launch,
    object_metadata,
    patches,
    pod,
    resources,
    rules,
    sizes,
    volume_claims,
)
from mocompile.check.build import build
from mocompile.check.context import CheckContext
from mocompile.check.document_kind import wrong_form
from mocompile.check.metricset_schema import compose
from mocompile.diagnostics.finding import InputError, errors_in
from mocompile.document.tree import Map, Seq, Value
from mocompile.schema import violations
from mocompile.schema.convert import convert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mocompile.catalog import Catalog
    from mocompile.check.metricset import MetricSet
    from mocompile.schema.convert import Json, Schema

__all__ = ["check", "converted"]

# Each says in its docstring what it asks, and depends on no other.
_RULES = (rules, addons, pod, volume_claims, failures, object_metadata, resources, sizes, launch, images, patches)


def check(root: Map, catalog: Catalog) -> MetricSet:
    """The MetricSet that `root` describes, with warnings. Raises `InputError` with all findings, sorted by place."""
    wrong = list(wrong_form(root)) or list(sizes.too_much(root))
    if wrong:
        raise InputError(wrong)
    schema = _schema_of(root, catalog)
    data = convert(root, schema)
    assert isinstance(data, dict)
    view = CheckContext(root, data, catalog)
    found = list(violations.findings(root, data, schema, catalog.name_hint))
    for module in _RULES:
        found.extend(module.findings(view))
    if errors_in(found):
        raise InputError(found)
    return build(view, tuple(found))


def converted(root: Map, catalog: Catalog) -> Json:
    """The MetricSet `root` as plain data, every scalar what its field says. What is wrong with it is for `check`."""
    return convert(root, _schema_of(root, catalog))


def _schema_of(root: Map, catalog: Catalog) -> Schema:
    metrics = list(_mappings(root.get("spec"), "metrics"))
    added = [addon for metric in metrics for addon in _mappings(metric, "addons")]
    return compose(catalog, _names(metrics), _names(added))


def _mappings(value: Value, key: str) -> Iterator[Map]:
    items = value.get(key) if isinstance(value, Map) else None
    if isinstance(items, Seq):
        yield from (item for item in items if isinstance(item, Map))


def _names(items: list[Map]) -> list[str]:
    return [str(name) for item in items if isinstance(name := item.get("name"), str)]
