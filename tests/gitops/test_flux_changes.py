"""Flux and the JobSet of a Kustomization and of a HelmRelease: rows of the table in docs/gitops.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import Opener
from tests.cluster.kube import until
from tests.gitops.flux import Flux
from tests.gitops.provide import Controllers
from tests.gitops.repository import Repository, fio, is_suspended, suspend


@pytest.fixture(scope="module")
def flux(gitops: Controllers, opener: Opener, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flux]:
    """One repository for all of these tests. Each has folders and objects of its own in it."""
    if not gitops.flux:
        pytest.skip("Argo CD is up without Flux")
    folder: Path = tmp_path_factory.mktemp("flux")
    found = Flux(opener("flux-changes"), Repository.new(gitops, "flux", folder))
    yield found
    found.remove()


def test_runs_that_are_kept_stay_beside_the_new_one(flux: Flux) -> None:
    for command in ("sleep 1", "sleep 2"):
        flux.repository.build("yaml", "kept", fio(command, name="kept-set", nameSuffix="content", keep=True))
        flux.repository.build("helm", "kept-chart", fio(command, nameSuffix="content", keep=True))
        commit = flux.repository.commit()
        if command == "sleep 1":
            flux.kustomization("kept", "kept")
            flux.release("kept-chart", "kept-chart")
        flux.until_applied("kept", commit)
        runs = 1 if command == "sleep 1" else 2
        flux.until_run("kept-chart", count=runs)
        assert len(flux.runs("kept-set")) == runs


def test_what_kueue_does_to_suspend_stays_unless_the_manifest_says_suspend(flux: Flux) -> None:
    flux.repository.build("yaml", "queue", fio("sleep 300", name="queued", queueName="batch"))
    flux.repository.build("yaml", "written", fio("sleep 300", name="written", suspend=True))
    flux.repository.build("helm", "queue-chart", fio("sleep 300", queueName="batch"))
    flux.repository.build("helm", "written-chart", fio("sleep 300", suspend=True))
    flux.repository.note("queue", "1")
    for name in ("queue", "written"):
        flux.kustomization(name, name)
        flux.release(f"{name}-chart", f"{name}-chart")
    for name in ("queue", "written"):
        flux.until_ready("Kustomization", name)
        flux.until_ready("HelmRelease", f"{name}-chart")
    suspend(flux.namespace, "written-chart", value=False)
    runs = {**flux.runs("queued"), **flux.runs("queue-chart")}
    for note, value in (("2", True), ("3", False)):
        for name in runs:
            suspend(flux.namespace, name, value=value)
        flux.repository.note("queue", note)
        for name in ("queue-chart", "written-chart"):
            flux.release(name, name, values={"configMap": {"labels": {"note": note}}})
        flux.until_applied("queue", flux.repository.commit())

        for name in ("queue-chart", "written-chart"):
            flux.until_released(name, int(note))
        assert [is_suspended(flux.namespace, name) for name in runs] == [value, value]
        assert not is_suspended(flux.namespace, "written-chart")
    suspend(flux.namespace, "written", value=False)
    until(lambda: is_suspended(flux.namespace, "written"), 90, "the set suspended again")
    assert {**flux.runs("queued"), **flux.runs("queue-chart")} == runs


def test_a_set_that_removes_itself_runs_again_in_a_kustomization_and_not_in_a_release(flux: Flux) -> None:
    flux.repository.build("yaml", "removed", fio(name="removed", ttlSecondsAfterFinished=0))
    flux.repository.build("helm", "removed-chart", fio(ttlSecondsAfterFinished=0))
    flux.kustomization("removed", "removed")
    flux.release("charted", "removed-chart")
    flux.release("corrected", "removed-chart", driftDetection={"mode": "enabled"})
    first = {name: flux.until_run(name) for name in ("removed", "corrected")}
    for name, run in first.items():
        flux.until_run(name, run)
    flux.until_ready("HelmRelease", "charted")
    until(lambda: not flux.runs("charted"), 90, "the set of the release gone")
    flux.reconcile("HelmRelease", "charted")
    assert not flux.runs("charted")
    for kind, name in (("kustomization", "removed"), ("helmrelease", "corrected")):
        flux.namespace.kubectl("delete", kind, name, "--timeout=50s")


def test_a_changed_chart_under_its_old_name_is_refused_with_force_too(flux: Flux) -> None:
    flux.repository.build("helm", "forced-chart", fio())
    flux.release("forced", "forced-chart", upgrade={"force": True})
    flux.until_ready("HelmRelease", "forced")
    runs = flux.runs("forced")
    flux.repository.build("helm", "forced-chart", fio("sleep 2"))
    flux.repository.publish()
    until(lambda: flux.ready("HelmRelease", "forced")[0] == "False", 90, "the refusal")
    assert "immutable" in flux.ready("HelmRelease", "forced")[1]
    assert flux.runs("forced") == runs


def test_a_chart_of_a_fixed_version_is_taken_anew_only_by_revision(flux: Flux) -> None:
    def build(command: str) -> str:
        text = fio(command, nameSuffix="content")
        flux.repository.build("helm", "fixed-chart", text, "--chart-version", "1.0.0")
        return flux.repository.commit()

    build("sleep 1")
    flux.release("by-version", "fixed-chart")
    flux.release("by-revision", "fixed-chart", {"reconcileStrategy": "Revision"})
    for name in ("by-version", "by-revision"):
        flux.until_ready("HelmRelease", name)
    one, other = flux.runs("by-version"), flux.runs("by-revision")
    commit = build("sleep 2")
    flux.until_run("by-revision", other)
    chart = f"{flux.namespace.name}-by-version"

    def looked() -> bool:
        return commit in flux.status("HelmChart", chart).get("observedSourceArtifactRevision", "")

    until(looked, 90, "the commit seen", told=lambda: str(flux.status("HelmChart", chart)))
    flux.reconcile("HelmRelease", "by-version")
    assert flux.runs("by-version") == one


def test_a_hook_of_a_chart_runs_at_each_upgrade_and_stays_after_the_release(flux: Flux) -> None:
    hook = {"helm.sh/hook": "post-install,post-upgrade"}
    flux.repository.build("helm", "hook-chart", fio(annotations=hook))
    flux.release("hooked", "hook-chart")
    flux.until_ready("HelmRelease", "hooked")
    one = flux.runs("hooked")
    flux.repository.build("helm", "hook-chart", fio("sleep 2", annotations=hook))
    flux.repository.publish()
    flux.until_run("hooked", one)
    flux.until_ready("HelmRelease", "hooked")
    flux.namespace.kubectl("delete", "helmrelease", "hooked", "--timeout=50s")
    assert flux.runs("hooked")
