"""Generated sets, overlays and values come out equal through YAML, kustomize and Helm."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from mocompile.catalog import Catalog
from mocompile.document.load import Source, load
from mocompile.document.merge import merge
from mocompile.pipeline import Compiled, compiled, folder_of

from tests.emit.changes import HOSTILE
from tests.emit.rendering import (
    HELMS,
    assert_chart_renders,
    assert_kustomization_builds,
    helm_template,
    json_of,
    kustomize_build,
    write,
)

EXAMPLES = int(os.environ.get("MOCOMPILE_EXAMPLES", "8"))
_CATALOG = Catalog()

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12),
)
quantities = st.sampled_from(["1", "500m", "4Gi", "31500000", "1e3"])
fio = st.fixed_dictionaries(
    {},
    optional={
        "testname": texts.filter(str.strip),
        "pre": texts,
        "post": texts,
        "prefix": texts,
        "command": texts,
        "iodepth": st.integers(1, 31500000),
    },
)
lammps = st.fixed_dictionaries(
    {},
    optional={
        "command": texts.filter(str.strip),
        "workdir": st.sampled_from(["", "/a b", "/y"]),
        "soleTenancy": st.booleans(),
    },
)
environments = st.dictionaries(st.sampled_from(["A", "b_C", "y", "NO"]), texts, max_size=3)
specs = st.fixed_dictionaries(
    {},
    optional={
        "pods": st.integers(1, 300),
        "deadlineSeconds": st.integers(1, 31500000),
        "resources": st.fixed_dictionaries({"limits": st.dictionaries(st.just("cpu"), quantities)}),
        "pod": st.fixed_dictionaries(
            {},
            optional={
                "annotations": st.dictionaries(st.sampled_from(["a", "example.com/b"]), texts),
                "nodeSelector": st.dictionaries(st.just("kubernetes.io/arch"), st.sampled_from(["y", "amd64", "1e3"])),
                "hostNetwork": st.booleans(),
            },
        ),
        "jobset": st.fixed_dictionaries(
            {},
            optional={
                "suspend": st.booleans(),
                "queueName": st.sampled_from(["y", "a.b"]),
                "maxRestarts": st.integers(0, 9),
            },
        ),
    },
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A spec with one or both of two metrics; their items are named, so that one can be an overlay of another."""
    metrics = [
        {"name": name, "id": name, "options": draw(options), "env": draw(environments)}
        for name, options in (("io-fio", fio), ("app-lammps", lammps))
    ]
    return {"spec": {**draw(specs), "metrics": metrics}}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 8,
    # Shrinking takes minutes: the tools run for each step.
    phases=(Phase.generate,) if EXAMPLES <= 8 else tuple(Phase),
    suppress_health_check=list(HealthCheck),
)
@given(documents(), documents())
def test_a_generated_set_and_overlay_come_out_equal_through_every_format(
    base: dict[str, Any], overlay: dict[str, Any]
) -> None:
    head = {"apiVersion": "flux-framework.org/v1alpha2", "kind": "MetricSet", "metadata": {"name": "made"}}
    plain, changed = _compiled({**head, **base}), _compiled({**head, **base}, overlay)
    with tempfile.TemporaryDirectory() as name:
        chart = write(folder_of("helm", plain, {"x": changed}), Path(name, "chart"))
        assert_chart_renders(helm_template(HELMS[0], chart, "made"), plain.objects)
        for helm in HELMS:
            assert_chart_renders(helm_template(helm, chart, "made", "-f", chart / "values-x.yaml"), changed.objects)
        folder = write(folder_of("kustomize", plain, {"x": changed}), Path(name, "kustomize"))
        assert_kustomization_builds(kustomize_build("kustomize", folder / "base"), plain.objects)
        assert_kustomization_builds(kustomize_build("kustomize", folder / "overlays/x"), changed.objects)


def _compiled(document: dict[str, Any], *overlays: dict[str, Any]) -> Compiled:
    base, *more = (load(Source("generated.yaml", json_of(each).encode())) for each in (document, *overlays))
    return compiled(merge(base, more).root, _CATALOG)
