"""Whatever a MetricSet holds, it becomes objects that the API takes, or findings with places: never anything else.

`MOCOMPILE_EXAMPLES` says how many sets are tried (150); out of the whole real catalog.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import event, given
from hypothesis import strategies as st
from mocompile.diagnostics.finding import InputError
from mocompile.document.load import load_text
from mocompile.document.merge import merge
from mocompile.document.tree import Map
from mocompile.emit.yaml import dump
from mocompile.pipeline import compile_objects, compile_yaml

from tests.emit.api_rules import CRD, job_problems, jobset_problems
from tests.emit.documents import text_of
from tests.property.examples import examples
from tests.property.sets import CATALOG, HOSTILE, broken, likely, texts

_SETTINGS = examples(150)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _root(document: dict[str, Any]) -> Map:
    return merge(load_text(text_of(document), "metrics.yaml")[0]).root


def _require_valid(text: str) -> None:
    jobset: Any = list(yaml.load_all(text, Loader=_LOADER))[-1]
    assert job_problems(jobset) == []
    if CRD.is_file():
        assert jobset_problems(jobset) == []


def _outcome(document: dict[str, Any]) -> list[object] | InputError:
    try:
        return compile_objects(_root(document), CATALOG)
    except InputError as error:
        return error


def _require_objects_or_places(document: dict[str, Any]) -> None:
    outcome = _outcome(document)
    if isinstance(outcome, InputError):
        event("has findings")
        places = [finding.place for finding in outcome.findings]
        assert places
        assert all(place is not None and place.line >= 1 for place in places)
    else:
        event("compiles")
        _require_valid(dump(outcome))


@_SETTINGS
@given(likely)
def test_likely_set_becomes_valid_objects_or_findings_with_places(document: dict[str, Any]) -> None:
    _require_objects_or_places(document)


@_SETTINGS
@given(broken())
def test_broken_set_becomes_valid_objects_or_findings_with_places(document: dict[str, Any]) -> None:
    _require_objects_or_places(document)


@_SETTINGS
@given(st.sampled_from(CATALOG.metric_names), texts, st.data())
def test_text_of_an_option_arrives_as_it_was_written(name: str, text: str, data: st.DataObject) -> None:
    options = CATALOG.metric(name).options["options"].values()
    free = [option for option in options if option.kind == "string" and not {"enum", "pattern"} & option.schema.keys()]
    if not free:
        return
    option = data.draw(st.sampled_from(free))
    metric = {"name": name, "image": "i", "options": {option.name: text}}
    document = {
        "apiVersion": "flux-framework.org/v1alpha2",
        "kind": "MetricSet",
        "metadata": {"name": "study"},
        "spec": {"pods": 2, "metrics": [metric]},
    }
    outcome = _outcome(document)
    if isinstance(outcome, InputError):
        # Empty where it must not be, or an option that another needs.
        rules = {finding.rule for finding in outcome.findings if finding.level == "error"}
        assert rules <= {"schema-minLength", "option-one-of", "schema-missing"}
        return
    jobset: Any = outcome[-1]
    container = jobset["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]["containers"][0]
    values = [entry["value"] for entry in container["env"] if entry["name"] == f"MO_{option.variable}"]
    assert values == [text.replace("$", "$$")]


@pytest.mark.parametrize("hostile", [text for text in HOSTILE if text not in ("y", "no", "null", "~")])
def test_hostile_text_in_a_name_an_id_or_a_label_is_refused_where_it_stands(hostile: str) -> None:
    document: dict[str, Any] = {
        "apiVersion": "flux-framework.org/v1alpha2",
        "kind": "MetricSet",
        "metadata": {"name": f"a{hostile}", "labels": {"note": f"-{hostile}"}},
        "spec": {"metrics": [{"name": "io-fio", "id": f"a{hostile}"}]},
    }
    with pytest.raises(InputError) as caught:
        compile_objects(_root(document), CATALOG)
    said = [finding.message for finding in caught.value.findings if finding.place is not None]
    assert any(message.startswith("metadata.labels.note") for message in said)
    if not (hostile.isascii() and hostile.isalnum() and hostile.islower()) and hostile not in ("012", "1e3"):
        assert any(message.startswith("metadata.name") for message in said)
        assert any(message.startswith("spec.metrics[0].id") for message in said)


def _with_option(text: str) -> dict[str, Any]:
    metric = {"name": "io-fio", "options": {"pre": text}}
    metadata = {"name": "study"}
    return {
        "apiVersion": "flux-framework.org/v1alpha2",
        "kind": "MetricSet",
        "metadata": metadata,
        "spec": {"metrics": [metric]},
    }


@pytest.mark.parametrize("character", ["'", '"', "$", "\n", "😀", "\u2028"])
def test_a_value_of_64_kib_arrives_and_one_byte_more_is_refused(character: str) -> None:
    text = character * (64 * 1024 // len(character.encode()))
    text += "x" * (64 * 1024 - len(text.encode()))
    built = list(yaml.load_all(compile_yaml(_root(_with_option(text)), CATALOG), Loader=_LOADER))[-1]
    container = built["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]["containers"][0]
    assert {"name": "MO_OPT_PRE", "value": text.replace("$", "$$")} in container["env"]
    with pytest.raises(InputError, match="the value has 65,537 bytes"):
        compile_yaml(_root(_with_option(text + "x")), CATALOG)
