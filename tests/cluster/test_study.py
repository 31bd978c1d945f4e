"""A study on a real cluster: from one file to figures that know their parameters by their logs alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mocompile.results import Results, parse

from tests import command
from tests.cluster.conftest import Opener
from tests.cluster.kube import Cluster, Namespace
from tests.cluster.sets import document, metric

_LAMMPS = "mpirun --hostfile ./hostlist.txt -np {{ pods }} --map-by ppr:1:node lmp -v x {{ x }} -v y 1 -v z 1 "
LAMMPS = {
    "parameters": {
        "pods": {"set": "spec.pods", "values": [1, 2, 3]},
        "x": {"values": [1, 2]},
        "command": {
            "set": "spec.metrics[app-lammps].options.command",
            "value": f"{_LAMMPS}-in in.reaxc.hns -nocite",
        },
    },
    "repeats": 2,
    "order": {"shuffle": 7},
}
FIO = {
    "parameters": {"blocksize": {"set": "spec.metrics[io-fio].options.blocksize", "values": ["4k", "64k", "1m"]}},
}
FIO_SET = document(metric("io-fio", options={"size": "8M", "directory": "/tmp", "iodepth": 4}), name="disk")
# Atoms in one cell of the public example.
CELL = 304


@dataclass(frozen=True)
class Study:
    """A study that ran: its namespace, the folder that `build` made, and the logs of its sets."""

    namespace: Namespace
    built: Path
    logs: Path
    results: Results


def ran(cluster: Cluster, namespace: Namespace, folder: Path, base: str, name: str, spec: dict[str, Any]) -> Study:
    """Builds the study, runs its sets one after another, collects their logs, and throws the index away."""
    (folder / "base.yaml").write_text(base)
    study = {"apiVersion": "flux-framework.org/v1alpha2", "kind": "MetricStudy", "metadata": {"name": name}}
    (folder / "study.yaml").write_text(json.dumps({**study, "spec": {"base": "base.yaml", **spec}}))
    built = command.run("build", "study.yaml", "-o", "built", cwd=folder)
    assert built.code == 0, built.stderr
    index = json.loads((folder / "built" / "study.json").read_text())
    for point in index["points"]:
        namespace.apply((folder / "built" / point["file"]).read_text())
        assert namespace.end(point["name"]) == "Completed", point
        collect = [
            "results",
            "collect",
            point["name"],
            "-n",
            namespace.name,
            "-o",
            str(folder / "runs" / point["name"]),
        ]
        done = subprocess.run(
            [sys.executable, "-m", "mocompile", *collect],
            env={**cluster.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
    logs = folder / "logs"
    logs.mkdir()
    for number, log in enumerate(sorted((folder / "runs").rglob("*.log"))):
        shutil.copy(log, logs / f"{number}.log")
    return Study(namespace, folder / "built", logs, parse(logs))


@pytest.fixture(scope="module")
def lammps(cluster: Cluster, opener: Opener, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """LAMMPS on 1, 2 and 3 pods, in two sizes, twice."""
    base = document(metric("app-lammps"), name="base", pods=2)
    folder = tmp_path_factory.mktemp("lammps")
    return ran(cluster, opener("study-lammps"), folder, base, "scaling", LAMMPS)


@pytest.fixture(scope="module")
def fio(cluster: Cluster, opener: Opener, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """fio with three block sizes."""
    return ran(cluster, opener("study-fio"), tmp_path_factory.mktemp("fio"), FIO_SET, "blocks", FIO)


def parameters(record: Any) -> dict[str, Any]:
    """The parameters that a record has, by name."""
    prefix = "parameter."
    values = record.configuration.values
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def loops(study: Study) -> Iterator[Any]:
    return (record for record in study.results.records if record.figure == "loop_time")


def test_every_point_of_the_study_has_its_figures_and_its_parameters_out_of_its_log(lammps: Study) -> None:
    found = Counter((parameters(loop)["pods"], parameters(loop)["x"]) for loop in loops(lammps))
    assert found == dict.fromkeys([(pods, x) for pods in (1, 2, 3) for x in (1, 2)], 2)


def test_the_parameters_are_those_of_the_run_that_printed_the_figure(lammps: Study) -> None:
    for loop in loops(lammps):
        assert loop.status == "ok"
        assert loop.context["procs"] == parameters(loop)["pods"]
        assert loop.context["atoms"] == parameters(loop)["x"] * CELL


def test_a_table_by_parameters_has_a_row_for_each_point(lammps: Study) -> None:
    done = command.run(
        "results", "table", str(lammps.logs), "--figure", "loop_time", "--by", "pods,x", "--format", "csv"
    )
    assert done.code == 0, done.stderr
    rows = done.stdout.strip().splitlines()
    assert len(rows) == 1 + 6, done.stdout


def test_a_plot_over_a_parameter_has_a_line_for_each_size(lammps: Study, tmp_path: Path) -> None:
    done = command.run(
        *("results", "plot", str(lammps.logs), "--figure", "loop_time", "--x", "pods", "--by", "x"),
        *("-o", str(tmp_path / "plots")),
    )
    assert done.code == 0, done.stderr
    assert list((tmp_path / "plots").iterdir())


def test_fio_by_block_size_knows_its_block_size(fio: Study) -> None:
    sizes = {
        (parameters(record)["blocksize"], record.context["direction"])
        for record in fio.results.records
        if record.figure == "bw"
    }
    assert sizes == {(size, direction) for size in ("4k", "64k", "1m") for direction in ("read", "write")}


def test_objects_on_the_cluster_say_their_study_point_and_repeat(lammps: Study) -> None:
    index = json.loads((lammps.built / "study.json").read_text())
    for point in index["points"]:
        labels = lammps.namespace.jobset(point["name"])["metadata"]["labels"]
        prefix = "metrics.flux-framework.org"
        assert labels[f"{prefix}/study"] == "scaling"
        assert labels[f"{prefix}/point"] == point["id"]
        assert labels[f"{prefix}/repeat"] == str(point["repeat"])
