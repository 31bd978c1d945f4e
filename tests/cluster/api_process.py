"""The API server's process of the one-node cluster, to be restarted under the feet of a command."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("MOC_CLUSTER_CACHE", str(Path.home() / ".cache" / "one-node-cluster")))
_PID = CACHE / "run" / "pids" / "apiserver"


def find(kubeconfig: str) -> int:
    """Its pid; skips where the cluster is another one, or not of this machine."""
    if not _PID.is_file() or not kubeconfig.startswith(str(CACHE)):
        pytest.skip("the cluster is not the one-node cluster of this machine: its API server cannot be restarted here")
    return int(_PID.read_text())


def restart(pid: int) -> None:
    """End the API server, wait a moment, and start it again with the same command line and environment."""
    process = Path("/proc") / str(pid)
    command = process.joinpath("cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    environment = dict(each.split(b"=", 1) for each in process.joinpath("environ").read_bytes().split(b"\0") if each)
    os.kill(pid, signal.SIGKILL)
    while _runs(process):
        time.sleep(0.05)
    time.sleep(2)
    with (CACHE / "run" / "log" / "apiserver.log").open("ab") as log:
        started = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    _PID.write_text(f"{started.pid}\n")


def _runs(process: Path) -> bool:
    try:
        return bool(process.joinpath("environ").read_bytes())  # a zombie has none
    except OSError:
        return False
