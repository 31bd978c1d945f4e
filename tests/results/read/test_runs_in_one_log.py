"""A log with several runs: where each begins, and what is of each alone.

The forms are those of logs in converged-computing/performance-study (MIT): one Slurm job with two LAMMPS runs, and runs
under Flux, with stderr above the program's banner.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from mocompile.results import Results, parse

from tests.results.logs import log

BANNER = "LAMMPS (17 Apr 2024 - Development - a8687b5)"
ABORT = "ERROR: Lost atoms: original 304 current 303 (src/thermo.cpp:494)"


def _lammps(seconds: float, atoms: int, procs: int = 128) -> str:
    return f"""\
{BANNER}
  replicate CPU = 0.167 seconds
Per MPI rank memory allocation (min/avg/max) = 86.33 | 92.54 | 98.55 Mbytes
   Step          Temp
         0   300
       100   299.5
Loop time of {seconds} on {procs} procs for 100 steps with {atoms} atoms

99.3% CPU use with {procs} MPI tasks x 1 OpenMP threads
Total wall time: 0:00:30
"""


def _raw(folder: Path, text: str, metric: str = "app-lammps") -> Results:
    path = folder / "run.out"
    path.write_text(text)
    return parse(path, metric=metric)


def _loops(results: Results) -> list[tuple[object, ...]]:
    return [
        (each.value, each.context["atoms"], each.collection, each.status)
        for each in results.figures("loop_time", status=None)
    ]


JOB_LINES = {
    "the banner alone": "",
    "performance-study, Slurm": "Start time: 1725159496\n",
    "set -x": "+ srun -N 8 -n 128 lmp -in in.reaxff\n",
    "an echoed command": "time jsrun -n 4 lmp -in in.reaxff\n",
    "flux-apps-helm": "FLUX-RUN START lammps-iter-1\n",
}


@pytest.mark.parametrize("job", list(JOB_LINES.values()), ids=list(JOB_LINES))
def test_each_run_of_a_raw_log_is_a_collection_with_its_own_sizes(tmp_path: Path, job: str) -> None:
    results = _raw(tmp_path, job + _lammps(25.7887, 39845888) + job + _lammps(14.7473, 19922944))
    assert _loops(results) == [(25.7887, 39845888, 0, "ok"), (14.7473, 19922944, 1, "ok")]
    for figure in ("replicate_time", "Temp", "memory_max", "cpu_use", "wall_time"):
        assert {(each.collection, each.context["atoms"]) for each in results.figures(figure)} == {
            (0, 39845888),
            (1, 19922944),
        }
    assert not results.problems
    assert [run.timepoints[0].start for run in results.runs] == [1, 11 + bool(job)]


@pytest.mark.parametrize("job", list(JOB_LINES.values()), ids=list(JOB_LINES))
def test_an_aborted_run_leaves_the_others_results(tmp_path: Path, job: str) -> None:
    aborted = f"{BANNER}\n{ABORT}\n"
    results = _raw(tmp_path, "".join((job + _lammps(1.5, 304), job + aborted, job + _lammps(2.5, 304))))
    assert _loops(results) == [(1.5, 304, 0, "ok"), (2.5, 304, 2, "ok")]
    assert [(each.message.partition(":")[0], each.collection) for each in results.problems] == [
        ("the run failed", 1),
        ("there is no loop_time", 1),
    ]


def test_a_run_that_is_cut_is_said_and_the_next_is_a_result(tmp_path: Path) -> None:
    half = _lammps(1.5, 304).partition("Loop time")[0]
    results = _raw(tmp_path, half + _lammps(2.5, 304))
    assert _loops(results) == [(2.5, 304, 1, "ok")]
    assert {each.status for each in results.records if each.collection == 0} == {"cut"}


def test_what_stands_above_a_banner_belongs_to_the_run_below(tmp_path: Path) -> None:
    # Flux writes the stderr of a job first.
    text = f"flux-job: task(s) exited with exit code 1\nWARNING on proc 0: Cannot open log.lammps\n{_lammps(1.5, 304)}"
    assert _loops(_raw(tmp_path, text)) == [(1.5, 304, 0, "failed")]


def test_a_job_that_dies_before_its_program_begins_is_a_run_of_its_own(tmp_path: Path) -> None:
    job = "+ srun -N 8 lmp\n"
    dead = "srun: error: Unable to create step for job 7: More processors requested than permitted\n"
    results = _raw(tmp_path, job + _lammps(1.5, 304) + job + dead + job + _lammps(2.5, 304))
    assert _loops(results) == [(1.5, 304, 0, "ok"), (2.5, 304, 2, "ok")]
    assert results.problems[0].message.startswith("the run failed: srun: error")


def test_a_failed_job_that_is_reported_below_its_run_is_told(tmp_path: Path) -> None:
    # The form of converged-computing/flux-apps-helm: `flux job info` of all jobs is printed after their output.
    run = f"FLUX-RUN START lammps-iter-1\n{_lammps(1.5, 304)}FLUX-RUN END lammps-iter-1\n"
    event = '{"timestamp":1746991432.7,"name":"complete","context":{"status":256}}'
    block = f"FLUX-JOB START 6660554752 lammps-iter-1\n{event}\nFLUX-JOB END 6660554752 lammps-iter-1\n"
    results = _raw(tmp_path, run + block)
    assert [(each.level, each.line) for each in results.problems][:1] == [("error", 13)]
    assert results.problems[0].message == (
        "the job of the run lammps-iter-1 failed: if the log has that run, its figures are not results"
    )


def test_a_part_without_the_program_is_no_run(tmp_path: Path) -> None:
    results = _raw(tmp_path, _lammps(1.5, 304) + "+ srun -n 2 hostname\nnode1\nnode2\n")
    assert _loops(results) == [(1.5, 304, 0, "ok")]
    (problem,) = results.problems
    assert (problem.level, problem.line) == ("note", 11)
    assert problem.message == "the part of the log that begins here has no output of app-lammps"


def test_counts_are_of_one_run(tmp_path: Path) -> None:
    run = (
        "Options used:\n"
        + "Repeating step 3\n" * 5
        + "Major kernels total rate (megadofs x time steps / second): 8.5\n"
    )
    results = _raw(tmp_path, run * 5, "app-laghos")
    assert [each.value for each in results.figures("repeated_steps")] == [5] * 5
    assert [each.collection for each in results.figures("repeated_steps")] == [0, 1, 2, 3, 4]


def test_runs_within_a_timepoint_have_a_status_each_and_stay_one_timepoint(tmp_path: Path) -> None:
    path = tmp_path / "pod.log"
    output = _lammps(1.5, 304) + f"{BANNER}\n{ABORT}\n"
    path.write_text(log(output, _lammps(2.5, 304)))
    results = parse(path)
    assert [(each.value, each.timepoint, each.status) for each in results.figures("loop_time", status=None)] == [
        (1.5, 0, "ok"),
        (2.5, 1, "ok"),
    ]
    (run,) = results.runs
    assert [(each.number, each.status) for each in run.timepoints] == [(0, "failed"), (1, "ok")]
    assert run.timepoints[0].text == output


def test_the_banner_of_another_rank_begins_no_run(tmp_path: Path) -> None:
    lines = [f"[{rank}] {line}" for line in _lammps(1.5, 304).splitlines() for rank in (0, 1)]
    results = _raw(tmp_path, "\n".join([*lines, ""]))
    assert [(each.context["rank"], each.collection) for each in results.figures("loop_time")] == [(0, 0), (1, 0)]


def test_loops_of_one_lammps_run_are_told_apart(tmp_path: Path) -> None:
    # A minimization and a run, as in examples of LAMMPS.
    first = _lammps(11.6123, 13718).partition("Total wall time")[0]
    second = "Per MPI" + _lammps(9.25154, 13718).partition("Per MPI")[2].replace("for 100", "for 10")
    results = _raw(tmp_path, first + second)
    for figure in ("loop_time", "cpu_use", "memory_max", "Temp"):
        assert {(each.context["loop"], each.context["steps"]) for each in results.figures(figure)} == {
            (0, 100),
            (1, 10),
        }
    (wall,) = results.figures("wall_time")
    assert (wall.context["steps"], wall.context["atoms"]) == ("100,10", 13718)
