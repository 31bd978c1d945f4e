"""Fields of the pods, a patch and a claim of the set, seen on running pods and from inside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.conftest import Opener
from tests.cluster.kube import Cluster, Pod
from tests.cluster.sets import Run, addon, build, document, metric
from tests.cluster.test_single import remove_from_node

SPREAD: dict[str, Any] = {
    "maxSkew": 1,
    "topologyKey": "kubernetes.io/hostname",
    "whenUnsatisfiable": "ScheduleAnyway",
    "labelSelector": {},
    "matchLabelKeys": ["jobset.sigs.k8s.io/jobset-name"],
}
# What a pod sees of itself, before it measures.
LOOK = """
echo "shm $(df -k /dev/shm | awk 'END { print $2 }')"
echo "ipc $(readlink /proc/self/ns/ipc)"
echo "grace $MO_GRACE_SECONDS"
echo "patched $PATCHED"
"""
ENV = "/spec/replicatedJobs/0/template/spec/template/spec/containers/0/env"
FIO = {"size": "1M", "directory": "/data", "pre": LOOK}


@pytest.fixture(scope="module")
def run(opener: Opener, cluster: Cluster) -> Iterator[Run]:
    """Two pods with the node's IPC and one without, on a claim of the set, which have ended."""
    namespace = opener("pod-fields")
    folder = f"/tmp/{namespace.name}"
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": namespace.name, "labels": namespace.labels},
        "spec": {
            "capacity": {"storage": "64Mi"},
            "accessModes": ["ReadWriteMany"],
            "storageClassName": namespace.name,
            "hostPath": {"path": f"{folder}/claim", "type": "DirectoryOrCreate"},
        },
    }
    claim = {
        "accessModes": ["ReadWriteMany"],
        "storageClassName": namespace.name,
        "resources": {"requests": {"storage": "64Mi"}},
    }
    of_set = addon("volume-claim", name="results", path="/data")
    memory = addon("volume-empty", name="shm", path="/dev/shm", medium="Memory", sizeLimit="96Mi")
    text = document(
        {**metric("io-fio", of_set, memory, options=FIO), "id": "shared", "pods": 2},
        {**metric("io-fio", of_set, options=FIO), "id": "apart", "pod": {"hostIPC": False}},
        pod={"hostIPC": True, "terminationGracePeriodSeconds": 9, "topologySpreadConstraints": [SPREAD]},
        jobset={"volumeClaimPolicies": [{"templates": [{"metadata": {"name": "results"}, "spec": claim}]}]},
        patches=[
            {"op": "test", "path": "/spec/replicatedJobs/0/name", "value": "m"},
            {"op": "add", "path": f"{ENV}/-", "value": {"name": "PATCHED", "value": "yes"}},
        ],
    )
    namespace.apply(json.dumps(volume))
    try:
        namespace.apply(build(text))
        found = Run(namespace)
        assert found.end() == "Completed"
        yield found
    finally:
        namespace.kubectl("delete", "jobset", "set", "--ignore-not-found")
        remove_from_node(namespace, folder)
        cluster.kubectl("delete", "persistentvolume", namespace.name, "--wait=false")


def seen(pod: Pod) -> dict[str, str]:
    """The lines that the pod printed of itself."""
    lines = [line.text.partition(" ") for line in pod.lines()]
    return {name: value for name, _, value in lines if name in ("shm", "ipc", "grace", "patched")}


def test_the_shared_memory_has_the_size_that_is_asked_for(run: Run) -> None:
    assert [seen(pod)["shm"] for pod in run.pods("m")] == [str(96 * 1024)] * 2
    assert seen(run.pod("m2"))["shm"] != str(96 * 1024)


def test_pods_with_the_ipc_of_the_node_share_it_and_another_has_its_own(run: Run) -> None:
    shared = [seen(pod)["ipc"] for pod in run.pods("m")]
    assert len(set(shared)) == 1
    assert seen(run.pod("m2"))["ipc"] not in shared
    assert [pod.object["spec"].get("hostIPC", False) for pod in (*run.pods("m"), run.pod("m2"))] == [True, True, False]


def test_the_grace_period_is_that_of_the_pod_and_known_inside(run: Run) -> None:
    for pod in run.pods():
        assert (pod.object["spec"]["terminationGracePeriodSeconds"], seen(pod)["grace"]) == (9, "6")


def test_the_spread_counts_the_pods_of_the_set(run: Run) -> None:
    for pod in run.pods():
        (constraint,) = pod.object["spec"]["topologySpreadConstraints"]
        assert {key: constraint[key] for key in ("maxSkew", "topologyKey", "matchLabelKeys")} == {
            key: SPREAD[key] for key in ("maxSkew", "topologyKey", "matchLabelKeys")
        }


def test_a_patch_reaches_the_pods_of_its_job_and_no_others(run: Run) -> None:
    assert [seen(pod)["patched"] for pod in run.pods("m")] == ["yes", "yes"]
    assert seen(run.pod("m2"))["patched"] == ""


def test_all_pods_share_the_claim_that_jobset_makes_for_the_set(run: Run) -> None:
    for pod in run.pods():
        claims = {each["name"]: each.get("persistentVolumeClaim") for each in pod.object["spec"]["volumes"]}
        assert claims["results"] == {"claimName": "results-set"}
    assert run.namespace.get("/api/v1", "persistentvolumeclaims", "results-set")["status"]["phase"] == "Bound"
