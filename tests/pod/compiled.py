"""Compiles a MetricSet and runs containers of its pods: with the ConfigMap as it is, each container by itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from mocompile.document.load import load_text
from mocompile.pipeline import compile_yaml

from tests.pod import kubelet
from tests.pod.containers import labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.pod.kubelet import Container, Pod, Result

HEAD = {"apiVersion": "flux-framework.org/v1alpha2", "kind": "MetricSet", "metadata": {"name": "set"}}


@dataclass(frozen=True)
class Manifests:
    """The objects of a set named `set`: the ConfigMap's data, and each replicated job by its name."""

    scripts: Mapping[str, str]
    jobs: Mapping[str, Any]

    @property
    def pods(self) -> Mapping[str, Mapping[str, Any]]:
        """The spec of each job's pods."""
        return {name: job["template"]["spec"]["template"]["spec"] for name, job in self.jobs.items()}

    @property
    def completions(self) -> dict[str, int]:
        """How many pods each job has."""
        return {name: job["template"]["spec"]["completions"] for name, job in self.jobs.items()}

    def container(self, job: str, name: str = "") -> Container:
        """A container or an init container of the job's pods; without a name, the one that measures."""
        pod = self.pods[job]
        containers = {each["name"]: each for each in [*pod.get("initContainers", []), *pod["containers"]]}
        container: Container = containers[name or pod["containers"][0]["name"]]
        return container

    def start(self, job: str, name: str = "", *, index: int = 0, **options: Any) -> Pod:
        """Starts that container; the options are those of `kubelet.start`."""
        given = {"labels": labels(job=job, index=index), "configmap": self.scripts, **options}
        return kubelet.start(self.container(job, name), **given)

    def run(self, job: str, name: str = "", *, timeout: float = 30, **options: Any) -> Result:
        """Runs it to its end."""
        with self.start(job, name, **options) as pod:
            return pod.wait(timeout=timeout)


def compiled(spec: str) -> Manifests:
    """The set with that text below `spec:`."""
    return _compiled("".join(f"{key}: {json.dumps(value)}\n" for key, value in HEAD.items()) + f"spec:\n{spec}")


def manifests(metric: Mapping[str, Any], **spec: Any) -> Manifests:
    """The set with this one metric."""
    return _compiled(yaml.safe_dump({**HEAD, "spec": {"metrics": [metric], **spec}}))


def line_of(metric: str, env: Mapping[str, str], **options: Any) -> str:
    """The program line of a metric with these options, as a container with the variables `env` gets it."""
    (line,) = manifests({"name": metric, "options": options}).container("m")["args"]
    return kubelet.expand(line, env)


def _compiled(document: str) -> Manifests:
    (loaded,) = load_text(document, "metrics.yaml")
    configmap, jobset = yaml.safe_load_all(compile_yaml(loaded.root))
    return Manifests(configmap["data"], {job["name"]: job for job in jobset["spec"]["replicatedJobs"]})
