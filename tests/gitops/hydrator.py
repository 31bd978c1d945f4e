"""Argo CD with its Source Hydrator: a commit server, and the application controller told of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.cluster.kube import until
from tests.gitops.provide import Controllers

_CONTROLLER = "application-controller"


@contextmanager
def hydrating(gitops: Controllers, folder: Path) -> Iterator[None]:
    """The controllers with the hydrator switched on; its logs go to `folder`. The usual controller runs in the end."""
    pid_file = gitops.state / "pids" / _CONTROLLER
    command, environment = _process(int(pid_file.read_text()))
    port, metrics = _free_ports()
    committing = {**environment, "ARGOCD_BINARY_NAME": "argocd-commit-server", "TMPDIR": str(folder)}
    committing = {name: value for name, value in committing.items() if name not in {"KUBECONFIG", "GITOPS"}}
    listen = ("--address", "127.0.0.1", "--port", port, "--metrics-address", "127.0.0.1", "--metrics-port", metrics)
    server = _start([command[0], *listen, "--logformat", "text"], committing, folder / "commit-server.log")
    told = [*command, "--hydrator-enabled", "--commit-server", f"127.0.0.1:{port}"]
    try:
        until(lambda: _listens(int(port)), 30, "the commit server listens")
        _replace(pid_file, told, environment, folder / "controller.log")
        try:
            yield
        finally:
            _replace(pid_file, command, environment, gitops.state / "log" / f"{_CONTROLLER}.log")
    finally:
        server.terminate()
        server.wait(30)


def _process(pid: int) -> tuple[list[str], dict[str, str]]:
    """The arguments and the environment of a process."""
    arguments = [os.fsdecode(each) for each in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]]
    pairs = (os.fsdecode(each).partition("=") for each in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")[:-1])
    return arguments, {name: value for name, _, value in pairs}


def _replace(pid_file: Path, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    """End the process of the file, and start another in its place."""
    pid = int(pid_file.read_text())
    os.kill(pid, signal.SIGTERM)
    until(lambda: not _runs(pid), 60, "the controller ended")
    pid_file.write_text(str(_start(command, environment, log).pid))


def _start(command: Sequence[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as stream:
        return subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, start_new_session=True
        )


def _runs(pid: int) -> bool:
    """Whether the process is there, and not a child that ended."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        time.sleep(0.1)
        return False
    return True


def _free_ports() -> tuple[str, str]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1]), str(other.getsockname()[1])
