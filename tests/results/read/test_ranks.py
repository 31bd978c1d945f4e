"""Lines behind the ranks that MPI launchers put before them.

The forms are those of Open MPI 4.1.4 and 5.0.11, of hydra (MPICH 5.0.2), of Slurm's `srun -l` and of Flux's
`flux run --label-io`, as they print them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mocompile.diagnostics.finding import InputError
from mocompile.results import Results, parse

from tests.results.logs import log

TABLE = """\
# OSU MPI Latency Test v5.8
# Size          Latency (us)
0                       0.17
1                       0.18

"""

Label = Callable[[int, str], str]

LABELS: dict[str, Label] = {
    "Open MPI 4, --tag-output": lambda rank, line: f"[1,{rank}]<stdout>:{line}",
    "Open MPI 4, --tag-output --timestamp-output": lambda rank, line: (
        f"Tue Nov 24 23:25:02 2026[1,{rank}]<stdout>:{line}"
    ),
    "Open MPI 5, --tag-output": lambda rank, line: f"[1,{rank}]<stdout>: {line}",
    "Open MPI 5, trimmed by an editor": lambda rank, line: f"[1,{rank}]<stdout>: {line}".rstrip(),
    "Open MPI 5, --output tag-fullname": lambda rank, line: f"[prterun-vm-17457@1,{rank}]<stdout>: {line}",
    "Open MPI 5, --output tag-detailed": lambda rank, line: f"[1,{rank}][vm:17439]<stdout>: {line}",
    "Open MPI 5, --output rank": lambda rank, line: f"[{rank}]<stdout>: {line}",
    "Open MPI 5, --output tag,timestamp": lambda rank, line: f"[Tue Nov 24 23:25:51 2026][1,{rank}]<stdout>: {line}",
    "hydra, -l": lambda rank, line: f"[{rank}] {line}",
    "srun -l": lambda rank, line: f"{rank}: {line}",
    "srun -l, more than ten": lambda rank, line: f"{rank:02}: {line}",
    "flux run --label-io, trimmed": lambda rank, line: f"{rank}: {line}".rstrip(),
}

by_label = pytest.mark.parametrize("label", list(LABELS.values()), ids=list(LABELS))


def _raw(folder: Path, text: str, metric: str = "network-osu-benchmark", strip: str | None = None) -> Results:
    path = folder / "run.out"
    path.write_text(text)
    return parse(path, metric=metric, strip=strip)


def _latencies(results: Results) -> list[tuple[object, ...]]:
    return [(each.context["size"], each.value, each.context.get("rank")) for each in results.figures("latency")]


@by_label
def test_ranks_before_the_lines_are_taken_off(tmp_path: Path, label: Label) -> None:
    results = _raw(tmp_path, "".join(f"{label(0, line)}\n" for line in TABLE.splitlines()))
    assert _latencies(results) == [(0, 0.17, None), (1, 0.18, None)]
    assert not results.problems


@by_label
def test_inside_a_collection_only_the_lines_of_the_program_have_ranks(tmp_path: Path, label: Label) -> None:
    output = "".join(f"{label(0, line)}\n" for line in TABLE.splitlines())
    path = tmp_path / "pod.log"
    path.write_text(log(output, output, metric="network-osu-benchmark"))
    results = parse(path)
    assert [each.value for each in results.figures("latency")] == [0.17, 0.18] * 2
    assert not results.problems
    assert results.runs[0].timepoints[0].text == output


@by_label
def test_ranks_that_print_at_the_same_time_do_not_mix(tmp_path: Path, label: Label) -> None:
    lines = (label(rank, line) for line in TABLE.splitlines() for rank in (0, 1))
    results = _raw(tmp_path, "".join(f"{line}\n" for line in lines))
    assert sorted(_latencies(results), key=str) == [(0, 0.17, 0), (0, 0.17, 1), (1, 0.18, 0), (1, 0.18, 1)]


def test_open_mpi_4_puts_no_space_before_a_line_that_is_indented(tmp_path: Path) -> None:
    # PENNANT's energies are indented; a barrier's row of OSU is, too.
    barrier = "[1,0]<stdout>:\n[1,0]<stdout>:# OSU MPI Barrier Latency Test v5.8\n[1,0]<stdout>:# Avg Latency(us)\n"
    path = tmp_path / "run.out"
    path.write_text(f"{barrier}[1,0]<stdout>:             0.34\n")
    (record,) = parse(path, metric="network-osu-benchmark").figures("avg_latency")
    assert record.value == 0.34


@pytest.mark.parametrize("name", ["hydra, -l", "srun -l", "Open MPI 5, --tag-output"])
def test_what_the_launcher_says_has_no_rank_and_is_read(tmp_path: Path, name: str) -> None:
    lines = [LABELS[name](0, line) for line in TABLE.splitlines() * 4]
    results = _raw(tmp_path, "\n".join([*lines, "srun: error: node1: task 1: Exited with exit code 1", ""]))
    assert len(_latencies(results.figures(status="failed"))) == 0
    assert {each.status for each in results.records} == {"failed"}
    (problem,) = results.problems
    assert "the run failed: srun: error: node1" in problem.message


def test_what_a_rank_says_of_its_failure_is_read_behind_the_rank(tmp_path: Path) -> None:
    lines = [f"[1,0]<stdout>:{line}" for line in TABLE.splitlines()]
    results = _raw(tmp_path, "\n".join([*lines, "[1,1]<stderr>:Killed", ""]))
    assert {each.status for each in results.records} == {"failed"}


def test_a_figure_that_is_required_may_be_of_any_rank(tmp_path: Path) -> None:
    loop = "Loop time of 11.5 on 2 procs for 100 steps with 2432 atoms"
    results = _raw(tmp_path, f"[0] rank 0 of 2\n[1] rank 1 of 2\n[1] {loop}\n[0] done\n", "app-lammps")
    assert [each.value for each in results.figures("loop_time")] == [11.5]
    assert not results.problems


@pytest.mark.parametrize(
    "lines",
    [
        "[1] 0.25 0.5\nCOMM.RANK = 0\n  min  mean  max\n1.1 1.2 1.3\n",  # R prints its vectors so
        "0: only one such line\nCOMM.RANK = 0\n  min  mean  max\n1.1 1.2 1.3\n",
    ],
)
def test_output_that_looks_like_a_rank_is_left_alone(tmp_path: Path, lines: str) -> None:
    results = _raw(tmp_path, lines, "app-bdas")
    assert [each.value for each in results.figures("elapsed_mean")] == [1.2]
    assert "rank" in results.figures("elapsed_mean").records[0].context


def test_a_prefix_of_another_form_is_stripped_where_it_is_said(tmp_path: Path) -> None:
    # mpiexec -prepend-pattern '[%r@%h] ' of hydra
    text = "".join(f"[0@vm] {line}\n[1@vm] {line}\n" for line in TABLE.splitlines())
    assert not _latencies(_raw(tmp_path, text))
    results = _raw(tmp_path, text, strip=r"\[(?P<rank>\d+)@\w+\] ")
    assert _latencies(results) == [(0, 0.17, 0), (0, 0.17, 1), (1, 0.18, 0), (1, 0.18, 1)]


def test_markers_behind_such_a_prefix_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "pod.log"
    path.write_text("".join(f"web-7| {line}\n" for line in log(TABLE, metric="network-osu-benchmark").splitlines()))
    results = parse(path, strip=r"(?P<pod>\S+)\| ")
    assert [(each.value, each.pod) for each in results] == [(0.17, "web-7"), (0.18, "web-7")]


def test_a_strip_that_is_no_expression_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        _raw(tmp_path, TABLE, strip="[")
    assert "'[' is not a regular expression" in caught.value.findings[0].message
