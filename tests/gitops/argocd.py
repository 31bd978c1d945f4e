"""Argo CD in the tests: Applications, what became of their syncs, and the health that it sees."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from tests.cluster.kube import Namespace, until
from tests.gitops.argocd_cm import patch
from tests.gitops.provide import Controllers
from tests.gitops.repository import Repository

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

    def add_registry(self, name: str, kind: str, url: str) -> None:
        """Tell Argo CD of a registry that speaks HTTP; `kind` is "helm" or "oci"."""
        data = {"type": kind, "name": name, "url": url, "enableOCI": "true", "insecureOCIForceHttp": "true"}
        labels = {"argocd.argoproj.io/secret-type": "repository"}
        metadata = {"name": name, "labels": labels}
        manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}
        self.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))

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

    def tried(self, revision: str) -> Mapping[str, str]:
        """Wait until a sync of this revision has ended, well or not; return the message of each JobSet that failed."""

        def ended() -> bool:
            operation = self.object.get("status", {}).get("operationState", {})
            done = operation.get("phase") in {"Succeeded", "Failed"}
            return done and operation.get("syncResult", {}).get("revision") == revision

        self.refresh()
        until(ended, 90, f"{self.name} tried {revision}", told=self.told)
        results = self.object["status"]["operationState"]["syncResult"]["resources"]
        failed = [each for each in results if each.get("status") == "SyncFailed" and each["kind"] == "JobSet"]
        return {each["name"]: each["message"] for each in failed}

    def told(self) -> str:
        return json.dumps(self.object.get("status", {}), indent=1)[:4000]

    def delete(self) -> None:
        self.argocd.kubectl("delete", "application", self.name, "--timeout=60s")


@contextmanager
def with_health(gitops: Controllers, namespace: Namespace) -> Iterator[ArgoCD]:
    """Argo CD with the health check of this project; in the end its Applications for the namespace are deleted."""
    found = ArgoCD(gitops, namespace)
    before = json.loads(found.kubectl("get", "configmap", "argocd-cm", "-o", "json")).get("data", {})
    ours = yaml.safe_load(patch())["data"]
    found.kubectl("patch", "configmap", "argocd-cm", "--patch", json.dumps({"data": ours}))
    try:
        yield found
    finally:
        listed = found.kubectl("get", "applicationsets,applications,secrets", "-o", "name").split()
        mine = [each for each in listed if each.split("/")[1].startswith(namespace.name)]
        if mine:
            found.kubectl("delete", *mine, "--timeout=90s")
        data = {key: before.get(key) for key in ours}
        found.kubectl("patch", "configmap", "argocd-cm", "--patch", json.dumps({"data": data}))


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
