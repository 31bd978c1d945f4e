"""A real Argo CD and Flux on the tests' cluster, brought up for them and taken down again."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.paths import ROOT
from tests.tools import BUILT

# The command that runs Argo CD and Flux beside a cluster: build, up, repo, plugin, unplug, status, down.
OWN = ROOT.parent / "shared" / "gitops" / "gitops"
# Another place of that command; empty to have none.
PLACE = "MOCOMPILE_GITOPS"
HOW = f"no Argo CD: these tests need the command that {PLACE} names, which brings one up beside a cluster"
# Seconds. On a machine that has nothing yet a build took sixteen minutes.
_LIMITS = {"build": 2400, "up": 300, "down": 120}
_USUAL = 120


@dataclass(frozen=True, slots=True)
class Controllers:
    """Argo CD and Flux, and the git server that they read from. `namespace` is that of Argo CD.

    `flux` says whether Flux runs, too. `state` is the folder with their process ids and git repositories.
    """

    program: Path
    environment: Mapping[str, str]
    namespace: str
    flux: bool
    state: Path

    def __call__(self, *arguments: str) -> str:
        """Run the command with these arguments; return what it prints to stdout."""
        return _run(self.program, self.environment, *arguments)


def command() -> Path | None:
    """The command, if there is one."""
    given = os.environ.get(PLACE)
    place = OWN if given is None else Path(given) if given else None
    return place if place is not None and place.is_file() else None


@contextmanager
def controllers(kubeconfig: str) -> Iterator[Controllers]:
    """Argo CD and Flux for the cluster of `kubeconfig`. Those that were up before stay up."""
    program = command()
    if program is None:
        pytest.skip(HOW)
    environment = {name: value for name, value in os.environ.items() if name != "TMPDIR"}
    # The repo-server renders with the programs of the tests, and a plugin finds mocompile.
    search = f"{Path(shutil.which('mocompile') or ROOT / '.venv/bin/mocompile').parent}:{BUILT}"
    environment |= {"KUBECONFIG": kubeconfig, "PATH": f"{search}:{environment['PATH']}", "MOC_GITOPS_RECONCILE": "3s"}
    ours = subprocess.run([program, "status"], env=environment, capture_output=True, check=False).returncode != 0
    which = ("--flux",) if ours else ()
    if ours:
        _run(program, environment, "build", *which)
    said = _run(program, environment, "up", *which)
    found = dict(re.findall(r"GITOPS_(\w+)=(\S+)", said))
    flux = Path(found["RUN"], "flux.ports").exists()
    try:
        yield Controllers(program, environment, found["NAMESPACE"], flux, Path(found["RUN"]))
    finally:
        if ours:
            _run(program, environment, "down")


def _run(program: Path, environment: Mapping[str, str], *arguments: str) -> str:
    limit = _LIMITS.get(arguments[0], _USUAL)
    # Files, not pipes: what the command starts keeps them open.
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=told,
            env=environment,
            start_new_session=True,
        )
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        for file in (said, told):
            file.seek(0)
        if code:
            text = f"`{program.name} {' '.join(arguments)}` failed: {told.read()[-2000:]}"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(text)
        return said.read()
