"""Whether nodes and quotas have room for what a set asks. Only what can be said for sure is a problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mocompile.running.asked import PodAsked
from mocompile.running.checks import Check
from mocompile.running.scheduling import quantity, requested

_SETS = "count/jobsets.jobset.x-k8s.io"


def check_nodes(nodes: Sequence[Mapping[str, Any]], pods: Sequence[PodAsked]) -> Check:
    """Return whether the nodes, with nothing else on them, can take the pods of each job.

    It looks at node selectors, taints, and what nodes can allocate. Affinity is the scheduler's to decide.
    """
    ready = [node for node in nodes if not (node.get("spec") or {}).get("unschedulable")]
    short: list[str] = []
    for each in pods:
        problem = _short(ready, len(nodes), each)
        if problem and problem not in short:
            short.append(problem)
    if short:
        cure = (
            "ask for less, or add nodes; with --no-check `run` starts anyway, for a cluster that adds nodes by itself"
        )
        return Check("nodes", "problem", "; ".join(short[:3]), cure)
    return Check("nodes", "ok", f"{len(ready)} of {len(nodes)} nodes take pods, and can allocate what each job asks")


def _short(nodes: Sequence[Mapping[str, Any]], total: int, asked: PodAsked) -> str:
    spec = asked.pod["spec"]
    fitting = [node for node in nodes if _labelled(node, spec) and _tolerated(node, spec)]
    what = f"job {asked.job}: "
    if not fitting:
        return (
            f"{what}no node of {total} has the labels of its node selector, without a taint that it does not tolerate"
        )
    wanted = {name: quantity(text) or Decimal(0) for name, text in requested(asked.pod).items()}
    room = sum(_room(node, wanted) for node in fitting)
    if room >= asked.count:
        return ""
    for name, amount in wanted.items():
        if all(_allocatable(node, name) < amount for node in fitting):
            most = max((str(_shown(node, name)) for node in fitting), key=lambda text: quantity(text) or Decimal(0))
            return (
                f"{what}a pod asks for {requested(asked.pod)[name]} {name}, and no node can allocate more than {most}"
            )
    pods = f"{asked.count} pods ask" if asked.count > 1 else "its pod asks"
    each = ", ".join(f"{text} {name}" for name, text in requested(asked.pod).items())
    return f"{what}{pods} for {each or 'nothing'} each, and the nodes have room for {room}"


def _labelled(node: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    labels = (node.get("metadata") or {}).get("labels") or {}
    return all(labels.get(key) == value for key, value in (spec.get("nodeSelector") or {}).items())


def _tolerated(node: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    taints = [each for each in (node.get("spec") or {}).get("taints") or [] if each.get("effect") != "PreferNoSchedule"]
    return all(any(_tolerates(each, taint) for each in spec.get("tolerations") or []) for taint in taints)


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") not in (None, "", taint.get("effect")):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint.get("key"))
    same = toleration.get("key") == taint.get("key")
    return same and (toleration.get("value") or "") == (taint.get("value") or "")


def _room(node: Mapping[str, Any], wanted: Mapping[str, Decimal]) -> int:
    counts = [int(_allocatable(node, "pods"))]
    counts += [int(_allocatable(node, name) / amount) for name, amount in wanted.items() if amount > 0]
    return min(counts)


def _allocatable(node: Mapping[str, Any], name: str) -> Decimal:
    return quantity(_shown(node, name)) or Decimal(0)


def _shown(node: Mapping[str, Any], name: str) -> str:
    return str(((node.get("status") or {}).get("allocatable") or {}).get(name, "0"))


def check_quotas(quotas: Sequence[Mapping[str, Any]], points: Sequence[Sequence[PodAsked]]) -> Check:
    """Return whether the namespace's quotas have room for each point, one at a time."""
    if not quotas:
        return Check("quota", "ok", "the namespace has no quota")
    full: list[str] = []
    ever = False
    scoped = 0
    for quota in quotas:
        name = str((quota.get("metadata") or {}).get("name"))
        spec, status = quota.get("spec") or {}, quota.get("status") or {}
        if spec.get("scopes") or spec.get("scopeSelector"):
            scoped += 1
            continue
        for resource, hard in (status.get("hard") or spec.get("hard") or {}).items():
            most = quantity(str(hard)) or Decimal(0)
            used = quantity(str((status.get("used") or {}).get(resource, "0"))) or Decimal(0)
            asked = max((_of_quota(resource, pods) for pods in points), default=Decimal(0))
            if asked > most - used:
                ever = ever or asked > most
                when = "ever" if asked > most else "now"
                full.append(
                    f"the quota '{name}' has no room {when}: {resource}: {asked:f} asked, {used:f} of {hard} used"
                )
    if full:
        cure = "ask for less, wait until others end, or have the quota raised"
        return Check("quota", "problem", "; ".join(full[:3]), cure, not ever)
    if scoped:
        return Check(
            "quota", "unknown", f"{scoped} of {len(quotas)} quotas are for some pods only, and were not counted"
        )
    return Check("quota", "ok", f"{len(quotas)} quota{'' if len(quotas) == 1 else 's'} with room for each point")


def _of_quota(resource: str, pods: Iterable[PodAsked]) -> Decimal:
    """Return how much of a quota's resource the pods, and their JobSet, use."""
    fixed = {"configmaps": 1, "count/configmaps": 1, "services": 1, "count/services": 1, _SETS: 1}
    if resource in fixed:
        return Decimal(fixed[resource])
    pods = list(pods)
    if resource == "count/jobs.batch":
        return Decimal(len(pods))
    if resource in ("pods", "count/pods"):
        return Decimal(sum(each.count for each in pods))
    name = resource.removeprefix("requests.")
    if resource.startswith("limits."):
        name = resource.removeprefix("limits.")
        return sum((_limit(each.pod, name) * each.count for each in pods), Decimal(0))
    return sum(((quantity(requested(each.pod).get(name, "0")) or Decimal(0)) * each.count for each in pods), Decimal(0))


def _limit(pod: Mapping[str, Any], name: str) -> Decimal:
    limits = (((each.get("resources") or {}).get("limits") or {}) for each in pod["spec"].get("containers") or [])
    return sum((quantity(str(each.get(name, "0"))) or Decimal(0) for each in limits), Decimal(0))
