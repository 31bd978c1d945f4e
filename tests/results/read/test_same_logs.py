"""The same log twice is one log, and it is said."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

from mocompile.results.formats import writer
from mocompile.results.load_figures import load
from mocompile.results.read.lines import COLLECTED

from tests.results.logs import lammps, log


def test_a_copy_of_a_log_packed_or_not_is_read_once(tmp_path: Path) -> None:
    text = log(lammps(11.5))
    (tmp_path / "a.log").write_text(text)
    (tmp_path / "b.log").write_text(text)
    (tmp_path / "c.log.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "d.log").write_text(log(lammps(11.6)))
    results = load([tmp_path, tmp_path / "a.log"])
    assert sorted(each.value for each in results.figures("loop_time")) == [11.5, 11.6]
    assert [problem.message.split(":")[0] for problem in results.problems] == [
        f"this is the same log as {tmp_path / 'a.log'}",
        f"this is the same log as {tmp_path / 'a.log'}",
        "named twice",
    ]


def test_a_log_beside_its_own_json_lines_counts_once(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(log(lammps(11.5)))
    stream = io.BytesIO()
    writer("jsonl", stream).write(load([tmp_path / "a.log"]))
    (tmp_path / "figures.jsonl").write_bytes(stream.getvalue())
    for given in ([tmp_path], [tmp_path / "figures.jsonl", tmp_path / "a.log"]):
        results = load(given)
        assert [each.value for each in results.figures("loop_time")] == [11.5]
        assert [problem.level for problem in results.problems] == ["note"]
        assert "count once" in results.problems[0].message


def test_logs_of_other_pods_are_no_copies(tmp_path: Path) -> None:
    names = ("w-0", "w-1")
    containers = [{"pod": name, "file": f"{name}.log", "container": "m", "exitCode": 0} for name in names]
    (tmp_path / COLLECTED).write_text(json.dumps({"set": "disk", "containers": containers}))
    for name in names:
        (tmp_path / f"{name}.log").write_text(log(lammps(11.5)))
    results = load([tmp_path])
    assert [(each.pod, each.value) for each in results.figures("loop_time")] == [("w-0", 11.5), ("w-1", 11.5)]
    assert not results.problems
