"""Containers as the compiler makes them, written by hand: small, and with nothing in them but what a test is about."""

from __future__ import annotations

from typing import Any

from tests.paths import ROOT
from tests.pod.kubelet import INDEX_LABEL, Container

OPEN = "METRICS OPERATOR COLLECTION START\n"
TIMEPOINT = "METRICS OPERATOR TIMEPOINT\n"
CLOSE = "METRICS OPERATOR COLLECTION END\n"
METADATA = 'METADATA START {"metricName":"test"}\nMETADATA END\n'


def configmap() -> dict[str, str]:
    """Every script there is, under its name in the mount."""
    of_views = ("view.sh", "copy-view.sh")
    files = {path.name: path for path in ROOT.glob("templates/pod/*.sh") if path.name not in of_views}
    files |= {f"measure-{path.parent.name}.sh": path for path in ROOT.glob("templates/metrics/*/measure.sh")}
    files |= {f"addon-{path.parent.name}.sh": path for path in ROOT.glob("addons/*/addon.sh")}
    return {name: path.read_text() for name, path in files.items()}


def labels(*, name: str = "set", job: str = "m", index: int = 0) -> dict[str, str]:
    """The pod's labels, as JobSet and Job set them."""
    return {
        "jobset.sigs.k8s.io/jobset-name": name,
        "jobset.sigs.k8s.io/replicatedjob-name": job,
        INDEX_LABEL: str(index),
    }


def escaped(text: str) -> str:
    """A value as the emitters write it: every `$` doubled."""
    return text.replace("$", "$$")


def container(line: str, *, workdir: str | None = None, **env: str) -> Container:
    """A container that measures that program line, with those variables; without an ENVIRONMENT, if not told else."""
    variables = {
        "MO_ROLE": "single",
        "MO_PODS": "1",
        "MO_METRIC": "test",
        "MO_ENVIRONMENT": "false",
        "MO_METADATA": "metricName s MO_METRIC",
        **env,
    }
    entries: list[dict[str, Any]] = [
        {"name": variable, "valueFrom": {"fieldRef": {"fieldPath": f"metadata.labels['jobset.sigs.k8s.io/{label}']"}}}
        for variable, label in (("MO_SET", "jobset-name"), ("MO_JOB", "replicatedjob-name"))
    ]
    entries += [{"name": name, "value": escaped(value)} for name, value in variables.items()]
    result: Container = {
        "name": "test",
        "image": "test",
        "command": ["/bin/sh", "/metrics_operator/entrypoint.sh"],
        "args": [escaped(line)],
        "env": entries,
        "volumeMounts": [{"name": "scripts", "mountPath": "/metrics_operator/", "readOnly": True}],
    }
    if workdir is not None:
        result["workingDir"] = workdir
    return result


def collection(*timepoints: str) -> str:
    """A collection with these outputs."""
    return OPEN + "".join(TIMEPOINT + text for text in timepoints) + CLOSE
