"""`mocompile run` on a real cluster: one command to the table, through interruptions, and why points fail."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from mocompile.results import parse

from tests.cluster import api_process
from tests.cluster.conftest import Opener
from tests.cluster.kube import Cluster, Namespace
from tests.cluster.sets import document, metric

FIO = document(metric("io-fio", options={"size": "4M", "directory": "/tmp"}), name="disk")
STUDY = {
    "apiVersion": "flux-framework.org/v1alpha2",
    "kind": "MetricStudy",
    "metadata": {"name": "blocks"},
    "spec": {
        "base": "metrics.yaml",
        "parameters": {
            "blocksize": {"set": "spec.metrics[io-fio].options.blocksize", "values": ["4k", "64k", "1m"]},
            "depth": {"set": "spec.metrics[io-fio].options.iodepth", "values": [1, 4, 8, 16]},
        },
    },
}
POINTS = {(size, depth) for size in ("4k", "64k", "1m") for depth in (1, 4, 8, 16)}


def begin(cluster: Cluster, namespace: Namespace, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`mocompile run ARGUMENTS` in the folder, as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "mocompile", "run", *arguments, "-n", namespace.name],
        cwd=folder,
        env={**os.environ, **cluster.environment, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ran(process: subprocess.Popen[str], seconds: float = 150) -> tuple[int, str, str]:
    """Its exit code, stdout and stderr."""
    stdout, stderr = process.communicate(timeout=seconds)
    return process.returncode, stdout, stderr


def journal(folder: Path) -> dict[str, Any]:
    """The entries of run.json by name."""
    return {each["name"]: each for each in json.loads((folder / "run.json").read_text())["points"]}


def study(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "metrics.yaml").write_text(FIO)
    (folder / "study.yaml").write_text(json.dumps(STUDY))
    return folder


def completed(folder: Path) -> int:
    try:
        return sum(each["state"] == "completed" for each in journal(folder).values())
    except FileNotFoundError:
        return 0


def require_each_point_once(namespace: Namespace, folder: Path) -> None:
    """All 12 points have their figures, and the cluster has seen one JobSet of each, none of them twice."""
    entries = journal(folder)
    assert {each["state"] for each in entries.values()} == {"completed"}
    assert [each["attempts"] for each in entries.values()] == [1] * 12
    pods = {name: {pod.object["metadata"]["uid"] for pod in namespace.pods(name)} for name in entries}
    assert {name: len(found) for name, found in pods.items()} == dict.fromkeys(entries, 1)
    records = [each for each in parse(folder / "results").records if each.figure == "bw"]
    values = [each.configuration.values for each in records]
    assert {(each["parameter.blocksize"], each["parameter.depth"]) for each in values} == POINTS
    assert len(records) == 2 * 12  # reads and writes
    assert not namespace.get("/apis/jobset.x-k8s.io/v1alpha2", "jobsets")["items"]
    left = [each["metadata"]["name"] for each in namespace.get("/api/v1", "configmaps")["items"]]
    assert left == ["kube-root-ca.crt"]


def test_a_study_of_12_points_runs_to_its_table_with_one_command(
    cluster: Cluster, opener: Opener, tmp_path: Path
) -> None:
    namespace = opener("run")
    folder = study(tmp_path / "work")
    code, stdout, stderr = ran(begin(cluster, namespace, folder, "study.yaml", "--parallel", "4"))
    assert code == 0, stderr
    require_each_point_once(namespace, folder / "blocks-run")
    assert stdout.count("completed") == 12
    assert "bw (KiB/s)" in stdout
    assert "blocks-run: 12 completed of 12" in stderr
    # Again: nothing is missing, and nothing runs.
    before = len(namespace.pods(next(iter(journal(folder / "blocks-run")))))
    code, again, stderr = ran(begin(cluster, namespace, folder, "study.yaml"))
    assert (code, again) == (0, stdout), stderr
    assert len(namespace.pods(next(iter(journal(folder / "blocks-run"))))) == before


def test_a_study_that_is_stopped_again_and_again_ends_with_the_same_12_results_each_run_once(
    cluster: Cluster, opener: Opener, tmp_path: Path
) -> None:
    """Ctrl-C, then a kill, then an API server that restarts."""
    server = api_process.find(cluster.environment["KUBECONFIG"])
    namespace = opener("run-stopped")
    folder = study(tmp_path / "work")
    state = folder / "blocks-run"

    def until(count: int) -> subprocess.Popen[str]:
        process = begin(cluster, namespace, folder, "study.yaml", "--parallel", "3")
        namespace.wait(lambda: completed(state) >= count, 90, f"{count} points completed")
        return process

    process = until(2)
    process.send_signal(signal.SIGINT)
    code, _, stderr = ran(process, 30)
    assert code == 130
    assert "the same command takes it up again" in stderr
    interrupted = journal(state)
    assert any(each["state"] == "running" for each in interrupted.values())

    process = until(5)
    process.kill()
    process.communicate()
    killed = journal(state)
    assert completed(state) < 12
    assert any(each["state"] == "running" for each in killed.values())

    process = until(8)
    api_process.restart(server)
    code, _, stderr = ran(process)
    assert code == 0, stderr
    assert "taken up again" in stderr
    require_each_point_once(namespace, state)
    after = journal(state)
    for before in (interrupted, killed):
        done = [name for name, each in before.items() if each["state"] == "completed"]
        assert {name: after[name]["uid"] for name in done} == {name: before[name]["uid"] for name in done}
