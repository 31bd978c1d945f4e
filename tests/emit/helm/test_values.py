"""Whatever value of a chart is changed, Helm renders what mocompile makes of the same change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mocompile.document.load import load_file
from mocompile.pipeline import folder_of

from tests.emit.changes import HOSTILE, Given, addressable, dotted, rounds, with_values
from tests.emit.rendering import HELMS, assert_chart_renders, helm_template, json_file, json_of, write
from tests.golden.cases import Case, cases

if TYPE_CHECKING:
    from pathlib import Path

each_case = pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)


@each_case
def test_each_value_that_is_offered_matters_and_renders_what_mocompile_says(case: Case, tmp_path: Path) -> None:
    base = case.compiled()
    chart = write(folder_of("helm", base, {}), tmp_path / "chart")
    for given in rounds(addressable(load_file(case.input)), base):
        file = json_file(tmp_path / "values.yaml", given.tree)
        for helm in HELMS:
            rendered = helm_template(helm, chart, base.metricset.name, "-f", file)
            assert_chart_renders(rendered, given.compiled.objects)


@each_case
def test_values_given_as_arguments_render_what_mocompile_says(case: Case, tmp_path: Path) -> None:
    base = case.compiled()
    chart = write(folder_of("helm", base, {}), tmp_path / "chart")
    for position, given in enumerate(rounds(addressable(load_file(case.input)), base, plain=True)):
        for helm, way in zip(HELMS, (_json, (_guessed, _strings)[position % 2]), strict=True):
            rendered = helm_template(helm, chart, base.metricset.name, *way(given))
            assert_chart_renders(rendered, given.compiled.objects)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_hostile_text_is_one_that_a_set_may_hold(text: str) -> None:
    case = next(each for each in cases() if each.name == "io-ior")
    document = addressable(load_file(case.input))
    result = with_values(document, {("metrics", "io-ior", "env"): {"TEXT": text}, ("pod", "annotations"): {"a": text}})
    pod = result.objects[1]["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]
    assert {"name": "TEXT", "value": text.replace("$", "$$")} in pod["spec"]["containers"][0]["env"]
    assert pod["metadata"]["annotations"] == {"a": text}


def test_null_is_no_value_for_what_may_be_absent(tmp_path: Path) -> None:
    case = next(each for each in cases() if each.name == "every-field")
    base = case.compiled()
    chart = write(folder_of("helm", base, {}), tmp_path / "chart")
    nothing = dict.fromkeys(
        (
            "annotations",
            "labels",
            "nodeSelector",
            "tolerations",
            "affinity",
            "imagePullSecrets",
            "securityContext",
            "topologySpreadConstraints",
            "hostAliases",
            "schedulingGates",
        )
    )
    values: dict[str, Any] = {"pod": nothing, "resources": None, "jobset": {"ttlSecondsAfterFinished": None}}
    overlay = tmp_path / "overlay.yaml"
    json_file(overlay, {"spec": values})
    for helm in HELMS:
        rendered = helm_template(helm, chart, base.metricset.name, "-f", json_file(tmp_path / "null.yaml", values))
        assert_chart_renders(rendered, case.compiled(overlay).objects)


def _json(given: Given) -> list[str]:
    return _arguments("--set-json", {dotted(path): json_of(value) for path, value in given.values.items()})


def _guessed(given: Given) -> list[str]:
    """As a person types it: Helm makes a number of 4, and true of true."""
    return _spelled(given, "--set")


def _strings(given: Given) -> list[str]:
    return _spelled(given, "--set-string")


def _spelled(given: Given, for_text: str) -> list[str]:
    words: list[str] = []
    for path, value in given.values.items():
        if isinstance(value, str):
            escaped = value.replace("\\", "\\\\").replace(",", "\\,")
            words += _arguments(for_text, {dotted(path): escaped})
        elif isinstance(value, int):
            words += _arguments("--set", {dotted(path): json_of(value)})
        else:
            words += _arguments("--set-json", {dotted(path): json_of(value)})
    return words


def _arguments(option: str, settings: dict[str, str]) -> list[str]:
    return [word for path, value in settings.items() for word in (option, f"{path}={value}")]
