"""The health checks on JobSets of the cluster, in each state that a set of ours can be in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.conftest import Opener
from tests.cluster.kube import Namespace, until
from tests.command import run
from tests.gitops.repository import fio, jobsets, suspend
from tests.gitops.test_health import flux, lua

READY = "m: 1 of 1 job ready"
WAITING = "m: 0 of 1 job ready; if this lasts, the events of its pods give the reason"
NO_PODS = "m: no pods; if this lasts, the events of its Job give the reason"
FAILED = "jobset failed due to reaching max number of restarts (first failed job: {}-m-0)"


@dataclass(frozen=True, slots=True)
class State:
    """A state: the command, fields of the set and of its `jobset`, and what Argo CD and Flux see in the end."""

    argocd: str
    flux: str
    message: str
    command: str = "sleep 300"
    spec: Any = None
    jobset: Any = None


RUNNING = State("Progressing", "InProgress", READY)
STATES = {
    "suspended": State("Suspended", "InProgress", "jobset is suspended", jobset={"suspend": True}),
    "queued": State(
        "Suspended", "InProgress", "jobset is suspended; its queue is batch", jobset={"queueName": "batch"}
    ),
    "resumed": State("Progressing", "InProgress", READY, jobset={"suspend": True}),
    "running": RUNNING,
    "no-image": State("Progressing", "InProgress", WAITING, spec={"image": "registry.local/none:1"}),
    "no-node": State("Progressing", "InProgress", WAITING, spec={"pod": {"nodeSelector": {"no": "node"}}}),
    "refused": State("Progressing", "InProgress", NO_PODS, spec={"pod": {"priorityClassName": "missing"}}),
    "restarted": State("Progressing", "InProgress", f"{READY}; restarted 1 time", jobset={"maxRestarts": 1}),
    "deleting": RUNNING,
    "completed": State("Healthy", "Current", "jobset completed successfully", "sleep 1"),
    "failed": State("Degraded", "Failed", FAILED.format("failed"), "exit 3"),
    "late": State("Degraded", "Failed", FAILED.format("late"), spec={"deadlineSeconds": 3}),
}


def manifests(name: str, state: State) -> str:
    document = json.loads(fio(state.command, name=name, **(state.jobset or {})))
    spec = dict(state.spec or {})
    if "image" in spec:
        document["spec"]["metrics"][0]["image"] = spec.pop("image")
    document["spec"] |= spec
    done = run("build", "-", stdin=json.dumps(document))
    assert done.code == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def namespace(opener: Opener) -> Iterator[Namespace]:
    """The sets of all states at once; the cluster brings each to its state meanwhile."""
    found = opener("health")
    found.apply("".join(manifests(name, state) for name, state in STATES.items()))
    suspend(found, "queued", value=True)
    suspend(found, "resumed", value=False)
    found.running("restarted", 1)
    found.kubectl("delete", "pod", "-l", "jobset.sigs.k8s.io/jobset-name=restarted", "--grace-period=1")
    # With a finalizer of ours it stays until the test has seen it.
    found.running("deleting", 1)
    hold(found, ["example.com/hold"])
    found.kubectl("delete", "jobset", "deleting", "--wait=false")
    yield found
    hold(found, [])


def hold(namespace: Namespace, finalizers: list[str]) -> None:
    patch = json.dumps({"metadata": {"finalizers": finalizers}})
    namespace.kubectl("patch", "jobset", "deleting", "--type=merge", "--patch", patch)


@pytest.mark.parametrize("name", STATES)
def test_argocd_and_flux_see_the_state_of_a_set_on_the_cluster(name: str, namespace: Namespace, tmp_path: Path) -> None:
    state = STATES[name]
    path = tmp_path / "jobset.yaml"
    seen: list[Any] = []

    def is_seen() -> bool:
        found = namespace.get("/apis/jobset.x-k8s.io/v1alpha2", "jobsets", name)
        path.write_text(yaml.safe_dump(found))
        seen[:] = [lua("health.lua", path), flux(path)]
        return seen == [{"status": state.argocd, "message": state.message}, [state.flux]]

    until(is_seen, 90, f"{name} seen as {state.argocd}", told=lambda: f"{seen}\n{path.read_text()}")
    if name == "deleting":
        assert name not in jobsets(namespace)
