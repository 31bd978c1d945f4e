"""The shipped data sheets: what the schema cannot promise, and that what is said of them is true."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from mocompile import shipped
from mocompile.catalog import Catalog
from mocompile.catalog.model import SheetKind
from mocompile.catalog.validate import validate_sheet
from mocompile.document.load import load_file
from mocompile.schema.convert import convert
from mocompile.schema.files import read

from tests.command import run
from tests.paths import ROOT

CATALOG = Catalog()
SHEETS = sorted(
    [*shipped.folder("templates").glob("metrics/*/metric.yaml"), *shipped.folder("addons").glob("*/addon.yaml")],
    key=lambda path: path.parent.name,
)
NAMES = [*CATALOG.metric_names, *CATALOG.addon_names]


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.parent.name)
def test_shipped_sheet_passes_the_review_of_a_users_sheet(path: Path) -> None:
    kind: SheetKind = "metric" if path.name == "metric.yaml" else "addon"
    root = load_file(path).root
    data = convert(root, read(kind))
    assert isinstance(data, dict)
    assert list(validate_sheet(kind, root, data, path.parent)) == []


def _example_of(text: str) -> str:
    return text.split("\nEXAMPLE\n", 1)[1]


@pytest.mark.parametrize("name", NAMES)
def test_explain_ends_with_an_example_that_compiles(name: str, tmp_path: Path) -> None:
    explained = run("explain", name)
    assert explained.code == 0, explained.stderr
    (tmp_path / "metrics.yaml").write_text(_example_of(explained.stdout))
    built = run("build", cwd=tmp_path)
    assert (built.code, built.stderr) == (0, "")


@pytest.mark.parametrize("name", CATALOG.metric_names)
def test_init_writes_a_document_that_compiles_and_no_other_over_it(name: str, tmp_path: Path) -> None:
    assert run("init", name, cwd=tmp_path).code == 0
    assert run("build", cwd=tmp_path).code == 0
    before = (tmp_path / "metrics.yaml").read_bytes()
    again = run("init", "io-fio", cwd=tmp_path)
    assert again.code == 1
    assert "already exists" in again.stderr
    assert (tmp_path / "metrics.yaml").read_bytes() == before


@pytest.mark.parametrize("name", CATALOG.metric_names)
def test_every_option_that_init_writes_as_a_comment_can_be_uncommented(name: str) -> None:
    text = run("init", name, "-o", "-").stdout
    for options in CATALOG.metric(name).options.values():
        for option in options:
            text, found = re.subn(rf"^        (# )?({option}: )", r"        \2", text, flags=re.MULTILINE)
            assert found == 1
    assert run("build", "-", stdin=text).stderr == ""


def test_explain_of_one_option_says_its_type_default_and_meaning() -> None:
    assert run("explain", "io-fio.options.iodepth").stdout == (
        "iodepth  <integer>  default 64\n    Requests kept in flight (fio's --iodepth).\n    At least 1\n"
    )


def test_an_option_without_effect_is_hidden_and_marked_and_no_value_of_a_chart() -> None:
    hidden = {"launcherLetter", "workerLetter", "launcherIndex", "workerIndex"}
    options = CATALOG.addon("workload-flux").options["options"]
    assert {name for name, option in options.items() if option.deprecated} == hidden
    for shown in (run("explain", "workload-flux").stdout, run("explain", "workload-flux.options").stdout):
        assert "connectTimeout" in shown
        assert not any(name in shown for name in hidden)
    assert 'default "w"  deprecated' in run("explain", "workload-flux.options.workerLetter").stdout
    assert {name for name, option in options.items() if option.schema.get("deprecated")} == hidden
    values = (ROOT / "golden" / "outputs" / "flux-lammps" / "out" / "helm" / "values.yaml").read_text("utf-8")
    assert "connectTimeout" in values
    assert not any(name in values for name in hidden)


def test_explain_names_the_nearest_for_a_wrong_name() -> None:
    wrong = run("explain", "io-foi")
    assert (wrong.code, wrong.stdout) == (1, "")
    assert "did you mean 'io-fio'?" in wrong.stderr
    assert "did you mean 'size'?" in run("explain", "io-fio.sise").stderr


def test_list_says_the_same_in_every_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # a row for each metric
    table = run("list", "metrics").stdout
    as_json = json.loads(run("list", "metrics", "--format", "json").stdout)
    as_yaml = yaml.safe_load(run("list", "metrics", "--format", "yaml").stdout)
    assert as_json == as_yaml
    assert [line.split()[0] for line in table.splitlines()[1:]] == [entry["name"] for entry in as_json]
    assert [entry["name"] for entry in as_json] == list(CATALOG.metric_names)


def test_schema_accepts_every_golden_input_as_a_yaml_reader_sees_it() -> None:
    from jsonschema.validators import Draft202012Validator

    schema = json.loads(run("schema").stdout)
    Draft202012Validator.check_schema(schema)
    golden = ROOT / "golden"
    inputs = sorted(golden.glob("outputs/*/metrics.yaml"))
    assert inputs
    for path in inputs:
        document: Any = yaml.safe_load(path.read_text())
        assert not [error.message for error in Draft202012Validator(schema).iter_errors(document)], path


def test_schema_refuses_what_the_compiler_refuses() -> None:
    from jsonschema.validators import Draft202012Validator

    schema = json.loads(run("schema").stdout)
    document: dict[str, Any] = yaml.safe_load(run("init", "io-fio", "-o", "-").stdout)
    document["spec"]["metrics"][0]["options"] = {"sise": "1G"}
    assert [error.validator for error in Draft202012Validator(schema).iter_errors(document)] == ["additionalProperties"]


def test_images_lists_each_image_once(tmp_path: Path) -> None:
    (tmp_path / "metrics.yaml").write_text(
        "apiVersion: flux-framework.org/v1alpha2\nkind: MetricSet\nmetadata: {name: a}\nspec:\n  pods: 2\n  metrics:\n"
        "  - name: app-lammps\n  - name: perf-sysstat\n    options: {command: sleep 1}\n"
        "    addons:\n    - {name: application, options: {image: ubuntu, command: sleep 1}}\n"
    )
    registry = "ghcr.io/converged-computing"
    expected = f"{registry}/metric-lammps:latest\n{registry}/metric-sysstat:latest\nubuntu\n"
    assert run("images", cwd=tmp_path).stdout == expected
    pinned = f"{registry}/metric-lammps@sha256:" + "0" * 64
    assert pinned in run("images", "--set", f"spec.metrics[app-lammps].image={pinned}", cwd=tmp_path).stdout
