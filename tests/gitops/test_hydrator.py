"""The Source Hydrator of a real Argo CD renders each output into another branch, and a changed set is a new run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import Opener
from tests.cluster.kube import until
from tests.gitops.argocd import AUTOMATED, Application, ArgoCD, publish_set, with_health
from tests.gitops.hydrator import hydrating
from tests.gitops.provide import Controllers
from tests.gitops.repository import Repository, fio, jobsets

# Where each form of a set is in the repository.
PATHS = {"yaml": "yaml", "kustomize": "kustomize/base", "helm": "helm", "plugin": "plugin"}
BRANCH = "environments/test"


@pytest.fixture
def argocd(gitops: Controllers, opener: Opener, tmp_path: Path) -> Iterator[ArgoCD]:
    with hydrating(gitops, tmp_path), with_health(gitops, opener("hydrator")) as found:
        yield found


def test_every_output_is_hydrated_and_a_changed_set_is_a_new_run(
    gitops: Controllers, argocd: ArgoCD, plugin: None, tmp_path: Path
) -> None:
    repository = Repository.new(gitops, "hydrator", tmp_path)
    publish_all(repository, "sleep 1")
    # The git server takes no pushes over HTTP.
    address = f"file://{gitops.state}/git/{repository.name}.git"
    argocd.kubectl("apply", "-f", "-", stdin=json.dumps(write_credentials(argocd, address)))
    applications = {form: create(argocd, form, address) for form in PATHS}

    def runs() -> dict[str, set[str]]:
        # Argo CD names a release like its Application: a dry source of 3.2 has no other name for it.
        begins = {form: set_name(form) for form in PATHS} | {"helm": applications["helm"].name}
        names = jobsets(argocd.namespace)
        return {form: {name for name in names if name.startswith(f"{begins[form]}-")} for form in PATHS}

    def one_each() -> bool:
        return all(len(found) == 1 for found in runs().values())

    def told() -> str:
        return "\n".join(each.told() for each in applications.values())

    until(one_each, 120, "a run of each output", told=told)
    first = runs()
    for form in PATHS:
        text = hydrated(repository, gitops, form)
        (name,) = first[form]
        assert f"name: {name}\n" in text

    publish_all(repository, "sleep 2")
    for application in applications.values():
        # As a webhook of the git host does: Argo CD 3.2 does not look for a new commit of a dry source by itself.
        argocd.kubectl("annotate", "application", application.name, "argocd.argoproj.io/hydrate=normal")
    until(lambda: one_each() and not any(first[form] & runs()[form] for form in PATHS), 120, "new runs", told=told)


def set_name(form: str) -> str:
    return f"disk-{form}"


def publish_all(repository: Repository, command: str) -> None:
    """Commit a set in each form."""
    for form in PATHS:
        publish_set(form, repository, fio(command, name=set_name(form), nameSuffix="content"))


def write_credentials(argocd: ArgoCD, address: str) -> dict[str, object]:
    """The Secret by which Argo CD may push to the repository."""
    labels = {"argocd.argoproj.io/secret-type": "repository-write"}
    metadata = {"name": f"{argocd.namespace.name}-write", "labels": labels}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"type": "git", "url": address}}


def create(argocd: ArgoCD, form: str, address: str) -> Application:
    """An Application that hydrates the set in that form."""
    name = set_name(form)
    spec = {
        "project": "default",
        "destination": {"server": "https://kubernetes.default.svc", "namespace": argocd.namespace.name},
        "sourceHydrator": {
            "drySource": {"repoURL": address, "path": PATHS[form], "targetRevision": "main"},
            "syncSource": {"targetBranch": BRANCH, "path": name},
        },
        "syncPolicy": AUTOMATED,
    }
    metadata = {"name": f"{argocd.namespace.name}-{form}", "finalizers": ["resources-finalizer.argocd.argoproj.io"]}
    manifest = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}
    argocd.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
    return Application(argocd, f"{argocd.namespace.name}-{form}")


def hydrated(repository: Repository, gitops: Controllers, form: str) -> str:
    """The manifests in the branch that the hydrator pushed."""
    folder = gitops.state / "git" / f"{repository.name}.git"
    command = ["git", "--git-dir", str(folder), "show", f"{BRANCH}:{set_name(form)}/manifest.yaml"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
