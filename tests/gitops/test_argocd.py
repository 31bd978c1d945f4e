"""A real Argo CD takes the outputs as they are: a changed set is a new run, an unchanged one is left alone."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from tests.cluster.conftest import Opener
from tests.cluster.kube import Namespace, until
from tests.command import run
from tests.gitops.argocd_cm import FILES, patch
from tests.gitops.provide import Controllers
from tests.gitops.repository import Repository, fio, jobsets

JSONObject = dict[str, Any]
AUTOMATED: JSONObject = {"automated": {"prune": True, "selfHeal": True}, "retry": {"limit": 0}}


@dataclass(frozen=True, slots=True)
class ArgoCD:
    """The controllers, with the health check of this project, and a namespace for the objects of Applications."""

    gitops: Controllers
    namespace: Namespace

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        return self.namespace.cluster.kubectl(*arguments, stdin=stdin, namespace=self.gitops.namespace).stdout

    def health(self, name: str) -> tuple[str, str]:
        """Status and message of a JobSet, by Argo CD's own command and the ConfigMap that is there.

        An Application has the status alone.
        """
        with TemporaryDirectory() as folder:
            live, settings = Path(folder, "jobset.yaml"), Path(folder, "argocd-cm.yaml")
            live.write_text(self.namespace.kubectl("get", "jobset", name, "-o", "yaml").stdout)
            settings.write_text(self.kubectl("get", "configmap", "argocd-cm", "-o", "yaml"))
            command = ("argocd", "admin", "settings", "resource-overrides", "health")
            said = self.gitops(*command, str(live), "--argocd-cm-path", str(settings))
        status, message = re.findall(r"^(?:STATUS|MESSAGE): (.*)$", said, re.MULTILINE)
        return status, message

    def create(self, name: str, source: JSONObject, sync: JSONObject = AUTOMATED) -> Application:
        """An Application `name` of one source, whose objects go into the namespace."""
        full = f"{self.namespace.name}-{name}"
        spec = {
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": self.namespace.name},
            "source": {"targetRevision": "main", **source},
            "syncPolicy": sync,
        }
        metadata = {"name": full, "finalizers": ["resources-finalizer.argocd.argoproj.io"]}
        manifest = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}
        self.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
        return Application(self, full)


@dataclass(frozen=True, slots=True)
class Application:
    """An Application by its name."""

    argocd: ArgoCD
    name: str

    @property
    def object(self) -> JSONObject:
        found: JSONObject = json.loads(self.argocd.kubectl("get", "application", self.name, "-o", "json"))
        return found

    def refresh(self) -> None:
        self.argocd.kubectl("annotate", "application", self.name, "argocd.argoproj.io/refresh=normal", "--overwrite")

    def synced(self, revision: str) -> None:
        """Wait until this revision is synced."""

        def is_synced() -> bool:
            status = self.object.get("status", {})
            sync = status.get("sync", {})
            done = status.get("operationState", {}).get("phase") == "Succeeded"
            return done and (sync.get("status"), sync.get("revision")) == ("Synced", revision)

        self.refresh()
        until(is_synced, 90, f"{self.name} synced", told=self.told)

    def healthy(self, health: str) -> None:
        """Wait until the Application has this health."""
        until(
            lambda: self.object.get("status", {}).get("health", {}).get("status") == health,
            90,
            f"{self.name} {health}",
            told=self.told,
        )

    def told(self) -> str:
        return json.dumps(self.object.get("status", {}), indent=1)[:4000]

    def delete(self) -> None:
        self.argocd.kubectl("delete", "application", self.name, "--timeout=60s")


@pytest.fixture(scope="module")
def argocd(gitops: Controllers, opener: Opener) -> Iterator[ArgoCD]:
    namespace = opener("argocd")
    found = ArgoCD(gitops, namespace)
    before = json.loads(found.kubectl("get", "configmap", "argocd-cm", "-o", "json")).get("data", {})
    ours = yaml.safe_load(patch())["data"]
    found.kubectl("patch", "configmap", "argocd-cm", "--patch", json.dumps({"data": ours}))
    try:
        yield found
    finally:
        listed = found.kubectl("get", "applicationsets,applications", "-o", "name").split()
        mine = [each for each in listed if each.split("/")[1].startswith(namespace.name)]
        if mine:
            found.kubectl("delete", *mine, "--timeout=90s")
        data = {key: before.get(key) for key in ours}
        found.kubectl("patch", "configmap", "argocd-cm", "--patch", json.dumps({"data": data}))


@pytest.fixture
def repository(gitops: Controllers, tmp_path: Path) -> Repository:
    folder = tmp_path / "repository"
    folder.mkdir()
    return Repository(gitops, f"argocd-{secrets.token_hex(3)}", folder)


def source_of(form: str, repository: Repository) -> JSONObject:
    """The source of an Application, of what `publish_set` wrote."""
    url = repository.publish()
    sources: dict[str, JSONObject] = {
        "yaml": {"repoURL": url, "path": "yaml"},
        "kustomize": {"repoURL": url, "path": "kustomize/base"},
        "helm": {"repoURL": url, "path": "helm", "helm": {"releaseName": "helm"}},
        "plugin": {"repoURL": url, "path": "plugin", "plugin": {}},
    }
    return sources[form]


def publish_set(form: str, repository: Repository, text: str) -> str:
    """Commit a set in that form; return the commit."""
    if form == "plugin":
        (repository.folder / "plugin").mkdir(exist_ok=True)
        (repository.folder / "plugin" / "metrics.yaml").write_text(_as_written(text))
    else:
        repository.build(form, form, text)
    return repository.commit()


def _as_written(text: str) -> str:
    """The set in block style: the plugin finds a set by its line `kind: MetricSet`."""
    return yaml.safe_dump(json.loads(text), sort_keys=False)


@pytest.fixture(scope="module")
def plugin(gitops: Controllers) -> Iterator[None]:
    said = gitops("plugin", str(FILES / "plugin" / "plugin.yaml")).strip()
    try:
        yield
    finally:
        gitops("unplug", said)


@pytest.mark.parametrize("form", ["yaml", "kustomize", "helm", "plugin"])
def test_a_changed_set_is_a_new_run_and_an_unchanged_one_is_left_alone(
    form: str, argocd: ArgoCD, repository: Repository, plugin: None
) -> None:
    name = f"disk-{form}" if form != "helm" else "helm"
    first = publish_set(form, repository, fio(name=name, nameSuffix="content"))
    application = argocd.create(form, source_of(form, repository))
    application.synced(first)

    def runs() -> dict[str, str]:
        found = jobsets(argocd.namespace).items()
        return {key: each["metadata"]["uid"] for key, each in found if key.startswith(f"{name}-")}

    (one,) = runs().items()
    application.healthy("Healthy")
    assert argocd.health(one[0]) == ("Healthy", "jobset completed successfully")

    (repository.folder / "notes.txt").write_text("nothing that runs\n")
    application.synced(repository.commit())
    assert runs() == dict([one])

    application.synced(publish_set(form, repository, fio("sleep 2", name=name, nameSuffix="content")))
    until(lambda: len(runs()) == 1 and one[0] not in runs(), 90, "the old run pruned")
    application.healthy("Healthy")
    application.delete()
    until(lambda: not runs(), 90, "the runs gone with the Application")


def test_runs_that_are_kept_stay_beside_the_new_one(argocd: ArgoCD, repository: Repository) -> None:
    application = None
    for command in ("sleep 1", "sleep 2"):
        commit = publish_set("yaml", repository, fio(command, name="kept", nameSuffix="content", keep=True))
        application = application or argocd.create("kept", source_of("yaml", repository))
        application.synced(commit)
        application.healthy("Healthy")
    assert len([name for name in jobsets(argocd.namespace) if name.startswith("kept-")]) == 2


def test_a_changed_set_under_its_old_name_is_refused_and_the_run_stays(argocd: ArgoCD, repository: Repository) -> None:
    commit = publish_set("yaml", repository, fio(name="fixed"))
    application = argocd.create("fixed", source_of("yaml", repository))
    application.synced(commit)
    uid = jobsets(argocd.namespace)["fixed"]["metadata"]["uid"]
    publish_set("yaml", repository, fio("sleep 2", name="fixed"))
    application.refresh()

    def refused() -> bool:
        operation = application.object["status"].get("operationState", {})
        results = operation.get("syncResult", {}).get("resources", [])
        return operation.get("phase") == "Failed" and any("immutable" in each.get("message", "") for each in results)

    until(refused, 90, "the sync failed", told=application.told)
    assert jobsets(argocd.namespace)["fixed"]["metadata"]["uid"] == uid


def test_with_force_a_changed_set_replaces_the_run_and_an_unchanged_one_does_not(
    argocd: ArgoCD, repository: Repository
) -> None:
    force = {"argocd.argoproj.io/sync-options": "Force=true"}
    application = None
    uids = []
    for command, note in (("sleep 1", "1"), ("sleep 1", "2"), ("sleep 2", "2")):
        (repository.folder / "yaml").mkdir(exist_ok=True)
        other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "forced-note"}, "data": {"note": note}}
        (repository.folder / "yaml" / "note.yaml").write_text(yaml.safe_dump(other))
        commit = publish_set("yaml", repository, fio(command, name="forced", annotations=force))
        application = application or argocd.create("forced", source_of("yaml", repository))
        application.synced(commit)
        uids.append(jobsets(argocd.namespace)["forced"]["metadata"]["uid"])
    assert uids[0] == uids[1] != uids[2]


def test_health_follows_a_set_from_suspended_to_its_end(argocd: ArgoCD, repository: Repository) -> None:
    text = fio("sleep 15", name="health", suspend=True)
    commit = publish_set("yaml", repository, text)
    application = argocd.create("health", source_of("yaml", repository))
    application.synced(commit)
    application.healthy("Suspended")
    assert argocd.health("health") == ("Suspended", "jobset is suspended")
    application.synced(publish_set("yaml", repository, fio("sleep 15", name="health", suspend=False)))
    application.healthy("Progressing")
    application.healthy("Healthy")


def test_a_failed_set_is_degraded_and_names_the_job(argocd: ArgoCD, repository: Repository) -> None:
    commit = publish_set("yaml", repository, fio("exit 3", name="failing"))
    application = argocd.create("failing", source_of("yaml", repository))
    application.synced(commit)
    application.healthy("Degraded")
    assert "first failed job: failing-m-0" in argocd.health("failing")[1]


def test_a_set_whose_image_is_missing_says_where_to_look(argocd: ArgoCD, repository: Repository) -> None:
    document = json.loads(fio(name="stuck"))
    document["spec"]["metrics"][0]["image"] = "registry.local/none:1"
    commit = publish_set("yaml", repository, json.dumps(document))
    application = argocd.create("stuck", source_of("yaml", repository))
    application.synced(commit)
    application.healthy("Progressing")
    wanted = ("Progressing", "m: 0 of 1 job ready; if this lasts, the events of its pods give the reason")
    until(lambda: argocd.health("stuck") == wanted, 90, "the message", told=lambda: str(argocd.health("stuck")))


def test_an_applicationset_makes_an_application_for_each_set_of_a_study(argocd: ArgoCD, repository: Repository) -> None:
    folder = repository.folder / "source"
    folder.mkdir()
    (folder / "metrics.yaml").write_text(fio())
    study: JSONObject = {
        "apiVersion": "flux-framework.org/v1alpha2",
        "kind": "MetricStudy",
        "metadata": {"name": argocd.namespace.name, "namespace": argocd.namespace.name},
        "spec": {
            "base": "metrics.yaml",
            "parameters": {"size": {"set": "spec.metrics[io-fio].options.size", "values": ["1M", "2M"]}},
        },
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    url = repository.publish()
    manifest = folder / "applicationset.yaml"
    done = run(
        *("build", str(folder / "study.yaml"), "-o", str(repository.folder / "runs"), "--repo", url),
        *("--repo-path", "runs", "--applicationset", str(manifest)),
    )
    assert done.code == 0, done.stderr
    repository.publish()
    points = json.loads((repository.folder / "runs" / "study.json").read_text())["points"]
    argocd.kubectl("apply", "-f", str(manifest))

    def applications() -> set[str]:
        listed = argocd.kubectl("get", "applications", "-o", "name").split()
        return {each.split("/")[1] for each in listed} & {point["name"] for point in points}

    until(lambda: len(applications()) == len(points) == 2, 90, "an Application for each point")
    for name in applications():
        argocd.kubectl("patch", "application", name, "--type=merge", "--patch", '{"operation": {"sync": {}}}')
    until(lambda: {point["name"] for point in points} <= set(jobsets(argocd.namespace)), 90, "a JobSet for each point")
