"""fio's JSON that reports on a run again and again, as with `--status-interval` (axboe/fio: HOWTO.rst, stat.c)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mocompile.results import Results, parse

from tests.results.metric_logs import errors, notes, read_log, values

_BEGIN = 1_795_574_967_539


def _job(name: str, runtime: int, **more: Any) -> dict[str, Any]:
    done = {"io_bytes": 4096 * runtime, "bw": 4000, "iops": float(runtime), "runtime": runtime, "total_ios": runtime}
    return {"jobname": name, "error": 0, "job options": {"name": name}, "read": done, **more}


def _document(end: int, *jobs: dict[str, Any]) -> str:
    whole = {"fio version": "fio-3.33", "timestamp_ms": _BEGIN + end, "jobs": jobs}
    return f"{json.dumps(whole, indent=2)}\n"


def _read(tmp_path: Path, *documents: str) -> Results:
    log = tmp_path / "fio.log"
    log.write_text("".join(documents))
    return parse(log, metric="io-fio")


def test_of_documents_of_one_run_the_last_counts() -> None:
    results = read_log("io-fio", "fio-json-status-interval.log")
    assert errors(results) == []
    assert values(results, "iops", "direction") == [(25545.727136, "IOPS", "write")]
    assert values(results, "total_ios") == [(51117, "")]
    assert values(results, "job_runtime") == [(2000, "ms")]
    assert notes(results) == ["2 reports are not read: newer reports of the same run replace them"]


def test_jobs_one_after_another_are_reported_on_as_one_run(tmp_path: Path) -> None:
    waiting = _job("second", 0)
    results = _read(
        tmp_path,
        _document(500, _job("first", 500), waiting),
        _document(1000, _job("first", 1000), waiting),
        _document(1500, _job("first", 1003), _job("second", 480)),
        _document(2010, _job("first", 1003), _job("second", 1004)),
    )
    assert values(results, "total_ios", "jobname") == [(1003, "", "first"), (1004, "", "second")]
    assert notes(results) == ["3 reports are not read: newer reports of the same run replace them"]


def test_one_run_after_another_are_two(tmp_path: Path) -> None:
    results = _read(tmp_path, _document(1100, _job("a", 1000)), _document(2300, _job("a", 1001)))
    assert values(results, "total_ios") == [(1000, ""), (1001, "")]
    assert notes(results) == []


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(_job("b", 1001), id="another name"),
        pytest.param(_job("a", 1001, **{"job options": {"name": "a", "bs": "64k"}}), id="other options"),
        pytest.param(_job("a", 1001, job_start=_BEGIN + 3), id="another start"),
    ],
)
def test_runs_at_the_same_time_are_two(tmp_path: Path, other: dict[str, Any]) -> None:
    results = _read(tmp_path, _document(1100, _job("a", 1000, job_start=_BEGIN)), _document(1103, other))
    assert len(values(results, "total_ios")) == 2


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param([json.dumps({"jobs": [_job("a", 1000)]}) + "\n"] * 2, id="without times"),
        # Four jobs at once, or one after another, each shorter than the interval.
        pytest.param([_document(end, *[_job("a", 900)] * 4) for end in (1000, 2000)], id="several jobs"),
    ],
)
def test_documents_that_may_be_of_one_run_are_told(tmp_path: Path, documents: list[str]) -> None:
    results = _read(tmp_path, *documents)
    assert notes(results) == ["the output has JSON documents that may be reports of one run; each is read as a run"]
