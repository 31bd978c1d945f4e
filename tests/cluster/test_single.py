"""Pods that measure by themselves: fio on every kind of volume, iostat, hwloc, pidstat watching another container."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.conftest import Opener
from tests.cluster.kube import Cluster, Namespace
from tests.cluster.sets import Run, addon, begin_all, build, document, metric

PATHS = ("/empty", "/node", "/claim", "/keys", "/inputs")
FIO = {"size": "4M", "directory": "/data", "testname": "small"}
WATCHED = "sleep 25"


def volumes(path: str) -> list[dict[str, Any]]:
    """An addon for each kind."""
    return [
        addon("volume-empty", name="scratch", path="/empty"),
        addon("volume-hostpath", name="node", path="/node", hostPath=path),
        addon("volume-pvc", name="claim", path="/claim", claimName="results"),
        addon("volume-secret", name="keys", path="/keys", secretName="credentials"),
        {
            **addon("volume-cm", name="inputs", path="/inputs", configMapName="inputs.v2"),
            "mapOptions": {"items": {"in.txt": "data/in.txt"}},
        },
    ]


def objects(namespace: Namespace, path: str) -> str:
    """Create the objects that the volumes name: a claim on a volume of the node, a Secret, a ConfigMap."""
    name = namespace.name
    items: list[dict[str, Any]] = [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name, "labels": namespace.labels},
            "spec": {
                "capacity": {"storage": "64Mi"},
                "accessModes": ["ReadWriteMany"],
                "storageClassName": name,
                "hostPath": {"path": path, "type": "DirectoryOrCreate"},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "results"},
            "spec": {
                "accessModes": ["ReadWriteMany"],
                "storageClassName": name,
                "resources": {"requests": {"storage": "64Mi"}},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "credentials"},
            "data": {"key": base64.b64encode(b"secret\n").decode()},
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "inputs.v2"},
            "data": {"in.txt": "an input\n"},
        },
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


@pytest.fixture(scope="module")
def runs(opener: Opener) -> dict[str, Run]:
    """Sets that run beside each other, begun before the first case."""
    where = addon("volume-empty", name="data", path="/data")
    hello = addon("commands", preBlock='echo "before on $(hostname)"', postBlock="echo after")
    watch = metric("perf-sysstat", addon("application", image="ubuntu", command=WATCHED))
    watch |= {"options": {"command": WATCHED, "rate": 1, "completions": 2}}
    sysstat = {"options": {"rate": 1, "completions": 2}}
    hwloc = {"listOptions": {"commands": ["lstopo-no-graphics", "lstopo-no-graphics --of xml"]}}
    sets = {
        "fio-1": document(metric("io-fio", where, hello, options=FIO), pods=1),
        "fio-3": document(metric("io-fio", where, hello, options=FIO), pods=3),
        "stat-1": document(metric("io-sysstat", **sysstat), pods=1),
        "stat-3": document(metric("io-sysstat", **sysstat), pods=3),
        "topology-1": document(metric("sys-hwloc", **hwloc), pods=1),
        "topology-3": document(metric("sys-hwloc", **hwloc), pods=3),
        "watch-1": document(watch, pods=1),
        "watch-3": document(watch, pods=3),
    }
    return begin_all(opener, "single", sets)


@pytest.fixture(scope="module")
def on_volumes(opener: Opener, cluster: Cluster) -> Iterator[Run]:
    """fio on a claim, in a pod with a volume of every kind."""
    namespace = opener("volumes")
    node = f"/tmp/{namespace.name}"
    check = 'for f in /empty /node /claim; do touch "$f/x" && echo "wrote $f"; done; cat /keys/key /inputs/data/in.txt'
    options = {"size": "4M", "directory": "/claim", "pre": check, "post": "rm -rf /node/x /claim/x"}
    text = build(document(metric("io-fio", *volumes(node), options=options)))
    namespace.apply(objects(namespace, f"{node}/claim"))
    try:
        namespace.apply(text)
        yield Run(namespace)
    finally:
        namespace.kubectl("delete", "jobset", "set", "--ignore-not-found")
        remove_from_node(namespace, node)
        cluster.kubectl("delete", "persistentvolume", namespace.name, "--wait=false")


def remove_from_node(namespace: Namespace, path: str) -> None:
    """Removes a folder of `/tmp` of the node, through a pod."""
    container = {
        "name": "clean",
        "image": "docker.io/library/ubuntu:latest",
        "imagePullPolicy": "IfNotPresent",
        "command": ["rm", "-rf", f"/node{path}"],
        "volumeMounts": [{"name": "node", "mountPath": "/node/tmp"}],
    }
    volumes = [{"name": "node", "hostPath": {"path": "/tmp"}}]
    spec = {"restartPolicy": "Never", "containers": [container], "volumes": volumes}
    namespace.apply(json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "clean"}, "spec": spec}))
    namespace.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/clean", "--timeout=40s")


def parsed(metric_name: str, text: str) -> list[dict[str, Any]]:
    """Return the metadata and sections that metricsoperator 0.1.11 reads in a log."""
    metrics: Any = pytest.importorskip("metricsoperator.metrics")
    data: list[dict[str, Any]] = metrics.get_metric(metric_name)().parse_log(text)["data"]
    return data


@pytest.mark.parametrize("pods", [1, 3])
def test_fio_measures_in_every_pod(runs: dict[str, Run], pods: int) -> None:
    run = runs[f"fio-{pods}"]
    assert run.end() == "Completed"
    assert len(run.pods("m")) == pods
    for index in range(pods):
        log = run.read("m", index)
        assert log.closed
        assert log.metadata["metricName"] == "io-fio"
        assert log.metadata["pods"] == log.metadata["completions"] == pods
        assert log.metadata["storageVolumePath"] == "/data"
        (entry,) = parsed("io-fio", run.pod("m", index).log())
        assert entry["jobs"][0]["jobname"] == "small"
        assert entry["jobs"][0]["write"]["iops"] + entry["jobs"][0]["read"]["iops"] > 0


@pytest.mark.parametrize("pods", [1, 3])
def test_blocks_of_an_addon_run_in_every_pod_around_the_collection(runs: dict[str, Run], pods: int) -> None:
    run = runs[f"fio-{pods}"]
    run.end()
    for index in range(pods):
        log = run.read("m", index)
        assert f"before on set-m-0-{index}" in log.before
        assert "after" in log.after
        assert log.addons[-1]["metricName"] == "commands"


def test_fio_writes_to_volumes_of_every_kind(on_volumes: Run) -> None:
    assert on_volumes.end() == "Completed"
    log = on_volumes.read("m")
    assert log.before.splitlines()[-5:] == ["wrote /empty", "wrote /node", "wrote /claim", "secret", "an input"]
    assert log.metadata["storageVolumeClaimName"] == "results"
    assert log.closed


@pytest.mark.parametrize("pods", [1, 3])
def test_iostat_takes_its_timepoints_in_every_pod(runs: dict[str, Run], pods: int) -> None:
    run = runs[f"stat-{pods}"]
    assert run.end() == "Completed"
    for index in range(pods):
        log = run.read("m", index)
        assert log.closed
        assert len(log.timepoints) == 2
        assert log.metadata["metricOptions"] == {"completions": 2, "human": "false", "rate": 1}
        assert [set(json.loads(each)) for each in log.timepoints] == [{"sysstat"}] * 2
        assert len(parsed("io-sysstat", run.pod("m", index).log())) == 2


@pytest.mark.parametrize("pods", [1, 3])
def test_hwloc_prints_each_topology(runs: dict[str, Run], pods: int) -> None:
    run = runs[f"topology-{pods}"]
    assert run.end() == "Completed"
    for index in range(pods):
        log = run.read("m", index)
        assert log.closed
        text, xml = log.timepoints
        assert text.startswith("lstopo-no-graphics\nMachine (")
        assert "<topology" in xml


@pytest.mark.parametrize("pods", [1, 3])
def test_pidstat_watches_the_process_of_another_container(runs: dict[str, Run], pods: int) -> None:
    run = runs[f"watch-{pods}"]
    for index in range(pods):
        run.namespace.until_log("set", "m", "COLLECTION END", 120, index=index)
        log = run.read("m", index)
        assert log.closed
        assert log.before == f"PIDSTAT COMMAND START\n{WATCHED}\nPIDSTAT COMMAND END\n"
        assert len(log.timepoints) == 2
        assert '"command":"sleep"' in log.timepoints[0].replace(" ", "")
        assert len(parsed("perf-sysstat", run.pod("m", index).log())) == 2
    assert run.end() == "Completed"
