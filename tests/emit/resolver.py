"""Follows the references inside the objects of a set: whatever a tool renamed, each must lead somewhere."""

from __future__ import annotations

from typing import Any

from tests.emit.claims import claims_of, with_claims

# Where a pod names objects that may be among those that are built.
_NAMED = {
    "ConfigMap": ("configMap", "name"),
    "Secret": ("secret", "secretName"),
    "PersistentVolumeClaim": ("persistentVolumeClaim", "claimName"),
}


def dangling(objects: list[Any], outside: frozenset[str] = frozenset()) -> list[str]:
    """The references that lead nowhere; `outside` has the names of objects that are not among these."""
    (job_set,) = (with_claims(obj) for obj in objects if obj["kind"] == "JobSet")
    outside |= {claim["metadata"]["name"] for claim in claims_of(job_set)}
    namespaces = {obj["metadata"].get("namespace") for obj in objects}
    found = [f"namespaces {sorted(map(str, namespaces))}"] if len(namespaces) > 1 else []
    spec = job_set["spec"]
    jobs = [job["name"] for job in spec["replicatedJobs"]]
    found += [
        f"success policy: {name}"
        for name in spec.get("successPolicy", {}).get("targetReplicatedJobs", [])
        if name not in jobs
    ]
    for position, job in enumerate(spec["replicatedJobs"]):
        found += [
            f"dependsOn: {each['name']}" for each in job.get("dependsOn", []) if each["name"] not in jobs[:position]
        ]
        found += _in_pod(job["template"]["spec"]["template"]["spec"], _names(objects), outside)
    return found


def _names(objects: list[Any]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for obj in objects:
        names.setdefault(obj["kind"], set()).add(obj["metadata"]["name"])
    return names


def _in_pod(pod: Any, names: dict[str, set[str]], outside: frozenset[str]) -> list[str]:
    volumes = {volume["name"] for volume in pod["volumes"]}
    containers = [*pod["containers"], *pod.get("initContainers", [])]
    found = [
        f"mount: {mount['name']}"
        for container in containers
        for mount in container.get("volumeMounts", [])
        if mount["name"] not in volumes
    ]
    for volume in pod["volumes"]:
        for kind, (source, key) in _NAMED.items():
            if source in volume and volume[source][key] not in names.get(kind, set()) | outside:
                found.append(f"{kind}: {volume[source][key]}")
    named = [
        ("ServiceAccount", pod.get("serviceAccountName")),
        *(("Secret", each["name"]) for each in pod.get("imagePullSecrets", [])),
    ]
    return found + [f"{kind}: {name}" for kind, name in named if name and name not in names.get(kind, set()) | outside]
