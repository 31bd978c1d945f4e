"""The size that a program prints is context of every figure of its run, wherever the line is.

The lines are those of logs in converged-computing/performance-study (MIT) and of lanl/PENNANT's sample outputs (BSD),
shortened.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.results.metric_logs import read

KRIPKE = """\
   _  __       _         _
Compilation Options:
  Architecture:           CUDA
  Problem Size:
    Zones:                 448 x 168 x 256  (19267584 total)
    Groups:                16
    Legendre Order:        2
    Quadrature Set:        Dummy S2 with 16 points
  Solver Options:
    Number iterations:     500
  MPI Decomposition Options:
    Total MPI tasks:       3072
    Spatial decomp:        16 x 12 x 16 MPI tasks
    Block solve method:    Sweep
  Per-Task Options:
    DirSets/Directions:    16 sets, 1 directions/set
    GroupSet/Groups:       16 sets, 1 groups/set
    Zone Sets:             1 x 1 x 1
    Architecture:          Sequential
    Data Layout:           DGZ

  Throughput:         3.308713e+10 [unknowns/(second/iteration)]
  Grind time :        3.022320e-11 [(seconds/iteration)/unknowns]
END
"""

AMG = """\
Running with these driver parameters:
  Problem ID    = 2

=============================================
Hypre init times:
=============================================
Hypre init:
  wall clock time = 0.000026 seconds
  Laplacian_7pt:
    (Nx, Ny, Nz) = (4096, 2048, 1024)
    (Px, Py, Pz) = (16, 8, 8)

=============================================
Figure of Merit (FOM): nnz_AP / (Setup Phase Time + 3 * Solve Phase Time) 6.474e+08
"""

QUICKSILVER = """\
Quicksilver Version     : 2023-Aug-18-15:12:10
Number of MPI ranks     : 2048
Number of OpenMP Threads: 3
Number of OpenMP CPUs   : 24

Simulation:
   nParticles: 671088640
   nSteps: 100
   nx: 128
   ny: 64
   nz: 32

Figure Of Merit              4.134e+09 [Num Segments / Cycle Tracking Time]
"""

PENNANT = """\
Running PENNANT v0.9
Running on 64 MPI PE(s)
Running on 6 thread(s)
--- Mesh Information ---
Points:  3692801
Zones:  3686400
------------------------
cycle =  12345,         cstop = 999999
hydro cycle run time=   1.060194e+02
"""

LAGHOS = """\
Options used:
   --problem 1
   --order-kinematic 3
Device configuration: cpu
Number of zones in the serial mesh: 12288
Number of kinematic (position, velocity) dofs: 64478019
Major kernels total rate (megadofs x time steps / second): 8077.5095764396

| Ranks | Zones   | H1 dofs | L2 dofs | QP | N dofs   | FOM0   | FOM1   | T1   | FOM2   | T2   | FOM3   | T3   | FOM    | TT   |
|   6144|   786432| 64478019| 21233664| 216| 320059014| 198.820| 9096.943| 284.224| 11474.601| 5.991| 2024.675| 68.378| 8077.510| 345.744|

Energy  diff: 2.69e-15
"""  # noqa: E501

LAMMPS = """\
LAMMPS (17 Apr 2024 - Development - a8687b5)
  replicate CPU = 0.167 seconds
Per MPI rank memory allocation (min/avg/max) = 86.33 | 92.54 | 98.55 Mbytes
   Step          Temp
         0   300
Loop time of 137.554 on 3072 procs for 100 steps with 39845888 atoms

Performance: 0.006 ns/day, 3820.937 hours/ns, 0.727 timesteps/s, 28.967 Matom-step/s
99.3% CPU use with 1536 MPI tasks x 2 OpenMP threads
Total wall time: 0:02:29
"""

SIZES = [
    (
        "app-kripke",
        KRIPKE,
        {"tasks": 3072, "zones": "448 x 168 x 256", "groups": 16, "iterations": 500, "architecture": "Sequential"},
    ),
    ("app-amg", AMG, {"P": "16, 8, 8", "N": "4096, 2048, 1024", "problem_id": 2, "stencil": "Laplacian_7pt"}),
    (
        "app-quicksilver",
        QUICKSILVER,
        {"ranks": 2048, "threads": 3, "nx": 128, "ny": 64, "nz": 32},
    ),
    ("app-pennant", PENNANT, {"ranks": 64, "threads": 6, "mesh_zones": 3686400}),
    ("app-laghos", LAGHOS, {"ranks": 6144, "mesh_zones": 786432, "dofs": 64478019, "problem_id": 1}),
    ("app-lammps", LAMMPS, {"procs": 3072, "tasks": 1536, "threads": 2, "atoms": 39845888, "steps": 100}),
]


@pytest.mark.parametrize(("metric", "text", "sizes"), SIZES, ids=[metric for metric, _, _ in SIZES])
def test_all_figures_of_a_run_have_its_size(tmp_path: Path, metric: str, text: str, sizes: dict[str, object]) -> None:
    results = read(tmp_path, metric, text)
    assert len({each.figure for each in results}) > 1 or metric == "app-quicksilver"
    for record in results:
        assert {name: record.context.get(name) for name in sizes} == sizes, record.figure
    assert not results.problems


@pytest.mark.parametrize(("metric", "text", "sizes"), SIZES, ids=[metric for metric, _, _ in SIZES])
def test_the_size_of_one_run_is_not_that_of_the_next(
    tmp_path: Path, metric: str, text: str, sizes: dict[str, object]
) -> None:
    without = "".join(
        f"{line}\n" for line in text.splitlines() if not any(str(each) in line for each in sizes.values())
    )
    results = read(tmp_path, metric, text + without)
    for record in results:
        if record.collection == 1:
            assert not {name: value for name, value in sizes.items() if record.context.get(name) == value}


def test_lammps_without_openmp_has_one_thread(tmp_path: Path) -> None:
    text = LAMMPS.replace("1536 MPI tasks x 2 OpenMP threads", "3072 MPI tasks x no OpenMP threads")
    (use,) = read(tmp_path, "app-lammps", text).figures("cpu_use")
    assert (use.value, use.context["tasks"], use.context["threads"]) == (99.3, 3072, 1)


@pytest.mark.parametrize(
    ("line", "sizes"),
    [
        # jeffhammond/MARPN and elcorto/pwtools have such lines in their documentation.
        ("8192 procs (4096 MPI x 2 OpenMP) for 100 steps with 32000000 atoms", (8192, 4096, 2, 100, 32000000)),
        ("1 procs (1 MPI x 1 OpenMP) for 1043 steps with 4 atoms", (1, 1, 1, 1043, 4)),
        ("4 procs for 10 steps with 13718 atoms", (4, None, None, 10, 13718)),
    ],
)
def test_loop_lines_of_lammps_old_and_new(tmp_path: Path, line: str, sizes: tuple[object, ...]) -> None:
    (loop,) = read(tmp_path, "app-lammps", f"Loop time of 21.9953 on {line}\n").figures("loop_time")
    names = ("procs", "tasks", "threads", "steps", "atoms")
    assert (loop.value, tuple(loop.context.get(name) for name in names)) == (21.9953, sizes)


@pytest.mark.parametrize(
    ("line", "figures"),
    [
        (
            "93.390 fs/day, 0.257 hours/fs, 1.081 timesteps/s, 14.828 katom-step/s",
            {
                "fs_per_day": 93.39,
                "hours_per_fs": 0.257,
                "timesteps_per_second": 1.081,
                "atom_steps_per_second": 14.828,
            },
        ),
        (
            "26577371.575 fs/day, 0.000 hours/fs, 61521.693 timesteps/s",
            {"fs_per_day": 26577371.575, "hours_per_fs": 0, "timesteps_per_second": 61521.693},
        ),
        ("18541.947 tau/day, 42.921 timesteps/s", {"tau_per_day": 18541.947, "timesteps_per_second": 42.921}),
    ],
)
def test_rates_of_lammps_in_the_units_of_its_input(tmp_path: Path, line: str, figures: dict[str, float]) -> None:
    loop = "Loop time of 9.25 on 4 procs for 10 steps with 13718 atoms\n\n"
    results = read(tmp_path, "app-lammps", f"{loop}Performance: {line}\n")
    assert {each.figure: each.value for each in results if each.figure != "loop_time"} == figures
    assert {each.context["steps"] for each in results} == {10}


def test_sections_of_lammps_before_2015(tmp_path: Path) -> None:
    text = """\
        Loop time of 7.72733 on 1 procs for 10000 steps with 1013 atoms

        Pair  time (%) = 0.33114 (4.28531)
        Outpt time (%) = 0.00012 (0.00155)
        """
    results = read(tmp_path, "app-lammps", text)
    assert [(each.figure, each.value, each.context["section"]) for each in results if "section" in each.figure] == [
        ("section_avg_time", 0.33114, "Pair"),
        ("section_percent", 4.28531, "Pair"),
        ("section_avg_time", 0.00012, "Outpt"),
        ("section_percent", 0.00155, "Outpt"),
    ]
