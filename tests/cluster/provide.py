"""Which cluster the tests have: that of KUBECONFIG, or one that is brought up for them and taken down again."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.paths import ROOT

# The command of a one-node cluster, where the checkout has one beside it: build, up, status, down.
OWN = ROOT.parent / "shared" / "cluster" / "cluster"
HOW = "no cluster: set KUBECONFIG to one with JobSet; docs/cluster.md says how to make one with kind"
# Another place of that command; `1` for that one, and empty to have none brought up.
PLACE = "MOCOMPILE_CLUSTER"
# Seconds. On a machine that has nothing yet a build took ten minutes.
_LIMITS = {"status": 60, "build": 1800, "up": 300, "down": 180}
# One for all processes of the machine that run these tests; in no folder that one of them removes.
_STATE = Path("/var/tmp" if Path("/var/tmp").is_dir() else tempfile.gettempdir()) / f"mocompile-cluster-{os.getuid()}"
_BRIDGE = Path("/sys/class/net/cni0")

Say = Callable[[str], None]


def command() -> Path | None:
    """The command that brings a cluster up, if there is one."""
    given = os.environ.get(PLACE)
    place = OWN if given in (None, "1") else Path(given) if given else None
    return place if place is not None and place.is_file() else None


@contextlib.contextmanager
def kubeconfig(say: Say) -> Iterator[str]:
    """The path of the cluster's KUBECONFIG.

    The last to need a cluster that was brought up here takes it down; one that was up before stays up. `say` tells a
    person what takes so long.
    """
    if given := os.environ.get("KUBECONFIG"):
        yield given
        return
    program = command()
    if program is None:
        pytest.skip(HOW)
    _STATE.mkdir(exist_ok=True)
    with _STATE.joinpath("users").open("w") as users:
        with _alone():
            path = _bring_up(program, say)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield path
        finally:
            with _alone():
                fcntl.flock(users, fcntl.LOCK_UN)
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _take_down(program, path)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    with _STATE.joinpath("change").open("w") as change:
        fcntl.flock(change, fcntl.LOCK_EX)
        yield


def _run(program: Path, step: str) -> subprocess.CompletedProcess[str]:
    """`cluster STEP`; 124 where it took too long, and was ended with all that it had started."""
    # Not into the folder for temporary files of one run of the tests: the cluster may outlive it.
    environment = {name: value for name, value in os.environ.items() if name != "TMPDIR"}
    with (
        tempfile.TemporaryFile("w+") as said,
        tempfile.TemporaryFile("w+") as told,
        subprocess.Popen(
            [program, step],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=told,
            env=environment,
            start_new_session=True,
        ) as process,
    ):
        try:
            code = process.wait(_LIMITS[step])
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)
            code = 124
        texts = [(file.seek(0), file.read())[1] for file in (said, told)]
    if code == 124:
        texts[1] += f"not done within {_LIMITS[step]} s"
    return subprocess.CompletedProcess([program, step], code, *texts)


def _bring_up(program: Path, say: Say) -> str:
    ours = _run(program, "status").returncode != 0
    if ours:
        say(f"bringing a cluster up with {program}: seconds; where it must be built first, ten minutes, once")
        _must(program, "build")
    # Up already: it only says where.
    said = _must(program, "up")
    path = said.split("KUBECONFIG=", 1)[1].split("\n")[0].strip("'\" ")
    _keep_address()
    if ours:
        _mark().write_text(_fingerprint(path))
    return path


def _must(program: Path, step: str) -> str:
    done = _run(program, step)
    if done.returncode:
        _give_up(f"no cluster: `{program.name} {step}` failed: {done.stderr[-2000:]}")
    return done.stdout


def _give_up(text: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(text, pytrace=False)
    pytest.skip(text)


def _keep_address() -> None:
    """Gives the pods' bridge an address of its own.

    Without one it has the lowest of those of its ports, a new one with every other pod; the other pods go on to send to
    the old one for half a minute, in which no name resolves for them.
    """
    if not _BRIDGE.joinpath("address").is_file():
        return
    # 3: set by someone, and kept (NET_ADDR_SET).
    if _BRIDGE.joinpath("addr_assign_type").read_text().strip() != "3":
        subprocess.run(["ip", "link", "set", "dev", _BRIDGE.name, "address", "02:00:0a:f4:00:01"], check=False)


def _mark() -> Path:
    return _STATE / "ours"


def _fingerprint(path: str) -> str:
    """Tells a cluster from one that was brought up later: its certificates are made anew each time."""
    file = Path(path)
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def _take_down(program: Path, path: str) -> None:
    """Only what was brought up by these tests, also by earlier ones that were killed."""
    if _mark().is_file() and _mark().read_text() == _fingerprint(path):
        _run(program, "down")
    _mark().unlink(missing_ok=True)
