"""`mocompile diff`: objects are compared by meaning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command import run
from tests.paths import ROOT

EXAMPLE = ROOT / "examples" / "io-fio" / "metrics.yaml"


def manifest(name: str = "disk", kind: str = "Job", **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "batch/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def written(folder: Path, name: str, *objects: Any) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump_all(objects, sort_keys=False))
    return str(path)


def test_the_same_objects_in_another_order_and_style_do_not_differ(tmp_path: Path) -> None:
    old = written(tmp_path, "old.yaml", manifest("a", x=1, env=[{"name": "A"}, {"name": "B"}]), manifest("b"))
    new = tmp_path / "new.yaml"
    again = manifest("a", env=[{"name": "B"}, {"name": "A"}], x=1)
    new.write_text(json.dumps(manifest("b")) + "\n---\n" + json.dumps(again))
    assert run("diff", old, str(new), "--exit-code") == run("diff", old, old, "--exit-code")


def test_each_change_has_its_path_and_both_values(tmp_path: Path) -> None:
    old = written(tmp_path, "old.yaml", manifest(pods=1, env=[{"name": "A", "value": "1"}], args=["x"], gone=True))
    new = written(tmp_path, "new.yaml", manifest(pods=2, env=[{"name": "A", "value": "2"}], args=["x", "y"], more=[1]))
    done = run("diff", old, new, "--exit-code")
    assert done.code == 1
    assert done.stdout.splitlines() == [
        "~ Job/disk",
        "    ~ spec.pods: 1 -> 2",
        '    ~ spec.env[A].value: "1" -> "2"',
        '    + spec.args[1]: "y"',
        "    - spec.gone: true",
        "    + spec.more: [1]",
    ]
    assert run("diff", old, new).code == 0


@pytest.mark.parametrize(("old", "new"), [(1, "1"), (1, True), (0, False), ("a", None), ([], {}), (1, 1.0)])
def test_a_value_of_another_type_differs(old: Any, new: Any, tmp_path: Path) -> None:
    paths = [written(tmp_path, f"{name}.yaml", manifest(x=value)) for name, value in (("old", old), ("new", new))]
    assert run("diff", *paths, "--exit-code").code == 1


def test_objects_that_are_new_or_gone_are_listed(tmp_path: Path) -> None:
    old, new = written(tmp_path, "old.yaml", manifest("a")), written(tmp_path, "new.yaml", manifest("b"))
    assert run("diff", old, new).stdout.splitlines() == ["+ Job/b", "- Job/a"]


def test_a_name_that_follows_the_content_is_compared_with_the_one_before_it(tmp_path: Path) -> None:
    old = written(tmp_path, "old.yaml", manifest("disk-1a2b3c4d", x=1))
    new = written(tmp_path, "new.yaml", manifest("disk-00ff00ff", x=2))
    assert run("diff", old, new).stdout.splitlines() == [
        "~ Job/disk-1a2b3c4d -> disk-00ff00ff",
        '    ~ metadata.name: "disk-1a2b3c4d" -> "disk-00ff00ff"',
        "    ~ spec.x: 1 -> 2",
    ]


def test_a_script_shows_its_changed_lines(tmp_path: Path) -> None:
    objects = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "s"}, "data": {"run.sh": f"a\n{x}\nc\n"}}
        for x in ("old", "new")
    ]
    paths = [written(tmp_path, f"{place}.yaml", each) for place, each in enumerate(objects)]
    lines = run("diff", *paths).stdout.splitlines()
    assert lines[1] == "    ~ data.run.sh:"
    assert {"        -old", "        +new"} <= set(lines)


def test_a_set_is_compiled_and_compared_with_what_was_committed(tmp_path: Path) -> None:
    committed = tmp_path / "committed"
    committed.mkdir()
    assert run("build", str(EXAMPLE), "-o", str(committed / "disk.yaml")).code == 0
    assert run("diff", str(committed), str(EXAMPLE), "--exit-code").code == 0
    changed = tmp_path / "metrics.yaml"
    changed.write_text(EXAMPLE.read_text().replace("spec:", "spec:\n  pods: 3", 1))
    done = run("diff", str(committed), str(changed), "--format", "json")
    (change,) = json.loads(done.stdout)
    assert change["kind"] == "JobSet"
    assert {"path": "spec.replicatedJobs[m].template.spec.completions", "old": 1, "new": 3} in change["fields"]


def test_a_study_is_compared_point_by_point(tmp_path: Path) -> None:
    study = ROOT / "examples" / "study-fio" / "study.yaml"
    assert run("build", str(study), "-o", str(tmp_path / "out")).code == 0
    assert run("diff", str(tmp_path / "out" / "points"), str(study), "--exit-code").code == 0


def test_manifests_come_from_stdin(tmp_path: Path) -> None:
    old = written(tmp_path, "old.yaml", manifest(x=1))
    assert run("diff", old, "-", "--exit-code", stdin=Path(old).read_text()).code == 0


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.yaml": "a: [\n"}, "a.yaml:2:1: error: invalid YAML"),
        ({"a.yaml": "x: 1\n"}, "a document is not a Kubernetes object"),
        ({"a.yaml": "- 1\n"}, "a document is not a Kubernetes object"),
        ({"a.yaml": "kind: " + "[" * 20_000}, "invalid YAML"),
        ({"Chart.yaml": "name: x\n"}, "is a Helm chart: helm template"),
        ({"kustomization.yaml": ""}, "is a kustomization: kustomize build"),
        ({"readme.md": ""}, "has no YAML files"),
        ({"a.yaml": "kind: Job\nmetadata: {name: x}\n", "b.yaml": "kind: Job\nmetadata: {name: x}\n"}, "Job/x 2 times"),
    ],
)
def test_an_input_that_cannot_be_compared_has_a_message(files: dict[str, str], message: str, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / "old").mkdir(exist_ok=True)
        (tmp_path / "old" / name).write_text(text)
    done = run("diff", "old", str(EXAMPLE), cwd=tmp_path)
    assert (done.code, done.stdout) == (1, "")
    assert message in done.stderr


def test_a_small_file_that_aliases_make_huge_has_a_message(tmp_path: Path) -> None:
    levels = ["a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (tmp_path / "a.yaml").write_text("kind: Job\n" + "\n".join(levels) + "\n")
    done = run("diff", "a.yaml", "a.yaml", cwd=tmp_path)
    assert done.code == 1
    assert "more than 1000000 values" in done.stderr


def test_an_input_is_missing(tmp_path: Path) -> None:
    done = run("diff", "no.yaml", "-", cwd=tmp_path, stdin="kind: Job\n")
    assert done.code == 1
    assert "error: cannot read 'no.yaml': No such file or directory" in done.stderr
    assert run("diff", "-", "-", stdin="").code == 1
