"""Every golden case, rendered by the real tools: kustomize and Helm make of our folders what the YAML output holds.

The folders are built from the inputs in `golden/outputs/`, once, as users commit them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.emit.rendering import (
    HELMS,
    KUSTOMIZES,
    assert_chart_renders,
    assert_kustomization_builds,
    helm_template,
    kustomize_build,
    parsed,
    tool,
)
from tests.golden.cases import Case, case_of, cases

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emit.conftest import Built

each_case = pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)


def yaml_output(case: Case, name: str) -> list[Any]:
    """Return the output of `mocompile build` for the case."""
    return parsed(case.outputs()[f"{name}.yaml"])


@each_case
@pytest.mark.parametrize("program", KUSTOMIZES)
def test_kustomize_builds_the_yaml_output(case: Case, program: str, built: Built) -> None:
    out = built(case.name)
    assert_kustomization_builds(kustomize_build(program, out / "kustomize/base"), yaml_output(case, "base"))
    for overlay in case.overlays:
        objects = kustomize_build(program, out / f"kustomize/overlays/{overlay.stem}")
        assert_kustomization_builds(objects, yaml_output(case, overlay.stem))


@each_case
@pytest.mark.parametrize("helm", HELMS)
def test_helm_renders_the_yaml_output(case: Case, helm: str, built: Built) -> None:
    chart = built(case.name) / "helm"
    base = yaml_output(case, "base")
    release = case.compiled().metricset.name
    assert_chart_renders(helm_template(helm, chart, release), base)
    for values in chart.glob("values-*.yaml"):
        rendered = helm_template(helm, chart, release, "-f", values)
        assert_chart_renders(rendered, yaml_output(case, values.stem.removeprefix("values-")))


@each_case
def test_every_overlay_has_values_or_a_message_why_not(case: Case, built: Built) -> None:
    out = built(case.name)
    refused = out / "helm-refused.txt"
    messages = refused.read_text("utf-8") if refused.exists() else ""
    for overlay in case.overlays:
        assert (out / f"helm/values-{overlay.stem}.yaml").exists() != (f"overlay '{overlay.stem}'" in messages)


@each_case
def test_helm_finds_nothing_to_complain_of(case: Case, built: Built) -> None:
    chart = built(case.name) / "helm"
    tool("helm", "lint", "--strict", "--quiet", chart, *(f"-f{path}" for path in sorted(chart.glob("values-*.yaml"))))


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("version", ["1.20.0", "1.27.3-gke.100", "1.36.3"])
def test_a_chart_renders_the_same_for_old_and_new_kubernetes(helm: str, version: str, built: Built) -> None:
    chart = built("every-field") / "helm"
    rendered = helm_template(helm, chart, "everything", "--kube-version", version)
    assert_chart_renders(rendered, yaml_output(case_of("every-field"), "base"))


@each_case
def test_kustomize_finds_nothing_to_modernise(case: Case, tmp_path: Path, built: Built) -> None:
    for file in sorted((built(case.name) / "kustomize").rglob("kustomization.yaml")):
        copy = tmp_path / "kustomization.yaml"
        copy.write_bytes(file.read_bytes())
        tool("kustomize", "edit", "fix", cwd=tmp_path)
        assert parsed(copy.read_text("utf-8")) == parsed(file.read_text("utf-8"))


@each_case
def test_the_values_files_of_a_chart_keep_its_schema(case: Case, built: Built) -> None:
    from jsonschema import Draft7Validator

    chart = built(case.name) / "helm"
    schema = json.loads((chart / "values.schema.json").read_text("utf-8"))
    Draft7Validator.check_schema(schema)
    (values,) = parsed((chart / "values.yaml").read_text("utf-8"))
    Draft7Validator(schema).validate(values)
