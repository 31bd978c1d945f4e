"""Measures the speed and memory of `mocompile.results` reading logs.

    python benchmarks/results.py [--megabytes N] [--large N] [LOG]

On one file, a LAMMPS log of many timepoints: our stream of records, the `metricsoperator` package (which has all lines
in a list), and `grep -c ''`, which only counts the lines. The three take turns; each is a process of its own, so that
its memory is its own. Then ours alone on a large file: its peak of memory must not grow with the file.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

RUNS = 3
TIMEPOINT = """\
METRICS OPERATOR TIMEPOINT
LAMMPS (29 Sep 2021 - Update 2)
Reading data file ...
  2 by 1 by 1 MPI processor grid
Step Temp PotEng Press E_vdwl E_coul Volume
       0          300   -113.27833    437.52144   -111.57687   -1.7014647     223378.6
      10    299.38517   -113.27631    1439.2824   -111.57492   -1.7013813     223378.6
      20    300.27107   -113.27884    3764.3739   -111.57762   -1.7012246     223378.6
      30    302.21063   -113.28428    7007.6315   -111.58335   -1.7009363     223378.6
Loop time of {seconds} on 2 procs for 100 steps with 2432 atoms

Performance: 0.073 ns/day, 329.776 hours/ns, 8.423 timesteps/s
96.4% CPU use with 2 MPI tasks x 1 OpenMP threads

MPI task timing breakdown:
Section |  min time  |  avg time  |  max time  |%varavg| %total
---------------------------------------------------------------
Pair    | 8.1642     | 8.465      | 8.7659     |  10.3 | 71.30
Neigh   | 0.18776    | 0.18784    | 0.18792    |   0.0 |  1.58
Comm    | 0.022673   | 0.32358    | 0.62449    |  52.9 |  2.73
Other   |            | 0.0007992  |            |       |  0.01

Nlocal:        1216.00 ave        1216 max        1216 min
Histogram: 2 0 0 0 0 0 0 0 0 0
Total wall time: 0:00:12
"""
HEAD = 'METADATA START {"pods":2,"metricName":"app-lammps"}\nMETADATA END\nMETRICS OPERATOR COLLECTION START\n'
END = "METRICS OPERATOR COLLECTION END\n"


def main() -> None:
    """Measure, and print a report in Markdown."""
    parser = argparse.ArgumentParser(description="Speed and memory of mocompile.results.")
    parser.add_argument("log", nargs="?", type=Path, help="a log to read instead of one made for this")
    parser.add_argument("--megabytes", type=int, default=20, metavar="N", help="size of the log (default: %(default)s)")
    parser.add_argument("--large", type=int, default=1000, metavar="N", help="of the large one, 0: none (%(default)s)")
    parser.add_argument("--reader", choices=sorted(READERS), help="read LOG once, and print seconds and MiB")
    arguments = parser.parse_args()
    if arguments.reader:
        once(READERS[arguments.reader], arguments.log)
        return
    with tempfile.TemporaryDirectory() as folder:
        log = arguments.log or written(Path(folder) / "log", arguments.megabytes)
        compare(log)
        if arguments.large:
            large = written(Path(folder) / "large", arguments.large)
            print(f"\nOf {megabytes(large):.0f} MB, to JSON lines:\n")
            table({"mocompile.results": [measured("mocompile.results", large)]}, large)


def compare(log: Path) -> None:
    """Each reader on the same file, in turns."""
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in READERS}
    for _ in range(RUNS):
        for name, taken in runs.items():
            taken.append(measured(name, log))
    print(f"A log of {megabytes(log):.0f} MB, median of {RUNS}:\n")
    table(runs, log)


def table(runs: Mapping[str, list[tuple[float, float]]], log: Path) -> None:
    """MB/s and peak memory of each."""
    print("| reader | MB/s | peak MiB |\n| --- | --- | --- |")
    for name, taken in runs.items():
        speed = megabytes(log) / median(seconds for seconds, _ in taken)
        print(f"| {name} | {speed:.1f} | {median(memory for _, memory in taken):.0f} |")


def measured(name: str, log: Path) -> tuple[float, float]:
    """Seconds and MiB of one run in a process of its own."""
    command = [sys.executable, __file__, "--reader", name, str(log)]
    seconds, memory = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), float(memory)


def once(reader: Callable[[Path], None], log: Path) -> None:
    """Read once, in this process; the time is without Python's start."""
    start = time.perf_counter()
    reader(log)
    seconds = time.perf_counter() - start
    who = resource.RUSAGE_CHILDREN if reader is grep else resource.RUSAGE_SELF
    print(seconds, resource.getrusage(who).ru_maxrss / 1024)


def ours(log: Path) -> None:
    """Every record as a JSON line, to nowhere."""
    import json

    from mocompile.results import stream

    with Path("/dev/null").open("w", encoding="utf-8") as out:
        for part in stream(log):
            out.writelines(json.dumps(record.flat()) + "\n" for record in part.records)


def metricsoperator(log: Path) -> None:
    """The package takes a list of lines."""
    from metricsoperator.metrics.app.lammps import app_lammps

    app_lammps().parse_log(log.read_text())


def grep(log: Path) -> None:
    """The floor: looking at every line once."""
    subprocess.run([shutil.which("grep") or "grep", "-c", "", str(log)], check=True, stdout=subprocess.DEVNULL)


READERS: Mapping[str, Callable[[Path], None]] = {
    "mocompile.results": ours,
    "metricsoperator": metricsoperator,
    "grep -c ''": grep,
}


def written(path: Path, size: int) -> Path:
    """A log of `size` megabytes at `path`."""
    with path.open("w", encoding="utf-8") as out:
        out.write(HEAD)
        length = number = 0
        while length < size * 1e6:
            number += 1
            length += out.write(TIMEPOINT.format(seconds=10 + number % 100 / 100))
        out.write(END)
    return path


def megabytes(path: Path) -> float:
    """The size of a file in 10^6 bytes."""
    return path.stat().st_size / 1e6


if __name__ == "__main__":
    main()
