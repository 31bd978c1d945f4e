"""A git repository that the controllers read, and the folder that it is published from."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

from tests.cluster.kube import Namespace
from tests.cluster.sets import ADDRESS
from tests.command import run
from tests.gitops.provide import Controllers

JSONObject = dict[str, Any]
JOBSETS = "/apis/jobset.x-k8s.io/v1alpha2"


@dataclass(frozen=True, slots=True)
class Repository:
    """A folder, and the repository of the same name. `publish` commits what the folder has."""

    gitops: Controllers
    name: str
    folder: Path

    @classmethod
    def new(cls, gitops: Controllers, name: str, folder: Path) -> Self:
        """A new, empty one; its name begins with `name`, and its folder is in `folder`."""
        (folder / "repository").mkdir()
        return cls(gitops, f"{name}-{secrets.token_hex(3)}", folder / "repository")

    def publish(self) -> str:
        """Commit the folder if it differs; return the repository's address."""
        return self.gitops("repo", self.name, str(self.folder)).strip()

    def commit(self) -> str:
        """Publish; return the commit."""
        command = ["git", "ls-remote", self.publish(), "refs/heads/main"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]

    def build(self, form: str, path: str, text: str, *arguments: str) -> None:
        """Build a set into `path` of the folder: a folder of that form, or `set.yaml` in it for YAML."""
        built(form, self.folder / path, text, *arguments)

    def note(self, path: str, text: str) -> None:
        """Write a ConfigMap `note` with this text into `path`: something beside the sets that changes."""
        (self.folder / path).mkdir(parents=True, exist_ok=True)
        note = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{path}-note"}, "data": {"note": text}}
        (self.folder / path / "note.yaml").write_text(yaml.safe_dump(note))


def built(form: str, target: Path, text: str, *arguments: str) -> None:
    """Build a set into the folder `target`: in that form, or as `set.yaml` for YAML."""
    output = target / "set.yaml" if form == "yaml" else target
    if form == "yaml":
        target.mkdir(parents=True, exist_ok=True)
    done = run("build", "-", "-f", form, "-o", str(output), *arguments, stdin=text)
    assert done.code == 0, done.stderr


def fio(command: str = "sleep 1", name: str = "disk", **jobset: Any) -> str:
    """A set of one pod that runs `command`, with these fields of `spec.jobset`."""
    metric = {"name": "io-fio", "options": {"command": command}}
    spec = {"metrics": [metric], "jobset": jobset}
    return json.dumps({"apiVersion": ADDRESS, "kind": "MetricSet", "metadata": {"name": name}, "spec": spec})


def jobsets(namespace: Namespace) -> Mapping[str, JSONObject]:
    """The JobSets that are there, by name; one that is being deleted is not among them."""
    items = namespace.get(JOBSETS, "jobsets").get("items", [])
    return {each["metadata"]["name"]: each for each in items if "deletionTimestamp" not in each["metadata"]}


def uids(namespace: Namespace, prefix: str = "") -> dict[str, str]:
    """The uid of each JobSet whose name begins like that: another run has another uid."""
    found = jobsets(namespace).items()
    return {name: each["metadata"]["uid"] for name, each in found if name.startswith(prefix)}


def suspend(namespace: Namespace, name: str, *, value: bool) -> None:
    """Set `suspend` of a JobSet as Kueue does: with a field manager of its own."""
    patch = json.dumps({"spec": {"suspend": value}})
    namespace.kubectl("patch", "jobset", name, "--type=merge", "--field-manager=kueue", "--patch", patch)


def is_suspended(namespace: Namespace, name: str) -> bool:
    return jobsets(namespace)[name]["spec"].get("suspend") is True
