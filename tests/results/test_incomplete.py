"""A run that stopped before its result says nothing of it; its figures must not pass for results."""

from __future__ import annotations

from pathlib import Path

import pytest
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
    said = [each.level for each in parse(path).problems if "no collection below the METADATA" in each.message]
    assert said == [level] * bool(level)


def test_a_collection_that_was_to_begin_anew_and_did_not_is_told(tmp_path: Path) -> None:
    start = 'METADATA START {"pods":2,"completions":2,"metricName":"app-bdas"}\nMETADATA END\n'
    path = tmp_path / "pod.log"
    path.write_text(f"{start}METRICS OPERATOR COLLECTION START\n{start}")
    assert any(each.level == "error" and "no collection below" in each.message for each in parse(path).problems)
