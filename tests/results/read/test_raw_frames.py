"""Raw output, without any marker, behind what kubectl and stern put before its lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from mocompile.results import Results, parse

LINES = ("LAMMPS", "", "Loop time of 11.5 on 2 procs for 100 steps with 2432 atoms", "", "Total wall time: 0:00:12")


def _read(folder: Path, lines: list[str]) -> Results:
    path = folder / "run.out"
    path.write_text("".join(f"{line}\n" for line in lines))
    return parse(path, metric="app-lammps")


STAMPS = {
    "kubectl logs --timestamps": "2024-01-02T03:04:05.123456789Z {}",
    "kubectl logs --prefix --timestamps": "[pod/set-m-0-0-x/m] 2024-01-02T03:04:05.123456789Z {}",
    "stern": "set-m-0-0-x m {}",
    "stern, several namespaces": "default set-m-0-0-x m {}",
    "stern --timestamps": "set-m-0-0-x m 2024-01-02T15:04:05.000000000Z {}",
    "stern --timestamps=short": "set-m-0-0-x m 01-02 15:04:05 {}",
}


@pytest.mark.parametrize("trimmed", [False, True], ids=["as printed", "trimmed by an editor"])
@pytest.mark.parametrize("frame", list(STAMPS.values()), ids=list(STAMPS))
def test_frames_are_taken_off_raw_output(tmp_path: Path, frame: str, trimmed: bool) -> None:
    lines = [frame.format(line) for line in LINES]
    results = _read(tmp_path, [line.rstrip() for line in lines] if trimmed else lines)
    assert [each.value for each in results.figures("loop_time", "wall_time")] == [11.5, 12]
    assert {each.pod for each in results} == {"set-m-0-0-x" if "set-m" in frame else ""}
    assert not results.problems


@pytest.mark.parametrize("namespace", ["", "default "])
def test_pods_of_stern_are_told_apart_and_its_own_lines_left_out(tmp_path: Path, namespace: str) -> None:
    lines = [f"{namespace}set-m-{pod} m {line}" for line in LINES for pod in (0, 1)]
    events = [f"+ {namespace}set-m-{pod} › m" for pod in (0, 1)]
    results = _read(tmp_path, [*events, *lines, f"- {namespace}set-m-0 › m"])
    assert [each.pod for each in results.figures("loop_time")] == ["set-m-0", "set-m-1"]
    assert not results.problems


def test_output_of_plain_words_is_no_prefix_of_stern(tmp_path: Path) -> None:
    path = tmp_path / "run.out"
    path.write_text("k-means took seconds\nk-means took seconds\nCOMM.RANK = 0\n  min  mean  max\n1.1 1.2 1.3\n")
    assert len(parse(path, metric="app-bdas")) == 3
