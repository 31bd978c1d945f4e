"""`spec.patches` on the finished JobSet: it is what kustomize makes of it, in every output and under every value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from mocompile.diagnostics.finding import InputError
from mocompile.document.load import load_text
from mocompile.pipeline import compile_objects, compiled, folder_of

from tests.emit.documents import text_of
from tests.emit.rendering import (
    HELMS,
    assert_chart_renders,
    helm_template,
    json_of,
    kustomize_build,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from mocompile.document.tree import Map

L, W = "/spec/replicatedJobs/0/template/spec", "/spec/replicatedJobs/1/template/spec"
CONTAINER = f"{W}/template/spec/containers/0"

# Operations, all of which RFC 6902 lets succeed on the JobSet of `document`.
APPLIED: dict[str, list[dict[str, Any]]] = {
    "add a field": [{"op": "add", "path": f"{W}/template/spec/hostUsers", "value": False}],
    "add replaces": [{"op": "add", "path": f"{W}/backoffLimit", "value": 3}],
    "add at the begin": [
        {"op": "add", "path": f"{CONTAINER}/volumeMounts/0", "value": {"name": "a", "mountPath": "/a"}}
    ],
    "add at the end": [{"op": "add", "path": f"{CONTAINER}/volumeMounts/1", "value": {"name": "a", "mountPath": "/a"}}],
    "append": [{"op": "add", "path": f"{CONTAINER}/env/-", "value": {"name": "A", "value": "$(MO_PODS) {{ x }} $$"}}],
    "insert into variables": [{"op": "add", "path": f"{CONTAINER}/env/0", "value": {"name": "A", "value": "y"}}],
    "replace a variable": [{"op": "replace", "path": f"{CONTAINER}/env/0/value", "value": "master"}],
    "remove a variable": [{"op": "remove", "path": f"{CONTAINER}/env/1"}],
    "replace an image": [{"op": "replace", "path": f"{CONTAINER}/image", "value": "example.com/other:1"}],
    "remove what may change": [{"op": "remove", "path": f"{CONTAINER}/resources"}],
    "a key with a slash": [{"op": "add", "path": "/metadata/annotations/example.com~1a~0b", "value": "1e3"}],
    "a label where there is none": [{"op": "add", "path": "/metadata/labels/team", "value": "y"}],
    "a condition": [{"op": "replace", "path": f"{W}/template/spec/hostIPC", "value": False}],
    "tests": [
        {"op": "test", "path": "/spec/replicatedJobs/1/name", "value": "w"},
        {"op": "test", "path": "/spec/successPolicy", "value": {"operator": "All", "targetReplicatedJobs": ["l"]}},
        {"op": "test", "path": f"{CONTAINER}/env/0", "value": {"name": "MO_ROLE", "value": "worker"}},
    ],
    "move": [{"op": "move", "from": f"{W}/completionMode", "path": "/metadata/annotations/mode"}],
    "copy": [{"op": "copy", "from": f"{CONTAINER}/volumeMounts/0/mountPath", "path": f"{CONTAINER}/workingDir"}],
    "one after another": [
        {"op": "add", "path": "/spec/coordinator", "value": {"replicatedJob": "l"}},
        {"op": "add", "path": "/spec/coordinator/podIndex", "value": 0},
        {"op": "test", "path": "/spec/coordinator", "value": {"replicatedJob": "l", "podIndex": 0}},
        {"op": "remove", "path": "/spec/coordinator/podIndex"},
    ],
}
# An operation, and a part of the message.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "missing to remove": ({"op": "remove", "path": "/spec/coordinator"}, "there is no coordinator"),
    "missing to replace": ({"op": "replace", "path": "/spec/suspend", "value": True}, "there is no suspend"),
    "missing above": ({"op": "add", "path": "/spec/coordinator/podIndex", "value": 0}, "there is no coordinator"),
    "beyond the list": (
        {"op": "add", "path": f"{CONTAINER}/volumeMounts/3", "value": {"name": "a", "mountPath": "/a"}},
        "a list of 1 has no position 3",
    ),
    "behind what repeats": (
        {"op": "remove", "path": f"{CONTAINER}/env/40"},
        "how many items are before position 40 depends on the values",
    ),
    "test of a value": (
        {"op": "test", "path": f"{CONTAINER}/image", "value": "x"},
        "is made of `spec.metrics.app-lammps.image`",
    ),
    "into a value": (
        {"op": "add", "path": f"{W}/template/spec/tolerations/-", "value": {"operator": "Exists"}},
        "is made of `spec.pod.tolerations`",
    ),
    "a label that a value has": (
        {"op": "replace", "path": "/metadata/annotations/mine", "value": "x"},
        "is made of `spec.jobset.annotations`",
    ),
    "into text": ({"op": "add", "path": f"{W}/completionMode/x", "value": "a"}, "is no mapping and no list"),
    "test of another type": (
        {"op": "test", "path": "/spec/network/enableDNSHostnames", "value": "x"},
        "'x' is not true or false",
    ),
    "test of another value": ({"op": "test", "path": "/spec/replicatedJobs/1/name", "value": "m"}, "it is 'w'"),
}


def document(patches: list[dict[str, Any]], pods: int = 3, **jobset: str) -> Map:
    """Return a set with a launcher and workers."""
    spec = {
        "pods": pods,
        "pod": {"hostIPC": True, "tolerations": [{"key": "a", "operator": "Exists"}]},
        "jobset": {"annotations": {"mine": "kept"}, **jobset},
        "patches": patches,
        "metrics": [{"name": "app-lammps", "options": {"command": "mpirun -np 64 lmp"}}],
    }
    head = {"apiVersion": "flux-framework.org/v1alpha2", "kind": "MetricSet", "metadata": {"name": "set"}}
    return load_text(text_of({**head, "spec": spec}), "metrics.yaml")[0].root


@pytest.mark.parametrize("patches", APPLIED.values(), ids=APPLIED)
def test_operations_make_what_kustomize_makes_of_them(patches: list[dict[str, Any]], tmp_path: Path) -> None:
    plain, ours = compile_objects(document([]))[-1], compile_objects(document(patches))[-1]
    if patches[0]["path"].startswith("/metadata/labels"):
        plain["metadata"]["labels"] = {}  # RFC 6902 asks for the mapping to be there
    target = {"kind": "JobSet", "name": "set"}
    files = {
        "jobset.yaml": json_of(plain),
        "kustomization.yaml": json_of(
            {"resources": ["jobset.yaml"], "patches": [{"target": target, "patch": json.dumps(patches)}]}
        ),
    }
    (built,) = kustomize_build("kustomize", write(files, tmp_path))
    assert built == ours


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("patches", APPLIED.values(), ids=APPLIED)
def test_a_chart_has_the_patched_object_under_other_values_too(
    patches: list[dict[str, Any]], helm: str, tmp_path: Path
) -> None:
    base = compiled(document(patches))
    chart = write(folder_of("helm", base, {}), tmp_path / "chart")
    assert_chart_renders(helm_template(helm, chart, "set"), base.objects)
    more = compile_objects(document(patches, pods=7))
    assert_chart_renders(helm_template(helm, chart, "set", "--set", "pods=7"), more)


@pytest.mark.parametrize(("operation", "message"), REFUSED.values(), ids=REFUSED)
def test_an_operation_that_cannot_be_applied_is_refused_at_its_place(operation: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        compile_objects(document([{"op": "test", "path": "/spec/replicatedJobs/0/name", "value": "l"}, operation]))
    (finding,) = [finding for finding in error.value.findings if finding.level == "error"]
    assert message in finding.message
    assert finding.place is not None


def test_a_job_that_the_values_leave_out_is_not_patched_in_place_of_another() -> None:
    rename = [{"op": "add", "path": f"{W}/backoffLimit", "value": 3}]
    with pytest.raises(InputError, match="there is no 1"):
        compile_objects(document(rename, pods=1))


def test_a_patch_changes_the_name_by_content() -> None:
    def name(patches: list[dict[str, Any]]) -> str:
        found: str = compile_objects(document(patches, nameSuffix="content"))[-1]["metadata"]["name"]
        return found

    assert name([]) != name(APPLIED["add a field"])
    assert name([]) == name(APPLIED["tests"])
