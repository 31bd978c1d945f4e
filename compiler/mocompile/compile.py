"""The stages, one after another: a merged document to the text of its manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocompile.catalog import Catalog
from mocompile.check import check
from mocompile.emit.objects import objects
from mocompile.emit.yaml import dump
from mocompile.expand import expand
from mocompile.python_value import python_value

if TYPE_CHECKING:
    from mocompile.document import Map


def compile_objects(root: Map, catalog: Catalog | None = None) -> list[object]:
    """The Kubernetes objects of the MetricSet `root`, as plain data. Raises `InputError` with all findings."""
    plan = expand(check(root, catalog or Catalog()))
    return [python_value(each, plan.values) for each in objects(plan)]


def compile_yaml(root: Map, catalog: Catalog | None = None) -> str:
    """The manifests of the MetricSet `root`, as a YAML stream. Raises `InputError` with all findings."""
    return dump(compile_objects(root, catalog))
