"""Flux in the tests: its objects, and what they say of themselves."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from tests.cluster.kube import Namespace, until
from tests.gitops.repository import Repository, uids

JSONObject = dict[str, Any]
GROUPS = {
    "GitRepository": "source.toolkit.fluxcd.io/v1",
    "OCIRepository": "source.toolkit.fluxcd.io/v1",
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

    def release(self, name: str, path: str, chart: JSONObject | None = None, **more: Any) -> None:
        """A HelmRelease of the chart at `path`; `chart` has more fields of the chart, `more` those of the release."""
        spec = {"chart": f"./{path}", "interval": "3s", "sourceRef": self.source(), **(chart or {})}
        self.apply("HelmRelease", name, {"interval": "3s", "releaseName": name, "chart": {"spec": spec}, **more})

    def status(self, kind: str, name: str) -> JSONObject:
        found = json.loads(self.namespace.kubectl("get", kind.lower(), name, "-o", "json").stdout)
        status: JSONObject = found.get("status", {})
        return status

    def ready(self, kind: str, name: str) -> tuple[str, str]:
        """Status and message of the condition Ready."""
        for each in self.status(kind, name).get("conditions", []):
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
            return commit in str(self.status("Kustomization", name).get("lastAppliedRevision", ""))

        until(applied, 90, f"{commit} applied", told=lambda: str(self.ready("Kustomization", name)))

    def until_released(self, name: str, version: int) -> None:
        """Wait until the HelmRelease has deployed this version, a number that counts its upgrades."""

        def released() -> bool:
            latest = self.status("HelmRelease", name).get("history", [{}])[0]
            return (latest.get("version"), latest.get("status")) == (version, "deployed")

        until(released, 90, f"{name} version {version}", told=lambda: str(self.status("HelmRelease", name)))

    def reconcile(self, kind: str, name: str) -> None:
        """Ask for a reconciliation, and wait until it has been done."""
        token = secrets.token_hex(4)
        self.namespace.kubectl(
            "annotate", kind.lower(), name, f"reconcile.fluxcd.io/requestedAt={token}", "--overwrite"
        )
        until(lambda: self.status(kind, name).get("lastHandledReconcileAt") == token, 90, f"{name} reconciled")

    def runs(self, prefix: str) -> dict[str, str]:
        return uids(self.namespace, prefix)

    def until_run(self, prefix: str, before: Mapping[str, str] | None = None, count: int = 1) -> dict[str, str]:
        """Wait until there are that many runs, and not those of `before`; return them."""
        found: dict[str, str] = {}

        def ran() -> bool:
            nonlocal found
            found = self.runs(prefix)
            return len(found) == count and found != before

        until(ran, 90, f"{count} runs of {prefix}", told=lambda: str(found))
        return found

    def remove(self) -> None:
        """Delete all objects of Flux; what they applied goes with them."""
        self.namespace.kubectl("delete", "helmrelease,kustomization", "--all", "--timeout=50s")
        self.namespace.kubectl("delete", "gitrepository,ocirepository", "--all", "--timeout=50s")
