from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from tests.pod import kubelet
from tests.pod.containers import configmap, container, labels
from tests.pod.network import network, network_of_four
from tests.tools import missing, need

if TYPE_CHECKING:
    from tests.pod.kubelet import Pod, Result, Shell


__all__ = ["network", "network_of_four"]


@pytest.fixture(autouse=True)
def _needs_containers() -> None:
    need("bash", "dash", "busybox")
    if reason := kubelet.why_not():
        missing(reason)


@pytest.fixture(params=kubelet.SHELLS)
def shell(request: pytest.FixtureRequest) -> Shell:
    """The program at /bin/sh, and the shells of the image."""
    result: Shell = request.param
    return result


class Runner(Protocol):
    """Runs a program line in a container, with these variables and the options of `kubelet.start`."""

    # Any, so that a mapping of variables can be unpacked beside them.
    def __call__(self, line: str, /, *, timeout: Any = ..., options: Any = ..., **env: str) -> Result: ...


class Starter(Protocol):
    """Starts one, and gives it back while it runs."""

    def __call__(self, line: str, /, *, options: Any = ..., **env: str) -> Pod: ...


@pytest.fixture
def begin(shell: Shell) -> Starter:
    def start(line: str, /, *, options: Any = None, **env: str) -> Pod:
        given = {"configmap": configmap(), "labels": labels(), "shell": shell, **(options or {})}
        workdir = given.pop("workdir", None)
        return kubelet.start(container(line, workdir=workdir, **env), **given)

    return start


@pytest.fixture
def run(begin: Starter) -> Runner:
    def finish(line: str, /, *, timeout: Any = 30, options: Any = None, **env: str) -> Result:
        with begin(line, options=options or {}, **env) as pod:
            return pod.wait(timeout=timeout)

    return finish
