"""Logs that our scripts make with the real programs, read for their figures."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from mocompile.results import Results, parse

from tests.pod.compiled import compiled
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path


def measured(
    folder: Path, metric: str, options: Mapping[str, Any], *, lists: Mapping[str, Any] | None = None, **given: Any
) -> Results:
    """The figures of the log of that metric's pod; there must be no error in it."""
    entry = {"name": metric, "options": options, "listOptions": lists or {}}
    made = compiled(f"  metrics: {json.dumps([entry])}\n")
    result = made.run("m", made.pods["m"]["containers"][0]["name"], timeout=60, merge=True, **given)
    assert result.code == 0, result.stdout
    log = folder / "pod.log"
    log.write_text(result.stdout)
    results = parse(log)
    assert [str(problem) for problem in results.problems] == []
    assert {(record.metric, record.status) for record in results} == {(metric, "ok")}
    return results


def contexts(results: Results, figure: str, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(record.context[name] for name in names) for record in results.figures(figure)]


def test_fio(tmp_path: Path) -> None:
    need("fio")
    data = tmp_path / "data"
    data.mkdir()
    options = {"size": "1M", "directory": "/data", "testname": "mine"}
    results = measured(tmp_path, "io-fio", options, volumes={"/data": data})
    assert contexts(results, "bw", "jobname", "direction") == [("mine", "read"), ("mine", "write")]
    assert [record.value for record in results.figures("error")] == [0]
    assert sum(int(record.value) for record in results.figures("io_bytes")) == 1 << 20


def test_fio_s_own_text(tmp_path: Path) -> None:
    need("fio")
    data = tmp_path / "data"
    data.mkdir()
    command = "fio --name=text --rw=write --size=1M --bs=4k --ioengine=psync --filename=$filename --fsync=64"
    results = measured(tmp_path, "io-fio", {"command": command, "directory": "/data"}, volumes={"/data": data})
    assert contexts(results, "bw", "jobname", "direction") == [("text", "write")]
    assert contexts(results, "clat_mean", "jobname", "direction") == [("text", "write")]


@pytest.mark.parametrize("human", ["true", "false"])
def test_iostat(tmp_path: Path, human: str) -> None:
    need("iostat")
    results = measured(tmp_path, "io-sysstat", {"completions": 2, "rate": 1, "human": human})
    devices = set(contexts(results, "%util", "device"))
    assert devices
    for figure in ("r/s", "wMB/s", "r_await", "%rrqm", "aqu-sz"):
        found = results.figures(figure)
        assert {(record.context["device"],) for record in found} == devices
        assert {record.timepoint for record in found} == {0, 1}


@pytest.mark.parametrize("threads", ["true", "false"])
def test_pidstat(tmp_path: Path, threads: str) -> None:
    need("pidstat", "jc", "ps", "pstree")
    line = f"sleep 600.{uuid.uuid4().int % 10**9:09d}"
    with subprocess.Popen(line.split()) as process:
        options = {"command": line, "threads": threads, "pids": "true", "completions": 2, "rate": 1}
        try:
            results = measured(tmp_path, "perf-sysstat", options, share_processes=True)
        finally:
            process.kill()
    rows = 2 if threads == "true" else 1
    assert contexts(results, "%CPU", "section", "row") == [
        (section, row) for _ in range(2) for section in ("CPU STATISTICS TASK", "THREADS TASK") for row in range(rows)
    ]
    for figure in ("kB_rd/s", "RSS", "StkSize", "threads", "fd-nr", "cswch/s", "prio", "usr-ms", "minflt-nr"):
        assert len(results.figures(figure)) >= 2 * rows, figure
    # The log has `ps aux` too, which is not a figure of this metric.
    assert {record.context["command"] for record in results} == {"sleep", "|__sleep"} if rows == 2 else {"sleep"}


def test_hwloc(tmp_path: Path) -> None:
    need("lstopo-no-graphics", "hwloc-info")
    commands = ["lstopo-no-graphics", "hwloc-info", "lstopo-no-graphics --of xml"]
    results = measured(tmp_path, "sys-hwloc", {}, lists={"commands": commands})
    by_info = {record.context["object"]: record.value for record in results.figures("count")}
    in_xml = {record.context["object"]: record.value for record in results.figures("count_in_xml")}
    assert by_info["PU"] == in_xml["PU"] != 0
    assert by_info["Core"] == in_xml["Core"] != 0
    assert {record.timepoint for record in results.figures("memory")} == {0}
    assert results.figures("local_memory").records
