"""A JobSet that is missing, old, or without its webhook, for as long as a test needs it.

Nothing is deleted: the CRD is not served any more, or has fewer fields; webhooks call a port where nobody listens. So
the JobSets of the cluster stay. An annotation of the changed object has the patch that undoes the change. The patch is
applied whatever happens: at the end, or when the next tests begin.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.api_process import CACHE
from tests.cluster.kube import Cluster, until

JSONObject = dict[str, Any]
_ANNOTATION = "mocompile-e2e/undo"
_CRD = ("customresourcedefinition", "jobsets.jobset.x-k8s.io")
_WEBHOOKS = ("mutatingwebhookconfiguration", "validatingwebhookconfiguration")
_GROUP = "/apis/jobset.x-k8s.io"
_RESTORED = 90


def repair(cluster: Cluster) -> None:
    """Bring back what tests that were killed have changed."""
    for kind in (_CRD[0], *_WEBHOOKS):
        for each in json.loads(cluster.kubectl("get", kind, "-o", "json").stdout)["items"]:
            if _ANNOTATION in (each["metadata"].get("annotations") or {}):
                _restore(cluster, kind, each["metadata"]["name"])


@contextlib.contextmanager
def not_served(cluster: Cluster) -> Iterator[None]:
    """As if JobSet were not installed."""
    served = [f"/spec/versions/{at}/served" for at, each in _crd_versions(cluster) if each["served"]]
    with _changed(
        cluster, *_CRD, [_replace(path, False) for path in served], [_replace(path, True) for path in served]
    ):
        until(lambda: not cluster.get(_GROUP), 30, "JobSet is gone from the API")
        yield


@contextlib.contextmanager
def of_another_version(cluster: Cluster) -> Iterator[None]:
    """A JobSet whose only version is v1alpha1."""
    versions = _crd_versions(cluster)
    (at,) = (at for at, each in versions if each["name"] == "v1alpha2")
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    other = {"name": "v1alpha1", "served": True, "storage": False, "schema": {"openAPIV3Schema": schema}}
    path = f"/spec/versions/{at}/served"
    more = f"/spec/versions/{len(versions)}"
    change = [{"op": "add", "path": more, "value": other}, _replace(path, False)]
    with _changed(cluster, *_CRD, change, [_replace(path, True), {"op": "remove", "path": more}]):
        until(lambda: [each["version"] for each in _versions(cluster)] == ["v1alpha1"], 30, "v1alpha1 is served alone")
        yield


@contextlib.contextmanager
def without_field(cluster: Cluster, name: str) -> Iterator[None]:
    """A JobSet of a release that does not have a field of replicated jobs yet."""
    ((at, version),) = ((at, each) for at, each in _crd_versions(cluster) if each["name"] == "v1alpha2")
    steps = ("properties", "spec", "properties", "replicatedJobs", "items", "properties", name)
    field = version["schema"]["openAPIV3Schema"]
    for step in steps:
        field = field[step]
    path = f"/spec/versions/{at}/schema/openAPIV3Schema/{'/'.join(steps)}"
    with _changed(cluster, *_CRD, [{"op": "remove", "path": path}], [{"op": "add", "path": path, "value": field}]):
        until(lambda: "unknown field" in _probe(cluster, **{name: "x"}), 30, f"the server does not know {name}")
        yield


@contextlib.contextmanager
def webhook_down(cluster: Cluster) -> Iterator[None]:
    """Webhooks that do not answer."""
    with _webhooks_changed(cluster, "clientConfig", {"url": "https://127.0.0.1:9/nobody"}):
        until(lambda: "failed calling webhook" in _probe(cluster), 30, "the webhook is not reached")
        yield


@contextlib.contextmanager
def webhook_elsewhere(cluster: Cluster) -> Iterator[None]:
    """Webhooks that are not asked about any namespace."""
    with _webhooks_changed(cluster, "namespaceSelector", {"matchLabels": {"mocompile-e2e/nowhere": "1"}}):
        until(lambda: "Indexed" not in _probe(cluster), 30, "the webhook is not asked")
        yield


@contextlib.contextmanager
def _webhooks_changed(cluster: Cluster, field: str, value: JSONObject) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        found = 0
        for kind in _WEBHOOKS:
            for each in json.loads(cluster.kubectl("get", kind, "-o", "json").stdout)["items"]:
                hooks = each["webhooks"]
                if any("jobset.x-k8s.io" in rule["apiGroups"] for hook in hooks for rule in hook["rules"]):
                    change = [_replace("/webhooks", [{**hook, field: value} for hook in hooks])]
                    undo = [_replace("/webhooks", hooks)]
                    stack.enter_context(_changed(cluster, kind, each["metadata"]["name"], change, undo))
                    found += 1
        assert found, "the cluster has no webhook for JobSets"
        yield


@contextlib.contextmanager
def _changed(
    cluster: Cluster, kind: str, name: str, change: list[JSONObject], undo: list[JSONObject]
) -> Iterator[None]:
    if not (os.environ.get("CI") or cluster.environment["KUBECONFIG"].startswith(str(CACHE))):
        pytest.skip(
            "the cluster is not one of these tests' own, and other people may need its JobSet: set CI to break it"
        )
    cluster.kubectl("annotate", kind, name, f"{_ANNOTATION}={json.dumps(undo)}")
    try:
        patched = cluster.kubectl("patch", kind, name, "--type=json", "-p", json.dumps(change), check=False)
        if patched.code:
            cluster.kubectl("annotate", kind, name, f"{_ANNOTATION}-")
            pytest.skip(f"this cluster does not let tests change its {kind} {name}: {patched.stderr}")
        yield
    finally:
        _restore(cluster, kind, name)


def _restore(cluster: Cluster, kind: str, name: str) -> None:
    def restored() -> bool:
        there = json.loads(cluster.kubectl("get", kind, name, "-o", "json").stdout)
        undo = (there["metadata"].get("annotations") or {}).get(_ANNOTATION)
        if undo is None:
            return True
        forget = {"op": "remove", "path": f"/metadata/annotations/{_ANNOTATION.replace('/', '~1')}"}
        patch = json.dumps([*json.loads(undo), forget])
        return not cluster.kubectl("patch", kind, name, "--type=json", "-p", patch, check=False).code

    until(restored, _RESTORED, f"{kind} {name} is as it was")
    until(lambda: "Indexed" in _probe(cluster) or kind != _CRD[0], _RESTORED, "JobSet is there again")


def _probe(cluster: Cluster, **fields: str) -> str:
    """The words of the server about a JobSet, with these fields of its job, in a dry run."""
    container = {"name": "c", "image": "none"}
    job = {"name": "m", "template": {"spec": {"template": {"spec": {"containers": [container]}}}}, **fields}
    probe = {
        "apiVersion": "jobset.x-k8s.io/v1alpha2",
        "kind": "JobSet",
        "metadata": {"name": "mocompile-e2e-probe"},
        "spec": {"replicatedJobs": [job]},
    }
    made = cluster.kubectl(
        *("create", "--dry-run=server", "--validate=strict", "-o", "json", "-f", "-"),
        stdin=json.dumps(probe),
        namespace="default",
        check=False,
    )
    return made.stdout + made.stderr


def _replace(path: str, value: Any) -> JSONObject:
    return {"op": "replace", "path": path, "value": value}


def _crd_versions(cluster: Cluster) -> list[tuple[int, JSONObject]]:
    crd = json.loads(cluster.kubectl("get", *_CRD, "-o", "json").stdout)
    return list(enumerate(crd["spec"]["versions"]))


def _versions(cluster: Cluster) -> list[JSONObject]:
    found: list[JSONObject] = cluster.get(_GROUP).get("versions", [])
    return found
