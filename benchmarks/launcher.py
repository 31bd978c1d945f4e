"""How long a launcher takes to reach its workers, and how much the watch of its end sends, with a stand-in for ssh.

    python benchmarks/launcher.py [--scripts FOLDER] [--seconds N] [PODS ...]

The real functions of the pod scripts run. Only `ssh` and `getent` are stand-ins: a connection takes `--seconds` (0.1),
and every name resolves. `--scripts` is a folder with other versions of the scripts, to compare with.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_SCRIPTS = ROOT / "templates" / "pod"
_PODS = (16, 64, 256, 1024)
_SSH = '#!/bin/sh\ncase $* in *ServerAliveInterval=*) echo "$*" >>"$ASKED"; exit 0 ;; esac\nexec sleep {seconds}\n'
_GETENT = "#!/bin/sh\necho 10.0.0.1\n"
_HEAD = (
    'mo_scripts={scripts}; mo_state=$PWD; . "$mo_scripts/entrypoint.sh"; . "$mo_scripts/launcher.sh"; mo_has_ssh=1; '
)
_START = "mo_wait_for_hosts"
_WATCH = (
    "mo_get_pod_host l 0; mo_launcher_found=; JOB_COMPLETION_INDEX=0; "
    'while [ "$JOB_COMPLETION_INDEX" -lt $((MO_PODS - 1)) ]; do '
    "! mo_has_command mo_choose_watchers || mo_choose_watchers; mo_hold_launcher_session; "
    "JOB_COMPLETION_INDEX=$((JOB_COMPLETION_INDEX + 1)); done"
)


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description="The launcher's start, and the watch of its end.")
    parser.add_argument("pods", nargs="*", type=int, default=_PODS, metavar="PODS", help="pods of the set")
    parser.add_argument("--scripts", type=Path, default=_SCRIPTS, help="folder of the scripts (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=0.1, help="of a connection (default: %(default)s)")
    given = parser.parse_args()
    report(given.pods, given.scripts.resolve(), given.seconds)


def report(pods: Sequence[int], scripts: Path, seconds: float) -> None:
    """Print the table."""
    print("| pods | start, s | packets a second to the launcher's pod |\n| --- | --- | --- |")
    for count in pods:
        took, rate = start_seconds(count, scripts, seconds), packets(count, scripts)
        print(f"| {count} | {took:.1f} | {rate:.1f} |", flush=True)


def start_seconds(pods: int, scripts: Path, seconds: float) -> float:
    """Return how long the launcher waits until it has reached every worker once."""
    with tempfile.TemporaryDirectory() as folder:
        before = time.monotonic()
        _run(_START, pods, scripts, Path(folder), seconds)
        return time.monotonic() - before


def packets(pods: int, scripts: Path) -> float:
    """Return how many questions whether it is there reach the launcher's pod a second, from all workers."""
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder, "asked")
        asked.touch()
        _run(_WATCH, pods, scripts, Path(folder), 0)
        options = (word.partition("=") for word in asked.read_text().split())
        intervals = [int(value) for name, _, value in options if name == "ServerAliveInterval"]
    if len(intervals) != pods - 1:
        sys.exit(f"{len(intervals)} of {pods - 1} workers opened a session")
    return sum(1 / interval for interval in intervals)


def _run(script: str, pods: int, scripts: Path, folder: Path, seconds: float) -> None:
    for name, text in {"ssh": _SSH.format(seconds=seconds), "getent": _GETENT}.items():
        program = folder / name
        program.write_text(text)
        program.chmod(0o755)
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "ASKED": str(folder / "asked"),
        "MO_PODS": str(pods),
        "MO_SET": "set",
        "MO_LAUNCHER_JOB": "l",
        "MO_WORKER_JOB": "w",
    }
    words = ["/bin/sh", "-c", _HEAD.format(scripts=scripts) + script]
    subprocess.run(words, cwd=folder, env=environment, check=True)


if __name__ == "__main__":
    main()
