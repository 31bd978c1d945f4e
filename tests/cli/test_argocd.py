"""`mocompile argocd`: the parameters of an Application become those of a build, and no file outside is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import Ran, run
from tests.gitops.argocd_cm import FILES
from tests.paths import ROOT
from tests.tools import need

SET = (ROOT / "examples" / "io-fio" / "metrics.yaml").read_text("utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an Application, `sets/disk` of a repository."""
    folder = tmp_path / "repository" / "sets" / "disk"
    folder.mkdir(parents=True)
    (folder / "metrics.yaml").write_text(SET)
    return folder


def argocd(folder: Path, monkeypatch: pytest.MonkeyPatch, *parameters: dict[str, Any], **variables: str) -> Ran:
    """The command, in the environment that Argo CD gives it."""
    monkeypatch.setenv("ARGOCD_APP_SOURCE_PATH", "sets/disk")
    if parameters:
        monkeypatch.setenv("ARGOCD_APP_PARAMETERS", json.dumps(parameters))
    for name, value in variables.items():
        monkeypatch.setenv(f"ARGOCD_ENV_{name}", value)
    return run("argocd", cwd=folder)


def test_without_parameters_it_is_a_build(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert argocd(folder, monkeypatch) == run("build", cwd=folder)
    monkeypatch.setenv("ARGOCD_APP_PARAMETERS", "null")
    assert run("argocd", cwd=folder) == run("build", cwd=folder)


def test_parameters_and_variables_are_those_of_a_build(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "large.yaml").write_text("spec: {pods: 4}\n")
    (folder / "other.yaml").write_text(SET)
    wanted = run(
        "build",
        "other.yaml",
        "--name",
        "a",
        "--overlay",
        "../large.yaml",
        "--set",
        "spec.deadlineSeconds=60",
        cwd=folder,
    )
    assert wanted.code == 0
    given = argocd(
        folder,
        monkeypatch,
        {"name": "overlays", "array": ["../large.yaml"]},
        {"name": "set", "map": {"spec.deadlineSeconds": "60"}},
        {"name": "file", "string": "other.yaml"},
        {"name": "name", "string": "a"},
    )
    assert given == wanted
    monkeypatch.delenv("ARGOCD_APP_PARAMETERS")
    variables = {"FILE": "other.yaml", "NAME": "a", "OVERLAYS": "../large.yaml\n", "SET": "spec.deadlineSeconds=60\n"}
    assert argocd(folder, monkeypatch, **variables) == wanted


def test_a_study_is_taken_before_its_base(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("metrics.yaml", "study.yaml"):
        (folder / name).write_text((ROOT / "examples" / "study-fio" / name).read_text("utf-8"))
    study = argocd(folder, monkeypatch)
    assert study.stdout == run("build", "study.yaml", cwd=folder).stdout
    base = argocd(folder, monkeypatch, {"name": "file", "string": "metrics.yaml"})
    assert base.stdout == run("build", cwd=folder).stdout


@pytest.mark.parametrize("link", [False, True])
def test_a_file_outside_of_the_repository_is_not_read(
    link: bool, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: 'hunter2\n")
    name = "../../../secret.yaml"
    if link:
        (folder / "linked.yaml").symlink_to(secret)
        name = "linked.yaml"
    done = argocd(folder, monkeypatch, {"name": "overlays", "array": [name]})
    assert (done.code, done.stdout) == (1, "")
    assert f"error: '{name}' is outside of the repository" in done.stderr
    assert "hunter2" not in done.stderr


def test_a_link_in_a_folder_of_the_repository_is_not_followed_out_of_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.yaml").write_text("password: 'hunter2\n")
    (folder / "sub").mkdir()
    (folder / "sub" / "metrics.yaml").symlink_to(tmp_path / "secret.yaml")
    done = argocd(folder, monkeypatch, {"name": "file", "string": "sub"})
    assert (done.code, done.stdout) == (1, "")
    assert "error: 'sub' is outside of the repository" in done.stderr
    assert "hunter2" not in done.stderr


def test_a_study_reads_no_file_outside_of_the_repository(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = (ROOT / "examples" / "study-fio" / "study.yaml").read_text("utf-8")
    (tmp_path / "metrics.yaml").write_text(SET)
    (folder / "study.yaml").write_text(study.replace("base: metrics.yaml", "base: ../../../metrics.yaml"))
    done = argocd(folder, monkeypatch)
    assert (done.code, done.stdout) == (1, "")
    assert "is outside of the repository" in done.stderr


@pytest.mark.parametrize("path", ["", ".", "..", "/", "../../..", "elsewhere"])
def test_the_bound_is_never_wider_than_the_repository(
    path: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outside.yaml").write_text("spec: {pods: 4}\n")
    monkeypatch.setenv("ARGOCD_APP_PARAMETERS", json.dumps([{"name": "overlays", "array": ["../../../outside.yaml"]}]))
    monkeypatch.setenv("ARGOCD_APP_SOURCE_PATH", path)
    assert run("argocd", cwd=folder).code == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("{", "ARGOCD_APP_PARAMETERS is not JSON"),
        ('"x"', "ARGOCD_APP_PARAMETERS is not a list of parameters"),
        ('[{"name": "sets", "map": {}}]', 'unknown parameter "sets"; known: file, name, overlays, set, only'),
        ('[{"name": "set", "map": {"spec.pods": 4}}]', "the parameter 'set' has no `map` of texts"),
        ('[{"name": "overlays", "string": "a"}]', "the parameter 'overlays' has no `array` of texts"),
        ('[{"name": "set", "map": {"spec.podz": "4"}}]', "unknown field 'podz'"),
        ('[{"name": "only", "array": ["a"]}]', "the parameter 'only' is only for a study"),
    ],
)
def test_a_wrong_parameter_has_a_message(
    parameters: str, message: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGOCD_APP_PARAMETERS", parameters)
    done = run("argocd", cwd=folder)
    assert (done.code, done.stdout) == (1, "")
    assert message in done.stderr


def test_the_announced_parameters_are_those_that_are_read() -> None:
    import yaml
    from mocompile.cli.argocd import KINDS

    plugin = yaml.safe_load((FILES / "plugin" / "plugin.yaml").read_text("utf-8"))
    announced = {each["name"]: each.get("collectionType", "string") for each in plugin["spec"]["parameters"]["static"]}
    assert announced == KINDS


@pytest.mark.tools
def test_the_component_adds_the_sidecar_to_an_installation(tmp_path: Path) -> None:
    import subprocess

    import yaml

    (tmp_path / "plugin").symlink_to(FILES / "plugin")
    server = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "argocd-repo-server"},
        "spec": {"template": {"spec": {"containers": [{"name": "argocd-repo-server", "image": "argocd"}]}}},
    }
    (tmp_path / "install.yaml").write_text(yaml.safe_dump(server))
    (tmp_path / "kustomization.yaml").write_text("resources: [install.yaml]\ncomponents: [plugin]\n")
    command = [need("kustomize"), "build", "--load-restrictor=LoadRestrictionsNone", str(tmp_path)]
    built = yaml.safe_load(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    pod = built["spec"]["template"]["spec"]
    assert {each["name"] for each in pod["containers"]} == {"argocd-repo-server", "mocompile"}
    assert "mocompile-tmp" in {each["name"] for each in pod["volumes"]}
