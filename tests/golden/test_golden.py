"""The whole output of every golden case, and nothing in `golden/` that no case accounts for."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.emit.rendering import helm_template
from tests.golden.cases import OUTPUTS, Case, case_of, cases
from tests.golden.digest import COMMON, CONSTANT, NotAsStoredError, digested, script_files, scripts_in
from tests.golden.studies import StudyCase, study_cases

_REGENERATE = "`python -m tests.golden.regenerate` writes it anew; read the diff"

_ALL = [*cases(), *study_cases()]
each_case_and_study = pytest.mark.parametrize("case", _ALL, ids=lambda case: case.name)
each_case = pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)


@each_case_and_study
def test_output_is_byte_for_byte_what_the_case_says(case: Case | StudyCase) -> None:
    for path, text in {**case.golden(), **case.common()}.items():
        assert path.is_file(), f"{path} is not there: {_REGENERATE}"
        golden = path.read_bytes().decode()
        diff = "".join(difflib.unified_diff(golden.splitlines(True), text.splitlines(True), "golden", "built"))
        assert golden == text, f"{path} is stale: {_REGENERATE}\n{diff}"


@each_case
def test_every_script_in_every_output_is_byte_for_byte_the_repositorys_file(case: Case) -> None:
    outputs = case.outputs()
    for path in ("base.yaml", *(f"{overlay.stem}.yaml" for overlay in case.overlays)):
        _are_the_repositorys(scripts_in(outputs[path]), case)
    for top in ("kustomize/base/scripts/", "helm/scripts/"):
        _are_the_repositorys(
            {path.removeprefix(top): text for path, text in outputs.items() if path.startswith(top)}, case
        )


@each_case
@pytest.mark.tools
def test_every_script_is_byte_for_byte_the_repositorys_file_as_helm_renders_it(case: Case, tmp_path: Path) -> None:
    rendered = helm_template("helm", case.write(tmp_path) / "helm", "release")
    (found,) = [each["data"] for each in rendered if each["kind"] == "ConfigMap"]
    _are_the_repositorys(found, case)


def _are_the_repositorys(scripts: Mapping[str, str], case: Case) -> None:
    needed = set(scripts_in(case.outputs()["base.yaml"]))
    assert "entrypoint.sh" in needed
    assert needed <= set(scripts)
    files = {name: script_files()[name].read_bytes() for name in scripts}
    assert {name: text.encode() for name, text in scripts.items()} == files


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("base.yaml", "set -", "set  -"),
        ("kustomize/base/scripts/entrypoint.sh", "set -", "set  -"),
        ("helm/scripts/entrypoint.sh", "set -", "set  -"),
        ("helm/scripts/entrypoint.sh", "#!/bin/sh\n", "#!/bin/sh\r\n"),
        ("base.yaml", "  entrypoint.sh: |\n", "  entrypoint.sh: |+\n"),
        ("base.yaml", "  entrypoint.sh: |\n", "  entry.sh: |\n"),
        ("base.yaml", "  session.sh: |\n", "    echo more\n  session.sh: |\n"),
    ],
)
def test_an_output_that_holds_another_text_than_the_repositorys_script_is_found(path: str, old: str, new: str) -> None:
    outputs = dict(case_of("app-lammps").outputs())
    assert old in outputs[path]
    outputs[path] = outputs[path].replace(old, new, 1)
    with pytest.raises(NotAsStoredError):
        digested(outputs)


@pytest.mark.parametrize("path", ["base/scripts/entrypoint.sh", "base/kustomizeconfig.yaml"])
def test_a_wrong_digest_in_a_marker_is_found(path: str) -> None:
    outputs = dict(case_of("app-lammps").outputs())
    marker = json.loads(outputs["kustomize/.mocompile.json"])
    marker["files"][path] = "0" * 64
    outputs["kustomize/.mocompile.json"] = json.dumps(marker, indent=2) + "\n"
    with pytest.raises(NotAsStoredError):
        digested(outputs)


def test_the_path_of_a_script_in_an_output_is_not_taken_for_its_text() -> None:
    outputs = dict(case_of("app-lammps").outputs())
    outputs["base.yaml"] = digested(outputs).files["base.yaml"]
    with pytest.raises(NotAsStoredError):
        digested(outputs)


@each_case_and_study
def test_case_holds_nothing_stray(case: Case | StudyCase) -> None:
    assert case.files() == {*case.inputs, *case.golden()}


def test_golden_holds_nothing_stray() -> None:
    golden = OUTPUTS.parent
    assert {path.name for path in golden.iterdir()} == {"common", "logs", "messages", "outputs"}
    assert {path for path in COMMON.rglob("*") if path.is_file()} == {COMMON / path for path in CONSTANT}
    assert not [path.name for path in OUTPUTS.iterdir() if not (path / "metrics.yaml").is_file()]
