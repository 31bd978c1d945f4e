"""Objects fit the annotation in which kubectl keeps them, and the limits of the kernel for arguments."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from mocompile.catalog import Catalog
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.document.load import load_text
from mocompile.document.tree import Map
from mocompile.emit.object_sizes import MAX_ANNOTATIONS, MAX_STRING, ROOM, stored_size
from mocompile.emit.yaml import dump
from mocompile.pipeline import compile_objects, compiled

from tests.command import run
from tests.tools import need

_RESOURCES = {"v1": ("ConfigMap", "configmaps"), "jobset.x-k8s.io/v1alpha2": ("JobSet", "jobsets")}
_LIMIT = MAX_ANNOTATIONS - ROOM
# Two values of the most bytes that one may have, in one program line.
_LONG_LINE = {"mpirun": "-" * 65536, "args": "x" * 65530}


def _text(metrics: list[dict[str, Any]], **spec: object) -> str:
    metadata = {"name": "study", "namespace": "team"}
    head = {"apiVersion": "flux-framework.org/v1alpha2", "kind": "MetricSet", "metadata": metadata}
    return json.dumps({**head, "spec": {"metrics": metrics, **spec}}, ensure_ascii=False)


def _root(metrics: list[dict[str, Any]], **spec: object) -> Map:
    return load_text(_text(metrics, **spec), "metrics.yaml")[0].root


def _findings(root: Map, catalog: Catalog | None = None) -> tuple[Finding, ...]:
    try:
        compiled(root, catalog)
    except InputError as error:
        return error.findings
    return ()


def _lammps(size: int) -> list[dict[str, Any]]:
    """A launcher and workers, which both have this many bytes of the user's own variables."""
    sizes = {f"A{number:02}": min(60_000, size - start) for number, start in enumerate(range(0, size, 60_000))}
    return [{"name": "app-lammps", "env": {name: "x" * length for name, length in sizes.items()}}]


def test_size_is_what_kubectl_makes_of_an_object(tmp_path: Path) -> None:
    kubectl = need("kubectl")
    hostile = {"TEXT": "<&> 'é' \"😀\" \\ \t\n$(X)"}
    objects = compile_objects(_root([{"name": "app-lammps", "env": hostile}], pods=4))
    (tmp_path / "set.yaml").write_text(dump(objects), "utf-8")
    _write_known_resources(tmp_path / "cache" / "discovery" / "localhost_8080")
    alone = ("--kubeconfig", "/dev/null", "--cache-dir", "cache", "--dry-run=client", "--validate=false")
    made = subprocess.run(
        [kubectl, "create", "--save-config", *alone, "-o", "json", "-f", "set.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    sizes = []
    while made.strip():
        each, end = json.JSONDecoder().raw_decode(made.lstrip())
        made = made.lstrip()[end:]
        annotations: dict[str, str] = each["metadata"]["annotations"]
        sizes.append(sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()))
    assert sizes == [stored_size(each) for each in objects]


def _write_known_resources(folder: Path) -> None:
    """The cache of kubectl for a cluster, so that it needs no cluster."""
    groups = []
    for version, (kind, name) in _RESOURCES.items():
        group, _, short = version.rpartition("/")
        known = {"groupVersion": version, "version": short}
        groups.append({"name": group, "versions": [known], "preferredVersion": known})
        resource = {"name": name, "singularName": kind.lower(), "namespaced": True, "kind": kind, "verbs": ["create"]}
        listed = {"kind": "APIResourceList", "groupVersion": version, "resources": [resource]}
        (folder / version).mkdir(parents=True)
        (folder / version / "serverresources.json").write_text(json.dumps(listed))
    (folder / "servergroups.json").write_text(json.dumps({"kind": "APIGroupList", "groups": groups}))


def test_a_jobset_may_have_exactly_what_kubectl_apply_takes() -> None:
    room = _LIMIT - stored_size(compile_objects(_root(_lammps(122_000), pods=4))[1])
    fitting = 122_000 + room // 2
    assert _findings(_root(_lammps(fitting), pods=4)) == ()
    assert stored_size(compile_objects(_root(_lammps(fitting), pods=4))[1]) in (_LIMIT, _LIMIT - 1)
    (finding,) = [each for each in _findings(_root(_lammps(fitting + 1), pods=4)) if each.level == "error"]
    assert (finding.rule, finding.place and finding.place.source) == ("limit-object", "metrics.yaml")
    assert "most of it is `spec.metrics[0].env`" in finding.hint
    # Alone, the launcher has the same values, and they are there once.
    assert _findings(_root(_lammps(fitting + 1), pods=1)) == ()


@pytest.mark.parametrize("form", ["yaml", "kustomize", "helm"])
def test_every_format_refuses_it_and_every_overlay_is_looked_at(form: str, tmp_path: Path) -> None:
    (tmp_path / "metrics.yaml").write_text(_text(_lammps(150_000), pods=1))
    for name, pods in (("one", 4), ("other", 8)):
        (tmp_path / f"{name}.yaml").write_text(f"spec: {{pods: {pods}}}\n")
    assert run("build", "-f", form, "-o", "out", cwd=tmp_path).code == 0
    ran = run("build", "-f", form, "-o", "never", "--overlay", "one.yaml", "--overlay", "other.yaml", cwd=tmp_path)
    assert (ran.code, (tmp_path / "never").exists()) == (1, False)
    assert "`kubectl apply` keeps at most" in ran.stderr
    assert run("validate", "metrics.yaml", cwd=tmp_path).code == 0


def test_validate_says_it_too(tmp_path: Path) -> None:
    (tmp_path / "metrics.yaml").write_text(_text(_lammps(150_000), pods=4))
    ran = run("validate", cwd=tmp_path)
    assert (ran.code, "`kubectl apply` keeps at most" in ran.stderr) == (1, True)


def test_long_options_that_come_to_one_argument_are_refused() -> None:
    findings = _findings(_root([{"name": "network-chatterbug", "options": _LONG_LINE}], pods=2))
    (finding,) = [each for each in findings if each.rule == "limit-string"]
    assert finding.message.startswith("an argument of container 'launcher' is 131,1")
    assert finding.place is not None
    assert "most of it is `spec.metrics[0].options.mpirun`" in finding.hint


@pytest.mark.parametrize(("more", "refused"), [(0, False), (1, True)])
def test_an_argument_may_have_what_linux_takes(more: int, refused: bool, tmp_path: Path) -> None:
    """Held against Linux itself: the same string is given to a process."""
    catalog = _own_catalog(tmp_path)
    options = {"first": "x" * 65536, "second": "y" * (MAX_STRING - 65536 - len("true ") + more)}
    findings = _findings(_root([{"name": "own", "options": options}]), catalog)
    assert [each.rule for each in findings] == (["limit-string"] if refused else [])
    try:
        subprocess.run(["/bin/true", "true " + options["first"] + options["second"]], check=True)
    except OSError:
        assert refused
    else:
        assert not refused


def test_scripts_of_a_catalog_that_are_too_large_are_named(tmp_path: Path) -> None:
    catalog = _own_catalog(tmp_path, measure="# " + "x" * 300_000 + "\n")
    (finding,) = _findings(_root([{"name": "own"}]), catalog)
    assert finding.rule == "limit-object"
    assert "the largest script is measure-own.sh, 300,003 bytes" in finding.hint


def _own_catalog(folder: Path, measure: str = "") -> Catalog:
    own = folder / "own"
    own.mkdir()
    option = {"type": "string", "shell": "line", "default": "", "description": "Long text."}
    sheet = {
        "name": "own",
        "family": "performance",
        "summary": "two long options",
        "url": "https://example.com",
        "image": "busybox",
        "pattern": "SingleApplication",
        "options": {"first": option, "second": option},
        "program": "true {{ options.first }}{{ options.second }}",
    }
    (own / "metric.yaml").write_text(json.dumps(sheet))
    if measure:
        (own / "measure.sh").write_text(measure)
    return Catalog([folder])
