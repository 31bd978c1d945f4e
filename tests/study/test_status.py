"""`mocompile study`: the points of a study, and how far each is."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command import Ran, run
from tests.results.collect.api_server import jobset, serving
from tests.study.studies import write

STUDY = """
apiVersion: flux-framework.org/v1alpha2
kind: MetricStudy
metadata: {name: disk}
spec:
  base: metrics.yaml
  parameters:
    depth: {set: "spec.metrics[io-fio].options.iodepth", values: [1, 2, 4]}
    size: {set: "spec.metrics[io-fio].options.size", value: "{{ depth }}G"}
  repeats: 2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a study."""
    write(tmp_path, STUDY)
    return tmp_path


def study(folder: Path, *arguments: str) -> Ran:
    """`mocompile study ARGUMENTS`, which must succeed."""
    done = run("study", *arguments, cwd=folder)
    assert done.code == 0, done.stderr
    return done


def rows(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """The same, as JSON."""
    found: list[dict[str, Any]] = json.loads(study(folder, *arguments, "--format", "json").stdout)
    return found


def collected(folder: Path, name: str, state: str, **container: Any) -> None:
    """Write the folder that `results collect` leaves for a set."""
    containers = [
        {"pod": "p", "container": "storage", "file": "p.log", "state": "terminated", "exitCode": 0, **container}
    ]
    data = {"set": name, "status": {"state": state}, "containers": containers if state != "Suspended" else []}
    (folder / name).mkdir(parents=True)
    (folder / name / "set.json").write_text(json.dumps(data))


def test_the_list_is_a_table_with_a_column_for_each_parameter(folder: Path) -> None:
    lines = [line.split() for line in study(folder, "list").stdout.splitlines()]
    assert lines[0] == ["ID", "NAME", "depth", "size"]
    assert [line[2:] for line in lines[1:]] == [["1", "1G"], ["2", "2G"], ["4", "4G"]] * 2
    assert all(line[1].startswith(f"disk-{line[0]}-r") for line in lines[1:])


def test_the_list_is_data_too(folder: Path) -> None:
    listed = rows(folder, "list")
    assert yaml.safe_load(study(folder, "list", "--format", "yaml").stdout) == listed
    assert listed[0]["parameters"] == {"depth": 1, "size": "1G"}
    assert listed[-1]["repeat"] == 2
    assert [each["name"] for each in rows(folder, "list", "--only", "depth=2")] == [
        listed[1]["name"],
        listed[4]["name"],
    ]


def test_a_folder_of_results_says_the_states(folder: Path) -> None:
    names = [each["name"] for each in rows(folder, "list")]
    results = folder / "results" / "today"
    collected(results, names[0], "Completed")
    collected(results, names[1], "Failed", exitCode=3)
    collected(results, names[2], "Running")
    collected(results, names[3], "Completed", complete=False)
    collected(results, names[4], "Suspended")
    collected(results, "another-set", "Completed")
    done = study(folder, "status", "study.yaml", "results")
    states = [line.split()[2] for line in done.stdout.splitlines()]
    assert states == ["STATE", "done", "failed", "running", "failed", "running", "missing"]
    assert done.stderr == "6 sets: 1 done, 2 running, 2 failed, 1 missing\n"
    assert [each["state"] for each in rows(folder, "status", "study.yaml", "results")] == states[1:]


def test_a_set_that_was_collected_again_has_its_better_state(folder: Path) -> None:
    name = rows(folder, "list")[0]["name"]
    collected(folder / "a", name, "Completed")
    collected(folder / "b", name, "Failed", exitCode=1)
    assert rows(folder, "status")[0]["state"] == "done"


def test_a_cluster_says_the_states(folder: Path, tmp_path: Path) -> None:
    names = [each["name"] for each in rows(folder, "list")]
    collected(folder / "results", names[1], "Completed")
    found = jobset("Failed")
    found["metadata"]["name"] = names[0]
    with serving(tmp_path) as (server, config):
        server.jobset = found
        arguments = ("status", "study.yaml", "results", "-n", "bench", "--kubeconfig", config)
        assert [each["state"] for each in rows(folder, *arguments)] == ["failed", "done"] + ["missing"] * 4
    assert "labelSelector=metrics.flux-framework.org%2Fstudy%3Ddisk" in server.asked[0]


def test_a_set_with_another_name_is_known_by_its_labels(folder: Path, tmp_path: Path) -> None:
    """kustomize puts a hash of ten characters behind a name by content, or a prefix before it."""
    first, second, *_ = rows(folder, "list")
    prefix = "metrics.flux-framework.org"

    def labels(row: dict[str, Any]) -> dict[str, str]:
        return {
            f"{prefix}/study": "disk",
            f"{prefix}/point": row["id"],
            f"{prefix}/repeat": str(row["repeat"]),
        }

    found = jobset("Completed")
    found["metadata"] |= {"name": f"team-{first['name']}-7ck4m9hbtd", "labels": labels(first)}
    with serving(tmp_path) as (server, config):
        server.jobset = found
        arguments = ("status", "study.yaml", "-n", "bench", "--kubeconfig", config)
        assert [each["state"] for each in rows(folder, *arguments)] == ["done"] + ["missing"] * 5
    name = f"{second['name']}-7ck4m9hbtd"
    collected(folder / "results", name, "Completed")
    path = folder / "results" / name / "set.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "labels": labels(second)}))
    assert [each["state"] for each in rows(folder, "status", "study.yaml", "results")][:2] == ["missing", "done"]


def journal(folder: Path, states: dict[str, str]) -> None:
    """Write the `run.json` of a run."""
    folder.mkdir(exist_ok=True)
    points = [{"name": name, "state": state} for name, state in states.items()]
    data = {"mocompileRun": 1, "run": "r", "namespace": "bench", "server": "s", "points": points}
    (folder / "run.json").write_text(json.dumps(data))


def test_the_folder_of_a_run_says_the_states(folder: Path) -> None:
    """The run counts more than the logs of a point, which may be those of an earlier attempt."""
    names = [each["name"] for each in rows(folder, "list")]
    run_folder = folder / "disk-run"
    journal(run_folder, dict(zip(names, ("completed", "running", "failed", "failed", "running"), strict=False)))
    collected(run_folder / "results", names[1], "Failed", exitCode=1)  # it runs again
    collected(run_folder / "results", names[2], "Running")  # it was given up
    collected(run_folder / "results", names[4], "Completed")  # the run was killed before it could say so
    done = study(folder, "status", "study.yaml", "disk-run")
    states = [line.split()[2] for line in done.stdout.splitlines()[1:]]
    assert states == ["done", "running", "failed", "failed", "done", "missing"]
    assert "disk-run: no `mocompile run` works here now; the same command takes up again what runs" in done.stderr


def test_a_run_that_works_now_is_said(folder: Path) -> None:
    names = [each["name"] for each in rows(folder, "list")]
    journal(folder / "disk-run", {names[0]: "running"})
    held = os.open(folder / "disk-run", os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = study(folder, "status", "study.yaml", "disk-run")
    finally:
        os.close(held)
    assert "disk-run: `mocompile run` works here now" in done.stderr


@pytest.mark.parametrize("text", ["", "[]", '{"mocompileRun": 1}', '{"mocompileRun": 1, "points": [{"name": 1}]}'])
def test_a_damaged_run_json_says_nothing(folder: Path, text: str) -> None:
    name = rows(folder, "list")[0]["name"]
    collected(folder / "disk-run" / "results", name, "Completed")
    (folder / "disk-run" / "run.json").write_text(text)
    done = study(folder, "status", "study.yaml", "disk-run")
    assert done.stderr == "6 sets: 1 done, 5 missing\n"


def test_a_cluster_that_refuses_gives_a_message(folder: Path, tmp_path: Path) -> None:
    with serving(tmp_path) as (server, config):
        server.forbidden = ("jobsets",)
        done = run("study", "status", "-n", "bench", "--kubeconfig", config, cwd=folder)
    assert (done.code, done.stdout) == (1, "")
    assert "cannot list the cluster's JobSets" in done.stderr


def test_a_folder_that_is_not_there_gives_a_message(folder: Path) -> None:
    done = run("study", "status", "study.yaml", "nothing", cwd=folder)
    assert (done.code, done.stdout) == (1, "")
    assert "no such folder: 'nothing'" in done.stderr


def test_a_set_is_no_study(folder: Path) -> None:
    done = run("study", "list", "metrics.yaml", cwd=folder)
    assert done.code == 1
    assert "kind: expected 'MetricStudy', not 'MetricSet'" in done.stderr


@pytest.mark.parametrize("metric", ["io-fio", "app-lammps", "network-osu-benchmark", "perf-sysstat"])
def test_the_study_that_init_writes_is_a_study(tmp_path: Path, metric: str) -> None:
    done = run("init", metric, "--study", cwd=tmp_path)
    assert done.code == 0, done.stderr
    assert len(rows(tmp_path, "list")) == 9
    checked = run("validate", ".", cwd=tmp_path)
    assert checked.code == 0
    assert "1 MetricSet and 1 study checked" in checked.stderr
    assert run("init", metric, "--study", cwd=tmp_path).code == 1
    before = (tmp_path / "metrics.yaml").read_bytes()
    assert run("init", metric, "--study", "-o", "other.yaml", cwd=tmp_path).code == 0
    assert (tmp_path / "metrics.yaml").read_bytes() == before


def test_validate_names_the_points_that_are_wrong(folder: Path) -> None:
    path = folder / "study.yaml"
    path.write_text(path.read_text("utf-8").replace("[1, 2, 4]", "[1, 0]"), "utf-8")
    done = run("validate", ".", cwd=folder)
    assert done.code == 1
    assert "study.yaml:8:" in done.stderr
    assert "(in the point depth=0, size=0G)" in done.stderr


def test_the_schema_for_editors_takes_a_study(folder: Path) -> None:
    from jsonschema import Draft202012Validator

    schema = json.loads(run("schema", "--kind", "study", cwd=folder).stdout)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(yaml.safe_load((folder / "study.yaml").read_text("utf-8")))
    assert not Draft202012Validator(schema).is_valid({"kind": "MetricSet"})
