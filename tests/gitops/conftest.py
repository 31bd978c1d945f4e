from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import cluster, opener
from tests.cluster.kube import Cluster
from tests.gitops.argocd_cm import FILES
from tests.gitops.provide import Controllers, controllers

__all__ = ["cluster", "gitops", "opener"]

HERE = Path(__file__).parent
WITHOUT_CLUSTER = {"test_health.py", "test_registry.py", "test_table.py", "test_ci_files.py"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that use the cluster on one worker of xdist, with the tests of the cluster."""
    for item in items:
        if HERE in item.path.parents and item.path.name not in WITHOUT_CLUSTER:
            item.add_marker(pytest.mark.xdist_group("cluster"))


@pytest.fixture(scope="session")
def gitops(cluster: Cluster) -> Iterator[Controllers]:
    with controllers(cluster.environment["KUBECONFIG"]) as found:
        yield found


@pytest.fixture(scope="module")
def plugin(gitops: Controllers) -> Iterator[None]:
    """The config management plugin of this project."""
    said = gitops("plugin", str(FILES / "plugin" / "plugin.yaml")).strip()
    try:
        yield
    finally:
        gitops("unplug", said)
