"""The demands of a set on a cluster: its pods, and the objects that they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mocompile.running.model import JSONObject, RunPoint
from mocompile.running.reason import QUEUE


@dataclass(frozen=True, slots=True)
class PodAsked:
    """The pods of one job: the template as a pod, and how many there are. `job` names it: `set/l`."""

    job: str
    pod: JSONObject
    count: int


def jobset_of(point: RunPoint) -> JSONObject:
    """Return the JobSet among a point's objects."""
    return next(each for each in point.objects if each["kind"] == "JobSet")


def pods_of(point: RunPoint) -> list[PodAsked]:
    """Return the pods of each job of a point."""
    found = []
    for job in jobset_of(point)["spec"]["replicatedJobs"]:
        spec = job["template"]["spec"]
        template = spec["template"]
        labels = {
            **(template.get("metadata") or {}).get("labels", {}),
            "jobset.sigs.k8s.io/jobset-name": point.name,
            "jobset.sigs.k8s.io/replicatedjob-name": job["name"],
        }
        metadata = {**(template.get("metadata") or {}), "labels": labels, "generateName": f"{point.name}-check-"}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
        count = int(spec.get("parallelism") or 1) * int(job.get("replicas") or 1)
        found.append(PodAsked(f"{point.name}/{job['name']}", pod, count))
    return found


def queues_of(points: Sequence[RunPoint]) -> list[str]:
    """Return the Kueue queues that the points name."""
    labels = ((jobset_of(each)["metadata"].get("labels") or {}) for each in points)
    return sorted({str(each[QUEUE]) for each in labels if QUEUE in each})


def named_by(pods: Iterable[PodAsked], own: set[str]) -> list[tuple[str, str]]:
    """Return kind and name of each object that the pods need, without the ConfigMaps in `own`, in order."""
    found: set[tuple[str, str]] = set()
    for each in pods:
        found.update(_named_by_pod(each.pod["spec"]))
    return sorted((kind, name) for kind, name in found if kind != "ConfigMap" or name not in own)


def _named_by_pod(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if spec.get("serviceAccountName"):
        yield "ServiceAccount", str(spec["serviceAccountName"])
    for each in spec.get("imagePullSecrets") or []:
        yield "Secret", str(each.get("name"))
    for volume in spec.get("volumes") or []:
        if claim := volume.get("persistentVolumeClaim"):
            yield "PersistentVolumeClaim", str(claim.get("claimName"))
        yield from _source(volume, "secret", "Secret", "secretName")
        yield from _source(volume, "configMap", "ConfigMap", "name")
        yield from _source(volume.get("csi") or {}, "nodePublishSecretRef", "Secret", "name")
        for source in (volume.get("projected") or {}).get("sources") or []:
            yield from _source(source, "secret", "Secret", "name")
            yield from _source(source, "configMap", "ConfigMap", "name")
    for container in [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]:
        for entry in container.get("env") or []:
            source = entry.get("valueFrom") or {}
            yield from _source(source, "secretKeyRef", "Secret", "name")
            yield from _source(source, "configMapKeyRef", "ConfigMap", "name")
        for entry in container.get("envFrom") or []:
            yield from _source(entry, "secretRef", "Secret", "name")
            yield from _source(entry, "configMapRef", "ConfigMap", "name")
    if spec.get("priorityClassName"):
        yield "PriorityClass", str(spec["priorityClassName"])
    if spec.get("runtimeClassName"):
        yield "RuntimeClass", str(spec["runtimeClassName"])


def _source(holder: Mapping[str, Any], key: str, kind: str, name: str) -> Iterator[tuple[str, str]]:
    source = holder.get(key)
    if source and source.get(name) and not source.get("optional"):
        yield kind, str(source[name])
