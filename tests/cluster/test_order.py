"""Several metrics in one set, each with addons: beside each other, and one after another."""

from __future__ import annotations

import pytest

from tests.cluster.conftest import Opener
from tests.cluster.kube import stamp
from tests.cluster.sets import Run, addon, begin_all, document, launched, metric


@pytest.fixture(scope="module")
def runs(opener: Opener) -> dict[str, Run]:
    """Sets that run beside each other, begun before the first case."""
    hello = addon("commands", preBlock="echo before", postBlock="echo after")
    metrics = [
        launched("mpirun --hostfile ./hostlist.txt -np 2 sleep 3", hello),
        metric(
            "io-fio",
            addon("commands", preBlock="echo before; sleep 10", postBlock="echo after"),
            options={"size": "1M", "directory": "/tmp"},
        ),
        metric("sys-hwloc", hello, listOptions={"commands": ["lstopo-no-graphics"]}),
        {**launched("sleep 3", hello), "id": "again"},
    ]
    sets = {
        "parallel": document(*metrics, pods=2),
        "sequential": document(*metrics, pods=2, jobset={"order": "Sequential"}),
    }
    return begin_all(opener, "order", sets)


@pytest.mark.parametrize("order", ["parallel", "sequential"])
def test_every_metric_of_a_set_measures_with_its_addons(runs: dict[str, Run], order: str) -> None:
    run = runs[order]
    assert run.end(240) == "Completed"
    names = {}
    for job in ("l", "m", "m3", "l4"):
        log = run.read(job)
        assert log.closed
        assert "\nbefore\n" in log.before
        assert log.after.startswith("after\n")
        names[job] = log.metadata["metricName"]
    assert names == {"l": "app-lammps", "m": "io-fio", "m3": "sys-hwloc", "l4": "app-lammps"}


def test_in_sequence_a_metric_starts_after_the_one_before_has_ended(runs: dict[str, Run]) -> None:
    run = runs["sequential"]
    run.end(240)
    assert {job: len(run.pods(job)) for job in ("l", "w", "m", "m3", "l4", "w4")} == {
        **dict.fromkeys(("l", "w", "l4", "w4"), 1),
        **dict.fromkeys(("m", "m3"), 2),
    }
    jobs = ("l", "m", "m3", "l4")
    starts = [min(pod.said("METADATA START") for pod in run.pods(job)) for job in jobs]
    # Times of the end are in whole seconds, rounded down.
    ends = [max(stamp(pod.ended()["finishedAt"]) for pod in run.pods(job)) for job in jobs]
    assert all(end <= start for end, start in zip(ends[:-1], starts[1:], strict=True)), (starts, ends)


def test_in_sequence_workers_end_within_ten_seconds_of_their_launcher(runs: dict[str, Run]) -> None:
    run = runs["sequential"]
    run.end(240)
    (launcher,), (worker,) = run.pods("l"), run.pods("w")
    assert worker.ended()["exitCode"] == 0
    ended = stamp(worker.ended()["finishedAt"])
    assert ended - stamp(launcher.ended()["finishedAt"]) <= 10
    # While the next metric, which takes ten seconds, still runs.
    assert ended <= min(stamp(pod.ended()["finishedAt"]) for pod in run.pods("m"))


def test_beside_each_other_metrics_start_at_once(runs: dict[str, Run]) -> None:
    run = runs["parallel"]
    run.end(240)
    created = [stamp(pod.object["metadata"]["creationTimestamp"]) for pod in run.pods()]
    assert len(created) == 8
    assert max(created) - min(created) <= 10
