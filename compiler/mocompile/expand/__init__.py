"""The expand stage: metrics, patterns and addons become jobs, containers, volumes and scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocompile.expand.metric import jobs_of
from mocompile.expand.plan import Job, Plan
from mocompile.expand.scripts import scripts_of

if TYPE_CHECKING:
    from mocompile.check.metricset import MetricSet

__all__ = ["expand"]


def expand(metricset: MetricSet) -> Plan:
    """The plan of a checked set."""
    jobs: list[Job] = []
    before: tuple[str, ...] = ()
    for metric in metricset.metrics:
        own = jobs_of(metric, metric.job_names, before if metricset.sequential else ())
        before = tuple(job.name for job in own if job.decides)
        jobs.extend(own)
    return Plan(
        name=metricset.name,
        namespace=metricset.namespace,
        labels=metricset.labels,
        annotations=metricset.annotations,
        fqdn=metricset.fqdn,
        jobs=tuple(jobs),
        scripts=scripts_of(metricset),
        values=metricset.values,
        patches=metricset.patches,
    )
