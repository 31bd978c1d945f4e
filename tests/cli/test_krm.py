"""`mocompile krm`: a ResourceList comes back with the objects of its MetricSet, or with results and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command import Ran, run
from tests.paths import ROOT
from tests.tools import need

EXAMPLE = ROOT / "examples" / "gitops" / "kustomize"
SET: dict[str, Any] = {
    "apiVersion": "flux-framework.org/v1alpha2",
    "kind": "MetricSet",
    "metadata": {"name": "disk"},
    "spec": {"metrics": [{"name": "io-fio"}]},
}
# What the next reader takes for a number, a date, text and text.
ITEM = """\
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: other}
  values: [1e3, 2026-01-01, "yes", '0x1F']
"""


def listed(config: Any = None, items: str = "") -> str:
    config = SET if config is None else config
    head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
    return f"{head}functionConfig: {json.dumps(config)}\nitems:\n{items}"


def krm(text: str, *arguments: str) -> Ran:
    return run("krm", *arguments, stdin=text)


def changed(**spec: Any) -> dict[str, Any]:
    return {**SET, "spec": {**SET["spec"], **spec}}


def test_the_objects_are_those_of_a_build() -> None:
    done = krm(listed())
    built = run("build", "-", stdin=json.dumps(SET))
    assert (done.code, done.stderr) == (0, built.stderr)
    result = yaml.safe_load(done.stdout)
    assert result["kind"] == "ResourceList"
    assert result["items"] == list(yaml.safe_load_all(built.stdout))


def test_annotations_of_functions_stay_out_of_the_objects() -> None:
    annotations = {"config.kubernetes.io/function": "exec: {}", "config.kubernetes.io/local-config": "true", "a": "b"}
    config = {**SET, "metadata": {"name": "disk", "annotations": annotations}}
    wanted = {**SET, "metadata": {"name": "disk", "annotations": {"a": "b"}}}
    built = run("build", "-", stdin=json.dumps(wanted)).stdout
    assert yaml.safe_load(krm(listed(config)).stdout)["items"] == list(yaml.safe_load_all(built))


def test_other_items_keep_their_form() -> None:
    assert ITEM in krm(listed(items=ITEM)).stdout


@pytest.mark.parametrize(
    "items",
    [
        "- {kind: A, metadata: [1]}\n- {}\n",
        "- {kind: [x], metadata: {name: {a: b}}}\n",
        "- {<<: {a: 1}, b: 2}\n",
        "- {kind: A, metadata: null}\n",
    ],
)
def test_items_of_any_form_pass(items: str) -> None:
    done = krm(listed(items=items))
    assert done.code == 0
    assert items in done.stdout


def test_a_second_run_replaces_the_objects_of_the_first() -> None:
    first = krm(listed(items=ITEM)).stdout
    again = krm(first).stdout
    assert again == first
    other = krm(first.replace("name: io-fio", "name: io-ior").replace('"name": "io-fio"', '"name": "io-ior"')).stdout
    assert [each["kind"] for each in yaml.safe_load(other)["items"]] == ["ConfigMap", "ConfigMap", "JobSet"]
    assert "io-fio" not in other


def test_a_wrong_set_has_results_and_no_objects() -> None:
    config = changed(pods=0, metrics=[{"name": "io-fio", "options": {"szie": "4G"}}])
    done = krm(listed(config, ITEM))
    result = yaml.safe_load(done.stdout)
    assert done.code == 1
    assert len(result["items"]) == 1
    assert [(each["severity"], each["field"]["path"]) for each in result["results"]] == [
        ("error", "spec.metrics[0].options.szie"),
        ("error", "spec.pods"),
    ]
    for each in result["results"]:
        assert each["message"] in done.stderr
    assert "unknown option 'szie'; did you mean 'size'?" in done.stderr


def test_a_warning_is_a_result_beside_the_objects_and_an_error_where_the_command_is_strict() -> None:
    config = changed(metrics=[{"name": "io-fio", "image": "registry.example.com/fio:latest"}])
    done = krm(listed(config))
    result = yaml.safe_load(done.stdout)
    assert [(each["severity"], each["tags"]) for each in result["results"]] == [
        ("warning", {"rule": "image-tag-moves"})
    ]
    strict = krm(listed(config), "--strict")
    assert strict.code == 1
    result = yaml.safe_load(strict.stdout)
    assert (result["items"], [each["severity"] for each in result["results"]]) == ([], ["error"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected one document, a ResourceList, but there are none"),
        ("a: 1\n---\na: 1\n", "expected one document, a ResourceList, but there are 2"),
        (json.dumps(SET), "expected `kind: ResourceList`, found MetricSet"),
        ("kind: [1]", "expected `kind: ResourceList`, found another value"),
        ("kind: ResourceList", "the ResourceList has no `functionConfig` with a MetricSet"),
        ("kind: ResourceList\nfunctionConfig: a\n", "the ResourceList has no `functionConfig` with a MetricSet"),
        (listed(items="- a\n"), "`items` of the ResourceList is not a list of objects"),
        ("kind: {", "expected a value"),
    ],
)
def test_what_is_not_a_resourcelist_has_a_message_and_writes_nothing(text: str, message: str) -> None:
    done = krm(text)
    assert (done.code, done.stdout) == (1, "")
    assert message in done.stderr
    assert "error" in done.stderr


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"kind": "MetricStudy"}, "expected `kind: MetricSet`, found MetricStudy"),
        ({"kind": "ConfigMap"}, "expected `kind: MetricSet`, found ConfigMap"),
        ({**SET, "metadata": {"annotations": {"config.kubernetes.io/function": "x"}}}, "name"),
        ({**SET, "metadata": None}, "missing field 'metadata'"),
    ],
)
def test_another_functionconfig_is_refused(config: Any, message: str) -> None:
    done = krm(listed(config))
    assert done.code == 1
    (result, *_) = yaml.safe_load(done.stdout)["results"]
    assert message in result["message"]
    assert result["message"] in done.stderr


def built(program: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`kustomize build` of a folder, with our `mocompile` on PATH."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    command = [program, "build", "--enable-alpha-plugins", "--enable-exec", *arguments, str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.tools
def test_kustomize_runs_it_as_a_generator_and_puts_a_prefix_before_all_uses_of_the_name() -> None:
    done = built(need("kustomize"), EXAMPLE)
    assert done.returncode == 0, done.stderr
    config_map, job_set = yaml.safe_load_all(done.stdout)
    name = config_map["metadata"]["name"]
    assert name.startswith("team-disk-")
    assert job_set["metadata"]["name"] == name
    (job,) = job_set["spec"]["replicatedJobs"]
    volumes = job["template"]["spec"]["template"]["spec"]["volumes"]
    assert [each["configMap"]["name"] for each in volumes if "configMap" in each] == [name]
    assert "config.kubernetes.io" not in done.stdout


@pytest.mark.tools
def test_a_wrong_set_stops_kustomize_with_the_message(tmp_path: Path) -> None:
    for file in EXAMPLE.iterdir():
        (tmp_path / file.name).write_text(file.read_text("utf-8").replace("size: 4G", "szie: 4G"))
    done = built(need("kustomize"), tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "unknown option 'szie'; did you mean 'size'?" in done.stderr


@pytest.mark.tools
def test_a_kustomization_of_generators_changes_the_set_before_it_is_compiled(tmp_path: Path) -> None:
    """An overlay of the MetricSet, by kustomize itself."""
    (tmp_path / "large").mkdir()
    (tmp_path / "metrics.yaml").write_text((EXAMPLE / "metrics.yaml").read_text("utf-8"))
    patch = [{"op": "add", "path": "/spec/pods", "value": 3}]
    patches = [{"target": {"kind": "MetricSet"}, "patch": yaml.safe_dump(patch)}]
    (tmp_path / "large" / "kustomization.yaml").write_text(
        yaml.safe_dump({"resources": ["../metrics.yaml"], "patches": patches})
    )
    (tmp_path / "kustomization.yaml").write_text("generators: [large]\n")
    done = built(need("kustomize"), tmp_path, "--load-restrictor=LoadRestrictionsNone")
    assert done.returncode == 0, done.stderr
    _, job_set = yaml.safe_load_all(done.stdout)
    assert job_set["spec"]["replicatedJobs"][0]["template"]["spec"]["parallelism"] == 3


def test_the_example_has_the_configuration_that_every_kustomization_has(tmp_path: Path) -> None:
    assert run("build", "-", "-f", "kustomize", "-o", str(tmp_path / "disk"), stdin=json.dumps(SET)).code == 0
    made = tmp_path / "disk" / "base" / "kustomizeconfig.yaml"
    assert (EXAMPLE / made.name).read_text("utf-8") == made.read_text("utf-8")
