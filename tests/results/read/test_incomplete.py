"""A run that stopped before its result says nothing of it; its figures must not pass for results."""

from __future__ import annotations

from pathlib import Path

import pytest
from mocompile.results import parse

from tests.results.logs import log

_RATE = "Performance: 0.227 ns/day, 105.838 hours/ns, 26.246 timesteps/s\n"
_LOOP = "Loop time of 3.5 on 2 procs for 100 steps with 304 atoms\n"


def test_figures_of_a_run_without_its_result_are_none(tmp_path: Path) -> None:
    path = tmp_path / "raw.log"
    path.write_text(_RATE)
    results = parse(path, metric="app-lammps")
    assert {record.status for record in results.records} == {"cut"}
    assert ["there is no loop_time" in problem.message for problem in results.problems] == [True]


def test_with_its_result_they_are(tmp_path: Path) -> None:
    path = tmp_path / "raw.log"
    path.write_text(_LOOP + _RATE)
    results = parse(path, metric="app-lammps")
    assert {record.status for record in results.records} == {"ok"}
    assert not results.problems


@pytest.mark.parametrize(
    ("metadata", "level"),
    [
        ('{"pods":1,"completions":1,"metricName":"io-fio"}', "error"),
        ('{"pods":4,"completions":1,"metricName":"app-lammps"}', "error"),
        ('{"pods":4,"completions":4,"metricName":"io-fio"}', "note"),
        ('{"pods":4,"completions":3,"metricName":"app-lammps"}', ""),  # a worker
        ('{"pods":2,"completions":1,"metricName":"app-lammps"}', ""),  # the launcher, or the worker
    ],
)
def test_a_run_that_ended_before_it_measured_is_told(tmp_path: Path, metadata: str, level: str) -> None:
    path = tmp_path / "pod.log"
    path.write_text(f"METADATA START {metadata}\nMETADATA END\nmocompile: hosts are missing\n")
    said = [each.level for each in parse(path).problems if "no measurement after METADATA" in each.message]
    assert said == [level] * bool(level)


def test_a_collection_that_was_to_begin_anew_and_did_not_is_told(tmp_path: Path) -> None:
    start = 'METADATA START {"pods":2,"completions":2,"metricName":"app-bdas"}\nMETADATA END\n'
    path = tmp_path / "pod.log"
    path.write_text(f"{start}METRICS OPERATOR COLLECTION START\n{start}")
    found = parse(path).problems
    assert any(each.level == "error" and "no measurement after METADATA" in each.message for each in found)


@pytest.mark.parametrize("name", ["set.json", "night/set.json"])
def test_what_the_cluster_says_of_a_set_is_told_wherever_it_stands(tmp_path: Path, name: str) -> None:
    (tmp_path / "night").mkdir()
    (tmp_path / "night" / "a.log").write_text(_LOOP)
    (tmp_path / name).write_text('{"set":"s","status":{"state":"Failed"},"containers":[{"pod":"p","container":"m"}]}')
    said = [str(each) for each in parse(tmp_path, metric="app-lammps").problems]
    assert [f"{tmp_path / name}: error: the set failed" in each for each in said] == [True, False]
    assert "p, container m: the container did not start" in said[1]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"set": "s", "containers": ['])
def test_a_note_of_the_cluster_s_that_cannot_be_read_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.log").write_text(_LOOP)
    (tmp_path / "set.json").write_text(content)
    (problem,) = parse(tmp_path, metric="app-lammps").problems
    assert str(problem).startswith(f"{tmp_path / 'set.json'}: error: the file cannot be read")


def test_a_metric_that_the_catalog_does_not_have_is_told(tmp_path: Path) -> None:
    path = tmp_path / "pod.log"
    path.write_text(log("figure: 1\n", metric="io-mine"))
    (problem,) = parse(path).problems
    assert problem.message == "there is no figures.yaml of io-mine: name the folder that has it with --catalog"


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        (["0,1,2", "3,0,4"], {"cut"}),  # the last is lost
        # The one between is lost: which row a number is of is not known any more.
        (["0,1,2", "5,6,0"], set()),
        (["0,1,2", "3,0", "5,6,0"], set()),
    ],
)
def test_a_matrix_that_lacks_something_is_no_result(tmp_path: Path, rows: list[str], status: set[str]) -> None:
    path = tmp_path / "raw.log"
    path.write_text("\n".join(["NETMARK RTT.CSV START", *rows, "NETMARK RTT.CSV END", ""]))
    results = parse(path, metric="network-netmark")
    assert {record.status for record in results} == status
    assert "the matrix that begins here lacks numbers or rows" in [each.message for each in results.problems]


_BANNER = "LAMMPS (17 Apr 2024 - Development - a8687b5)\n"
_KRIPKE = """\
   _  __       _         _
  Throughput:         3.308713e+10 [unknowns/(second/iteration)]
  Grind time :        3.022320e-11 [(seconds/iteration)/unknowns]
"""


@pytest.mark.parametrize(
    ("metric", "text", "line", "before"),
    [
        ("app-lammps", _BANNER + _LOOP, 2, "the line 'Total wall time: ...'"),
        ("app-lammps", _BANNER + _LOOP + "\n" + "Pair    | 8.1", 4, "the line 'Total wall time: ...'"),
        ("app-kripke", _KRIPKE, 3, "the line 'END'"),
    ],
)
def test_output_that_ends_before_the_program_s_last_line_is_told(
    tmp_path: Path, metric: str, text: str, line: int, before: str
) -> None:
    path = tmp_path / "raw.log"
    path.write_text(text)
    results = parse(path, metric=metric)
    assert results.records
    (problem,) = results.problems
    assert (problem.level, problem.line) == ("note", line)
    assert problem.message == f"the output ends before {before}: it is cut, or the program stopped early"


def test_output_with_the_program_s_last_line_is_whole_without_a_line_end(tmp_path: Path) -> None:
    path = tmp_path / "raw.log"
    path.write_text(f"{_BANNER}{_LOOP}Total wall time: 0:00:12\nbye")
    assert not parse(path, metric="app-lammps").problems


def test_lammps_of_2010_has_no_total_wall_time(tmp_path: Path) -> None:
    # The form of ubccr/akrr: tests/unit_tests/appkernelsparsers/test_lammps/appstdout.
    path = tmp_path / "raw.log"
    path.write_text(f"LAMMPS (1 May 2010)\n{_LOOP}\nNeighbor list builds = 430\nDangerous builds = 0\n")
    assert not parse(path, metric="app-lammps").problems


def test_a_log_that_ends_within_a_line_without_a_figure_is_told(tmp_path: Path) -> None:
    path = tmp_path / "raw.log"
    path.write_text("# OSU MPI Latency Test v5.8\n# Size          Latency (us)\n0                       0.17\n1      ")
    results = parse(path, metric="network-osu-benchmark")
    assert [(each.level, each.line, each.message) for each in results.problems] == [
        ("note", 4, "the log ends within this line")
    ]
