"""Names by content in kustomize, which computes the hash itself.

kustomize hashes only ConfigMaps and Secrets that it generates. So a Secret that is never printed (`local-config`) has
the name of the set; `replacements` copy into it what cannot change in the cluster; and a `nameReference` gives the
JobSet the Secret's name, with its hash. An explicit subdomain has a Secret of its own. The ConfigMap is generated, and
its hash is its own.

kustomize applies the replacements of a layer after all other changes of that layer. A layer above, of a user's own,
needs them again: `components/content-name` has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mocompile.check.rules import MAX_HOST_NAME, MAX_NAME
from mocompile.diagnostics.finding import Finding
from mocompile.emit.content_name import MUTABLE, running_annotations
from mocompile.emit.kustomize.json_patch import below
from mocompile.emit.kustomize.layer import Layer, Objects
from mocompile.emit.yaml import dump_one

COMPONENT = "components/content-name/kustomization.yaml"
CONFIGURATION = "contentname.yaml"
# The hash of kustomize: `-` and ten letters and digits.
_HASH = "-" + "h" * 10
_POD_SUFFIX = "-abcde"


def configuration() -> dict[str, Any]:
    """Return the configuration that gives the JobSet, and its subdomain, the names of the Secrets."""
    paths = ("metadata/name", "spec/network/subdomain")
    return {
        "nameReference": [
            {"kind": "Secret", "version": "v1", "fieldSpecs": [{"kind": "JobSet", "path": path} for path in paths]}
        ]
    }


def secrets(objects: Objects, known: Objects | None = None) -> list[dict[str, Any]]:
    """Return the generators of the Secrets that the JobSet takes names from, but for those of the `known` objects."""
    metadata: Mapping[str, Any] = objects[1]["metadata"]
    namespace = {"namespace": metadata["namespace"]} if "namespace" in metadata else {}
    options = {"annotations": {"config.kubernetes.io/local-config": "true"}}
    names = [name for name in _names(objects) if known is None or name not in _names(known)]
    return [{"name": name, **namespace, "options": options} for name in names]


def replacements(objects: Objects) -> list[dict[str, Any]]:
    """Return the replacements that copy into the Secrets what cannot change in the cluster."""
    name = objects[0]["metadata"]["name"]
    return [
        {
            "source": {"kind": kind, "name": name, "fieldPath": _dotted(path)},
            "targets": [
                {
                    "select": {"kind": "Secret", "name": secret},
                    "fieldPaths": [_dotted(("stringData", path[-1]))],
                    "options": {"create": True},
                }
                for secret in _names(objects)
            ],
        }
        for kind, path in _fields(objects)
    ]


def removals(objects: Objects, base: Objects) -> list[dict[str, Any]]:
    """Return the patches of an overlay that take out of the Secrets what only the base has."""
    kept = [path for _, path in _fields(objects)]
    gone = [path[-1] for _, path in _fields(base) if path not in kept]
    changes = [{"op": "remove", "path": below("/stringData", key)} for key in gone]
    shared = [name for name in _names(base) if name in _names(objects)]
    return [
        {"target": {"version": "v1", "kind": "Secret", "name": name}, "patch": dump_one(changes)}
        for name in shared
        if changes
    ]


def _fields(objects: Objects) -> list[tuple[str, tuple[str, ...]]]:
    """Return the kind and the path of each field that cannot change in the cluster."""
    job_set = objects[1]
    fields = [("JobSet", ("spec", key)) for key in job_set["spec"] if key not in MUTABLE]
    annotations = [("JobSet", ("metadata", "annotations", key)) for key in running_annotations(job_set)]
    return [*fields, *annotations, ("ConfigMap", ("data",))]


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(key.replace(".", "\\.") for key in path)


def findings(layer: Layer, suffix: str) -> Iterator[Finding]:
    """Yield a finding for each name that is too long with kustomize's hash, and each that is also a Secret's.

    `suffix` is what the layer puts between name and hash.
    """
    job_set = layer.objects[1]
    name = job_set["metadata"]["name"]
    yield from _too_long(layer, f"{name}{suffix}{_HASH}", suffix)
    for secret in sorted(set(_referred_secrets(job_set)) & set(_names(layer.objects))):
        message = f"the set, or its serviceName, has the name of the Secret '{secret}' that its pods use"
        hint = "kustomize would take that for its own Secret of the name's hash: rename the set, or the Secret"
        yield Finding("name-secret", message, layer.name_place, hint)


def _too_long(layer: Layer, name: str, suffix: str) -> Iterator[Finding]:
    job_set = layer.objects[1]
    plain = job_set["metadata"]["name"]
    explicit = job_set["spec"]["network"].get("subdomain")
    subdomain = f"{explicit}{suffix}{_HASH}" if explicit else name
    pods = {job["name"]: job["template"]["spec"] for job in job_set["spec"]["replicatedJobs"]}
    ends = [f"-{job}-0-{spec['completions'] - 1}" for job, spec in pods.items()]
    longest = max(map(len, ends)) + len(_POD_SUFFIX)
    if len(name) + longest > MAX_NAME:
        message = f"metadata.name: '{plain}' is too long: with kustomize's hash of the content, the pods' names would"
        most = MAX_NAME - longest - len(suffix) - len(_HASH)
        yield Finding(
            "name-length", f"{message} exceed {MAX_NAME} characters", layer.name_place, f"use at most {most} characters"
        )
    if len(subdomain) > MAX_NAME:
        message = f"spec.serviceName: '{explicit}' is too long: with kustomize's hash of the content it would exceed"
        most = MAX_NAME - len(suffix) - len(_HASH)
        yield Finding(
            "name-length", f"{message} {MAX_NAME} characters", layer.name_place, f"use at most {most} characters"
        )
    full = any(spec["template"]["spec"].get("setHostnameAsFQDN") for spec in pods.values())
    namespace = job_set["metadata"].get("namespace", "?")
    host = f"{name}{max(ends, key=len)}.{subdomain}.{namespace}.svc.cluster.local"
    if full and len(host) > MAX_HOST_NAME:
        message = f"the host name {host} has {len(host)} characters with kustomize's hash of the content"
        hint = "shorten the name of the set, `serviceName` or the namespace, or remove `dontSetFQDN`"
        yield Finding("name-fqdn", f"{message}; Linux takes at most {MAX_HOST_NAME}", layer.name_place, hint)


def _names(objects: Objects) -> list[str]:
    """Return the names of the Secrets: that of the set, and an explicit subdomain."""
    job_set = objects[1]
    subdomain = job_set["spec"]["network"].get("subdomain")
    return list(dict.fromkeys(name for name in (job_set["metadata"]["name"], subdomain) if name))


def _referred_secrets(job_set: Mapping[str, Any]) -> Iterator[str]:
    for job in job_set["spec"]["replicatedJobs"]:
        pod = job["template"]["spec"]["template"]["spec"]
        yield from (each["name"] for each in pod.get("imagePullSecrets", ()))
        yield from (volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume)
        of_drivers = (volume.get("csi", {}).get("nodePublishSecretRef", {}).get("name") for volume in pod["volumes"])
        yield from (name for name in of_drivers if name)
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            sources = (entry.get("valueFrom", {}) for entry in container.get("env", ()))
            yield from (source["secretKeyRef"]["name"] for source in sources if "secretKeyRef" in source)
