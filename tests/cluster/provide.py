"""Which cluster the tests have: that of KUBECONFIG, or one that is brought up for them and taken down again."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The command of a one-node cluster, where the checkout has one beside it: build, up, status, down.
OWN = ROOT.parent / "shared" / "cluster" / "cluster"
HOW = "no cluster: set KUBECONFIG to one with JobSet; docs/cluster.md says how to make one with kind"
# Bringing one up takes minutes and the whole machine: only where it is asked for.
ASKED = "MOCOMPILE_CLUSTER"
# One for all processes of the machine that run these tests; in no folder that one of them removes.
_STATE = Path("/var/tmp" if Path("/var/tmp").is_dir() else tempfile.gettempdir()) / f"mocompile-cluster-{os.getuid()}"


@contextlib.contextmanager
def kubeconfig() -> Iterator[str]:
    """The path of the cluster's KUBECONFIG. The last to need a cluster that was brought up here takes it down."""
    if given := os.environ.get("KUBECONFIG"):
        yield given
        return
    if not OWN.exists() or not os.environ.get(ASKED):
        pytest.skip(HOW)
    _STATE.mkdir(exist_ok=True)
    ours = _STATE / "ours"
    with _STATE.joinpath("users").open("w") as users:
        with _alone():
            path = _bring_up(ours)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield path
        finally:
            with _alone():
                fcntl.flock(users, fcntl.LOCK_UN)
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _take_down(ours)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    with _STATE.joinpath("change").open("w") as change:
        fcntl.flock(change, fcntl.LOCK_EX)
        yield


def _run(command: str, seconds: float) -> subprocess.CompletedProcess[str]:
    # Not into the folder for temporary files of one run of the tests: the cluster may outlive it.
    environment = {name: value for name, value in os.environ.items() if name != "TMPDIR"}
    return subprocess.run(
        [str(OWN), command], capture_output=True, text=True, timeout=seconds, check=False, env=environment
    )


def _bring_up(ours: Path) -> str:
    there = _run("status", 60).returncode == 0
    if not there:
        ours.touch()
        _must("build", 1800)
    # Up already: it only says where.
    said = _must("up", 300)
    return said.split("KUBECONFIG=", 1)[1].split("\n")[0].strip("'\" ")


def _must(command: str, seconds: float) -> str:
    done = _run(command, seconds)
    if done.returncode:
        text = f"no cluster: `{OWN.name} {command}` failed: {done.stderr[-2000:]}"
        if os.environ.get("CI"):
            pytest.fail(text, pytrace=False)
        pytest.skip(text)
    return done.stdout


def _take_down(ours: Path) -> None:
    if ours.exists():
        _run("down", 120)
        ours.unlink()
