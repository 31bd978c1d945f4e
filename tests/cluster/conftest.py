from __future__ import annotations

import os
import re
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import broken_jobset, provide
from tests.cluster.kube import LABEL, PROCESS, Cluster, Namespace, find_kubectl, stamp, until

HERE = Path(__file__).parent
# Those that are there now; a failing case tells what happened in those of its own module.
_OPEN: list[tuple[str, Namespace]] = []

Opener = Callable[..., Namespace]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All on one worker of xdist: they share what runs, and the machine's few processors."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("cluster"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Add the events, states and logs of the cluster to a failure."""
    report = yield
    if report.failed and HERE in item.path.parents:
        for case, namespace in _OPEN:
            if case == item.path.stem and namespace.asked >= call.start:
                report.sections.append((f"cluster {namespace.name}", namespace.describe()))
    return report


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    find_kubectl()
    with provide.kubeconfig(_teller(request)) as path, Cluster(path) as found:
        crd = found.kubectl("get", "crd", "jobsets.jobset.x-k8s.io", check=False)
        if crd.code:
            pytest.fail(f"the cluster has no JobSet: {crd.stderr}", pytrace=False)
        _clear(found)
        broken_jobset.repair(found)
        mark = secrets.token_hex(3)
        found.environment["E2E_MARK"] = mark
        yield found

        # Nothing is left: also what the last module has only begun to delete.
        def gone() -> bool:
            listed = found.get("/api/v1/namespaces", labelSelector=f"{LABEL}={mark}")
            return not listed["items"]

        until(gone, 120, "namespaces of the tests deleted")


def _teller(request: pytest.FixtureRequest) -> provide.Say:
    """Prints past pytest's capture."""
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")

    def say(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"tests/cluster: {text}", file=sys.stderr, flush=True)

    return say


def _process() -> str:
    return f"{os.getpid()}.{socket.gethostname()[:40].rstrip('-.')}"


def _clear(cluster: Cluster) -> None:
    """Removes what tests that were killed have left: on this machine, or an hour ago."""
    pid_and_host = re.compile(r"(\d+)\.(.*)")
    for kind in ("namespaces", "persistentvolumes"):
        for each in cluster.get(f"/api/v1/{kind}", labelSelector=LABEL)["items"]:
            found = pid_and_host.fullmatch(each["metadata"]["labels"].get(PROCESS, ""))
            here = found and f".{found[2]}" == _process().lstrip("0123456789")
            dead = here and found and not Path(f"/proc/{found[1]}").exists()
            if dead or time.time() - stamp(each["metadata"]["creationTimestamp"]) > 3600:
                cluster.kubectl("delete", kind, each["metadata"]["name"], "--wait=false", "--ignore-not-found")


@pytest.fixture(scope="module")
def opener(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Makes namespaces that go with the module."""
    case = Path(str(request.path)).stem
    mark = cluster.environment["E2E_MARK"]
    with ExitStack() as stack:

        def open_namespace(name: str, **labels: str) -> Namespace:
            full = {LABEL: mark, PROCESS: _process(), **labels}
            namespace = stack.enter_context(Namespace(cluster, f"e2e-{name}-{mark}", full))
            _OPEN.append((case, namespace))
            stack.callback(_OPEN.remove, (case, namespace))
            return namespace

        yield open_namespace
