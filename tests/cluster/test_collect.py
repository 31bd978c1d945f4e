"""`results collect` on a real cluster: what it leaves in its folder, and what reading that gives."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mocompile.results import Results, parse

from tests.cluster.conftest import Opener
from tests.cluster.kube import Cluster
from tests.cluster.sets import Run, begin_all, document, lammps, launched, metric
from tests.results.browser import command, opened

PROGRAM = """
import typer
from mocompile.cli.results.collect import collect
from mocompile.cli.results.plots import report
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(collect)
app.command()(report)
app()
"""
COMMAND = [sys.executable, "-c", PROGRAM]
EAT = "python3 -c 'a = bytearray(10**9)'"
SLEEP = "sh -c 'echo up; sleep 300'"
SLOW = "sh -c 'for i in $(seq 40); do echo line $i; sleep 0.2; done'"


@pytest.fixture(scope="module")
def runs(opener: Opener) -> dict[str, Run]:
    """Sets that run beside each other."""
    sets = {
        "good": document(lammps(2), pods=2),
        "code": document(launched("sh -c 'echo figures; exit 3'")),
        "image": document(metric("io-fio", image="example.com/no-such-image:1")),
        "room": document(metric("io-fio", resources={"requests": {"memory": "900Gi"}})),
        "memory": document(launched(EAT, resources={"limits": {"memory": "128Mi"}})),
        "deadline": document(launched(SLEEP), deadlineSeconds=6),
    }
    return begin_all(opener, "collect", sets)


def begin(cluster: Cluster, run: Run, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`mocompile results collect set`, in a process of its own."""
    command = [*COMMAND, "collect", run.name, "-n", run.namespace.name, "-o", str(folder), *arguments]
    environment = {**os.environ, **cluster.environment}
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)


def collect(cluster: Cluster, run: Run, folder: Path, *arguments: str) -> tuple[int, str, dict[str, Any], Results]:
    """Its exit code, what it said, set.json, and the results that reading the folder gives."""
    process = begin(cluster, run, folder, *arguments)
    said = process.communicate(timeout=120)[1]
    return process.returncode, said, json.loads((folder / "set.json").read_text()), parse(folder)


def problems(results: Results) -> str:
    """All of them, as text."""
    return "\n".join(map(str, results.problems))


def test_a_running_set_is_followed_to_its_end_and_gives_figures(
    cluster: Cluster, runs: dict[str, Run], tmp_path: Path
) -> None:
    folder = tmp_path / "logs"
    code, said, found, results = collect(cluster, runs["good"], folder)
    assert code == 0, said
    assert found["status"]["state"] == "Completed"
    assert {(each["job"], each["role"], each["exitCode"]) for each in found["containers"]} == {
        ("l", "launcher", 0),
        ("w", "worker", 0),
    }
    nodes = {each["metadata"]["name"] for each in cluster.get("/api/v1/nodes")["items"]}
    assert {each["node"] for each in found["containers"]} <= nodes
    record = results.figures("loop_time").records[0]
    assert (record.set, record.job, record.pods) == ("set", "l", 2)
    assert record.node in nodes
    assert record.time
    assert results.problems == ()
    # The very lines that the cluster has, each once. A worker may go with the set, and its log with it.
    for each in found["containers"]:
        kubectl = runs["good"].namespace.kubectl(
            "logs", each["pod"], "-c", each["container"], "--timestamps", check=each["role"] != "worker"
        )
        assert (folder / each["file"]).read_text() == kubectl.stdout or kubectl.code
    # Of a set that is over, at once; into the same folder.
    again, _, _, results = collect(cluster, runs["good"], folder, "--timeout", "30s")
    assert (again, len(results)) == (0, len(parse(folder)))


def test_a_programs_exit_code_makes_its_figures_no_results(
    cluster: Cluster, runs: dict[str, Run], tmp_path: Path
) -> None:
    code, said, found, results = collect(cluster, runs["code"], tmp_path / "logs")
    assert code == 1
    assert [each["exitCode"] for each in found["containers"]] == [3]
    assert "the container ended with code 3" in said
    assert "the container ended with code 3" in problems(results)
    assert [each.status for run in results.runs for each in run.timepoints] == ["failed"]


def test_memory_beyond_the_limit_is_said(cluster: Cluster, runs: dict[str, Run], tmp_path: Path) -> None:
    code, _, found, results = collect(cluster, runs["memory"], tmp_path / "logs")
    assert code == 1
    assert [(each["exitCode"], each["reason"]) for each in found["containers"]] == [(137, "OOMKilled")]
    assert "the container was killed: out of memory (OOMKilled, exit code 137)" in problems(results)


def test_a_report_of_a_collected_folder_tells_a_browser_where_and_how_containers_ended(
    cluster: Cluster, runs: dict[str, Run], tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib", reason="not installed: matplotlib")
    found = collect(cluster, runs["memory"], tmp_path / "logs")[2]
    page = tmp_path / "report.html"
    subprocess.run([*COMMAND, "report", str(tmp_path / "logs"), "-o", str(page)], check=True, timeout=60)
    dom = opened(command(tmp_path / "profile"), page)
    assert dom.rstrip().endswith("</html>")
    for text in (
        found["containers"][0]["node"],
        "the container was killed: out of memory (OOMKilled, exit code 137)",
        "the set failed",
    ):
        assert text in dom


def test_a_deadline_is_said_and_the_log_of_the_deleted_pod_is_there(
    cluster: Cluster, opener: Opener, tmp_path: Path
) -> None:
    run = begin_all(opener, "collect", {"followed": document(launched(SLEEP), deadlineSeconds=12)})["followed"]
    code, said, found, results = collect(cluster, run, tmp_path / "logs")
    assert code == 1, said
    assert [each["reason"] for each in found["jobs"]] == ["DeadlineExceeded"]
    assert [each["complete"] for each in found["containers"]] == [True]
    assert "its time was up (DeadlineExceeded)" in problems(results)
    # The collection was closed on SIGTERM, and its last line is there.
    assert [each.status for run in results.runs for each in run.timepoints] == ["failed"]


def test_a_set_whose_pods_are_gone_says_why_and_that_there_is_no_log(
    cluster: Cluster, runs: dict[str, Run], tmp_path: Path
) -> None:
    assert runs["deadline"].end() == "Failed"
    code, _, _, results = collect(cluster, runs["deadline"], tmp_path / "logs")
    assert code == 1
    assert "its job set-l-0 failed: DeadlineExceeded" in problems(results)
    assert "there is no log: the set's pods are gone" in problems(results)


def test_an_image_that_is_not_there_is_said_while_it_waits(
    cluster: Cluster, runs: dict[str, Run], tmp_path: Path
) -> None:
    code, said, found, results = collect(cluster, runs["image"], tmp_path / "logs", "--timeout", "10s")
    assert code == 1
    assert "the image example.com/no-such-image:1 cannot be pulled (" in said
    assert found["status"]["state"] == "Running"
    assert "cannot be pulled" in problems(results)
    assert any("no-such-image" in each["message"] for each in found["events"])


def test_a_pod_without_a_node_has_the_schedulers_words(cluster: Cluster, runs: dict[str, Run], tmp_path: Path) -> None:
    code, _, found, results = collect(cluster, runs["room"], tmp_path / "logs", "--no-follow")
    assert code == 1
    assert [each["reason"] for each in found["containers"]] == ["Unschedulable"]
    assert "the pod has no node: 0/" in problems(results)
    assert "Insufficient memory" in problems(results)


def test_an_interruption_keeps_whole_lines_and_the_next_collection_takes_the_rest(
    cluster: Cluster, opener: Opener, tmp_path: Path
) -> None:
    run = begin_all(opener, "collect", {"interrupt": document(launched(SLOW))})["interrupt"]
    run.namespace.until_log("set", "l", "line 3")
    folder = tmp_path / "logs"
    process = begin(cluster, run, folder)

    def collected() -> bool:
        return any("line 3\n" in log.read_text() for log in folder.glob("*.log"))

    run.namespace.wait(collected, 60, "lines in the folder")
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert "interrupted: complete lines are kept" in said
    (log,) = folder.glob("*.log")
    assert "line 3\n" in log.read_text()
    assert log.read_text().endswith("\n")
    found = json.loads((folder / "set.json").read_text())
    assert (found["status"]["state"], found["collected"]["ended"]) == ("Running", "interrupted")
    code, said, _, _ = collect(cluster, run, folder)
    assert code == 0, said
    numbers = re.findall(r"Z line (\d+)$", log.read_text(), re.MULTILINE)
    assert numbers == [str(number) for number in range(1, 41)]


def test_a_set_that_is_not_there_leaves_no_folder(cluster: Cluster, runs: dict[str, Run], tmp_path: Path) -> None:
    process = begin(cluster, Run(runs["good"].namespace, "sett"), tmp_path / "logs")
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "there is no JobSet 'sett'" in said
    assert "did you mean 'set'?" in said
    assert not (tmp_path / "logs").exists()
