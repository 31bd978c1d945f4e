"""A real Flux takes the outputs as they are, and sees how a set ended by the health expressions."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.conftest import Opener
from tests.cluster.kube import Namespace, until
from tests.gitops.provide import Controllers
from tests.gitops.repository import Repository, fio, jobsets
from tests.gitops.test_health import KUSTOMIZATION

JSONObject = dict[str, Any]
GROUPS = {
    "GitRepository": "source.toolkit.fluxcd.io/v1",
    "Kustomization": "kustomize.toolkit.fluxcd.io/v1",
    "HelmRelease": "helm.toolkit.fluxcd.io/v2",
}


class Flux:
    """A namespace with the objects of Flux, and the repository that they read."""

    def __init__(self, namespace: Namespace, repository: Repository) -> None:
        self.namespace = namespace
        self.repository = repository

    def apply(self, kind: str, name: str, spec: JSONObject) -> None:
        manifest = {"apiVersion": GROUPS[kind], "kind": kind, "metadata": {"name": name}, "spec": spec}
        self.namespace.apply(json.dumps(manifest))

    def source(self) -> JSONObject:
        """A GitRepository of the repository; the reference to it."""
        name = self.repository.name
        url = self.repository.publish()
        self.apply("GitRepository", name, {"url": url, "interval": "3s", "ref": {"branch": "main"}})
        return {"kind": "GitRepository", "name": name}

    def kustomization(self, name: str, path: str, **more: Any) -> None:
        spec = {"sourceRef": self.source(), "path": f"./{path}", "interval": "3s", "retryInterval": "3s", "prune": True}
        self.apply("Kustomization", name, {**spec, "timeout": "60s", "targetNamespace": self.namespace.name, **more})

    def release(self, name: str, path: str, **chart: Any) -> None:
        spec = {"chart": f"./{path}", "interval": "3s", "sourceRef": self.source(), **chart}
        self.apply("HelmRelease", name, {"interval": "3s", "releaseName": name, "chart": {"spec": spec}})

    def ready(self, kind: str, name: str) -> tuple[str, str]:
        """Status and message of the condition Ready."""
        found = json.loads(self.namespace.kubectl("get", kind.lower(), name, "-o", "json").stdout)
        for each in found.get("status", {}).get("conditions", []):
            if each["type"] == "Ready":
                return each["status"], each["message"]
        return "", ""

    def until_ready(self, kind: str, name: str) -> None:
        until(
            lambda: self.ready(kind, name)[0] == "True", 90, f"{name} ready", told=lambda: str(self.ready(kind, name))
        )

    def until_applied(self, name: str, commit: str) -> None:
        """Wait until the Kustomization has applied this commit."""

        def applied() -> bool:
            found = json.loads(self.namespace.kubectl("get", "kustomization", name, "-o", "json").stdout)
            return commit in str(found.get("status", {}).get("lastAppliedRevision", ""))

        until(applied, 90, f"{commit} applied", told=lambda: str(self.ready("Kustomization", name)))

    def runs(self, prefix: str) -> dict[str, str]:
        found = jobsets(self.namespace).items()
        return {key: each["metadata"]["uid"] for key, each in found if key.startswith(prefix)}


@pytest.fixture(scope="module")
def namespace(gitops: Controllers, opener: Opener) -> Namespace:
    if not gitops.flux:
        pytest.skip("Argo CD is up without Flux")
    return opener("flux")


@pytest.fixture
def flux(gitops: Controllers, namespace: Namespace, tmp_path: Path) -> Any:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "README.md").write_text("benchmarks\n")
    yield Flux(namespace, Repository(gitops, f"flux-{secrets.token_hex(3)}", folder))
    namespace.kubectl("delete", "helmrelease,kustomization", "--all", "--timeout=50s")
    namespace.kubectl("delete", "gitrepository", "--all", "--timeout=50s")


@pytest.mark.parametrize(("form", "path"), [("yaml", "set"), ("kustomize", "set/base")])
def test_a_changed_set_is_a_new_run_of_a_kustomization(form: str, path: str, flux: Flux) -> None:
    name = f"flux-{form}"
    flux.repository.build(form, "set", fio(name=name, nameSuffix="content"))
    flux.kustomization(name, path)
    (one,) = until(lambda: flux.runs(name), 90, "the first run").items()
    flux.until_ready("Kustomization", name)

    (flux.repository.folder / "README.md").write_text("more\n")
    flux.until_applied(name, flux.repository.commit())
    assert flux.runs(name) == dict([one])

    flux.repository.build(form, "set", fio("sleep 2", name=name, nameSuffix="content"))
    flux.repository.publish()
    until(lambda: len(flux.runs(name)) == 1 and one[0] not in flux.runs(name), 90, "a new run, and the old one pruned")


@pytest.mark.parametrize("force", [False, True])
def test_a_changed_set_under_its_old_name_is_refused_or_replaces_the_run_where_it_is_forced(
    force: bool, flux: Flux
) -> None:
    name = f"fixed-{str(force).lower()}"
    annotations = {"kustomize.toolkit.fluxcd.io/force": "enabled"} if force else {}
    flux.repository.build("yaml", "set", fio(name=name, annotations=annotations))
    flux.kustomization(name, "set")
    flux.until_ready("Kustomization", name)
    uid = flux.runs(name)[name]
    flux.repository.build("yaml", "set", fio("sleep 2", name=name, annotations=annotations))
    flux.repository.publish()
    if force:
        until(lambda: flux.runs(name).get(name, uid) != uid, 90, "the run replaced")
    else:
        until(lambda: "dry-run failed (Invalid)" in flux.ready("Kustomization", name)[1], 90, "the refusal")
        assert flux.runs(name) == {name: uid}


def test_a_changed_chart_under_its_old_name_is_refused(flux: Flux) -> None:
    flux.repository.build("helm", "chart", fio())
    flux.release("released", "chart")
    uid = until(lambda: flux.runs("released"), 90, "the first run")
    flux.until_ready("HelmRelease", "released")
    flux.repository.build("helm", "chart", fio("sleep 2"))
    flux.repository.publish()
    until(lambda: "immutable" in flux.ready("HelmRelease", "released")[1], 90, "the refusal")
    assert flux.runs("released") == uid


def test_a_changed_chart_is_a_new_run_of_a_helmrelease(flux: Flux) -> None:
    """With Flux's default strategy, which looks at the chart's version alone."""
    flux.repository.build("helm", "chart", fio(nameSuffix="content"))
    flux.release("charted", "chart")
    (one,) = until(lambda: flux.runs("charted"), 90, "the first run").items()
    flux.repository.build("helm", "chart", fio("sleep 2", nameSuffix="content"))
    flux.repository.publish()
    until(lambda: len(flux.runs("charted")) == 1 and one[0] not in flux.runs("charted"), 90, "a new run")


@pytest.mark.parametrize(("command", "status"), [("sleep 3", "True"), ("exit 3", "False")])
def test_a_kustomization_with_the_health_expressions_is_ready_once_the_set_completed(
    command: str, status: str, flux: Flux
) -> None:
    health = yaml.safe_load(KUSTOMIZATION.read_text("utf-8"))["spec"]
    name = f"health-{status.lower()}"
    flux.repository.build("yaml", "set", fio(command, name=name))
    flux.kustomization(name, "set", wait=True, healthCheckExprs=health["healthCheckExprs"])
    until(
        lambda: flux.ready("Kustomization", name)[0] == status,
        90,
        f"Ready {status}",
        told=lambda: str(flux.ready("Kustomization", name)),
    )
    state = flux.namespace.jobset(name)["status"]["terminalState"]
    assert state == ("Completed" if status == "True" else "Failed")
