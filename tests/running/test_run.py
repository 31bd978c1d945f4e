"""`mocompile run` against an API server of our own."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mocompile.cli.run_display import RunDisplay
from mocompile.running import patience

from tests import command
from tests.running.api_server import Cluster, serving

SET = """
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: disk}
spec:
  metrics: [{name: io-fio, options: {size: 4M}}]
"""
STUDY = """
apiVersion: flux-framework.org/v1alpha2
kind: MetricStudy
metadata: {name: sizes}
spec:
  base: metrics.yaml
  parameters:
    size: {set: "spec.metrics[io-fio].options.size", values: [1M, 2M, 4M, 8M]}
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Cluster, str]]:
    (tmp_path / "metrics.yaml").write_text(SET)
    (tmp_path / "study.yaml").write_text(STUDY)
    with serving(tmp_path) as found:
        yield found


def run(config: str, folder: Path, *arguments: str) -> command.Ran:
    return command.run("run", *arguments, "--no-check", "--kubeconfig", config, cwd=folder)


def entries(folder: Path) -> dict[str, Any]:
    """Those of run.json by name."""
    return {each["name"]: each for each in json.loads((folder / "run.json").read_text())["points"]}


def test_a_set_is_applied_collected_and_removed(served: tuple[Cluster, str], tmp_path: Path) -> None:
    cluster, config = served
    ran = run(config, tmp_path)
    assert ran.code == 0, ran.stderr
    assert cluster.created == ["configmaps/disk", "jobsets/disk"]
    assert cluster.objects == {}
    assert entries(tmp_path / "disk-run")["disk"]["state"] == "completed"
    (log,) = (tmp_path / "disk-run" / "results" / "disk").glob("*.log")
    assert log.read_bytes().endswith(b" line\n")
    assert ran.stdout.splitlines()[0].split() == ["NAME", "STATE", "TIME"]


def test_what_completed_is_not_run_again(served: tuple[Cluster, str], tmp_path: Path) -> None:
    cluster, config = served
    run(config, tmp_path)
    before = list(cluster.created)
    ran = run(config, tmp_path)
    assert ran.code == 0
    assert "1 of 1 ended in an earlier run" in ran.stderr
    assert cluster.created == before


def test_a_set_that_changed_since_it_completed_is_not_taken_for_done(
    served: tuple[Cluster, str], tmp_path: Path
) -> None:
    _, config = served
    run(config, tmp_path)
    ran = run(config, tmp_path, "--set", "spec.metrics[io-fio].options.size=8M")
    assert ran.code == 1
    assert "disk-run has results of disk from before the input (or mocompile) changed" in ran.stderr


def test_a_set_with_a_name_by_content_is_found_under_it_and_a_changed_one_is_another(
    served: tuple[Cluster, str], tmp_path: Path
) -> None:
    cluster, config = served
    by_content = ("--set", "spec.jobset.nameSuffix=content")
    for more in ((), ("--set", "spec.metrics[io-fio].options.size=8M")):
        ran = run(config, tmp_path, *by_content, *more)
        assert ran.code == 0, ran.stderr
    first, second = (name for name in cluster.created if name.startswith("jobsets/disk-"))
    assert first != second
    assert cluster.objects == {}
    assert {f"jobsets/{name}": each["state"] for name, each in entries(tmp_path / "disk-run").items()} == {
        first: "completed",
        second: "completed",
    }


def test_without_the_extra_it_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "metrics.yaml").write_text(SET)
    for module in ("kubernetes", "kubernetes.config", "kubernetes.client"):
        monkeypatch.setitem(sys.modules, module, None)
    ran = command.run("run", cwd=tmp_path)
    assert ran.code == 1
    assert "pip install 'mocompile[cluster]'" in ran.stderr
    assert not (tmp_path / "disk-run").exists()


def test_a_terminal_has_a_bar_for_each_point_that_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with RunDisplay(3, 0) as display:
        display.begun("a", again=False)
        display.begun("b", again=True)
        time.sleep(0.3)
        display.progress("a", "running", {"running": 2, "waiting": 0, "finished": 0}, 1234)
        display.ended("b", "completed", None)
    shown = capsys.readouterr().err
    assert "[############........] a  running  0:00  pods: 2 running  1,234 lines" in shown
    assert "b: completed after 0:00 (1 of 3)" in shown
    assert shown.endswith("\x1b[J")


def test_keep_leaves_the_objects_with_the_label_of_the_run(served: tuple[Cluster, str], tmp_path: Path) -> None:
    cluster, config = served
    assert run(config, tmp_path, "--keep").code == 0
    run_id = json.loads((tmp_path / "disk-run" / "run.json").read_text())["run"]
    labels = cluster.objects["jobsets", "disk"]["metadata"]["labels"]
    assert labels["metrics.flux-framework.org/run"] == run_id
    assert cluster.names("configmaps") == ["disk"]


@pytest.mark.parametrize("kind", ["jobsets", "configmaps"])
def test_an_object_that_somebody_else_made_is_left_alone(
    served: tuple[Cluster, str], tmp_path: Path, kind: str
) -> None:
    cluster, config = served
    theirs = {"metadata": {"name": "disk", "uid": "theirs", "labels": {"team": "a"}}}
    cluster.put(kind, theirs)
    ran = run(config, tmp_path)
    assert ran.code == 1
    assert "that something else made; it was left alone" in ran.stderr
    assert cluster.objects[kind, "disk"] == theirs


def test_a_study_runs_at_most_n_points_at_a_time(served: tuple[Cluster, str], tmp_path: Path) -> None:
    cluster, config = served
    most = 0
    active = threading.Semaphore(0)

    def outcome(_: str) -> int:
        nonlocal most
        most = max(most, len(cluster.names("jobsets")))
        active.release()
        return 0

    cluster.outcome = outcome
    assert run(config, tmp_path, "study.yaml", "--parallel", "2").code == 0
    assert most == 2
    assert len([each for each in cluster.created if each.startswith("jobsets/")]) == 4
    index = json.loads((tmp_path / "sizes-run" / "study.json").read_text())
    assert [each["name"] for each in index["points"]] == list(entries(tmp_path / "sizes-run"))


def test_only_runs_those_points(served: tuple[Cluster, str], tmp_path: Path) -> None:
    cluster, config = served
    assert run(config, tmp_path, "study.yaml", "--only", "size=2M").code == 0
    assert len(cluster.created) == 2


def test_a_point_that_fails_gives_1_and_runs_again_with_retry_only(served: tuple[Cluster, str], tmp_path: Path) -> None:
    cluster, config = served
    cluster.outcome = lambda name: 3 if cluster.created[0] == f"configmaps/{name}" else 0
    ran = run(config, tmp_path, "study.yaml")
    assert ran.code == 1
    assert "3 completed, 1 failed of 4" in ran.stderr
    assert "ended with code 3: line" in ran.stderr
    (failed,) = (name for name, each in entries(tmp_path / "sizes-run").items() if each["state"] == "failed")
    assert cluster.names("jobsets") == [failed]
    assert f"the objects of {failed} are still in the cluster" in ran.stderr
    cluster.outcome = lambda _: 0
    before = len(cluster.created)
    assert run(config, tmp_path, "study.yaml").code == 1
    assert len(cluster.created) == before
    assert run(config, tmp_path, "study.yaml", "--retry", "failed").code == 0
    assert cluster.created[before:] == [f"configmaps/{failed}", f"jobsets/{failed}"]
    assert entries(tmp_path / "sizes-run")[failed]["attempts"] == 2


def test_an_interruption_keeps_the_running_set_and_the_next_run_takes_it_up(
    served: tuple[Cluster, str], tmp_path: Path
) -> None:
    cluster, config = served
    cluster.outcome = lambda _: None

    def interrupt() -> None:
        while not cluster.names("pods"):
            time.sleep(0.01)
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    ran = run(config, tmp_path)
    assert ran.code == 130
    assert "the same command takes it up again" in ran.stderr
    uid = cluster.objects["jobsets", "disk"]["metadata"]["uid"]
    cluster.outcome = lambda _: 0
    threading.Thread(target=cluster.run, args=("disk",)).start()
    ran = run(config, tmp_path)
    assert ran.code == 0, ran.stderr
    assert "disk: taken up again" in ran.stderr
    assert cluster.created == ["configmaps/disk", "jobsets/disk"]
    assert entries(tmp_path / "disk-run")["disk"]["uid"] == uid


def test_objects_of_a_run_that_was_killed_before_it_could_say_so_are_its_own(
    served: tuple[Cluster, str], tmp_path: Path
) -> None:
    cluster, config = served
    assert run(config, tmp_path, "--keep").code == 0
    journal = tmp_path / "disk-run" / "run.json"
    data = json.loads(journal.read_text())
    data["points"][0] |= {"state": "running", "uid": "", "finished": ""}
    journal.write_text(json.dumps(data))
    ran = run(config, tmp_path)
    assert ran.code == 0, ran.stderr
    assert cluster.created == ["configmaps/disk", "jobsets/disk"]
    assert cluster.objects == {}


def test_a_running_set_that_is_gone_is_run_again(served: tuple[Cluster, str], tmp_path: Path) -> None:
    cluster, config = served
    assert run(config, tmp_path).code == 0
    journal = tmp_path / "disk-run" / "run.json"
    data = json.loads(journal.read_text())
    data["points"][0] |= {"state": "running", "uid": "another", "finished": ""}
    journal.write_text(json.dumps(data))
    assert run(config, tmp_path).code == 0
    assert len(cluster.created) == 4
    assert entries(tmp_path / "disk-run")["disk"]["attempts"] == 2


def test_an_api_server_that_is_away_for_a_while_changes_nothing(served: tuple[Cluster, str], tmp_path: Path) -> None:
    cluster, config = served
    cluster.seconds = 1.0

    def leave() -> None:
        while not cluster.names("pods"):
            time.sleep(0.01)
        cluster.down = True
        time.sleep(2)
        cluster.down = False

    threading.Thread(target=leave).start()
    ran = run(config, tmp_path)
    assert ran.code == 0, ran.stderr
    assert cluster.created == ["configmaps/disk", "jobsets/disk"]


def test_a_timeout_ends_a_point_and_removes_its_set(served: tuple[Cluster, str], tmp_path: Path) -> None:
    cluster, config = served
    cluster.outcome = lambda _: None
    ran = run(config, tmp_path, "--timeout", "1s")
    assert ran.code == 1
    assert "disk: failed: it did not end within 1s; it still ran" in ran.stderr
    assert cluster.objects == {}


def test_a_set_that_waits_for_its_queue_says_so_and_has_no_bound(served: tuple[Cluster, str], tmp_path: Path) -> None:
    cluster, config = served
    (tmp_path / "metrics.yaml").write_text(SET.replace("spec:", "spec:\n  jobset: {queueName: batch}"))
    cluster.suspends = True
    ran = run(config, tmp_path, "--start-timeout", "1s", "--timeout", "3s")
    assert ran.code == 1
    waits = "disk: waits, without a bound unless --timeout sets one: the queue 'batch' has not admitted it yet"
    assert ran.stderr.count(waits) == 1
    assert "disk: failed: it did not end within 3s" in ran.stderr


def test_a_set_that_its_input_suspends_waits_for_a_person_who_is_told(
    served: tuple[Cluster, str], tmp_path: Path
) -> None:
    cluster, config = served
    (tmp_path / "metrics.yaml").write_text(SET.replace("spec:", "spec:\n  jobset: {suspend: true}"))
    ran = run(config, tmp_path, "--start-timeout", "1s")
    assert ran.code == 1
    assert (
        "disk: failed: its input suspends it (spec.jobset.suspend), and it names no queue; this lets it start: "
        'kubectl -n bench patch jobset disk --type=merge -p \'{"spec":{"suspend":false}}\' (given up after 1s)'
    ) in ran.stderr
    assert "still in the cluster" not in ran.stderr
    assert cluster.objects == {}


def test_a_refused_set_says_why_and_leaves_nothing(served: tuple[Cluster, str], tmp_path: Path) -> None:
    cluster, config = served
    cluster.refusals["jobsets"] = (403, 'admission webhook "policy.example" denied the request: no benchmarks today')
    ran = run(config, tmp_path)
    assert ran.code == 1
    assert "disk: failed: the webhook policy.example refuses its objects: no benchmarks today" in ran.stderr
    assert cluster.objects == {}


def test_an_api_server_that_does_not_come_back_ends_the_run_with_a_message(
    served: tuple[Cluster, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster, config = served
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.5)
    cluster.down = True
    ran = run(config, tmp_path)
    assert ran.code == 1
    assert "does not answer" in ran.stderr


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"mocompileRun": 1, "run": "a", "namespace": "bench", "points": [1]}']
)
def test_a_damaged_journal_is_a_message(served: tuple[Cluster, str], tmp_path: Path, text: str) -> None:
    _, config = served
    (tmp_path / "disk-run").mkdir()
    (tmp_path / "disk-run" / "run.json").write_text(text)
    ran = run(config, tmp_path)
    assert ran.code == 1
    assert "run.json is damaged" in ran.stderr


def test_a_folder_of_something_else_is_left_alone(served: tuple[Cluster, str], tmp_path: Path) -> None:
    _, config = served
    ran = run(config, tmp_path, "-o", ".")
    assert ran.code == 1
    assert "was not made by `mocompile run`" in ran.stderr


def test_a_folder_of_another_namespace_is_not_mixed_up(served: tuple[Cluster, str], tmp_path: Path) -> None:
    _, config = served
    run(config, tmp_path)
    ran = run(config, tmp_path, "-n", "other")
    assert ran.code == 1
    assert "disk-run is of a run in the namespace 'bench', not in 'other'" in ran.stderr
