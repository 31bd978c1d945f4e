"""A kustomization on top of our base and overlays keeps the set whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.command import run
from tests.emit.rendering import (
    KUSTOMIZES,
    ToolError,
    assert_kustomization_builds,
    json_file,
    json_of,
    kustomize_build,
    parsed,
    pods,
    tool,
    volumes,
)
from tests.emit.resolver import dangling

if TYPE_CHECKING:
    from pathlib import Path

SET = """\
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: study}
spec:
  pods: 3
  jobset: {order: Sequential}
  pod:
    serviceAccountName: runner
    imagePullSecrets: [{name: registry}]
  metrics:
    - name: app-lammps
      image: example.com/lammps:1
      addons:
        - {name: volume-pvc, options: {name: data, path: /data, claimName: data}}
        - {name: volume-secret, options: {name: keys, path: /keys, secretName: keys}}
        - {name: volume-cm, options: {name: inputs, path: /inputs, configMapName: inputs}, mapOptions: {items: {a: a}}}
    - name: io-fio
      image: example.com/fio:1
"""
OVERLAYS = {
    "one": "spec: {pods: 1}\n",
    "wide": "spec: {pods: 64}\n",
    "labelled": "metadata: {labels: {team: hpc}, annotations: {note: 'y'}, namespace: bench}\n",
    "more": (
        "spec:\n  metrics:\n    - name: io-sysstat\n"
        "    - name: io-fio\n      addons: [{name: commands, options: {preBlock: date}}]\n"
    ),
}
# Objects beside the base that the JobSet refers to.
NEIGHBOURS = """\
apiVersion: v1
kind: Secret
metadata: {name: keys}
---
apiVersion: v1
kind: Secret
metadata: {name: registry}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: inputs}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
"""
_POD_SPEC = "template/spec/template/spec"
TRANSFORMERS: dict[str, Any] = {
    "prefix": {"namePrefix": "a-"},
    "suffix": {"nameSuffix": "-b"},
    "namespace": {"namespace": "elsewhere"},
    "all": {"namePrefix": "a-", "nameSuffix": "-b", "namespace": "elsewhere"},
    "labels": {"labels": [{"pairs": {"team": "x"}, "includeTemplates": True}]},
    "annotations": {"commonAnnotations": {"note": "y"}},
    "images": {"images": [{"name": "example.com/lammps", "newName": "mirror/lammps", "newTag": "2"}]},
    "components": {"components": ["../component"], "namePrefix": "a-"},
    "patch": {
        "namePrefix": "a-",
        "patches": [
            {
                "target": {"kind": "JobSet"},
                "patch": json_of(
                    [{"op": "add", "path": f"/spec/replicatedJobs/0/{_POD_SPEC}/priorityClassName", "value": "high"}]
                ),
            }
        ],
    },
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the set as `out/`, and files beside it."""
    folder = tmp_path_factory.mktemp("kustomize")
    (folder / "metrics.yaml").write_text(SET)
    arguments = ["build", "-f", "kustomize", "-o", "out"]
    for name, text in OVERLAYS.items():
        (folder / f"{name}.yaml").write_text(text)
        arguments += ["--overlay", f"{name}.yaml"]
    result = run(*arguments, cwd=folder)
    assert result.code == 0, result.stderr
    (folder / "neighbours").mkdir()
    (folder / "neighbours/objects.yaml").write_text(NEIGHBOURS)
    (folder / "neighbours/kustomization.yaml").write_text("resources: [objects.yaml]\n")
    (folder / "component").mkdir()
    (folder / "component/kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
        "labels: [{pairs: {stage: test}, includeTemplates: true}]\n"
    )
    return folder


def stacked(folder: Path, name: str, resource: str, fields: dict[str, Any]) -> Path:
    """A user's kustomization on top of one of ours."""
    mine = folder / name
    mine.mkdir(exist_ok=True)
    kustomization = {"resources": [resource, "../neighbours"], **fields}
    json_file(mine / "kustomization.yaml", kustomization)
    return mine


@pytest.mark.parametrize("program", KUSTOMIZES)
@pytest.mark.parametrize("transformer", TRANSFORMERS)
@pytest.mark.parametrize("below", ["base", *(f"overlays/{name}" for name in OVERLAYS)])
def test_every_reference_resolves_below_what_a_user_stacks_on_top(
    built: Path, program: str, transformer: str, below: str
) -> None:
    fields = TRANSFORMERS[transformer]
    if below.endswith("labelled") and "namespace" not in fields:
        fields = {**fields, "namespace": "bench"}
    mine = stacked(built, f"{program}-{transformer}-{below.replace('/', '-')}", f"../out/{below}", fields)
    objects = kustomize_build(program, mine)
    assert dangling(objects) == []
    (job_set,) = (obj for obj in objects if obj["kind"] == "JobSet")
    assert job_set["metadata"]["name"] == f"{fields.get('namePrefix', '')}study{fields.get('nameSuffix', '')}"
    assert len(job_set["spec"]["replicatedJobs"]) == {"overlays/one": 2, "overlays/more": 4}.get(below, 3)
    containers = [container for pod in pods(job_set) for container in pod["spec"]["containers"]]
    images = {container["image"] for container in containers}
    assert ("mirror/lammps:2" in images, "example.com/lammps:1" in images) == (
        transformer == "images",
        transformer != "images",
    )
    if transformer == "labels":
        assert all(pod["metadata"]["labels"]["team"] == "x" for pod in pods(job_set))
    if transformer == "components":
        assert all(pod["metadata"]["labels"]["stage"] == "test" for pod in pods(job_set))
    if transformer == "annotations":
        assert all(pod["metadata"]["annotations"]["note"] == "y" for pod in pods(job_set))
    if transformer == "patch":
        assert [pod["spec"].get("priorityClassName") for pod in pods(job_set)][:2] == ["high", None]


def test_the_resolver_finds_a_reference_that_leads_nowhere(built: Path) -> None:
    objects = kustomize_build("kustomize", stacked(built, "whole", "../out/base", {}))
    (job_set,) = (obj for obj in objects if obj["kind"] == "JobSet")
    next(iter(volumes(job_set)))["configMap"]["name"] = "another"
    job_set["spec"]["replicatedJobs"][0]["name"] = "renamed"
    assert {"ConfigMap: another", "success policy: l", "dependsOn: l"} <= set(dangling(objects))


def test_an_overlay_that_sets_pods_is_a_few_lines(built: Path) -> None:
    patch = (built / "out/overlays/wide/jobset-patch.yaml").read_text("utf-8")
    changes = [each for each in parsed(patch)[0] if each["op"] != "test"]
    # MO_PODS of three jobs, MO_COMPLETIONS of two, completions and parallelism of two.
    assert len(changes) == 9
    assert all(change["op"] == "replace" and change["value"] in (63, 64, "63", "64") for change in changes)
    assert patch.count("\n") < 110


def test_one_pod_takes_the_worker_job_away_as_a_whole(built: Path) -> None:
    (operations,) = parsed((built / "out/overlays/one/jobset-patch.yaml").read_text("utf-8"))
    position = operations.index({"op": "remove", "path": "/spec/replicatedJobs/1"})
    assert operations[position - 1] == {"op": "test", "path": "/spec/replicatedJobs/1/name", "value": "w"}


def test_an_overlay_whose_list_has_shifted_fails_loudly(built: Path, tmp_path: Path) -> None:
    tool("cp", "-r", built / "out", tmp_path / "out")
    job_set_file = tmp_path / "out/base/jobset.yaml"
    (job_set,) = parsed(job_set_file.read_text("utf-8"))
    job_set["spec"]["replicatedJobs"].insert(0, {**job_set["spec"]["replicatedJobs"][0], "name": "extra"})
    json_file(job_set_file, job_set)
    with pytest.raises(ToolError, match="test"):
        kustomize_build("kustomize", tmp_path / "out/overlays/wide")


def test_a_base_in_a_git_repository_can_be_referred_to(built: Path, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    tool("cp", "-r", built / "out", repository / "out")
    identity = {
        **os.environ,
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "a")):
        tool("git", *words, cwd=repository, env=identity)
    clone = tmp_path / "clone"
    tool("git", "clone", "-q", repository, clone)
    mine = stacked(tmp_path, "mine", "../clone/out/base", {"resources": ["../clone/out/base"], "namePrefix": "x-"})
    objects = kustomize_build("kustomize", mine)
    assert dangling(objects, frozenset({"data", "keys", "inputs", "runner", "registry"})) == []


SERVED = """
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: disk}
spec:
  serviceName: bench
  metrics:
    - name: app-lammps
"""


@pytest.mark.parametrize("program", KUSTOMIZES)
def test_overlays_with_name_suffixes_can_be_applied_side_by_side(tmp_path: Path, program: str) -> None:
    (tmp_path / "metrics.yaml").write_text(SERVED)
    (tmp_path / "big.yaml").write_text("spec: {pods: 4}\n")
    (tmp_path / "small.yaml").write_text("metadata: {labels: {size: small}}\n")
    overlays = ("--overlay", "big.yaml", "--overlay", "small.yaml")
    done = run("build", "-f", "kustomize", "-o", "out", *overlays, "--name-suffixes", cwd=tmp_path)
    assert done.code == 0, done.stderr
    for name in ("big", "small"):
        settings = ("--overlay", f"{name}.yaml", "--name", f"disk-{name}", "--set", f"spec.serviceName=bench-{name}")
        wanted = parsed(run("build", *settings, cwd=tmp_path).stdout)
        assert_kustomization_builds(kustomize_build(program, tmp_path / "out/overlays" / name), wanted)


def test_name_suffixes_are_refused_where_there_can_be_none(tmp_path: Path) -> None:
    (tmp_path / "metrics.yaml").write_text(SERVED)
    (tmp_path / "Big_1.yaml").write_text("spec: {pods: 4}\n")
    arguments = ("build", "-o", "out", "--overlay", "Big_1.yaml", "--name-suffixes")
    done = run(*arguments, "-f", "kustomize", cwd=tmp_path)
    assert done.code == 1
    assert "the overlay 'Big_1' cannot be the end of a set's name" in done.stderr
    done = run(*arguments, "-f", "helm", cwd=tmp_path)
    assert done.code == 1
    assert "--name-suffixes is only for kustomize overlays" in done.stderr
    assert not (tmp_path / "out").exists()
