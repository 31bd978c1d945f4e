"""A run that stopped before its result says nothing of it; its figures must not pass for results."""

from __future__ import annotations

from pathlib import Path

from mocompile.results import parse

_RATE = "Performance: 0.227 ns/day, 105.838 hours/ns, 26.246 timesteps/s\n"
_LOOP = "Loop time of 3.5 on 2 procs for 100 steps with 304 atoms\n"


def test_figures_of_a_run_without_its_result_are_none(tmp_path: Path) -> None:
    log = tmp_path / "raw.log"
    log.write_text(_RATE)
    results = parse(log, metric="app-lammps")
    assert {record.status for record in results.records} == {"cut"}
    assert ["there is no loop_time" in problem.message for problem in results.problems] == [True]


def test_with_its_result_they_are(tmp_path: Path) -> None:
    log = tmp_path / "raw.log"
    log.write_text(_LOOP + _RATE)
    results = parse(log, metric="app-lammps")
    assert {record.status for record in results.records} == {"ok"}
    assert not results.problems
