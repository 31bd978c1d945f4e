"""An Argo CD ApplicationSet: an Application for each set of a study, from the study's folder in a git repository.

Its git files generator reads the index, and a list generator takes the points out of it:
https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-List/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocompile.emit.yaml import dump
from mocompile.study.index import NAME

if TYPE_CHECKING:
    from mocompile.study.compile import CompiledStudy


def applicationset(study: CompiledStudy, form: str, repository: str, path: str) -> str:
    """Return the manifest. `path` is the path of the format's folder in the repository."""
    return dump([_manifest(study, form, repository, path.strip("/"))])


def _manifest(study: CompiledStudy, form: str, repository: str, path: str) -> dict[str, Any]:
    index = {"path": f"{path}/{NAME}"}
    source = {"repoURL": repository, "targetRevision": "HEAD", **_source(form, path)}
    namespace = study.sets[0].compiled.plan.namespace or "default"
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": study.name},
        "spec": {
            "goTemplate": True,
            "goTemplateOptions": ["missingkey=error"],
            "generators": [
                {
                    "matrix": {
                        "generators": [
                            {"git": {"repoURL": repository, "revision": "HEAD", "files": [index]}},
                            {"list": {"elementsYaml": "{{ .points | toJson }}"}},
                        ]
                    }
                }
            ],
            "template": {
                "metadata": {"name": "{{ .name }}"},
                "spec": {
                    "project": "default",
                    "source": source,
                    "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace},
                },
            },
        },
    }


def _source(form: str, path: str) -> dict[str, Any]:
    if form == "helm":
        return {"path": path, "helm": {"releaseName": "{{ .name }}", "valueFiles": ["{{ .file }}"]}}
    if form == "kustomize":
        return {"path": f"{path}/{{{{ .file }}}}"}
    return {"path": f"{path}/points", "directory": {"include": "{{ .name }}.yaml"}}
