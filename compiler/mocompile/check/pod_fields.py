"""The fields of the pods, in the Kubernetes form: which there are, and those of each job of a metric.

The schema is the table of the fields (`$defs/pod` in `metricset.schema.json`): their names, kinds and defaults, in the
order of the output.

A metric's `pod`, and `launcher` or `workers` in it, is laid over `spec.pod`: a field replaces the one below it, but for
labels, annotations and the node selector, which are merged key by key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mocompile.check.context import CheckContext, Data, MetricView, mapping
from mocompile.document.tree import Path
from mocompile.schema.files import read

if TYPE_CHECKING:
    from mocompile.catalog.model import PatternJob
    from mocompile.schema.convert import Json, Schema

SPEC_POD: Path = ("spec", "pod")
# Mappings of names to texts, which are merged.
MERGED = ("annotations", "labels", "nodeSelector")
# The key of a metric's `pod` for the pods of one role.
ROLES: Mapping[str, str] = {"launcher": "launcher", "worker": "workers"}


def pod_fields() -> Mapping[str, Schema]:
    """Return the schema of each field, in the order of the output."""
    fields: Mapping[str, Schema] = read("metricset")["$defs"]["pod"]["properties"]
    return fields


@dataclass(frozen=True, slots=True)
class PodView:
    """The fields of some pods as written. `paths` says where each one is.

    `metric` and `job` are whose pods they are; `spec.pod` alone has neither.
    """

    fields: Data
    paths: Mapping[str, Path]
    metric: MetricView | None = None
    job: PatternJob | None = None

    def get(self, field: str) -> Json:
        """Return the value of a field; None if nobody wrote it."""
        return self.fields.get(field)

    def path(self, field: str) -> Path:
        """Return where the field was written; where it would be if nobody wrote it."""
        return self.paths.get(field, (*SPEC_POD, field))


def levels_of(spec: Data, metric: MetricView | None, role: str) -> Iterator[tuple[Path, Data]]:
    """Yield what was written for the pods of one role of a metric, the outermost first, and where."""
    yield SPEC_POD, mapping(spec.get("pod"))
    if metric is not None:
        own, path = mapping(metric.data.get("pod")), (*metric.path, "pod")
        yield path, own
        if role in ROLES:
            yield (*path, ROLES[role]), mapping(own.get(ROLES[role]))


def pod_views(view: CheckContext) -> Iterator[PodView]:
    """Yield `spec.pod` alone, and then the pods of each job of each metric."""
    yield _laid(view.spec, None, None)
    for metric in view.metrics:
        yield from (_laid(view.spec, metric, job) for job in metric.sheet.jobs)


def _laid(spec: Data, metric: MetricView | None, job: PatternJob | None) -> PodView:
    fields: Data = {}
    paths: dict[str, Path] = {}
    for path, written in levels_of(spec, metric, job.role if job else ""):
        for field, value in written.items():
            if field not in pod_fields():
                continue
            below = fields.get(field)
            merged = field in MERGED and isinstance(below, dict) and isinstance(value, dict)
            fields[field] = {**mapping(below), **mapping(value)} if merged else value
            paths[field] = (*path, field)
    return PodView(fields, paths, metric, job)
