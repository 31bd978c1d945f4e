"""The three outputs of every point of a random study are equal objects, as the real kustomize and Helm render them.

`MOCOMPILE_EXAMPLES` says how many studies are tried (6).
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import Phase, assume, event, given, settings
from hypothesis import strategies as st

from tests.command import run
from tests.emit.documents import text_of
from tests.emit.rendering import (
    assert_chart_renders,
    assert_kustomization_builds,
    helm_template,
    kustomize_build,
    parsed,
)
from tests.property.examples import examples
from tests.property.sets import CATALOG, HOSTILE, likely, value_of
from tests.study.studies import document, write

# To shrink a study costs hundreds of runs of the tools.
_SETTINGS = settings(examples(6, part=20), phases=(Phase.explicit, Phase.reuse, Phase.generate))
_OVERLAYS: tuple[dict[str, Any], ...] = (
    {},
    {"pod": {"nodeSelector": {"node": "1e3", "a.example/b": "y"}}},
    {"pod": {"serviceAccountName": "bench"}, "resources": {"limits": {"cpu": "2", "memory": "1Gi"}}},
    {"pods": 3, "jobset": {"suspend": True}},
    {"serviceName": "bench", "logging": {"interactive": True}},
    {"timeouts": {"hostsSeconds": 5}, "jobset": {"maxRestarts": 2}},
)


@st.composite
def studies(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A study of at most 8 sets, and the texts of its files: the base and overlays."""
    base = draw(likely)
    parameters: dict[str, Any] = {}
    files: dict[str, str] = {}
    if draw(st.booleans()):
        parameters["pods"] = {"set": "spec.pods", "values": draw(st.lists(st.integers(2, 300), min_size=1, max_size=2))}
        parameters["restarts"] = {"set": "spec.jobset.maxRestarts", "value": "{{ pods * 2 - 1 }}"}
    for metric in base["spec"]["metrics"][:2]:
        offered = [
            each
            for each in CATALOG.metric(metric["name"]).options["options"].values()
            if each.kind in ("string", "integer")
        ]
        if offered and len(parameters) < 4:
            option = draw(st.sampled_from(offered))
            values: Any = value_of(option.schema, option.schema)
            if option.kind == "string" and "pattern" not in option.schema and "enum" not in option.schema:
                values = st.sampled_from(HOSTILE) | values
            path = f'spec.metrics["{metric["id"]}"].options.{option.name}'
            found = draw(st.lists(values, min_size=1, max_size=2, unique_by=str))
            parameters[f"option{len(parameters)}"] = {"set": path, "values": found}
    if draw(st.booleans()) or not parameters:
        chosen = draw(st.lists(st.sampled_from(range(len(_OVERLAYS))), min_size=1, max_size=2, unique=True))
        files = {f"o{number}": text_of({"spec": _OVERLAYS[number]}) for number in chosen}
        parameters["variant"] = {"overlays": {name: f"{name}.yaml" for name in files}}
    spec = {"parameters": parameters, "repeats": draw(st.sampled_from((1, 1, 2)))}
    return document(spec, name="study"), {"base": text_of(base), **files}


@_SETTINGS
@given(studies())
def test_the_outputs_of_every_point_of_a_random_study_are_equal_objects(study: tuple[str, dict[str, str]]) -> None:
    text, files = study
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write(folder, text, **files)
        assume(run("build", "study.yaml", "-o", "yaml", cwd=folder).code == 0)
        for form in ("kustomize", "helm"):
            done = run("build", "study.yaml", "-f", form, "-o", form, cwd=folder)
            assert done.code == 0, done.stderr
        plain = _points(folder, "yaml")
        event(f"sets: {len(plain)}")
        for each, of_overlay, of_values in zip(
            plain, _points(folder, "kustomize"), _points(folder, "helm"), strict=True
        ):
            wanted = parsed((folder / "yaml" / each["file"]).read_text("utf-8"))
            rendered = kustomize_build("kustomize", folder / "kustomize" / of_overlay["file"])
            assert_kustomization_builds(rendered, wanted)
            values = folder / "helm" / of_values["file"]
            assert_chart_renders(helm_template("helm", folder / "helm", each["name"], "-f", values), wanted)


def _points(folder: Path, form: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / form / "study.json").read_text("utf-8"))["points"]
    return found
