"""Measures the speed and memory of `mocompile.results` reading logs.

    python benchmarks/results.py [--megabytes N] [--large N] [--pods N] [--only NAME] [LOG]

Each log is made of a real log of `tests/data/logs`, whose timepoints are repeated with other digits. Our stream of
records to JSON lines, the `metricsoperator` package (which has all lines in a list) and `grep -c ''` (which only counts
the lines) take turns; each is a process of its own. The time is processor time, so that other work on the machine
counts little. Then ours alone on a large file: its peak of memory must not grow with the file. Last, `results table` of
the logs of many pods, with all figures and with one, from logs and from their JSON lines.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from statistics import median

RUNS = 3
LOGS = Path(__file__).resolve().parents[1] / "tests" / "data" / "logs"
TIMEPOINT = "METRICS OPERATOR TIMEPOINT\n"
END = "METRICS OPERATOR COLLECTION END\n"
# The last digit of a number with a point: another one makes another timepoint of the same form.
DIGIT = re.compile(r"(?<=\.)(\d*)\d(?!\d)")


@dataclass(frozen=True)
class Workload:
    """A log to make: of which real log, and how many lines without figures are before each timepoint's output."""

    name: str
    log: str
    noise: int = 0


WORKLOADS = (
    Workload("LAMMPS, dense", "app-lammps/5-local-2025.log"),
    Workload("LAMMPS, 2,000 other lines a timepoint", "app-lammps/5-local-2025.log", 2_000),
    Workload("LAMMPS, 20,000 other lines a timepoint", "app-lammps/5-local-2025.log", 20_000),
    Workload("fio, JSON", "io-fio/2-local-3.33-gtod.log"),
    Workload("iostat, JSON", "io-sysstat/3-local-json-3points.log"),
    Workload("OSU, tables", "network-osu-benchmark/1-readme.log"),
)


def main() -> None:
    """Measure, and print a report in Markdown."""
    parser = argparse.ArgumentParser(description="Speed and memory of mocompile.results.")
    parser.add_argument("log", nargs="?", type=Path, help="a log to read instead of those made for this")
    parser.add_argument("--megabytes", type=int, default=20, metavar="N", help="size of a log (default: %(default)s)")
    parser.add_argument("--large", type=int, default=1000, metavar="N", help="of the large one, 0: none (%(default)s)")
    parser.add_argument("--pods", type=int, default=256, metavar="N", help="logs for a table, 0: none (%(default)s)")
    parser.add_argument("--only", default="", metavar="NAME", help="only the logs with this in their name")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help="how often (default: %(default)s)")
    parser.add_argument("--reader", choices=sorted(READERS), help="read LOG once, and print seconds and MiB")
    arguments = parser.parse_args()
    if arguments.reader:
        once(READERS[arguments.reader], arguments.log)
        return
    with tempfile.TemporaryDirectory() as folder:
        head = "| log | reader | MB/s | ratio to metricsoperator | peak MiB |\n| --- | --- | --- | --- | --- |"
        print(f"Logs of about {arguments.megabytes} MB, median of {arguments.runs}:\n\n{head}", flush=True)
        if arguments.log:
            compare(arguments.log.name, arguments.log, arguments.runs)
        for workload in () if arguments.log else WORKLOADS:
            if arguments.only in workload.name:
                log = written(workload, Path(folder) / "log", arguments.megabytes)
                compare(workload.name, log, arguments.runs)
        if arguments.large and not arguments.log:
            large = written(WORKLOADS[0], Path(folder) / "large", arguments.large)
            _, memory = measured("mocompile.results", large)
            print(f"\n{WORKLOADS[0].name}, of {megabytes(large):.0f} MB to JSON lines: {memory:.0f} MiB")
        if arguments.pods and not arguments.log:
            table(Path(folder), arguments.pods)


def table(folder: Path, pods: int) -> None:
    """Measure `results table` of the logs of many pods, of 20 timepoints each."""
    logs = folder / "logs"
    logs.mkdir()
    for pod in range(pods):
        written(Workload(f"pod {pod}", "io-fio/2-local-3.33-gtod.log"), logs / f"io-m-0-{pod}.log", 0.115)
    lines = folder / "figures.jsonl"
    command("parse", str(logs), "-o", str(lines))
    size = sum(map(megabytes, logs.iterdir()))
    print(f"\n`results table`, {pods} logs of 20 timepoints, {size:.0f} MB:\n")
    print("| of | figures | seconds | peak MiB |\n| --- | --- | --- | --- |")
    for name, path in (("logs", logs), ("JSON lines", lines)):
        for figures, more in (("all", ()), ("iops", ("--figure", "iops"))):
            seconds, memory = command("table", str(path), *more)
            print(f"| {name} | {figures} | {seconds:.1f} | {memory:.0f} |", flush=True)


def command(*arguments: str) -> tuple[float, float]:
    """Processor time and peak memory of a command of `mocompile results`."""
    line = [sys.executable, "-m", "mocompile", "results", *arguments]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(line)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def compare(name: str, log: Path, runs: int) -> None:
    """Each reader on the same file, in turns."""
    taken: dict[str, list[tuple[float, float]]] = {reader: [] for reader in READERS}
    for _ in range(runs):
        for reader, found in taken.items():
            found.append(measured(reader, log))
    for reader, found in taken.items():
        speed = megabytes(log) / median(seconds for seconds, _ in found)
        ratio = median(theirs / ours for (theirs, _), (ours, _) in zip(taken["metricsoperator"], found, strict=True))
        print(
            f"| {name} | {reader} | {speed:.1f} | {ratio:.2f} | {median(memory for _, memory in found):.0f} |",
            flush=True,
        )
        name = ""


def measured(name: str, log: Path) -> tuple[float, float]:
    """Seconds and MiB of one run in a process of its own."""
    command = [sys.executable, __file__, "--reader", name, str(log)]
    seconds, memory = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), float(memory)


def once(reader: Callable[[Path], None], log: Path) -> None:
    """Read once, in this process; the time is processor time without Python's start and the readers' imports."""
    who = resource.RUSAGE_CHILDREN if reader is grep else resource.RUSAGE_SELF
    prepare(reader)
    start = time.process_time()
    reader(log)
    used = resource.getrusage(who)
    seconds = used.ru_utime + used.ru_stime if reader is grep else time.process_time() - start
    print(seconds, used.ru_maxrss / 1024)


def prepare(reader: Callable[[Path], None]) -> None:
    """Import the reader's package, so that its time has no imports."""
    if reader is ours:
        import_module("mocompile.results.formats.jsonl")
    if reader is metricsoperator:
        import_module("metricsoperator.metrics")


def ours(log: Path) -> None:
    """Every record as a JSON line, to nowhere."""
    from mocompile.results import stream
    from mocompile.results.formats import writer

    with Path("/dev/null").open("wb") as out:
        lines = writer("jsonl", out)
        for part in stream(log):
            lines.write(part.records, part.problems)
        lines.close()


def metricsoperator(log: Path) -> None:
    """The package takes the whole text; its result is written as JSON, to nowhere."""
    from metricsoperator.metrics import get_metric

    text = log.read_text()
    name = re.findall(r'"metricName":"([^"]+)"', text[:10_000])[-1]
    with Path("/dev/null").open("w", encoding="utf-8") as out:
        json.dump(get_metric(name)().parse_log(text), out)


def grep(log: Path) -> None:
    """The floor: looking at every line once."""
    subprocess.run([shutil.which("grep") or "grep", "-c", "", str(log)], check=True, stdout=subprocess.DEVNULL)


READERS: Mapping[str, Callable[[Path], None]] = {
    "mocompile.results": ours,
    "metricsoperator": metricsoperator,
    "grep -c ''": grep,
}


def written(workload: Workload, path: Path, size: float) -> Path:
    """A log of about `size` megabytes at `path`; the same one each time."""
    text = (LOGS / workload.log).read_text()
    start = text.rindex("METADATA START {")
    head, *timepoints = text[start : text.index(END, start)].split(TIMEPOINT)
    chance = random.Random(workload.name)
    with path.open("w", encoding="utf-8") as out:
        out.write(head)
        length = 0
        while length < size * 1e6:
            for timepoint in timepoints:
                length += out.write(TIMEPOINT)
                for line in other_lines(workload.noise, chance):
                    length += out.write(line)
                length += out.write(DIGIT.sub(lambda found: f"{found[1]}{chance.randrange(10)}", timepoint))
        out.write(END)
    return path


def other_lines(count: int, chance: random.Random) -> Iterator[str]:
    """Lines as MPI libraries and programs print them beside their results, of about 90 characters."""
    for number in range(count):
        yield (
            f"[{1691000000 + number}.{chance.randrange(10**6):06d}] [node-{number % 16}:{number % 977}:0]"
            f" ucp_worker.c:1855 UCX INFO ep_cfg[{number % 7}]: tag(mlx5_{number % 4}:1)\n"
        )


def megabytes(path: Path) -> float:
    """The size of a file in 10^6 bytes."""
    return path.stat().st_size / 1e6


if __name__ == "__main__":
    main()
