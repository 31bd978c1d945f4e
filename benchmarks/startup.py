"""How long `mocompile build` takes from a cold start, in units of Python's own start, and where the time goes.

    python benchmarks/startup.py [--runs N] [INPUT]

The commands take turns, so that a busy moment of the machine falls on all alike. The ratio is the median of each
round's own, to `python -c pass` of the same round: that is what may be compared between machines.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "io-fio" / "metrics.yaml"
_STAGES = "--stages"
_PYTHON = "python -c pass"

Result = TypeVar("Result")


def main() -> None:
    """Measure, and print a report in Markdown."""
    parser = argparse.ArgumentParser(description="Start-up time of mocompile, and where it goes.")
    parser.add_argument("input", nargs="?", type=Path, default=EXAMPLE, help="what to build (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=31, metavar="N", help="runs of each command (default: %(default)s)")
    parser.add_argument(_STAGES, action="store_true", help="build once, in this process, and print the stages' times")
    arguments = parser.parse_args()
    if arguments.stages:
        for name, seconds in stages(arguments.input).items():
            print(f"{name}\t{seconds}")
        return
    report(arguments.input, arguments.runs)


def report(path: Path, runs: int) -> None:
    """Print all tables."""
    build = ["-m", "mocompile", "build", str(path)]
    commands = {
        _PYTHON: ["-c", "pass"],
        "mocompile --version": ["-m", "mocompile", "--version"],
        "mocompile build": build,
    }
    rounds = [wall_times(commands) for _ in range(runs + 1)][1:]  # the first one writes .pyc files
    ratios = median_of([{name: each[name] / each[_PYTHON] for name in commands} for each in rounds])
    walls = median_of(rounds)
    rows = [(name, f"{walls[name] * 1000:.0f}", f"{ratios[name]:.1f}") for name in commands]
    table(f"Wall time, median of {runs}", ("command", "ms", "ratio"), rows)

    packages = median_of([import_times(build) for _ in range(5)])
    largest = sorted(packages.items(), key=lambda item: -item[1])
    rows2 = [(name, f"{seconds * 1000:.0f}") for name, seconds in largest if seconds >= 0.001]
    table("Imports of a build by package, median of 5 (measuring makes them slower)", ("package", "ms"), rows2)

    stage_times = median_of([one_build(path) for _ in range(5)])
    rows3 = [(name, f"{seconds * 1000:.1f}") for name, seconds in stage_times.items()]
    table("Stages of a build in one process, median of 5", ("stage", "ms"), rows3)


def wall_times(commands: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Seconds that Python takes with each of these arguments, one after another."""
    return {name: timed(partial(run, arguments))[0] for name, arguments in commands.items()}


def run(arguments: Sequence[str]) -> str:
    """Return Python's output on stderr."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
    return done.stderr


def timed(action: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds that an action takes, and its result."""
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


def import_times(arguments: Sequence[str]) -> dict[str, float]:
    """Seconds spent in the modules of each top-level package; Python's own under `(Python)`."""
    totals: defaultdict[str, float] = defaultdict(float)
    for line in run(["-X", "importtime", *arguments]).splitlines():
        microseconds, _, module = line.removeprefix("import time:").split("|")
        if microseconds.strip().isdigit():
            name = module.strip().partition(".")[0]
            totals["(Python)" if name in sys.stdlib_module_names else name] += int(microseconds) / 1e6
    return totals


def one_build(path: Path) -> dict[str, float]:
    """The stages' times of a build in a new process, and how long importing all of them took."""
    done = subprocess.run([sys.executable, __file__, _STAGES, path], capture_output=True, text=True, check=True)
    return {name: float(seconds) for name, seconds in (line.split("\t") for line in done.stdout.splitlines())}


def stages(path: Path) -> dict[str, float]:
    """Seconds for each stage, each imported before its clock starts."""
    start = time.perf_counter()
    from mocompile.catalog import Catalog
    from mocompile.check import check
    from mocompile.document.load import load_file
    from mocompile.document.merge import merge
    from mocompile.emit.objects import objects
    from mocompile.emit.yaml import dump
    from mocompile.expand import expand
    from mocompile.expression.to_data import python_value

    times = {"(imports)": time.perf_counter() - start}
    times["load"], document = timed(lambda: load_file(path))
    times["merge"], merged = timed(lambda: merge(document))
    times["check, with data sheets"], metric_set = timed(lambda: check(merged.root, Catalog()))
    times["expand"], plan = timed(lambda: expand(metric_set))
    times["emit: objects"], data = timed(lambda: [python_value(each, plan.values) for each in objects(plan)])
    times["emit: YAML"], _ = timed(lambda: dump(data))
    return times


def median_of(measurements: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each entry, in the order of the first measurement."""
    return {name: median(each.get(name, 0.0) for each in measurements) for name in measurements[0]}


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table under its title."""
    print(f"{title}:\n")
    for row in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(row)} |")
    print()


if __name__ == "__main__":
    main()
