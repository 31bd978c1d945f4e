"""Manifests of a set as they would be without our rules: what the API then says is what the rules must say before."""

from __future__ import annotations

from typing import Any

from mocompile.catalog import Catalog
from mocompile.check.build import build
from mocompile.check.context import CheckContext
from mocompile.check.metricset_schema import compose
from mocompile.document.load import load_text
from mocompile.document.merge import merge
from mocompile.document.tree import Map
from mocompile.emit.objects import objects
from mocompile.expand import expand
from mocompile.expression.to_data import python_value
from mocompile.schema.convert import convert

from tests.emit.claims import with_claims

CATALOG = Catalog()


def root_of(text: str) -> Map:
    """The document, merged with nothing."""
    return merge(load_text(text, "metrics.yaml")[0]).root


def jobs_of(jobset: Any) -> list[Any]:
    """A Job for each replicated job."""
    return [
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": job["name"]}, "spec": job["template"]["spec"]}
        for job in with_claims(jobset)["spec"]["replicatedJobs"]
    ]


def pods_of(jobset: Any) -> list[Any]:
    """A Pod of each replicated job. More is asked of it than of the template that the job has of it."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {**job["spec"]["template"]["metadata"], "name": job["metadata"]["name"]},
            "spec": job["spec"]["template"]["spec"],
        }
        for job in jobs_of(jobset)
    ]


def unchecked(text: str) -> list[Any]:
    """The objects of the set, whatever the check stage has against it."""
    root = root_of(text)
    metrics = [str(metric.get("name")) for metric in _items(root.get("spec"), "metrics")]
    addons = [
        str(addon.get("name")) for metric in _items(root.get("spec"), "metrics") for addon in _items(metric, "addons")
    ]
    data = convert(root, compose(CATALOG, metrics, addons))
    assert isinstance(data, dict)
    plan = expand(build(CheckContext(root, data, CATALOG)))
    return [python_value(each, plan.values) for each in objects(plan)]


def _items(value: Any, key: str) -> list[Any]:
    return list(value.get(key) or ()) if isinstance(value, Map) else []
