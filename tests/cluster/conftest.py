from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import provide
from tests.cluster.kube import Cluster, Namespace, until
from tests.tools import need

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
    """What the cluster has to say to a failure."""
    report = yield
    if report.failed and HERE in item.path.parents:
        for case, namespace in _OPEN:
            if case == item.path.stem and namespace.asked >= call.start:
                report.sections.append((f"cluster {namespace.name}", namespace.describe()))
    return report


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    need("kubectl")
    with provide.kubeconfig() as path, Cluster(path) as found:
        missing = found.kubectl("get", "crd", "jobsets.jobset.x-k8s.io", check=False)
        if missing.code:
            pytest.fail(f"the cluster has no JobSet: {missing.stderr}", pytrace=False)
        mark = secrets.token_hex(3)
        found.environment["E2E_MARK"] = mark
        yield found

        # Nothing is left: also what the last module has only begun to delete.
        def gone() -> bool:
            listed = found.get("/api/v1/namespaces", labelSelector=f"mocompile-e2e={mark}")
            return not listed["items"]

        until(gone, 120, "namespaces of the tests deleted")


@pytest.fixture(scope="module")
def opener(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Makes namespaces that go with the module."""
    case = Path(str(request.path)).stem
    mark = cluster.environment["E2E_MARK"]
    with ExitStack() as stack:

        def open_namespace(name: str, **labels: str) -> Namespace:
            full = {"mocompile-e2e": mark, **labels}
            namespace = stack.enter_context(Namespace(cluster, f"e2e-{name}-{mark}", full))
            _OPEN.append((case, namespace))
            stack.callback(_OPEN.remove, (case, namespace))
            return namespace

        yield open_namespace
