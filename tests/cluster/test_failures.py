"""Failures: the pod's status and the log give the reason, and the collection is closed."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.cluster.conftest import Opener
from tests.cluster.kube import Cluster, events
from tests.cluster.sets import Run, begin_all, build, document, launched, metric

EAT = "python3 -c 'a = bytearray(10**9)'"
# Prints a line at SIGTERM, and ends a second later.
POLITE = """python3 -c '
import signal, sys, time
def end(*_):
    print("told to end", flush=True)
    time.sleep(1)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
time.sleep(300)'"""


@pytest.fixture(scope="module")
def runs(opener: Opener, cluster: Cluster) -> dict[str, Run]:
    """Sets that run beside each other, begun before the first case."""
    nodes = len(cluster.get("/api/v1/nodes")["items"])
    sets = {
        "code": document(launched("sh -c 'echo figures; exit 3'")),
        "image": document(metric("io-fio", image="example.com/no-such-image:1")),
        "hosts": document(
            metric("app-lammps", options={"soleTenancy": True}), pods=nodes + 1, timeouts={"hostsSeconds": 5}
        ),
        "alone": document(metric("app-lammps", options={"command": "echo figures", "soleTenancy": True})),
        "memory": document(launched(EAT, resources={"limits": {"memory": "128Mi"}})),
        "deadline": document(launched(POLITE), deadlineSeconds=15),
        "deleted": document(launched(POLITE)),
        "interactive": document(launched("echo figures"), logging={"interactive": True}),
    }
    return begin_all(opener, "fail", sets)


def test_the_programs_code_is_the_pods_and_the_set_fails(runs: dict[str, Run]) -> None:
    run = runs["code"]
    assert run.end() == "Failed"
    assert run.pod("l").ended()["exitCode"] == 3
    log = run.read("l")
    assert log.timepoints == ["figures\n"]
    assert log.closed


def test_a_missing_image_shows_in_the_pods_status(runs: dict[str, Run]) -> None:
    run = runs["image"]

    def reason() -> Any:
        return [pod.status().get("state", {}).get("waiting", {}).get("reason") for pod in run.pods()]

    run.namespace.wait(lambda: set(reason()) & {"ErrImagePull", "ImagePullBackOff"}, 60, "ErrImagePull")


def test_memory_beyond_the_limit_is_told_apart_by_the_pods_status(runs: dict[str, Run]) -> None:
    run = runs["memory"]
    assert run.end() == "Failed"
    ended = run.pod("l").ended()
    assert (ended["exitCode"], ended["reason"]) == (137, "OOMKilled")
    log = run.read("l")
    assert log.closed
    assert "killed (out of memory?)" in log.after


def test_the_deadline_ends_the_program_in_good_order(runs: dict[str, Run]) -> None:
    run = runs["deadline"]
    assert run.end() == "Failed"
    conditions = run.namespace.jobset("set")["status"]["conditions"]
    assert any(each["type"] == "Failed" and each["status"] == "True" for each in conditions)
    assert any("DeadlineExceeded" in each for each in events(run.namespace, "set-l-0"))
    log = run.read("l")
    assert log.timepoints == ["up\ntold to end\n"]
    assert log.closed


def test_deleting_the_set_tells_the_program_and_closes_the_collection_well_within_the_grace(
    runs: dict[str, Run],
) -> None:
    run = runs["deleted"]
    pod = run.namespace.until_log("set", "l", "up\n")
    started = time.monotonic()
    run.namespace.kubectl("delete", "jobset", "set")
    run.namespace.wait(lambda: pod.gone, 30, "pod gone")
    took = time.monotonic() - started
    log = run.read("l")
    assert log.timepoints == ["up\ntold to end\n"]
    assert log.closed
    assert took < 15


def test_an_interactive_container_stays_with_its_collection_closed(runs: dict[str, Run]) -> None:
    run = runs["interactive"]
    pod = run.namespace.until_log("set", "l", "this container stays until it is deleted")
    assert run.read("l").closed
    assert run.read("l").timepoints == ["figures\n"]
    # A pod alone goes by its own name where it does not have the other yet.
    listed = run.namespace.kubectl("exec", pod.name, "--", "cat", "hostlist.txt").stdout
    assert listed in ("set-l-0-0.set\n", "set-l-0-0\n")
    assert pod.phase == "Running"


def test_a_set_of_a_queue_is_applied_again_while_it_runs_and_nothing_happens_to_it(opener: Opener) -> None:
    namespace = opener("queue")
    manifests = build(document(launched(POLITE), pods=2, jobset={"queueName": "batch"}))

    def suspend(state: str) -> None:
        namespace.kubectl("patch", "jobset", "set", "--type=merge", "--patch", f'{{"spec": {{"suspend": {state}}}}}')

    namespace.apply(manifests)
    namespace.wait(lambda: namespace.jobset("set"), 30, "JobSet seen")
    assert namespace.jobset("set")["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "batch"
    # Kueue's part: its webhook suspends the set at its creation, and its controller starts it.
    # A container that has only just started is not told to end: its first process has no trap yet.
    namespace.until_log("set", "l", "up\n")
    suspend("true")
    namespace.wait(lambda: all(pod.gone for pod in namespace.pods("set")), 60, "no pods")
    suspend("false")

    def runs_again() -> bool:
        pod = namespace.pod("set", "l")
        return not pod.gone and "up\n" in pod.log()

    namespace.wait(runs_again, 60, "the set runs again")
    pod = namespace.pod("set", "l")
    namespace.apply(manifests)
    namespace.kubectl("apply", "--server-side", "-f", "-", stdin=manifests)
    time.sleep(3)
    assert namespace.get("/apis/jobset.x-k8s.io/v1alpha2", "jobsets", "set")["spec"]["suspend"] is False
    assert namespace.pod("set", "l").object["metadata"]["uid"] == pod.object["metadata"]["uid"]
    assert not pod.gone


def test_a_host_that_never_comes_ends_the_wait_with_a_message(runs: dict[str, Run]) -> None:
    run = runs["hosts"]
    assert run.end() == "Failed"
    ended = [pod for pod in run.pods() if pod.ended()]
    assert 124 in [pod.ended()["exitCode"] for pod in ended]
    assert any("gave up after 5 s" in pod.log() for pod in ended)


def test_with_sole_tenancy_a_pod_alone_runs(runs: dict[str, Run]) -> None:
    run = runs["alone"]
    assert run.end() == "Completed"
    assert run.read("l").timepoints == ["figures\n"]
