"""Forms of the solvers' output that no reference log has: other versions, options, sizes, and failures."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from mocompile.catalog import Catalog
from mocompile.catalog.figures.model import Sheet
from mocompile.results.read.figures import Extractor

from tests.results.metric_logs import errors, notes, read, values


@cache
def _sheets(name: str) -> tuple[Sheet, ...]:
    catalog = Catalog()
    own = catalog.figures(name)
    assert own is not None
    return own, catalog.common_figures


def _read(name: str, log: str) -> Extractor:
    extractor = Extractor(_sheets(name))
    for number, line in enumerate(dedent(log).splitlines(), 1):
        extractor.feed(line, number)
    extractor.finish()
    return extractor


def _found(name: str, log: str, *figures: str) -> list[tuple[Any, ...]]:
    """Name, value, unit and context of what is found, or of those `figures` only."""
    return [
        (each.sheet.name, each.value, each.unit, dict(each.context))
        for each in _read(name, log).found
        if not figures or each.sheet.name in figures
    ]


# --- AMG -------------------------------------------------------------------------------------------------------------


def test_amg_the_time_dependent_problem() -> None:
    log = """
        =============================================
        Problem 2: Cumulative AMG-GMRES Solve Time:
        =============================================
        GMRES Solve:
          wall clock time = 12.500000 seconds
          wall MFLOPS     = 0.000000
          cpu clock time  = 12.400000 seconds
          cpu MFLOPS      = 0.000000


        No. of Time Steps = 6
        Cum. No. of Iterations = 156
        Final Relative Residual Norm = 2.500000e-07


        nnz AP * (Iterations + time_steps) / Total Time:

        Figure of Merit (FOM_2): 4.500000e+07
    """
    assert _found("app-amg", log) == [
        ("wall_clock_time", 12.5, "s", {"phase": "GMRES Solve"}),
        ("wall_mflops", 0.0, "MFLOPS", {"phase": "GMRES Solve"}),
        ("cpu_clock_time", 12.4, "s", {"phase": "GMRES Solve"}),
        ("cpu_mflops", 0.0, "MFLOPS", {"phase": "GMRES Solve"}),
        ("time_steps", 6, "", {}),
        ("iterations", 156, "", {}),
        ("final_relative_residual_norm", 2.5e-07, "", {}),
        ("fom", 4.5e07, "", {"definition": "FOM_2"}),
    ]


def test_amg_what_hypre_prints_of_each_solve_is_not_the_run_s() -> None:
    log = """
        GMRES Iterations = 5
        Final GMRES Relative Residual Norm = 1.000000e-03
        Iterations = 31
        Final Relative Residual Norm = nan
        Figure of Merit (FOM): nnz_AP / (Setup Phase Time + 3 * Solve Phase Time) 2.0e+08
    """
    assert _found("app-amg", log) == [
        ("iterations", 31, "", {}),
        ("final_relative_residual_norm", "nan", "", {}),
        ("fom", 2.0e08, "nnz_AP/s", {}),
    ]


# --- HPL -------------------------------------------------------------------------------------------------------------

_HPL_TOP = "T/V                N    NB     P     Q               Time                 Gflops\n"


def test_hpl_one_each_of_its_three_old_checks() -> None:
    log = f"""{_HPL_TOP}
WR11C2R4        5000   160     2     4              10.10          8.253e+00
----------------------------------------------------------------------------
||Ax-b||_oo / ( eps * ||A||_1  * N        ) =        0.0412956 ...... PASSED
||Ax-b||_oo / ( eps * ||A||_1  * ||x||_1  ) =        0.0272613 ...... PASSED
||Ax-b||_oo / ( eps * ||A||_oo * ||x||_oo ) =        0.0053214 ...... PASSED
"""
    run = {"variant": "WR11C2R4", "N": 5000, "NB": 160, "P": 2, "Q": 4}
    assert _found("app-hpl", log) == [
        ("solve_time", 10.1, "s", run),
        ("gflops", 8.253, "Gflops", run),
        ("residual", 0.0412956, "", {**run, "scaled_by": "||A||_1  * N", "result": "PASSED"}),
        ("residual", 0.0272613, "", {**run, "scaled_by": "||A||_1  * ||x||_1", "result": "PASSED"}),
        ("residual", 0.0053214, "", {**run, "scaled_by": "||A||_oo * ||x||_oo", "result": "PASSED"}),
    ]


def test_hpl_on_gpus_and_with_detailed_timing() -> None:
    log = """
T/V                N    NB     P     Q         Time          Gflops (   per GPU)
--------------------------------------------------------------------------------
WC0           571392  1024     4     8        98.05       1.268e+06 ( 3.964e+04)

--VVV--VVV--VVV--VVV--VVV--VVV--VVV--VVV--VVV--VVV--VVV--VVV--VVV--VVV--VVV-
Max aggregated wall time rfact . . . :               6.75
+ Max aggregated wall time pfact . . :               2.18
Max aggregated wall time up tr sv  . :               0.68
||Ax-b||_oo/(eps*(||A||_oo*||x||_oo+||b||_oo)*N)=   0.000343347104 ...... PASSED
||Ax-b||_oo  . . . . . . . . . . . . . . . . . = 0.0000000071401839
||A||_oo . . . . . . . . . . . . . . . . . . . = 143360.5125037249526940
"""
    run = {"variant": "WC0", "N": 571392, "NB": 1024, "P": 4, "Q": 8}
    assert _found("app-hpl", log) == [
        ("solve_time", 98.05, "s", run),
        ("gflops", 1.268e06, "Gflops", run),
        ("gflops_per_gpu", 3.964e04, "Gflops", run),
        ("part_time", 6.75, "s", {**run, "part": "rfact"}),
        ("part_time", 2.18, "s", {**run, "part": "pfact"}),
        ("part_time", 0.68, "s", {**run, "part": "up tr sv"}),
        ("residual", 0.000343347104, "", {**run, "result": "PASSED"}),
    ]


def test_hpl_sizes_of_one_run_do_not_stand_at_the_next() -> None:
    log = f"{_HPL_TOP}WR00L2L1 600 32 1 2 0.03 5.1e+00\n{_HPL_TOP}WR00L2L1 900 32 1 2 0.09 6.1e+00\n"
    sizes = [context["N"] for _, _, _, context in _found("app-hpl", log, "gflops")]
    assert sizes == [600, 900]
    summary = "\nFinished      2 tests with the following results:\n       2 tests completed without checking,\n"
    assert _found("app-hpl", log + summary, "tests_passed") == [("tests_passed", 2, "", {})]


@pytest.mark.parametrize(
    "line",
    [
        "||Ax-b||_oo/(eps*(||A||_oo*||x||_oo+||b||_oo)*N)=   5.52449843e+10 ...... FAILED",
        "||Ax-b||_oo / ( eps * ||A||_1  * N        ) = 85506062224954416.0000000 ...... FAILED",
        "              1 tests completed and failed residual checks,",
        "HPL ERROR from process # 3, on line 170 of function HPL_pdtest:",
    ],
)
def test_hpl_says_that_it_failed(line: str) -> None:
    assert _read("app-hpl", line).failed


def test_hpl_a_failed_residual_is_told_with_its_run() -> None:
    log = f"{_HPL_TOP}WR00L2L1 600 32 1 2 0.03 5.1e+00\n"
    log += "||Ax-b||_oo/(eps*(||A||_oo*||x||_oo+||b||_oo)*N)=   5.5e+10 ...... FAILED\n"
    assert [
        (value, context["N"], context["result"]) for _, value, _, context in _found("app-hpl", log, "residual")
    ] == [(5.5e10, 600, "FAILED")]
    assert _read("app-hpl", log).failed


def test_hpl_without_failed_tests_did_not_fail() -> None:
    assert not _read("app-hpl", "              0 tests completed and failed residual checks,").failed


# --- Kripke ----------------------------------------------------------------------------------------------------------


def test_kripke_block_jacobi_has_fewer_timers_and_no_efficiency() -> None:
    log = """
          Timer                    Count       Seconds
          ----------------  ------------  ------------
          Generate                     1       0.00300
          Solve                        1       7.50000

        TIMER_NAMES:Generate,Solve
        TIMER_DATA:0.003000,7.500000

          Throughput:         1.5e+07 [unknowns/(second/iteration)]
          Sweep efficiency :  -nan [100.0 * SweepSubdomain time / SweepSolver time]
          Number of unknowns: 12
    """
    assert _found("app-kripke", log) == [
        ("timer_count", 1, "", {"timer": "Generate"}),
        ("timer_seconds", 0.003, "s", {"timer": "Generate"}),
        ("timer_count", 1, "", {"timer": "Solve"}),
        ("timer_seconds", 7.5, "s", {"timer": "Solve"}),
        ("throughput", 1.5e07, "unknowns/(second/iteration)", {}),
        ("sweep_efficiency", "-nan", "%", {}),
        ("number_of_unknowns", 12, "unknowns", {}),
    ]


def test_kripke_does_not_know_an_option() -> None:
    assert _read("app-kripke", "Unknwon options --zone").failed


# --- Laghos ----------------------------------------------------------------------------------------------------------


def test_laghos_with_memory_and_an_exact_solution() -> None:
    log = (
        "step     5,\tt = 0.0033,\tdt = 0.000659,\t|e| = 8.5702199098e+02, mem: 245/1024 MB\n"
        "Repeating step 7\nRepeating step 7\n"
        "Major kernels total rate (megadofs x time steps / second): 2.5\n"
        "Energy  diff: 6.90e-06\n"
        "Maximum memory resident set size: 245/1024 MB\n"
        "L_inf  error: 1.5e-03\nL_1    error: 2.5e-04\nL_2    error: 3.5e-04\n"
    )
    assert _found("app-laghos", log) == [
        ("e_norm", 857.02199098, "", {"step": 5}),
        ("total_rate", 2.5, "megadofs x time steps/s", {}),
        ("energy_diff", 6.9e-06, "", {}),
        ("max_rank_memory", 245, "MB", {}),
        ("total_memory", 1024, "MB", {}),
        ("solution_error", 1.5e-03, "", {"norm": "L_inf"}),
        ("solution_error", 2.5e-04, "", {"norm": "L_1"}),
        ("solution_error", 3.5e-04, "", {"norm": "L_2"}),
        ("repeated_steps", 2, "", {}),
    ]


def test_laghos_its_old_table_has_no_fom0() -> None:
    log = (
        "| Ranks | Zones   | H1 dofs | L2 dofs | QP | N dofs   "
        "| FOM1    | T1    | FOM2   | T2   | FOM3   | T3   | FOM    | TT   |\n"
        "|      4|      512|    14739|     4096|  64|     66342"
        "|    2.694|293.377|   1.946|21.957|   0.579|128.87|   2.054|441.94|\n"
    )
    assert _found("app-laghos", log) == []


@pytest.mark.parametrize(
    "line",
    ["MFEM abort: The time step crashed!", "Verification failed: (dim > 1) is false:", "Unrecognized option: -x"],
)
def test_laghos_gives_up(line: str) -> None:
    assert _read("app-laghos", line).failed


# --- Nekbone ---------------------------------------------------------------------------------------------------------


def test_nekbone_of_several_sizes() -> None:
    block = """
 cg:   0  1.5055E+02
 cg: 101  1.4517E-08  4.0957E-01  6.4959E-01  8.0727E-16

 nelt = {nelt:7}, np =         4, nx1 =      12, elements = {elements:10}
 Tot MFlops =   {rate}, MFlops      =   1.0000E+03
 Setup Flop =   6.9500E+08, Solver Flop =   7.5750E+07
 Solve Time =   0.2500E+00
"""
    log = block.format(nelt=1, elements=4, rate="4.0000E+03") + block.format(nelt=2, elements=8, rate="5.0000E+03")
    log += " Avg MFlops =   4.5000E+03\n Exitting....\n"
    assert _found("app-nekbone", log, "tot_mflops", "avg_mflops", "cg_iterations") == [
        ("cg_iterations", 101, "", {"solve": 0}),
        ("tot_mflops", 4000.0, "MFlops", {"nelt": 1, "np": 4, "nx1": 12, "elements": 4}),
        ("cg_iterations", 101, "", {"solve": 1}),
        ("tot_mflops", 5000.0, "MFlops", {"nelt": 2, "np": 4, "nx1": 12, "elements": 8}),
        ("avg_mflops", 4500.0, "MFlops", {}),
    ]


def test_nekbone_whose_operations_are_called_otherwise() -> None:
    log = """
        nelt =      50, np =         2, nx1 =      10, elements =        100
        Tot MFlops =  6.21080E+03, MFlops =  3.10540E+03
        Ax FOp =  6.95000E+08, CG FOp =  7.57500E+07, Solve Time =  2.48200E-01
    """
    assert [(name, value) for name, value, _, _ in _found("app-nekbone", log)] == [
        ("tot_mflops", 6210.8),
        ("mflops_per_rank", 3105.4),
        ("setup_flop", 6.95e08),
        ("solver_flop", 7.575e07),
        ("solve_time", 0.2482),
    ]


# --- PENNANT ---------------------------------------------------------------------------------------------------------


def test_pennant_on_legion_has_microseconds() -> None:
    log = """
        End cycle     10, time =    0.028559, dt =   0.0025885, wall =       17261 us
        dt limiter: Hydro dV/V limit for z = 0

        Run complete
        cycle =     10,        cstop =     10
        time =       0.028559, tstop =              1

        hydro cycle run time=        18922.5 us
    """
    assert _found("app-pennant", log) == [
        ("dt", 0.0025885, "", {"cycle": 10}),
        ("cycle_wall", 17261, "us", {"cycle": 10}),
        ("cycles", 10, "", {}),
        ("simulated_time", 0.028559, "", {}),
        ("hydro_cycle_run_time", 18922.5, "us", {}),
    ]


def test_pennant_twice_in_an_output() -> None:
    run = "Running PENNANT v0.9\nEnergy check:  total energy  = 1.0e+00\nRun complete\n"
    run += "Energy check:  total energy  = 2.0e+00\n"
    assert [context["when"] for *_, context in _found("app-pennant", run + run)] == ["start", "end"] * 2


def test_pennant_of_a_version_without_wall_time() -> None:
    log = "End cycle      1, time = 2.50000e-03, dt = 2.50000e-03\nError: invalid meshtype hexx\n"
    assert _found("app-pennant", log) == [("dt", 0.0025, "", {"cycle": 1})]
    assert _read("app-pennant", log).failed


# --- Quicksilver -----------------------------------------------------------------------------------------------------

_TIMERS = "Name  number microSecs microSecs microSecs microSecs Efficiency\n  of calls min avg max stddev Rating\n"
_QS_TOP = (
    "cycle start source rr split absorb scatter fission produce collisn escape census num_seg scalar_flux "
    "cycleInit cycleTracking cycleFinalize\n"
)
_QS_ROW = "{} 1 2 3 4 5 6 7 8 9 10 11 12 1.5e+08 4.0e-02 1.5e+00 3.0e-03\n"


def test_quicksilver_timers_of_a_cycle_are_not_those_of_the_run() -> None:
    last = "\nTimer" + "   Last Cycle" * 6 + f"\n{_TIMERS}main 1 1.0e+01 1.0e+01 1.0e+01 0.0e+00 100.00\n"
    whole = "\nTimer" + "   Cumulative" * 6 + f"\n{_TIMERS}main 1 3.0e+01 3.0e+01 3.0e+01 0.0e+00 99.00\n"
    log = _QS_TOP + _QS_ROW.format(0) + last + _QS_ROW.format(1) + last + whole
    log += "Figure Of Merit              2.0e+00 [Num Mega Segments / Cycle Tracking Time]\n"
    assert _found("app-quicksilver", log, "segments", "timer_max", "timer_efficiency", "figure_of_merit") == [
        ("segments", 12, "segments", {"cycle": 0}),
        ("segments", 12, "segments", {"cycle": 1}),
        ("timer_max", 30.0, "us", {"timer": "main"}),
        ("timer_efficiency", 99.0, "%", {"timer": "main"}),
        ("figure_of_merit", 2.0, "Msegments/s", {}),
    ]


def test_quicksilver_a_row_with_other_text_in_it_is_none() -> None:
    log = _QS_TOP + "0 1 2 3 WARNING: Open MPI failed to TCP connect to a peer 1 2 3\n"
    assert _found("app-quicksilver", log) == []


def test_quicksilver_lost_particles_are_a_failure_and_an_unsettled_solution_is_none() -> None:
    lost = _read("app-quicksilver", "FAIL:: Particles Were Lost During Run, test for done should have failed")
    assert lost.failed
    unsettled = "FAIL:: Fluence not homogenous across cells within 6% tolerance"
    assert _found("app-quicksilver", unsettled) == [("checks_missed", 1, "", {"check": "Fluence"})]
    assert not _read("app-quicksilver", unsettled).failed


# --- CabanaPIC, BDAS, LDMS -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "figures"),
    [
        ("0 0.000000 1.000000e-05", ["simulated_time", "electric_energy"]),
        ("12 0.234546 1.0e-05", []),
        ("12 0.234546 1.000000e-05 nan", ["simulated_time", "electric_energy", "magnetic_energy"]),
        (
            "12 0.234546 1.000000e-05 2.000000e-03 -1.000000e-09",
            ["simulated_time", "electric_energy", "kinetic_energy", "energy_change"],
        ),
        ("nppc 100 nx 32 ny 1 nz 1", []),
        ("12 0.234546 1.000000e-05 2.000000e-03 1.000000e-09 3.000000e-09", []),
    ],
)
def test_cabanapic_columns_are_those_of_the_field_solver(row: str, figures: list[str]) -> None:
    assert [name for name, *_ in _found("app-cabanapic", row)] == figures


def test_bdas_prints_more_than_one_time() -> None:
    log = """
        COMM.RANK = 0
          min  mean   max
        1.010 1.025 1.040
        COMM.RANK = 0
          min  mean   max
        2.010 2.025 2.040
        COMM.RANK = 0
        [1] 98.5
    """
    assert _found("app-bdas", log, "elapsed_max", "number_1") == [
        ("elapsed_max", 1.04, "s", {"rank": 0, "printed_as": 0}),
        ("elapsed_max", 2.04, "s", {"rank": 0, "printed_as": 1}),
        ("number_1", 98.5, "", {}),
    ]


@pytest.mark.parametrize("line", ["Error in library(kazaam) : there is no package", "Execution halted"])
def test_bdas_stops(line: str) -> None:
    assert _read("app-bdas", line).failed


def test_ldms_other_sets_and_units_that_it_prints() -> None:
    log = """
        node-1/meminfo: consistent, last update: Tue Jun 28 08:46:33 2022 -0700 [51578us]
        M u64          component_id                               1
        D u64          job_id                                     0
        D u64          MemFree                                    411072 kB
        D u64          SwapCached                                 12 kB
        D u64          HugePages_Total                            4

        node-1/loadavg: consistent, last update: Tue Jun 28 08:46:33 2022 -0700 [51578us]
        D d64          load1min                                   0.250000
        D char[]       state                                      "up"
        D u64[]        cpu_user                                   1,2,3
    """
    state = {"state": "consistent"}
    assert _found("app-ldms", log) == [
        ("MemFree", 411072, "kB", {"metric_set": "meminfo", **state}),
        ("meminfo", 12, "kB", {"metric_set": "meminfo", **state, "name": "SwapCached"}),
        ("huge_pages", 4, "pages", {"metric_set": "meminfo", **state, "name": "HugePages_Total"}),
        ("sample", 0.25, "", {"metric_set": "loadavg", **state, "name": "load1min"}),
    ]


# --- mpitrace --------------------------------------------------------------------------------------------------------


def test_mpitrace_profiles_of_several_ranks_in_one_log() -> None:
    profile = """
Data for MPI rank {rank} of 64: (all communicators)
Times from MPI_Pcontrol(1) to MPI_Pcontrol(0).
-----------------------------------------------------------------------
MPI Routine                        #calls     avg. bytes      time(sec)
-----------------------------------------------------------------------
MPI_Allreduce                        5167            8.1          0.016
-----------------------------------------------------------------------
MPI task {rank} of 64 had the median communication time.
synchronization time     = 0.500 seconds.
total communication time = 9.757 seconds (including synchronization).
max resident set size    = 8403.938 MBytes.

Message size distributions: (all communicators)

MPI_Allreduce             #calls    avg. bytes      time(sec)
                            5167           8.1          0.016

   Data for communicator sizes 2 to 64 , avg size = 64.00:
   MPI Routine                        #calls      avg. bytes      time(sec)
   MPI_Allreduce                        5167            8.1          0.016
   MPI time for this communicator bin = 0.016 sec.
"""
    ranks = [
        [
            ("calls", 5167, "calls", {"rank": rank, "routine": "MPI_Allreduce"}),
            ("avg_bytes", 8.1, "bytes", {"rank": rank, "routine": "MPI_Allreduce"}),
            ("routine_time", 0.016, "s", {"rank": rank, "routine": "MPI_Allreduce"}),
            ("synchronization_time", 0.5, "s", {"rank": rank}),
            ("total_communication_time", 9.757, "s", {"rank": rank}),
            ("max_resident_set_size", 8403.938, "MBytes", {"rank": rank}),
        ]
        for rank in (0, 7)
    ]
    log = profile.format(rank=0) + profile.format(rank=7)
    assert _found("perf-mpitrace", log) == [*ranks[0], *ranks[1]]


def test_mpitrace_takes_no_line_of_an_application() -> None:
    log = "MPI_Send  12  8.0  0.1\nsystem time              = 2.647 seconds.\n"
    assert _found("perf-mpitrace", log) == []


# --- what every output may hold --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "9 total processes killed (some possibly by mpirun during cleanup)",
        "flux-job: task(s) exited with exit code 143",
        '{"timestamp":1724465413.27,"name":"complete","context":{"status":36608}}',
        '{"timestamp":1724465413.27,"name":"exception","context":{"type":"timeout","severity":0,"note":"resource"}}',
        "913.969s: job.exception type=cancel severity=0 interrupted by ctrl-C",
        "slurmstepd: error: *** STEP 12.0 ON node-3 CANCELLED AT 2024-08-27T10:11:12 DUE TO TIME LIMIT ***",
        "srun: error: node-3: tasks 0-3,7: Exited with exit code 143",
        "prterun noticed that process rank 3 with PID 17 on node node-1 exited on signal 9 (Killed).",
        "terminate called after throwing an instance of 'std::runtime_error'",
        "slurmstepd: error: Detected 1 oom_kill event in StepId=12.0. Some of the step tasks have been OOM Killed.",
        "srun: error: node-3: task 0: Floating point exception (core dumped)",
        "srun: error: Unable to create step for job 12: Requested node configuration is not available",
        "./problem.sh: line 1:    12 Bus error               (core dumped) lmp -in in.lj",
        "[node-3:70   :0:70] Caught signal 8 (Floating point exception: integer divide by zero)",
        "[node-3:00070] *** Process received signal ***",
        "Abort(1091215) on node 0 (rank 0 in comm 0): Fatal error in PMPI_Init: Other MPI error, error stack:",
        "mpiexec noticed that process rank 0 with PID 0 on node node-1 exited on signal 9 (Killed).",
        "0.123s: flux-shell[3]: FATAL: task 1 (host node-3): start failed: lmp: No such file or directory",
        "command terminated with exit code 137",
        "Program received signal SIGFPE: Floating-point exception - erroneous arithmetic operation.",
    ],
)
def test_a_run_that_was_ended(line: str) -> None:
    assert _read("app-amg", line).failed


@pytest.mark.parametrize(
    "line",
    [
        "[node-3:00070] mca_base_component_repository_open: unable to open mca_btl_openib",
        "Caught signal 15 handler installed",
        "oom score of the process: 0",
        "  Floating point exceptions are not trapped",
        "WARNING: floating point exception flags were raised",
    ],
)
def test_a_warning_is_no_failure(line: str) -> None:
    assert not _read("app-amg", line).failed


def test_lammps_in_reduced_units_tells_its_rate_by_tau() -> None:
    line = "Performance: 4234.123 tau/day, 9.801 timesteps/s,  313.632 katom-step/s"
    assert [(name, value, unit) for name, value, unit, *_ in _found("app-lammps", line)] == [
        ("tau_per_day", 4234.123, "tau/day"),
        ("timesteps_per_second", 9.801, "timesteps/s"),
        ("atom_steps_per_second", 313.632, "katom-step/s"),
    ]


def test_time_of_gnu() -> None:
    log = "12.50user 0.25system 0:03.50elapsed 364%CPU (0avgtext+0avgdata 118844maxresident)k\n"
    log += "0inputs+8outputs (0major+1027minor)pagefaults 0swaps\n"
    assert _found("app-hpl", log) == [
        ("user", 12.5, "s", {}),
        ("sys", 0.25, "s", {}),
        ("real", 3.5, "s", {}),
        ("cpu_percent", 364, "%", {}),
        ("max_resident_memory", 118844, "kB", {}),
    ]


def test_a_flux_job_that_ended_well() -> None:
    assert not _read("app-amg", '{"timestamp":1724465413.27,"name":"complete","context":{"status":0}}').failed


HPL_BANNER = """\
================================================================================
HPLinpack 2.0  --  High-Performance Linpack benchmark  --   September 10, 2008
Written by A. Petitet and R. Clint Whaley,  Innovative Computing Laboratory, UTK
Modified by Piotr Luszczek, Innovative Computing Laboratory, UTK
Modified by Julien Langou, University of Colorado Denver
================================================================================

An explanation of the input/output parameters follows:
T/V    : Wall time / encoded variant.
"""
# The form of HPCC 1.5: its file hpccoutf.txt has HPL's banner at the top and above HPL's section.
HPCC = f"""\
########################################################################
This is the DARPA/DOE HPC Challenge Benchmark version 1.5.0 October 2012
Hostname: 'Node01'
########################################################################
{HPL_BANNER}
Begin of MPIRandomAccess section.
Running on 2 processors (PowerofTwo)
End of MPIRandomAccess section.
Begin of PTRANS section.
WALL 10176 10176 192 192   1   2     0.63 PASSED    1.311  0.00
    5 tests completed and passed residual checks.
    0 tests completed and failed residual checks.
END OF TESTS.
End of PTRANS section.
Begin of HPL section.
{HPL_BANNER}
================================================================================
T/V                N    NB     P     Q               Time                 Gflops
--------------------------------------------------------------------------------
WR11C2R4       20352   192     1     2            1013.07              5.548e+00
--------------------------------------------------------------------------------
||Ax-b||_oo/(eps*(||A||_oo*||x||_oo+||b||_oo)*N)=        0.0039858 ...... PASSED
================================================================================

Finished      1 tests with the following results:
              1 tests completed and passed residual checks,
              0 tests completed and failed residual checks,
              0 tests skipped because of illegal input values.
--------------------------------------------------------------------------------

End of Tests.
================================================================================
End of HPL section.
Begin of Summary section.
HPL_Tflops=0.00554797
End of Summary section.
########################################################################
End of HPC Challenge tests.
"""


def test_of_hpcc_the_figures_of_hpl_are_read_and_its_other_benchmarks_counted(tmp_path: Path) -> None:
    results = read(tmp_path, "app-hpl", HPCC * 2)
    assert errors(results) == notes(results) == []
    assert {record.status for record in results} == {"ok"}
    assert values(results, "gflops") == [(5.548, "Gflops")] * 2
    assert values(results, "tests_passed") == [(1, "")] * 2
    assert values(results, "hpcc_sections") == [(2, "")] * 2


def test_hpcc_that_ends_before_its_section_of_hpl_says_so(tmp_path: Path) -> None:
    results = read(tmp_path, "app-hpl", HPCC[: HPCC.index("Begin of HPL section.")])
    assert values(results, "gflops") == []
    assert notes(results) == [
        "the output ends before the line 'End of Tests.': it is cut, or the program stopped early"
    ]
