"""Where a log was measured: its ENVIRONMENT in runs and records, in comparisons, and as a problem of a mixed set."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from mocompile.results import Device, Results, parse
from mocompile.results.analyse.compare import compare
from mocompile.results.formats.jsonl import JsonLinesWriter
from mocompile.results.load_figures import load
from mocompile.results.present.html import report

from tests.results.logs import lammps, log
from tests.tools import need_module

WHERE: dict[str, Any] = {
    "set": "bench",
    "job": "l",
    "metric": "app-lammps",
    "pod": "bench-l-0-0-abcde",
    "node": "node-1",
    "image": "lammps:1",
    "mocompile": "0.1.0",
    "started": "2030-01-01T00:00:00Z",
    "processor": "AMD EPYC 7R13",
    "cores": 96,
    "coreLimit": 1.5,
    "memory": 412316860416,
    "memoryLimit": 1073741824,
    "numaNodes": 2,
    "kernel": "6.1.0",
    "os": "Rocky Linux 8",
    "hugePages": {"2048kB": 512},
    "transparentHugePages": "madvise",
    "network": [{"name": "eth0", "speed": 100000}, {"name": "x"}],
    "infiniband": [{"name": "efa_0", "rate": "100 Gb/sec (4X EDR)"}],
    "gpus": ["NVIDIA A100", "NVIDIA A100"],
    "mpi": "Open MPI 4.1.4",
}


def measured(text: str = "", *timepoints: str, **where: Any) -> str:
    """A log with an ENVIRONMENT: `WHERE` with changes, or `text`."""
    line = f"ENVIRONMENT START {text or json.dumps({**WHERE, **where})}\nENVIRONMENT END\n"
    head, end, rest = log(*(timepoints or (lammps(),))).partition("METADATA END\n")
    return f"{head}{end}{line}{rest}"


def worker(**where: Any) -> str:
    """The log of a worker."""
    head, end, _ = measured(**where).partition("ENVIRONMENT END\n")
    return head + end


def read(path: Path, text: str) -> Results:
    """The results of a log with that text."""
    path.write_text(text)
    return parse(path)


def test_every_key_is_read(tmp_path: Path) -> None:
    (run,) = read(tmp_path / "a.log", measured()).runs
    found = run.environment
    assert found is not None
    assert (run.set, run.job, run.pod, run.node) == ("bench", "l", "bench-l-0-0-abcde", "node-1")
    assert (found.processor, found.cores, found.core_limit, found.numa_nodes) == ("AMD EPYC 7R13", 96, 1.5, 2)
    assert (found.memory, found.memory_limit, found.huge_pages) == (412316860416, 1073741824, {"2048kB": 512})
    assert found.network == (Device("eth0", 100000), Device("x"))
    assert found.infiniband == (Device("efa_0", rate="100 Gb/sec (4X EDR)"),)
    assert (found.gpus, found.mpi, found.mocompile) == (("NVIDIA A100",) * 2, "Open MPI 4.1.4", "0.1.0")


def test_records_carry_node_and_machine_and_json_lines_keep_them(tmp_path: Path) -> None:
    results = read(tmp_path / "a.log", measured())
    record = results.records[0]
    assert (record.node, record.processor, record.instance_type) == ("node-1", "AMD EPYC 7R13", "")
    flat = record.flat()
    assert (flat["machine.processor"], flat["machine.gpus"], flat["image"]) == (
        "AMD EPYC 7R13",
        "2 NVIDIA A100",
        "lammps:1",
    )
    stream = io.BytesIO()
    JsonLinesWriter(stream).write(results.records, results.problems)
    (tmp_path / "a.jsonl").write_bytes(stream.getvalue())
    assert load([tmp_path / "a.jsonl"]).records == results.records


def test_a_log_without_one_reads_as_before(tmp_path: Path) -> None:
    (run,) = read(tmp_path / "a.log", log(lammps())).runs
    assert run.environment is None
    assert run.set == run.node == run.processor == ""
    assert not [name for name in run.configuration.values if name.startswith("machine.")]


def test_runs_on_different_machines_are_not_repetitions_of_each_other(tmp_path: Path) -> None:
    machines: dict[str, dict[str, Any]] = {
        "a": {},
        "b": {"pod": "bench-l-0-0-fghij", "node": "node-2", "started": "2031-01-01T00:00:00Z", "memory": 1},
        "c": {"processor": "Intel Xeon"},
    }
    for name, where in machines.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.log").write_text(measured(**where))
    a, b, c = (parse(tmp_path / name).records for name in "abc")
    assert a[0].configuration == b[0].configuration
    assert a[0].configuration != c[0].configuration
    assert compare(a, b).differences == ()
    (difference,) = compare(a, c).differences
    assert (difference.name, difference.a, difference.b, difference.compared) == (
        "machine.processor",
        ("AMD EPYC 7R13",),
        ("Intel Xeon",),
        True,
    )
    samples = {change.subject.settings["machine.processor"] for change in compare((*a, *c), (*a, *c)).changes}
    assert samples == {"AMD EPYC 7R13", "Intel Xeon"}


def test_different_processors_in_one_set_are_a_problem_workers_included(tmp_path: Path) -> None:
    (tmp_path / "l.log").write_text(measured())
    for number, processor in enumerate(("AMD EPYC 7R13", "Intel Xeon")):
        pod = f"bench-w-0-{number}-abcde"
        (tmp_path / f"w{number}.log").write_text(worker(job="w", pod=pod, node=f"node-{number}", processor=processor))
    results = parse(tmp_path)
    (problem,) = [each for each in results.problems if each.level == "error"]
    assert problem.message == (
        "the pods of the set bench ran on different processors: AMD EPYC 7R13 (2 pods), Intel Xeon (bench-w-0-1-abcde)"
    )
    assert {run.pod for run in results.runs if run.environment} == {
        "bench-l-0-0-abcde",
        "bench-w-0-0-abcde",
        "bench-w-0-1-abcde",
    }
    need_module("matplotlib")
    html = report(results, plots=False)
    assert "ran on different processors" in html
    assert "Machines" in html


def test_equal_processors_or_other_sets_are_no_problem(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(measured())
    (tmp_path / "b.log").write_text(measured(set="other", pod="other-l-0-0-abcde", processor="Intel Xeon"))
    assert parse(tmp_path).problems == ()


def test_the_report_has_one_row_for_equal_machines(tmp_path: Path) -> None:
    need_module("matplotlib")
    for number in range(6):
        pod = f"bench-w-0-{number}-abcde"
        (tmp_path / f"w{number}.log").write_text(worker(job="w", pod=pod, node=f"node-{number}"))
    nodes = [{"name": f"node-{number}", "instanceType": "hpc6a", "zone": "a"} for number in range(6)]
    html = report(parse(tmp_path), nodes=nodes, plots=False)
    for shown in ("node-0, node-1, node-2, node-3 and 2 more", "hpc6a", "AMD EPYC 7R13", "384", "100 Gbit/s", ">1.5<"):
        assert html.count(shown) == 1, shown


@pytest.mark.parametrize("text", ["{", '{"a": 1', "{nope}"])
def test_a_cut_line_is_a_problem_and_the_figures_are_there(text: str, tmp_path: Path) -> None:
    results = read(tmp_path / "a.log", measured(text))
    assert [each.message for each in results.problems] == ["the ENVIRONMENT is not a JSON object: the line is cut"]
    assert results.records


def test_values_of_a_wrong_type_are_left_out(tmp_path: Path) -> None:
    wrong: dict[str, Any] = {
        key: [{}] if isinstance(value, str | int | float | dict) else 7 for key, value in WHERE.items()
    }
    (run,) = read(tmp_path / "a.log", measured(json.dumps(wrong))).runs
    assert run.environment is not None
    assert run.environment.influences() == {}
    assert run.set == ""


def test_control_characters_do_not_reach_a_terminal(tmp_path: Path) -> None:
    (run,) = read(tmp_path / "a.log", measured(processor="\x1b[31mXeon\u202e\n")).runs
    assert run.processor == "[31mXeon"


def test_output_that_looks_like_one_stays_output(tmp_path: Path) -> None:
    forged = 'ENVIRONMENT START {"processor":"forged"}\nENVIRONMENT END\n'
    (run,) = read(tmp_path / "a.log", measured("", forged + lammps())).runs
    assert run.processor == "AMD EPYC 7R13"
    assert run.timepoints[0].lines[0] == forged.splitlines()[0]


def test_what_the_cluster_says_of_the_image_replaces_what_the_log_says(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(measured())
    entry = {"file": "a.log", "pod": "p", "node": "node-1", "image": "lammps:2", "exitCode": 0}
    data = {"set": "s", "containers": [entry], "nodes": [{"name": "node-1", "instanceType": "hpc6a"}, 7]}
    (tmp_path / "set.json").write_text(json.dumps(data))
    (run,) = parse(tmp_path).runs
    assert (run.configuration.values["image"], run.instance_type, run.set, run.pod) == ("lammps:2", "hpc6a", "s", "p")


def test_metricsoperator_reads_past_it(tmp_path: Path) -> None:
    metrics: Any = need_module("metricsoperator.metrics")
    plain, more = (metrics.get_metric("app-lammps")().parse_log(text) for text in (log(lammps()), measured()))
    assert plain["data"] == more["data"]
    assert plain["metadata"] == more["metadata"]
