"""Rules for what a failed job does to the set, and a failed pod to its job.

- Names of rules are there once, and the jobs that a rule names are jobs of the set (the JobSet webhook).
- A rule for pods is for exit codes or for conditions, not for both; it goes with `restartPolicy: Never` (API).
- Exit codes are in order, each once. `In` does not take 0, the code of success (API).
- A container that a rule names is in the pods of every job (API).

Left out of the schema: the actions `RestartJob` and `RestartJobAndIgnoreMaxRestarts`, which are behind a feature gate
of JobSet, and `FailIndex`, which wants a `backoffLimitPerIndex`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mocompile.check.addon_parts import containers
from mocompile.check.context import CheckContext, Data, integer, items, mapping, text
from mocompile.check.job_names import job_names
from mocompile.diagnostics.finding import Finding, nearest
from mocompile.document.tree import Path
from mocompile.schema.convert import Json
from mocompile.schema.violations import shown

_JOBSET: Path = ("spec", "jobset")


def findings(view: CheckContext) -> Iterator[Finding]:
    """Yield findings for `spec.jobset.failurePolicy` and `spec.jobset.podFailurePolicy`."""
    jobset = mapping(view.spec.get("jobset"))
    yield from _of_jobs(view, items(mapping(jobset.get("failurePolicy")).get("rules")))
    rules = items(mapping(jobset.get("podFailurePolicy")).get("rules"))
    if rules and jobset.get("restartPolicy") == "OnFailure":
        message = "`podFailurePolicy` does not go with `restartPolicy: OnFailure`, with which no pod fails"
        where = (*_JOBSET, "podFailurePolicy")
        yield view.finding("failure-rule", message, where, "leave one of the two out", key=True)
    for position, rule in enumerate(rules):
        yield from _of_pods(view, (*_JOBSET, "podFailurePolicy", "rules", position), mapping(rule))


def _of_jobs(view: CheckContext, rules: list[Json]) -> Iterator[Finding]:
    known = [name for _, name in _jobs(view)]
    names: list[str] = []
    for position, item in enumerate(rules):
        rule = mapping(item)
        path: Path = (*_JOBSET, "failurePolicy", "rules", position)
        name = text(rule.get("name"))
        if name and name in names:
            message = f"duplicate failure rule {shown(name)}"
            yield view.finding("failure-rule", message, (*path, "name"), "take another name")
        names.append(name)
        for index, target in enumerate(items(rule.get("targetReplicatedJobs"))):
            if isinstance(target, str) and target not in known:
                hint = nearest(target, known) or f"it has {', '.join(known)}"
                where = (*path, "targetReplicatedJobs", index)
                yield view.finding("failure-rule", f"the set has no job {shown(target)}", where, hint)


def _jobs(view: CheckContext) -> Iterator[tuple[set[str], str]]:
    """Yield the containers and the name of each job of the set."""
    for metric, names in zip(view.metrics, job_names([metric.sheet for metric in view.metrics]), strict=True):
        added = {text(part.value("name")) for addon in metric.addons for part in containers(addon)}
        for job in metric.sheet.jobs:
            if job.role != "worker" or metric.pods > 1:
                yield {job.container, *added}, names[job.name]


def _of_pods(view: CheckContext, path: Path, rule: Data) -> Iterator[Finding]:
    kinds = [kind for kind in ("onExitCodes", "onPodConditions") if kind in rule]
    if len(kinds) != 1:
        message = f"a rule for pods has one of `onExitCodes` and `onPodConditions`, not {'both' if kinds else 'none'}"
        yield view.finding("failure-rule", message, path, "write one of the two")
    codes = mapping(rule.get("onExitCodes"))
    values = [integer(value, -1) for value in items(codes.get("values"))]
    if any(first >= second for first, second in pairwise(values)):
        message = "`values` must be in order, and each there once"
        yield view.finding("failure-rule", message, (*path, "onExitCodes", "values"), f"write {sorted(set(values))}")
    if codes.get("operator") == "In" and 0 in values:
        message = "0 is the code of success, which no failed container has"
        where = (*path, "onExitCodes", "values", values.index(0))
        yield view.finding("failure-rule", message, where, "leave it out")
    name = text(codes.get("containerName"))
    for own, job in _jobs(view):
        if name and name not in own:
            message = f"the pods of job {shown(job)} have no container {shown(name)}"
            hint = "leave `containerName` out: a rule is for the jobs of all metrics"
            yield view.finding("failure-rule", message, (*path, "onExitCodes", "containerName"), hint)
            return
