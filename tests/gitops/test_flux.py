"""A real Flux takes the outputs as they are, and sees how a set ended by the health expressions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.conftest import Opener
from tests.cluster.kube import Namespace, until
from tests.gitops.flux import Flux
from tests.gitops.provide import Controllers
from tests.gitops.registry import push_set, registry
from tests.gitops.repository import Repository, fio
from tests.gitops.test_health import KUSTOMIZATION


@pytest.fixture(scope="module")
def namespace(gitops: Controllers, opener: Opener) -> Namespace:
    if not gitops.flux:
        pytest.skip("Argo CD is up without Flux")
    return opener("flux")


@pytest.fixture
def flux(gitops: Controllers, namespace: Namespace, tmp_path: Path) -> Any:
    found = Flux(namespace, Repository.new(gitops, "flux", tmp_path))
    (found.repository.folder / "README.md").write_text("benchmarks\n")
    yield found
    found.remove()


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


def test_the_examples_are_objects_of_flux(flux: Flux) -> None:
    for file in KUSTOMIZATION.parent.iterdir():
        flux.namespace.kubectl("create", "--dry-run=server", "--validate=strict", "-f", str(file))


def test_a_chart_and_a_kustomization_from_a_registry_are_applied(flux: Flux, tmp_path: Path) -> None:
    example = next(yaml.safe_load_all((KUSTOMIZATION.parent / "chart-from-registry.yaml").read_text("utf-8")))
    with registry() as address:
        version, tag = push_set(address, tmp_path, fio(nameSuffix="content"))
        for name, path, wanted in (("pushed-chart", "charts/disk", version), ("pushed-folder", "disk", tag)):
            url = f"oci://{address}/{path}"
            layer = {"layerSelector": example["spec"]["layerSelector"]} if "chart" in path else {}
            spec = {"url": url, "interval": "3s", "insecure": True, "ref": {"tag": wanted}, **layer}
            flux.apply("OCIRepository", name, spec)
        reference = {"kind": "OCIRepository", "name": "pushed-chart"}
        flux.apply("HelmRelease", "pulled", {"interval": "3s", "releaseName": "pulled", "chartRef": reference})
        flux.kustomization("disk", "base", sourceRef={"kind": "OCIRepository", "name": "pushed-folder"})
        for prefix in ("pulled-", "disk-"):
            flux.until_run(prefix)
        flux.until_ready("HelmRelease", "pulled")
        flux.until_ready("Kustomization", "disk")
