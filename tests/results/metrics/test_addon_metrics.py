"""Addons that were once metrics: their logs have the programs that they ran."""

from __future__ import annotations

from pathlib import Path

from mocompile.results import parse

_LOOP = "Loop time of 3.5 on 2 procs for 100 steps with 304 atoms\n"


def _log(tmp_path: Path, output: str) -> Path:
    log = tmp_path / "pod.log"
    log.write_text(
        'METADATA START {"pods":1,"metricName":"perf-hpctoolkit","metricOptions":{}}\nMETADATA END\n'
        f"METRICS OPERATOR COLLECTION START\nMETRICS OPERATOR TIMEPOINT\n{output}METRICS OPERATOR COLLECTION END\n"
    )
    return log


def test_the_figures_of_the_application_are_found(tmp_path: Path) -> None:
    results = parse(_log(tmp_path, _LOOP))
    found = [(record.figure, record.value, record.metric) for record in results]
    assert found == [("loop_time", 3.5, "perf-hpctoolkit")]
    assert not results.problems


def test_another_application_lacks_nothing(tmp_path: Path) -> None:
    assert not parse(_log(tmp_path, "hello\n")).problems
