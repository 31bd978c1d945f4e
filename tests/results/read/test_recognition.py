"""Logs that do not say of which metric they are, and files that are no logs."""

from __future__ import annotations

from pathlib import Path

import pytest
from mocompile.diagnostics.finding import InputError
from mocompile.results import parse

from tests.command import run
from tests.results.logs import lammps, log

LAMMPS = """\
LAMMPS (17 Apr 2024 - Development - a8687b5)
Loop time of 9.5 on 2 procs for 100 steps with 2432 atoms
Total wall time: 0:00:10
"""
OSU = "# OSU MPI Latency Test v5.8\n# Size          Latency (us)\n0                       0.17\n"
PENNANT = "Running PENNANT v0.9\nhydro cycle run time=   1.060194e+02\ncycle =  12345,         cstop = 999999\n"
HPL = "HPLinpack 2.3  --  High-Performance Linpack benchmark  --   December 2, 2018\n"


@pytest.mark.parametrize(
    ("text", "metric", "figure"),
    [
        (LAMMPS, "app-lammps", "loop_time"),
        (OSU, "network-osu-benchmark", "latency"),
        (PENNANT, "app-pennant", "hydro_cycle_run_time"),
        ("".join(f"[1,0]<stdout>:{line}\n" for line in OSU.splitlines()), "network-osu-benchmark", "latency"),
    ],
)
def test_raw_output_is_recognized_by_its_first_lines_and_that_is_said(
    tmp_path: Path, text: str, metric: str, figure: str
) -> None:
    path = tmp_path / "run.out"
    path.write_text(f"Start time: 1725159496\n{text}")
    results = parse(path)
    assert {each.metric for each in results} == {metric}
    assert len(results.figures(figure)) == 1
    (note,) = results.problems
    assert (note.level, note.line) == ("note", 2)
    assert f"the log is read as output of {metric}" in note.message


@pytest.mark.parametrize(("count", "more"), [(2, ""), (3, ""), (5, " and 2 more")])
def test_recognized_logs_of_a_metric_are_told_in_one_line(tmp_path: Path, count: int, more: str) -> None:
    for number in range(count):
        (tmp_path / f"osu-{number}.out").write_text(OSU.replace("0.17", f"0.1{number}"))
    results = parse(tmp_path)
    assert len(results.figures("latency")) == count
    (note,) = results.problems
    names = ", ".join(f"{tmp_path}/osu-{number}.out" for number in range(1, min(count, 3)))
    assert (note.level, note.source, note.line) == ("note", f"{tmp_path}/osu-0.out", 1)
    assert note.message == (
        f"this line is output of network-osu-benchmark, and the log has no marker: {count} such logs are read as"
        f" output of network-osu-benchmark, this one, {names}{more}; --metric names another"
    )


def test_output_of_two_metrics_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "run.out"
    path.write_text(LAMMPS + PENNANT)
    results = parse(path)
    assert not results.records
    assert [each.message for each in results.problems] == [
        "this may be the output of app-lammps and app-pennant: name the metric with --metric"
    ]


def test_a_named_metric_is_not_recognized_again(tmp_path: Path) -> None:
    path = tmp_path / "run.out"
    path.write_text(LAMMPS + PENNANT)
    results = parse(path, metric="app-lammps")
    assert [each.value for each in results.figures("loop_time")] == [9.5]
    assert not results.problems


def test_files_of_a_folder_that_are_no_logs_are_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    for number in range(102):
        (tmp_path / "notes" / f"{number:03}.csv").write_text("a,b\n1,2\n")
    (tmp_path / "pod.log").write_text(log(lammps()))
    results = parse(tmp_path)
    assert [each.value for each in results.figures("loop_time")] == [11.5]
    (problem,) = results.problems
    assert problem.source == str(tmp_path)
    assert problem.message == (
        "102 files have no marker of a collection and are not recognized: notes/000.csv, notes/001.csv, notes/002.csv, "
        "notes/003.csv, notes/004.csv and 97 more; choose files with --include GLOB; for raw output, name the metric "
        "with --metric"
    )


def test_a_file_that_is_named_is_told_by_itself(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n")
    (problem,) = parse(tmp_path / "a.csv").problems
    assert problem.message.startswith("no marker of a collection")


@pytest.mark.parametrize("pattern", ["*.log", "logs/*", "logs/p?d.log"])
def test_include_chooses_files_of_a_folder(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "pod.log").write_text(log(lammps()))
    (tmp_path / "readme.md").write_text("# Words\n")
    results = parse(tmp_path, include=[pattern])
    assert len(results.figures("loop_time")) == 1
    assert not results.problems


def test_an_include_that_no_file_is_like_is_said(tmp_path: Path) -> None:
    (tmp_path / "readme.md").write_text("# Words\n")
    with pytest.raises(InputError) as caught:
        parse(tmp_path, include=["*.log", "*.out"])
    assert "no file in this folder matches *.log or *.out" in caught.value.findings[0].message


def test_metadata_without_a_metric_says_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "pod.log"
    path.write_text(log(lammps()).replace('"metricName": "app-lammps", ', ""))
    results = parse(path)
    assert "the METADATA names no metric, so its figures cannot be found: name it with --metric" in {
        each.message for each in results.problems
    }
    assert [each.value for each in parse(path, metric="app-lammps").figures("loop_time")] == [11.5]


@pytest.mark.parametrize("command", ["parse", "table"])
def test_the_commands_have_both_options(tmp_path: Path, command: str) -> None:
    (tmp_path / "run.out").write_text("".join(f"n7> {line}\n" for line in LAMMPS.splitlines()))
    (tmp_path / "other.txt").write_text("words\n")
    done = run("results", command, str(tmp_path), "--include", "*.out", "--strip", r"\w+> ")
    assert done.code == 0, done.stderr
    assert "loop_time" in done.stdout
    assert "other.txt" not in done.stderr
