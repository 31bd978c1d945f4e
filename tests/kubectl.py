"""A `kubectl` for the commands that documents show. Its cluster is a file; a pod runs when its log is asked for.

    kubectl apply -f -
    kubectl logs job/NAME

Prints what kubectl prints. Needs for `logs` what `tests.pod.kubelet` needs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from tests.pod.kubelet import run

_CLUSTER = Path(".cluster.yaml")
_SCRIPTS = "/metrics_operator"


def main(arguments: list[str]) -> int:
    """The exit code of `kubectl ARGUMENTS`."""
    match arguments:
        case ["apply", "-f", "-"]:
            _apply(sys.stdin.read())
            return 0
        case ["logs", name] if name.startswith("job/"):
            return _logs(name.removeprefix("job/"))
    print(f"this stand-in knows no `kubectl {' '.join(arguments)}`", file=sys.stderr)
    return 1


def _apply(text: str) -> None:
    for each in yaml.safe_load_all(text):
        group, _, _ = each["apiVersion"].rpartition("/")
        kind = each["kind"].lower()
        resource = f"{kind}.{group}" if group else kind
        print(f"{resource}/{each['metadata']['name']} created")
    _CLUSTER.write_text(text, "utf-8")


def _logs(name: str) -> int:
    """Run the first container of the first pod of a job, and print what it prints."""
    configmap, jobset = yaml.safe_load_all(_CLUSTER.read_text("utf-8"))
    set_name = jobset["metadata"]["name"]
    jobs: dict[str, Any] = {f"{set_name}-{job['name']}-0": job for job in jobset["spec"]["replicatedJobs"]}
    job = jobs[name]
    container = job["template"]["spec"]["template"]["spec"]["containers"][0]
    labels = {
        "jobset.sigs.k8s.io/jobset-name": set_name,
        "jobset.sigs.k8s.io/replicatedjob-name": job["name"],
    }
    with tempfile.TemporaryDirectory() as folder:
        paths = [mount["mountPath"] for mount in container["volumeMounts"] if mount["mountPath"] != _SCRIPTS]
        volumes = {path: Path(folder, str(number)) for number, path in enumerate(paths)}
        for volume in volumes.values():
            volume.mkdir()
        result = run(container, configmap=configmap["data"], labels=labels, volumes=volumes, merge=True)
    print(result.stdout, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
