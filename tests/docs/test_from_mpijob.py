"""The examples of docs/from-mpijob.md beside the published manifests, field by field."""

from __future__ import annotations

import re
from typing import Any

import pytest
from mocompile.document.load import load_file
from mocompile.pipeline import compile_objects

from tests.docs.published_manifests import MANIFESTS, Manifest, Other, Same
from tests.paths import ROOT

each_manifest = pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.example)


def facts(example: str) -> dict[str, Any]:
    """The objects of an example by short paths: `spec.…`, and for each job `l.pod`, `l.container`, `l.env` …"""
    jobset: Any = compile_objects(load_file(ROOT / "examples" / example / "metrics.yaml").root)[-1]
    spec = jobset["spec"]
    jobs = {job["name"]: _job(job["template"]["spec"]) for job in spec["replicatedJobs"]}
    return {"spec": spec, "jobs": list(jobs), "labels": jobset["metadata"].get("labels"), **jobs}


def _job(job: Any) -> dict[str, Any]:
    pod = job["template"]["spec"]
    (container,) = pod["containers"]
    env = {entry["name"]: entry.get("value") for entry in container["env"]}
    # The kubelet halves `$$`, and puts in `$(NAME)`; a shell puts in "$NAME".
    line = "".join(container.get("args", ())).replace("$$", "$")
    line = re.sub(r'"?\$\(?(MO_OPT_\w+)\)?"?', lambda found: env[found[1]] or "", line)
    return {
        "job": job,
        "pod": pod,
        "container": container,
        "env": env,
        "line": line,
        "volumes": {each["name"]: {key: each[key] for key in each if key != "name"} for each in pod["volumes"]},
        "mounts": {each["name"]: each["mountPath"] for each in container["volumeMounts"]},
    }


def at(tree: Any, path: str) -> Any:
    """The value at a path; None where there is none. A key may have dots in it."""
    if path in tree:
        return tree[path]
    head, _, rest = path.partition(".")
    return at(tree[head], rest) if rest and isinstance(tree.get(head), dict) else None


@each_manifest
def test_fields_are_those_of_the_published_manifest_or_differ_as_the_page_says(manifest: Manifest) -> None:
    ours = facts(manifest.example)
    assert {each.path: at(ours, each.path) for each in manifest.fields if isinstance(each, Same)} == {
        each.path: each.value for each in manifest.fields if isinstance(each, Same)
    }
    others = [each for each in manifest.fields if isinstance(each, Other)]
    assert {each.path: at(ours, each.path) for each in others} == {each.path: each.ours for each in others}


@each_manifest
def test_the_pods_have_no_field_that_is_not_compared(manifest: Manifest) -> None:
    ours = facts(manifest.example)
    compared = {match[1] for each in manifest.fields if (match := re.match(r"[lw]\.pod\.(\w+)", each.path))}
    for job in ours["jobs"]:
        assert set(ours[job]["pod"]) - {"containers", "volumes"} <= compared | set(manifest.more)


@each_manifest
def test_the_page_says_each_difference_and_why(manifest: Manifest) -> None:
    page = (ROOT / "docs" / "from-mpijob.md").read_text("utf-8")
    section = page.split(f"../examples/{manifest.example}/metrics.yaml", 1)[1].split("\n## ", 1)[0]
    for each in manifest.fields:
        if isinstance(each, Other):
            assert f"| {each.name} | {each.why} |" in section
