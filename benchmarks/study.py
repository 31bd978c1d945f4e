"""Measures studies of many points: processor time and memory of `mocompile build` in each format.

    python benchmarks/study.py [--points N]...

Every build is a separate process, so that the memory is that of one build.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BASE = ROOT / "examples" / "app-lammps" / "metrics.yaml"
FORMATS = ("yaml", "kustomize", "helm")
_MEASURED = "import resource, sys\nfrom mocompile.cli.app import app\ntry:\n    app(sys.argv[1:])\nfinally:\n"
_MEASURED += "    used = resource.getrusage(resource.RUSAGE_SELF)\n"
_MEASURED += "    print(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)\n"


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description="Processor time and memory of studies.")
    parser.add_argument("--points", type=int, action="append", metavar="N", help="how many (default: 25, 50, 100, 200)")
    counts = parser.parse_args().points or [25, 50, 100, 200]
    print("| points | format | seconds | ms a point | peak MiB |")
    print("| --- | --- | --- | --- | --- |")
    for count in counts:
        for form in FORMATS:
            seconds, memory = measured(count, form)
            print(f"| {count} | {form} | {seconds:.1f} | {1000 * seconds / count:.0f} | {memory} |", flush=True)


def measured(count: int, form: str) -> tuple[float, int]:
    """Seconds of processor time, and the peak of memory in MiB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "metrics.yaml").write_bytes(BASE.read_bytes())
        (folder / "study.yaml").write_text(study(count), "utf-8")
        command = [sys.executable, "-c", _MEASURED, "build", "study.yaml", "-f", form, "-o", "out"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        seconds, memory = done.stdout.split()[-2:]
        return float(seconds), int(memory)


def study(count: int) -> str:
    """A study of `count` points."""
    values = ", ".join(str(2 + number) for number in range(count))
    return f"""
apiVersion: flux-framework.org/v1alpha2
kind: MetricStudy
metadata: {{name: many}}
spec:
  base: metrics.yaml
  parameters:
    pods: {{set: spec.pods, values: [{values}]}}
    doubled: {{set: spec.pod.labels.doubled, value: "{{{{ pods * 2 }}}}"}}
  maxPoints: {max(count, 1)}
"""


if __name__ == "__main__":
    main()
