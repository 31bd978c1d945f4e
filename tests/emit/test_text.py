"""Text comes out as it was written: a reviewer sees what runs, and Helm's numbers do not change it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.command import run
from tests.emit.rendering import (
    HELMS,
    ToolError,
    assert_chart_renders,
    assert_kustomization_builds,
    helm_template,
    json_file,
    kustomize_build,
    parsed,
    tool,
)

_TURNS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_RAW = re.compile(f"[{_TURNS}]")
_SIZE = "metrics.io-fio.options.size"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of which text turns the direction of writing, in every output format."""
    document = {
        "apiVersion": "flux-framework.org/v1alpha2",
        "kind": "MetricSet",
        "metadata": {"name": "set", "annotations": {"note": f"a{_TURNS}b"}},
        "spec": {"metrics": [{"name": "io-fio", "options": {"testname": f"x{_TURNS}y"}, "env": {"A": _TURNS}}]},
    }
    (tmp_path / "metrics.yaml").write_text(json.dumps(document))
    (tmp_path / "other.yaml").write_text(json.dumps({"spec": {"pod": {"annotations": {"k": f"1{_TURNS}2"}}}}))
    assert run("build", "-o", "out.yaml", cwd=tmp_path).code == 0
    for form in ("kustomize", "helm"):
        assert run("build", "-f", form, "-o", form, "--overlay", "other.yaml", cwd=tmp_path).code == 0
    return tmp_path


def test_what_turns_the_direction_of_writing_is_an_escape_in_every_output(folder: Path) -> None:
    outputs = [folder / "out.yaml", *(path for form in ("kustomize", "helm") for path in (folder / form).rglob("*"))]
    raw = [path.name for path in outputs if path.is_file() and _RAW.search(path.read_text("utf-8"))]
    assert raw == []
    assert "\\u202e" in (folder / "out.yaml").read_text("utf-8")
    assert "\\u202e" in (folder / "helm/README.md").read_text("utf-8")
    for helm in HELMS:
        assert not _RAW.search(tool(helm, "template", "set", folder / "helm"))


def test_and_it_is_the_same_text_through_every_tool(folder: Path) -> None:
    expected = parsed((folder / "out.yaml").read_text("utf-8"))
    pod = expected[1]["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]
    assert {"name": "A", "value": _TURNS} in pod["containers"][0]["env"]
    assert_kustomization_builds(kustomize_build("kustomize", folder / "kustomize/base"), expected)
    for helm in HELMS:
        assert_chart_renders(helm_template(helm, folder / "helm", "set"), expected)


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("number", ["1.0", "1", "9007199254740993", "0x10", "1e3"])
def test_a_number_in_a_values_file_is_no_text(helm: str, number: str, folder: Path) -> None:
    file = folder / "values.yaml"
    file.write_text(f"metrics: {{io-fio: {{options: {{size: {number}}}}}}}\n")
    with pytest.raises(ToolError, match=r"options.size is text, and came as the number|/options/size"):
        helm_template(helm, folder / "helm", "set", "-f", file)


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("text", ["4", "1.0", "9007199254740991", "-3", "true", "0x10", "010"])
def test_text_given_as_an_argument_comes_out_as_it_was_typed(helm: str, text: str, folder: Path) -> None:
    rendered = helm_template(helm, folder / "helm", "set", "--set", f"{_SIZE}={text}")
    expected = parsed(run("build", "--set", f"spec.metrics[io-fio].options.size={text}", cwd=folder).stdout)
    assert_chart_renders(rendered, expected)


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"metrics": {"io-fio": {"options": {"size": "a\x7fb"}}}}, "options.size"),
        ({"metrics": {"io-fio": {"env": {"A": "a\x9bb"}}}}, "env.A"),
        ({"jobset": {"queueName": -7}}, "queueName"),
        ({"jobset": {"queueName": 2**60}}, "queueName"),
        ({"jobset": {"exclusiveTopology": -7}}, "exclusiveTopology"),
    ],
)
def test_what_build_refuses_a_chart_refuses(helm: str, value: object, message: str, folder: Path) -> None:
    with pytest.raises(ToolError, match=message):
        helm_template(helm, folder / "helm", "set", "-f", json_file(folder / "values.json", value))


@pytest.mark.parametrize("helm", HELMS)
def test_without_its_schema_no_value_adds_a_field(helm: str, folder: Path) -> None:
    values = json_file(folder / "values.json", {"jobset": {"suspend": "true\n  x: {y: z}"}})
    jobset = helm_template(helm, folder / "helm", "set", "--skip-schema-validation", "-f", values)[-1]
    assert jobset["kind"] == "JobSet"
    assert "x" not in jobset["spec"]
