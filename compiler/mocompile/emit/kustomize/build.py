"""The set as a kustomize base with overlays.

base/kustomization.yaml       the JobSet, and the ConfigMap generated from the scripts
base/jobset.yaml
base/scripts/*.sh
base/kustomizeconfig.yaml     the fields of a JobSet with references, labels and images
overlays/<name>/              a small JSON patch each

With names by content (content_name.py) also

base/contentname.yaml
components/content-name/      the replacements, for layers of a user's own
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mocompile.catalog.reserved_names import SCRIPTS_VOLUME
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.emit.kustomize import content_name
from mocompile.emit.kustomize.json_patch import Operation, operations
from mocompile.emit.kustomize.layer import Layer
from mocompile.emit.yaml import dump_one

_API_VERSION = "kustomize.config.k8s.io/v1beta1"
_POD = "spec/replicatedJobs/template/spec/template"
_VOLUMES = f"{_POD}/spec/volumes"

# https://github.com/kubernetes-sigs/kustomize/tree/master/examples/transformerconfigs
_ENV = tuple(f"{_POD}/spec/{containers}/env/valueFrom" for containers in ("containers", "initContainers"))
_REFERENCES: Mapping[str, tuple[str, ...]] = {
    "ConfigMap": (f"{_VOLUMES}/configMap/name", *(f"{env}/configMapKeyRef/name" for env in _ENV)),
    "Secret": (
        f"{_VOLUMES}/secret/secretName",
        f"{_VOLUMES}/csi/nodePublishSecretRef/name",
        f"{_POD}/spec/imagePullSecrets/name",
        *(f"{env}/secretKeyRef/name" for env in _ENV),
    ),
    "PersistentVolumeClaim": (f"{_VOLUMES}/persistentVolumeClaim/claimName",),
    "ServiceAccount": (f"{_POD}/spec/serviceAccountName",),
}


def kustomize(base: Layer, overlays: Mapping[str, Layer], suffixes: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the files by path. `suffixes` has the name suffix of an overlay's objects, for overlays that have one.

    Raises `InputError` for an overlay that cannot be a kustomize patch, and for names that cannot have a hash.
    """
    ends = suffixes or {}
    layers = {name: _without_suffix(layer, ends.get(name, "")) for name, layer in overlays.items()}
    _require_names(base, layers, ends)
    files = _base(base)
    for name, changed in layers.items():
        made = _overlay(name, base, changed, ends.get(name, ""))
        files.update({f"overlays/{name}/{file}": text for file, text in made.items()})
    return files


def _require_names(base: Layer, overlays: Mapping[str, Layer], suffixes: Mapping[str, str]) -> None:
    found: dict[Finding, None] = {}
    for name, layer in overlays.items():
        if layer.by_content != base.by_content:
            message = f"overlay '{name}' changes spec.jobset.nameSuffix, which an overlay of kustomize cannot do"
            found[Finding("overlay-name", message, None, "write it into the base")] = None
    for name, layer in {"": base, **overlays}.items():
        if layer.by_content:
            found.update(dict.fromkeys(content_name.findings(layer, suffixes.get(name, ""))))
    if found:
        raise InputError(list(found))


def _base(layer: Layer) -> dict[str, str]:
    config_map, job_set = layer.objects
    scripts: Mapping[str, str] = config_map["data"]
    metadata: Mapping[str, Any] = config_map["metadata"]
    options = {key: metadata[key] for key in ("labels", "annotations") if key in metadata}
    generator = {
        "name": metadata["name"],
        **({"namespace": metadata["namespace"]} if "namespace" in metadata else {}),
        "files": [f"scripts/{name}" for name in scripts],
        "options": {**options, **({"immutable": True} if config_map.get("immutable") else {})},
    }
    kustomization = {
        **_head(),
        "resources": ["jobset.yaml"],
        "configMapGenerator": [generator],
        **({"secretGenerator": content_name.secrets(layer.objects)} if layer.by_content else {}),
        "configurations": ["kustomizeconfig.yaml", *([content_name.CONFIGURATION] if layer.by_content else [])],
        **_replacements(layer),
    }
    return {
        "base/kustomization.yaml": dump_one(kustomization),
        "base/kustomizeconfig.yaml": _CONFIG_COMMENT + dump_one(_configuration()),
        "base/jobset.yaml": dump_one(job_set),
        **{f"base/scripts/{name}": text for name, text in scripts.items()},
        **(_content_name(layer) if layer.by_content else {}),
    }


def _replacements(layer: Layer) -> dict[str, Any]:
    return {"replacements": content_name.replacements(layer.objects)} if layer.by_content else {}


def _content_name(layer: Layer) -> dict[str, str]:
    component = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component", **_replacements(layer)}
    return {
        f"base/{content_name.CONFIGURATION}": _NAME_COMMENT + dump_one(content_name.configuration()),
        content_name.COMPONENT: _COMPONENT_COMMENT + dump_one(component),
    }


_NAME_COMMENT = "# Gives the JobSet and its subdomain the names of Secrets, with a hash; the Secrets are not printed.\n"
_COMPONENT_COMMENT = "# For a layer above one that changes the JobSet: computes the hash in its name once more.\n"
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


def _overlay(name: str, base: Layer, changed: Layer, suffix: str) -> dict[str, str]:
    before, after = base.objects[1]["metadata"], changed.objects[1]["metadata"]
    if before["name"] != after["name"]:
        message = f"overlay '{name}' changes the name of the set"
        raise InputError(
            [Finding("overlay-name", message, None, "use `namePrefix` or `nameSuffix` in a kustomization of your own")]
        )
    patches: dict[str, str] = {}
    entries: list[dict[str, Any]] = []
    files = ("configmap-patch.yaml", "jobset-patch.yaml")
    for file, old, new in zip(files, base.objects, changed.objects, strict=True):
        wanted = _without_new_namespace(operations(old, new))
        if wanted:
            patches[file] = dump_one(wanted)
            entries.append(
                {"path": file, "target": {**_group(old), "kind": old["kind"], "name": old["metadata"]["name"]}}
            )
    namespace = after.get("namespace")
    secrets: list[dict[str, Any]] = []
    if changed.by_content:
        secrets = content_name.secrets(changed.objects, base.objects)
        entries += content_name.removals(changed.objects, base.objects)
    kustomization = {
        **_head(),
        **({"namespace": namespace} if namespace and namespace != before.get("namespace") else {}),
        **({"nameSuffix": suffix} if suffix else {}),
        "resources": ["../../base"],
        **({"secretGenerator": secrets} if secrets else {}),
        **({"patches": entries} if entries else {}),
        **_replacements(changed),
    }
    return {"kustomization.yaml": dump_one(kustomization), **patches}


def _without_suffix(layer: Layer, suffix: str) -> Layer:
    """Return the layer under the name without the suffix; kustomize adds the suffix to every use of the name."""
    if not suffix:
        return layer
    config_map, job_set = copy.deepcopy(list(layer.objects))
    for obj in (config_map, job_set):
        obj["metadata"]["name"] = obj["metadata"]["name"].removesuffix(suffix)
    for job in job_set["spec"]["replicatedJobs"]:
        for volume in job["template"]["spec"]["template"]["spec"]["volumes"]:
            if volume["name"] == SCRIPTS_VOLUME:
                volume["configMap"]["name"] = config_map["metadata"]["name"]
    network = job_set["spec"]["network"]
    if layer.by_content and "subdomain" in network:
        # With names by content it is a reference to a Secret.
        network["subdomain"] = network["subdomain"].removesuffix(suffix)
    return replace(layer, objects=(config_map, job_set))


def _without_new_namespace(changes: list[Operation]) -> list[Operation]:
    """Drop the change of the namespace: the kustomization sets it, so that references follow."""
    return [change for change in changes if change["path"] != "/metadata/namespace" or change["op"] == "remove"]


def _group(obj: Mapping[str, Any]) -> dict[str, str]:
    group, _, version = str(obj["apiVersion"]).rpartition("/")
    return {"group": group, "version": version} if group else {"version": version}


def _head() -> dict[str, str]:
    return {"apiVersion": _API_VERSION, "kind": "Kustomization"}
