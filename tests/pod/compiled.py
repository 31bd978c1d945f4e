"""Compiles a MetricSet and runs containers of its pods: with the ConfigMap as it is, each container by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mocompile.compile import compile_objects
from mocompile.load import load
from mocompile.source import Source

from tests.pod import kubelet
from tests.pod.containers import labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.pod.kubelet import Container, Pod, Result

HEADER = "apiVersion: flux-framework.org/v1alpha2\nkind: MetricSet\nmetadata: {name: set}\n"


@dataclass(frozen=True)
class Compiled:
    """The ConfigMap's data, and the pod of each job by the job's name."""

    scripts: Mapping[str, str]
    pods: Mapping[str, Mapping[str, Any]]

    def container(self, job: str, name: str) -> Container:
        """A container or an init container of the job's pods."""
        pod = self.pods[job]
        containers = {each["name"]: each for each in [*pod.get("initContainers", []), *pod["containers"]]}
        container: Container = containers[name]
        return container

    def start(self, job: str, name: str, *, index: int = 0, **options: Any) -> Pod:
        """Starts that container; the options are those of `kubelet.start`."""
        given = {"labels": labels(job=job, index=index), **options}
        return kubelet.start(self.container(job, name), configmap=self.scripts, **given)

    def run(self, job: str, name: str, *, timeout: float = 30, **options: Any) -> Result:
        """Runs it to its end."""
        with self.start(job, name, **options) as pod:
            return pod.wait(timeout=timeout)


def compiled(spec: str) -> Compiled:
    """The MetricSet `set` with that text below `spec:`."""
    root = load(Source("metrics.yaml", f"{HEADER}spec:\n{spec}".encode())).root
    scripts: dict[str, str] = {}
    pods: dict[str, Any] = {}
    for each in compile_objects(root):
        assert isinstance(each, dict)
        if each["kind"] == "ConfigMap":
            scripts = each["data"]
        else:
            jobs = each["spec"]["replicatedJobs"]
            pods = {job["name"]: job["template"]["spec"]["template"]["spec"] for job in jobs}
    return Compiled(scripts, pods)
