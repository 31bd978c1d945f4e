"""Measures cold builds against the programs that users know: helm, kustomize, kubectl.

    python benchmarks/peers.py [--rounds N] [MOCOMPILE]...

A number is the processor time of a whole process. The programs take turns, and a ratio is the median of the rounds' own
ratios to `helm template` of the chart that mocompile makes of the same example: that is what may be compared between
machines. Name several installations to compare them. A wheel that is installed with its `.pyc` files starts fastest.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
# One whose sheet has no template to speak of, and one whose templates are expressions.
EXAMPLES = ("io-fio", "app-lammps")
_HELM = "helm template"


def main() -> None:
    """Measure, and print a table in Markdown for each installation."""
    parser = argparse.ArgumentParser(description="Cold builds against helm, kustomize and kubectl.")
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="rounds (default: %(default)s)")
    parser.add_argument("programs", nargs="*", default=[str(ROOT / ".venv" / "bin" / "mocompile")], metavar="MOCOMPILE")
    arguments = parser.parse_args()
    for program in arguments.programs:
        for example in EXAMPLES:
            with tempfile.TemporaryDirectory() as folder:
                commands = commands_of(program, example, Path(folder))
                report(f"{program}, {example}", commands, arguments.rounds)


def commands_of(program: str, example: str, folder: Path) -> Mapping[str, Sequence[str]]:
    """The commands of one example. Makes the chart and the kustomization in the folder."""
    source = str(ROOT / "examples" / example / "metrics.yaml")
    for form in ("helm", "kustomize"):
        made = [program, "build", source, "-f", form, "-o", str(folder / form)]
        subprocess.run(made, check=True, stderr=subprocess.DEVNULL)
    commands = {
        _HELM: [found("helm"), "template", "x", str(folder / "helm")],
        "kustomize build": [found("kustomize"), "build", str(folder / "kustomize" / "base")],
        "kubectl kustomize": [found("kubectl"), "kustomize", str(folder / "kustomize" / "base")],
        "mocompile build": [program, "build", source],
        "mocompile build -f kustomize": [program, "build", source, "-f", "kustomize", "-o", "-"],
        "mocompile build -f helm": [program, "build", source, "-f", "helm", "-o", "-"],
        "mocompile --version": [program, "--version"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }
    return {name: command for name, command in commands.items() if command[0]}


def found(name: str) -> str:
    """The path of a program: of those that `tests/run.sh` builds, or of the machine; empty where there is none."""
    return shutil.which(name, path=f"{ROOT / '.cache' / 'bin'}{os.pathsep}{os.environ['PATH']}") or ""


def report(title: str, commands: Mapping[str, Sequence[str]], rounds: int) -> None:
    """Run the commands in turn, and print their times and ratios."""
    if _HELM not in commands:
        raise SystemExit("there is no helm")
    for command in commands.values():
        cpu_time(command)  # writes .pyc files
    times = [{name: cpu_time(command) for name, command in commands.items()} for _ in range(rounds)]
    print(f"{title}, median of {rounds}:\n\n| command | CPU ms | x helm |\n| --- | --- | --- |")
    for name in commands:
        ratio = median(each[name] / each[_HELM] for each in times)
        print(f"| {name} | {1000 * median(each[name] for each in times):.0f} | {ratio:.2f} |")
    print(flush=True)


def cpu_time(command: Sequence[str]) -> float:
    """Seconds of processor time of a process, its own and the system's. Raises `SystemExit` if it fails."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
