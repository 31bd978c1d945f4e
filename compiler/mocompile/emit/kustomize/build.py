"""The set as a kustomize base with overlays.

base/kustomization.yaml       the JobSet, and the ConfigMap generated from the scripts
base/jobset.yaml
base/scripts/*.sh
base/kustomizeconfig.yaml     the fields of a JobSet with references, labels and images
overlays/<name>/              a small JSON patch each
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from mocompile.catalog.reserved_names import SCRIPTS_VOLUME
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.emit.kustomize.json_patch import Operation, operations
from mocompile.emit.yaml import dump_one

# A ConfigMap and a JobSet as plain data.
Objects: TypeAlias = Sequence[Any]

_API_VERSION = "kustomize.config.k8s.io/v1beta1"
_POD = "spec/replicatedJobs/template/spec/template"
_VOLUMES = f"{_POD}/spec/volumes"

# https://github.com/kubernetes-sigs/kustomize/tree/master/examples/transformerconfigs
_REFERENCES: Mapping[str, tuple[str, ...]] = {
    "ConfigMap": (f"{_VOLUMES}/configMap/name",),
    "Secret": (f"{_VOLUMES}/secret/secretName", f"{_POD}/spec/imagePullSecrets/name"),
    "PersistentVolumeClaim": (f"{_VOLUMES}/persistentVolumeClaim/claimName",),
    "ServiceAccount": (f"{_POD}/spec/serviceAccountName",),
}


def kustomize(
    base: Objects, overlays: Mapping[str, Objects], suffixes: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the files by path. `suffixes` has the name suffix of an overlay's objects, for overlays that have one.

    Raises `InputError` for an overlay that cannot be a kustomize patch.
    """
    files = _base(base)
    for name, changed in overlays.items():
        suffix = (suffixes or {}).get(name, "")
        files.update({f"overlays/{name}/{file}": text for file, text in _overlay(name, base, changed, suffix).items()})
    return files


def _base(objects: Objects) -> dict[str, str]:
    config_map, job_set = objects
    scripts: Mapping[str, str] = config_map["data"]
    metadata: Mapping[str, Any] = config_map["metadata"]
    options = {key: metadata[key] for key in ("labels", "annotations") if key in metadata}
    generator = {
        "name": metadata["name"],
        **({"namespace": metadata["namespace"]} if "namespace" in metadata else {}),
        "files": [f"scripts/{name}" for name in scripts],
        "options": options,
    }
    kustomization = {
        **_head(),
        "resources": ["jobset.yaml"],
        "configMapGenerator": [generator],
        "configurations": ["kustomizeconfig.yaml"],
    }
    return {
        "base/kustomization.yaml": dump_one(kustomization),
        "base/kustomizeconfig.yaml": _CONFIG_COMMENT + dump_one(_configuration()),
        "base/jobset.yaml": dump_one(job_set),
        **{f"base/scripts/{name}": text for name, text in scripts.items()},
    }


_CONFIG_COMMENT = "# Tells kustomize which fields of a JobSet are names of other objects, labels and images.\n"


def _configuration() -> dict[str, Any]:
    return {
        "nameReference": [
            {"kind": kind, "version": "v1", "fieldSpecs": [{"kind": "JobSet", "path": path} for path in paths]}
            for kind, paths in _REFERENCES.items()
        ],
        "templateLabels": [{"kind": "JobSet", "path": f"{_POD}/metadata/labels", "create": True}],
        "commonAnnotations": [{"kind": "JobSet", "path": f"{_POD}/metadata/annotations", "create": True}],
        "images": [
            {"kind": "JobSet", "path": f"{_POD}/spec/{containers}/image"}
            for containers in ("containers", "initContainers")
        ],
    }


def _overlay(name: str, base: Objects, changed: Objects, suffix: str) -> dict[str, str]:
    changed = _without_suffix(changed, suffix)
    before, after = base[1]["metadata"], changed[1]["metadata"]
    if before["name"] != after["name"]:
        message = f"overlay '{name}' changes the name of the set"
        raise InputError(
            [Finding("overlay-name", message, None, "use `namePrefix` or `nameSuffix` in a kustomization of your own")]
        )
    patches: dict[str, str] = {}
    entries: list[dict[str, Any]] = []
    for file, old, new in zip(("configmap-patch.yaml", "jobset-patch.yaml"), base, changed, strict=True):
        wanted = _without_new_namespace(operations(old, new))
        if wanted:
            patches[file] = dump_one(wanted)
            entries.append(
                {"path": file, "target": {**_group(old), "kind": old["kind"], "name": old["metadata"]["name"]}}
            )
    namespace = after.get("namespace")
    kustomization = {
        **_head(),
        **({"namespace": namespace} if namespace and namespace != before.get("namespace") else {}),
        **({"nameSuffix": suffix} if suffix else {}),
        "resources": ["../../base"],
        **({"patches": entries} if entries else {}),
    }
    return {"kustomization.yaml": dump_one(kustomization), **patches}


def _without_suffix(objects: Objects, suffix: str) -> Objects:
    """Return the objects under the name without the suffix; kustomize adds the suffix to every use of the name."""
    if not suffix:
        return objects
    config_map, job_set = copy.deepcopy(list(objects))
    for obj in (config_map, job_set):
        obj["metadata"]["name"] = obj["metadata"]["name"].removesuffix(suffix)
    for job in job_set["spec"]["replicatedJobs"]:
        for volume in job["template"]["spec"]["template"]["spec"]["volumes"]:
            if volume["name"] == SCRIPTS_VOLUME:
                volume["configMap"]["name"] = config_map["metadata"]["name"]
    return config_map, job_set


def _without_new_namespace(changes: list[Operation]) -> list[Operation]:
    """Drop the change of the namespace: the kustomization sets it, so that references follow."""
    return [change for change in changes if change["path"] != "/metadata/namespace" or change["op"] == "remove"]


def _group(obj: Mapping[str, Any]) -> dict[str, str]:
    group, _, version = str(obj["apiVersion"]).rpartition("/")
    return {"group": group, "version": version} if group else {"version": version}


def _head() -> dict[str, str]:
    return {"apiVersion": _API_VERSION, "kind": "Kustomization"}
