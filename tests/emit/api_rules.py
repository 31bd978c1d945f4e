"""The rules of an API server for the objects: the CRD of JobSet, the schema of a Job, and rules of no schema.

Each function takes an object as plain data and gives what is wrong with it, in words; an empty list is a valid object.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from tests.emit.claims import with_claims
from tests.tools import BUILT, missing

# `tests/run.sh` takes it out of JobSet's Go module.
CRD = BUILT.parent / "jobset-crd-v0.12.0.yaml"

_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_DNS_1035 = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_ENV = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def need_crd() -> None:
    """Skip the test where the CRD of JobSet is not there; fail it where the environment has CI set."""
    if not CRD.is_file():
        missing(f"the CRD of JobSet is not there, as .cache/{CRD.name}")


def jobset_problems(jobset: Mapping[str, Any]) -> list[str]:
    """Where the object breaks the CRD, or the rules of the webhook."""
    return [*_messages(_crd(), jobset), *_webhook(jobset)]


def job_problems(jobset: Mapping[str, Any]) -> list[str]:
    """Where one of its jobs is no valid `batch/v1` Job."""
    return [
        f"{job['name']}: {problem}"
        for job in with_claims(jobset)["spec"]["replicatedJobs"]
        for problem in (
            *_messages(_job(), {"apiVersion": "batch/v1", "kind": "Job", **job["template"]}),
            *_pod(job["template"]["spec"]["template"]["spec"]),
        )
    ]


def _messages(validator: Any, instance: object) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(instance)]


@cache
def _crd() -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    crd = yaml.load(CRD.read_text("utf-8"), Loader=loader)
    (version,) = [each for each in crd["spec"]["versions"] if each["name"] == "v1alpha2"]
    schema = _closed(version["schema"]["openAPIV3Schema"])
    schema["properties"]["metadata"] = {"type": "object"}
    return _validator_class()(schema)


def _validator_class() -> Any:
    checks = {"x-kubernetes-list-map-keys": _list_map_keys}
    return extend(Draft202012Validator, checks)  # type: ignore[no-untyped-call]


def _list_map_keys(_: Any, keys: list[str], items: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    """Items of a list that is a map differ in these keys, of which some have defaults."""
    defaults = {key: field.get("default") for key, field in schema["items"].get("properties", {}).items()}
    counted = Counter(tuple(item.get(key, defaults.get(key)) for key in keys) for item in items)
    for identity, count in counted.items():
        if count > 1:
            yield ValidationError(f"{identity} is there {count} times")


def _closed(schema: Any) -> Any:
    """A structural schema that refuses what a server would prune."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if schema.get("x-kubernetes-int-or-string") is True:
        closed.pop("anyOf", None)
        closed["type"] = ["integer", "string"]
    kept = schema.get("x-kubernetes-preserve-unknown-fields") is True
    if isinstance(schema.get("properties"), dict) and "type" in schema and not kept:
        closed.setdefault("additionalProperties", False)
    return closed


@cache
def _job() -> Any:
    import referencing
    from kubernetes_validate.utils import latest_version, schema_contents

    folder = f"kubernetes-json-schema/v{latest_version()}-local-strict"
    schema = schema_contents(f"{folder}/job-batch-v1.json", latest_version())
    definitions = schema_contents(f"{folder}/_definitions.json", latest_version())
    resources = [referencing.Resource.from_contents(each) for each in (schema, definitions)]
    return Draft202012Validator(schema, registry=resources @ referencing.Registry())


def _webhook(jobset: Mapping[str, Any]) -> Iterator[str]:
    name, seen = jobset["metadata"]["name"], []
    for job in jobset["spec"]["replicatedJobs"]:
        last = job["template"]["spec"]["completions"] - 1
        for longest in (f"{name}-{job['name']}-0", f"{name}-{job['name']}-0-{last}-abcde"):
            if not _DNS_1035.fullmatch(longest):
                yield f"{longest} is no name of a job or a pod"
        for dependency in job.get("dependsOn", ()):
            if dependency["name"] not in seen:
                yield f"{job['name']} depends on {dependency['name']}, which is not before it"
        seen.append(job["name"])
    for target in jobset["spec"].get("successPolicy", {}).get("targetReplicatedJobs", ()):
        if target not in seen:
            yield f"the success policy names {target}, which is no job"
    if len(seen) != len(set(seen)):
        yield f"jobs share a name: {seen}"


def _pod(pod: Mapping[str, Any]) -> Iterator[str]:
    volumes = [volume["name"] for volume in pod.get("volumes", ())]
    containers = [*pod.get("initContainers", ()), *pod["containers"]]
    yield from _names("volumes", volumes)
    yield from _names("containers", [container["name"] for container in containers])
    for container in containers:
        mounts = container.get("volumeMounts", ())
        yield from (f"no volume {mount['name']}" for mount in mounts if mount["name"] not in volumes)
        yield from _twice("mount paths", [mount["mountPath"] for mount in mounts])
        yield from _twice("variables", [entry["name"] for entry in container.get("env", ())])
        yield from (
            f"variable {entry['name']}" for entry in container.get("env", ()) if not _ENV.fullmatch(entry["name"])
        )
        if not container["image"].strip():
            yield "a container without an image"


def _names(noun: str, names: list[str]) -> Iterator[str]:
    yield from _twice(noun, names)
    yield from (f"{noun}: {name!r} is no DNS label" for name in names if not _DNS_LABEL.fullmatch(name))


def _twice(noun: str, names: list[str]) -> Iterator[str]:
    yield from (f"{noun}: {name!r} is there twice" for name, count in Counter(names).items() if count > 1)


def without(jobset: Mapping[str, Any], *path: str | int) -> Any:
    """Return a copy without the value at `path`."""
    whole = copy.deepcopy(jobset)
    part: Any = whole
    for step in path[:-1]:
        part = part[step]
    del part[path[-1]]
    return whole
