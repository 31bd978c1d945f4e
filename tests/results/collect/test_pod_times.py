"""The times of pods: from conditions, events that go away, states of containers, and the markers of logs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mocompile.results.collect.facts import Instance
from mocompile.results.collect.log_marks import LogMarks
from mocompile.results.collect.pod_times import PodTimes, pull_entry, seconds_of, set_times, with_earlier
from mocompile.results.collect.stream import LogFile

JSONObject = dict[str, Any]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            'Successfully pulled image "i:1" in 1.234s (2.5s including waiting). Image size: 120 bytes.',
            {"image": "i:1", "seconds": 2.5, "bytes": 120},
        ),
        ('Successfully pulled image "i:1" in 350ms', {"image": "i:1", "seconds": 0.35}),
        ('Successfully pulled image "i:1" in 1m2.5s (1m3s including waiting)', {"image": "i:1", "seconds": 63.0}),
        ('Container image "i:1" already present on machine', {"image": "i:1", "present": True}),
        (
            'Container image "i:1" already present on machine and can be accessed by the pod',
            {"image": "i:1", "present": True},
        ),
        ('Successfully pulled image "i:1" in a moment', None),
        ('Pulling image "i:1"', None),
        ("", None),
    ],
)
def test_the_words_of_the_kubelet_about_a_pull(message: str, expected: JSONObject | None) -> None:
    assert pull_entry(message) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2h3m4.5s", 7384.5), ("12.5µs", 1.25e-05), ("0s", 0), ("7", None), ("", None), ("1s later", None)],
)
def test_durations_of_go(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


def pod(*, restarts: int = 0, state: JSONObject | None = None, last: JSONObject | None = None, **status: Any) -> Any:
    env = [{"name": "MO_ROLE", "value": "launcher"}, {"name": "MO_METRIC_ID", "value": "bench"}]
    return {
        "metadata": {
            "name": "set-l-0-0-x",
            "uid": "u",
            "creationTimestamp": "2030-01-01T00:00:00Z",
            "labels": {"jobset.sigs.k8s.io/restart-attempt": "2", "jobset.sigs.k8s.io/replicatedjob-name": "l"},
        },
        "spec": {"nodeName": "n", "containers": [{"name": "launcher", "env": env}]},
        "status": {
            "conditions": [{"type": "PodScheduled", "status": "True", "lastTransitionTime": "2030-01-01T00:00:01Z"}],
            "containerStatuses": [
                {"name": "launcher", "restartCount": restarts, "state": state or {}, "lastState": last or {}}
            ],
            **status,
        },
    }


def pulled(message: str) -> JSONObject:
    return {"involvedObject": {"uid": "u", "fieldPath": "spec.containers{launcher}"}, "message": message}


def only(times: PodTimes, marks: LogMarks | None = None) -> JSONObject:
    (entry,) = times.entries([(Instance("u", "launcher", 0), marks)] if marks else [])
    return entry


def test_a_pod_from_its_beginning_to_its_end() -> None:
    times = PodTimes()
    times.see_event(pulled('Successfully pulled image "i" in 3s'))  # before its pod
    times.see(pod())
    assert only(times) == {
        "pod": "set-l-0-0-x",
        "podUID": "u",
        "job": "l",
        "attempt": 2,
        "metric": "bench",
        "role": "launcher",
        "node": "n",
        "created": "2030-01-01T00:00:00Z",
        "scheduled": "2030-01-01T00:00:01Z",
        "pulls": [{"container": "launcher", "image": "i", "seconds": 3.0}],
    }
    times.see(pod(state={"running": {"startedAt": "2030-01-01T00:00:05Z"}}))
    assert only(times)["started"] == "2030-01-01T00:00:05Z"
    ended = {"startedAt": "2030-01-01T00:00:05Z", "finishedAt": "2030-01-01T00:00:09Z"}
    times.see(pod(state={"terminated": ended}, phase="Succeeded"))
    marks = LogMarks("2030-01-01T00:00:05.1Z", "2030-01-01T00:00:06Z", "2030-01-01T00:00:07Z", "2030-01-01T00:00:08Z")
    found = only(times, marks)
    assert found["ended"] == "2030-01-01T00:00:09Z"
    assert [found[name] for name in ("script", "hostsReady", "measuring", "measured")] == [
        *(marks.script, marks.hosts, marks.begun, marks.measured)
    ]


def test_a_container_that_was_started_anew_has_the_times_of_its_first_run() -> None:
    times = PodTimes()
    times.see_event(pulled('Successfully pulled image "i" in 3s'))
    times.see_event(pulled('Container image "i" already present on machine'))
    first, second = {"startedAt": "2030-01-01T00:00:05Z"}, {"startedAt": "2030-01-01T00:01:00Z"}
    times.see(pod(restarts=1, state={"running": second}, last={"terminated": first}))
    assert only(times)["started"] == "2030-01-01T00:00:05Z"
    assert only(times)["pulls"][0]["seconds"] == 3.0
    times.see(pod(restarts=2, state={"running": second}, last={"terminated": second}))
    assert only(times)["started"] == "2030-01-01T00:00:05Z"
    late = PodTimes()
    late.see(pod(restarts=2, state={"running": second}, last={"terminated": second}))
    assert "started" not in only(late)


def test_a_pod_that_is_deleted_ends_then() -> None:
    times = PodTimes()
    deleted = pod(state={"running": {"startedAt": "2030-01-01T00:00:05Z"}})
    deleted["metadata"] |= {"deletionTimestamp": "2030-01-01T00:01:00Z", "deletionGracePeriodSeconds": 30}
    times.see(deleted)
    assert only(times)["ended"] == "2030-01-01T00:00:30Z"


def test_an_earlier_collection_knows_what_the_cluster_has_forgotten() -> None:
    earlier: list[JSONObject] = [
        {"podUID": "a", "pod": "p", "pulls": [1], "started": "x"},
        {"podUID": "gone", "pod": "g", "created": "c"},
    ]
    assert with_earlier([{"podUID": "a", "pod": "p", "started": "y"}], earlier) == [
        {"podUID": "gone", "pod": "g", "created": "c"},
        {"podUID": "a", "pod": "p", "pulls": [1], "started": "y"},
    ]


def test_the_times_of_a_set() -> None:
    def condition(kind: str, status: str, time: str) -> JSONObject:
        return {"type": kind, "status": status, "lastTransitionTime": time}

    jobset = {"metadata": {"creationTimestamp": "c"}, "status": {"conditions": [condition("Suspended", "True", "s")]}}
    assert set_times(jobset) == {"created": "c"}
    jobset["status"] = {"conditions": [condition("Suspended", "False", "r"), condition("Completed", "True", "f")]}
    assert set_times(jobset) == {"created": "c", "resumed": "r", "finished": "f"}


LOG = (
    b"2030-01-01T00:00:01.000000001Z METADATA START {}\n"
    b"2030-01-01T00:00:02.000000000Z mocompile: all 4 hosts answer\n"
    b"2030-01-01T00:00:03.000000000Z METRICS OPERATOR COLLECTION START\n"
    b"2030-01-01T00:00:04.000000000Z METRICS OPERATOR COLLECTION START is what it printed\n"
    b"2030-01-01T00:00:05.000000000Z mocompile: all 9 hosts answer\n"
    b"2030-01-01T00:00:06.000000000Z METRICS OPERATOR COLLECTION END\n"
)


@pytest.mark.parametrize("size", [1, 7, 30, 64, 1000])
def test_the_markers_of_a_log_are_seen_wherever_the_stream_is_cut(tmp_path: Path, size: int) -> None:
    file = LogFile(tmp_path / "log")
    file.begin()
    for start in range(0, len(LOG), size):
        file.feed(LOG[start : start + size])
    file.end(whole=True)
    file.close()
    assert file.path.read_bytes() == LOG
    assert file.marks == LogMarks(
        "2030-01-01T00:00:01.000000001Z",
        "2030-01-01T00:00:02.000000000Z",
        "2030-01-01T00:00:03.000000000Z",
        "2030-01-01T00:00:06.000000000Z",
    )


def test_a_log_that_is_taken_up_again_has_its_markers_once(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "log")
    for part in (LOG[:180], LOG):
        file.begin()
        file.feed(part)
        file.end()
    file.close()
    assert file.path.read_bytes() == LOG
    assert file.marks.script == "2030-01-01T00:00:01.000000001Z"
    assert file.marks.begun == "2030-01-01T00:00:03.000000000Z"
