"""Launcher and workers: LAMMPS over ssh and Open MPI."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.conftest import Opener
from tests.cluster.kube import Pod, stamp
from tests.cluster.sets import Run, addon, begin_all, document, lammps, launched
from tests.tools import need_module

EVERYWHERE = "mpirun --hostfile ./hostlist.txt -np 3 --map-by ppr:1:node"
# Does not end at SIGTERM: then the node kills the whole container.
DEAF = """sh -c 'trap "" TERM; while :; do sleep 0.2; done'"""
PRINT = """sh -c 'echo "$(hostname) $OF_METRIC $OF_ADDON"'"""


@pytest.fixture(scope="module")
def runs(opener: Opener) -> dict[str, Run]:
    """Sets that run beside each other, begun before the first case."""
    sets = {
        "four": document(lammps(4), pods=4),
        "two": document(lammps(2), pods=2),
        "one": document(lammps(1), pods=1),
        "environment": document(
            launched(
                f"{EVERYWHERE} {PRINT}",
                addon("commands", preBlock="export OF_ADDON='from an addon'"),
                env={"OF_METRIC": "it's $HOME"},
            ),
            pods=3,
        ),
        "fails": document(launched("mpirun --hostfile ./hostlist.txt -np 2 sh -c 'exit 3'"), pods=3),
        "deleted": document(launched("mpirun --hostfile ./hostlist.txt -np 3 sleep 300"), pods=3),
        "killed": document(launched(DEAF), pods=3),
    }
    # LAMMPS one by one: more ranks than processors make each other slow out of all proportion.
    begun: dict[str, Run] = {}
    for name in ("four", "two", "one"):
        begun |= begin_all(opener, "lammps", {name: sets.pop(name)})
        begun[name].end()
    return begun | begin_all(opener, "lammps", sets)


def seconds_after(launcher: Pod, workers: list[Pod]) -> float:
    """From the end of the launcher's container to that of the last worker's, or to when its pod was gone."""
    end = stamp(launcher.ended()["finishedAt"])
    return max(stamp(pod.ended()["finishedAt"]) if pod.ended() else pod.gone or 0 for pod in workers) - end


@pytest.mark.parametrize(("name", "pods"), [("one", 1), ("two", 2), ("four", 4)])
def test_lammps_runs_on_every_pod_and_its_log_holds_metadata_and_figures(
    runs: dict[str, Run], name: str, pods: int
) -> None:
    run = runs[name]
    assert run.end() == "Completed"
    log = run.read("l")
    assert log.closed
    assert len(log.timepoints) == 1
    assert log.metadata["pods"] == pods
    assert log.metadata["completions"] == 1
    assert log.metadata["metricName"] == "app-lammps"
    assert "-v x 1 -v y 1 -v z 1" in log.metadata["metricOptions"]["command"]
    assert f"on {pods} procs for 100 steps with 304 atoms" in log.timepoints[0]
    assert "Total wall time: 0:" in log.timepoints[0]

    metrics: Any = need_module("metricsoperator.metrics")
    (entry,) = metrics.get_metric("app-lammps")().parse_log(run.pod("l").log())["data"]
    assert entry["ranks"] == pods
    assert entry["loop_atoms"] == 304
    assert entry["loop_procs"] == pods
    assert entry["loop_time"] > 0


def test_the_collection_starts_soon_after_the_last_pod(
    runs: dict[str, Run], capsys: pytest.CaptureFixture[str]
) -> None:
    took = {}
    for name in ("two", "four"):
        run = runs[name]
        run.end()
        ready = max(pod.said("METADATA START") for pod in run.pods())
        took[name] = run.pod("l").said("COLLECTION START") - ready
        loop = next(line.text for line in run.pod("l").lines() if line.text.startswith("Loop time"))
        with capsys.disabled():
            print(f"\n  {name} pods: from the last one's first line to the collection's {took[name]:.1f} s; {loop}")
    # A wait of fixed length would be in both; other work on the machine may slow one down.
    assert min(took.values()) < 10


@pytest.mark.parametrize("name", ["two", "four"])
def test_workers_print_their_metadata_and_no_collection(runs: dict[str, Run], name: str) -> None:
    run = runs[name]
    run.end()
    for worker in run.pods("w"):
        assert "METADATA START" in worker.log()
        assert "COLLECTION" not in worker.log()


@pytest.mark.parametrize("name", ["two", "four", "environment", "fails"])
def test_workers_end_within_ten_seconds_of_their_launcher_with_code_0(runs: dict[str, Run], name: str) -> None:
    run = runs[name]
    run.end()
    assert run.pods("w")
    assert seconds_after(run.pod("l"), run.pods("w")) <= 10
    assert {pod.ended().get("exitCode", 0) for pod in run.pods("w")} == {0}


def test_workers_end_within_ten_seconds_of_a_launcher_that_was_deleted(runs: dict[str, Run]) -> None:
    run = runs["deleted"]
    launcher = run.namespace.until_log("set", "l", "COLLECTION START")
    run.namespace.kubectl("delete", "pod", launcher.name, "--wait=false")
    assert run.end() == "Failed"
    assert run.read("l").closed
    assert launcher.ended().get("exitCode", 143) == 143
    assert seconds_after(launcher, run.pods("w")) <= 10
    assert {pod.ended().get("exitCode", 0) for pod in run.pods("w")} == {0}


def test_workers_end_within_ten_seconds_of_a_launcher_that_was_killed(runs: dict[str, Run]) -> None:
    run = runs["killed"]
    launcher = run.namespace.until_log("set", "l", "COLLECTION START")
    run.namespace.kubectl("delete", "pod", launcher.name, "--grace-period=1", "--wait=false")
    assert run.end() == "Failed"
    # Nothing in it could say a word any more.
    assert not run.read("l").closed
    assert launcher.ended().get("exitCode", 137) == 137
    end = launcher.gone or 0
    assert max(stamp(pod.ended()["finishedAt"]) if pod.ended() else pod.gone or 0 for pod in run.pods("w")) - end <= 10
    assert {pod.ended().get("exitCode", 0) for pod in run.pods("w")} == {0}


def test_variables_of_metric_and_addons_reach_every_rank(runs: dict[str, Run]) -> None:
    run = runs["environment"]
    assert run.end() == "Completed"
    said = sorted(run.read("l").timepoints[0].splitlines())
    assert said == [f"{host} it's $HOME from an addon" for host in ("set-l-0-0", "set-w-0-0", "set-w-0-1")]


def test_a_failing_program_fails_pod_and_set_with_its_code(runs: dict[str, Run]) -> None:
    run = runs["fails"]
    assert run.end() == "Failed"
    assert run.pod("l").ended()["exitCode"] == 3
    assert run.read("l").closed
    assert "the measurement ended with code 3" in run.read("l").after
