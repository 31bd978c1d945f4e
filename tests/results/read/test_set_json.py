"""The state of a container in `set.json` becomes problems, and figures of a failed one are not results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mocompile.results import Results, parse

LOG = """\
METADATA START {"pods":1,"completions":1,"metricName":"app-lammps","metricOptions":{}}
METADATA END
METRICS OPERATOR COLLECTION START
METRICS OPERATOR TIMEPOINT
Loop time of 1.5 on 2 procs for 100 steps with 304 atoms
METRICS OPERATOR TIMEPOINT
Loop time of 2.5 on 2 procs for 100 steps with 304 atoms
METRICS OPERATOR COLLECTION END
"""


def read(folder: Path, *entries: dict[str, Any], log: str = LOG, **more: Any) -> Results:
    """The results of a folder with one log, `a.log`, unless an entry says that it has none."""
    if any(entry.get("file", "a.log") for entry in entries):
        (folder / "a.log").write_text(log)
    containers = [{"file": "a.log", "pod": "set-l-0-0-x", "container": "launcher", **entry} for entry in entries]
    (folder / "set.json").write_text(json.dumps({"set": "set", "containers": containers, **more}))
    return parse(folder)


def said(results: Results) -> list[str]:
    """Return the messages of the problems."""
    return [problem.message for problem in results.problems]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"exitCode": 137, "reason": "OOMKilled"},
            "the container was killed: out of memory (OOMKilled, exit code 137)",
        ),
        ({"exitCode": 137, "reason": "Error"}, "the container ended with code 137: something killed it"),
        ({"exitCode": 3, "reason": "Error"}, "the container ended with code 3"),
        ({"exitCode": 127}, "the container ended with code 127: a program is missing in the image"),
        (
            {"exitCode": 128, "reason": "StartError", "message": "no\x1b[2J sh"},
            "the container ended with code 128: StartError; no [2J sh",
        ),
    ],
)
def test_a_failed_container_is_a_problem_and_its_last_timepoint_no_result(
    tmp_path: Path, entry: dict[str, Any], message: str
) -> None:
    results = read(tmp_path, {"job": "l", "node": "n1", **entry})
    assert said(results) == [message]
    assert [each.status for each in results.figures("loop_time", status=None)] == ["ok", "failed"]
    assert [each.status for run in results.runs for each in run.timepoints] == ["ok", "failed"]
    record = results.records[0]
    assert (record.set, record.job, record.pod, record.container, record.node) == (
        "set",
        "l",
        "set-l-0-0-x",
        "launcher",
        "n1",
    )


@pytest.mark.parametrize("end", ["METRICS OPERATOR COLLECTION END\n", ""], ids=["closed", "killed"])
@pytest.mark.parametrize(("complete", "status"), [(True, "failed"), (False, "cut")])
def test_what_a_failed_container_did_not_finish_is_failed_and_cut_only_where_the_log_is(
    tmp_path: Path, end: str, complete: bool, status: str
) -> None:
    head = LOG.partition("METRICS OPERATOR TIMEPOINT\nLoop time of 2.5")[0]
    results = read(
        tmp_path, {"exitCode": 143, "complete": complete}, log=f"{head}METRICS OPERATOR TIMEPOINT\nSetting up\n{end}"
    )
    assert [each.status for run in results.runs for each in run.timepoints] == ["ok", status]


def test_a_container_that_ended_well_changes_nothing(tmp_path: Path) -> None:
    results = read(tmp_path, {"exitCode": 0}, status={"state": "Completed"})
    assert results.problems == ()
    assert {each.status for each in results} == {"ok"}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"state": "waiting", "reason": "ImagePullBackOff", "image": "x:1", "message": "not found"},
            "the image x:1 cannot be pulled (ImagePullBackOff): not found",
        ),
        ({"reason": "Unschedulable", "message": "0/3 nodes"}, "the pod has no node: 0/3 nodes"),
        (
            {"state": "waiting", "reason": "CreateContainerConfigError"},
            "the container does not start (CreateContainerConfigError)",
        ),
        ({}, "the container did not start, or was not observed: there is no log"),
    ],
)
def test_a_container_without_a_log_is_a_problem_of_the_set(tmp_path: Path, entry: dict[str, Any], message: str) -> None:
    results = read(tmp_path, {"file": "", **entry}, status={"state": "Running"})
    assert said(results) == [
        "the set had not finished when its logs were collected: Running",
        f"set-l-0-0-x, container launcher: {message}",
    ]
    assert results.records == ()


def test_what_ran_when_the_time_was_up_is_no_result_and_what_had_ended_is(tmp_path: Path) -> None:
    jobs = [{"name": "set-l-0", "state": "Failed", "reason": "DeadlineExceeded", "message": "too long"}]
    entry = {"jobName": "set-l-0", "exitCode": 0, "finished": "2030-01-01T00:00:20Z"}
    for deleted, status in (("2030-01-01T00:00:19Z", "failed"), ("2030-01-01T00:00:30Z", "ok")):
        results = read(tmp_path, {**entry, "deleted": deleted}, jobs=jobs, status={"state": "Failed"})
        assert results.records[-1].status == status
        assert ("its time was up (DeadlineExceeded): too long" in said(results)) is (status == "failed")
        assert "its job set-l-0 failed: DeadlineExceeded: too long" in said(results)


def test_a_container_of_an_addon_needs_no_markers(tmp_path: Path) -> None:
    assert said(read(tmp_path, {"exitCode": 0, "role": "addon"}, log="anything\n")) == []
    assert said(read(tmp_path, {"exitCode": 0, "role": "launcher"}, log="anything\n")) != []


def test_a_log_that_was_not_collected_whole_says_so(tmp_path: Path) -> None:
    results = read(tmp_path, {"exitCode": 0, "complete": False, "restarts": 2, "notes": ["lost: a line"]})
    assert said(results) == [
        "the container had been restarted 2 times before this log",
        "the log was not collected to its end",
        "lost: a line",
    ]


@pytest.mark.parametrize("text", ["", "[]", "3", "[" * 100000, "\ud800"])
def test_a_set_json_that_is_broken_is_said_and_the_logs_are_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.log").write_text(LOG)
    (tmp_path / "set.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    results = parse(tmp_path)
    assert len(results.figures("loop_time")) == 2
    assert ["set.json" in str(problem) for problem in results.problems] == [True]


@pytest.mark.parametrize("text", ['{"containers": 3}', '{"containers": [3]}'])
def test_a_set_json_that_names_no_containers_says_nothing_of_the_logs(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.log").write_text(LOG)
    (tmp_path / "set.json").write_text(text)
    results = parse(tmp_path)
    assert len(results.figures("loop_time")) == 2
    assert results.problems == ()
