"""Names by content: what cannot change in the cluster has one name, and other content has another, in each output.

`MOCOMPILE_EXAMPLES` says how many generated sets are tried (4).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from mocompile.diagnostics.finding import InputError
from mocompile.document.load import Source, load
from mocompile.document.merge import merge
from mocompile.pipeline import Compiled, compiled, folder_of

from tests.command import run
from tests.emit.rendering import (
    HELMS,
    KUSTOMIZES,
    ToolError,
    content_of,
    helm_template,
    json_file,
    json_of,
    kustomize_build,
    parsed,
    write,
)
from tests.emit.test_generated import documents
from tests.paths import ROOT

_EXAMPLES = int(os.environ.get("MOCOMPILE_EXAMPLES", "4"))
_HEAD = {"apiVersion": "flux-framework.org/v1alpha2", "kind": "MetricSet", "metadata": {"name": "made"}}
DISK = {**_HEAD, "spec": {"jobset": {"nameSuffix": "content"}, "metrics": [{"name": "io-fio"}]}}

_annotations = st.dictionaries(
    st.sampled_from(["alpha.jobset.sigs.k8s.io/node-selector", "argocd.argoproj.io/sync-wave"]),
    st.sampled_from(["1", "true"]),
)
# Most of these may change in the cluster.
_mutable = st.fixed_dictionaries(
    {},
    optional={
        "suspend": st.booleans(),
        "ttlSecondsAfterFinished": st.integers(0, 9),
        "queueName": st.sampled_from(["", "batch"]),
        "keep": st.booleans(),
        "labels": st.dictionaries(st.sampled_from(["team", "example.com/sweep"]), st.just("low")),
        "annotations": _annotations,
        "exclusiveTopology": st.sampled_from(["", "rack"]),
    },
)
_overlays = st.one_of(
    st.builds(lambda jobset: {"spec": {"jobset": jobset}}, _mutable),
    st.builds(lambda name: {"spec": {"serviceName": name}}, st.sampled_from(["", "peers", "made"])),
    st.just({"metadata": {"namespace": "bench", "labels": {"a": "b"}}}),
    documents(),
)


@st.composite
def _bases(draw: st.DrawFn) -> dict[str, Any]:
    """A generated set with names by content."""
    spec = draw(documents())["spec"]
    jobset = {**spec.get("jobset", {}), **draw(_mutable), "nameSuffix": "content"}
    return {**_HEAD, "spec": {**spec, "serviceName": draw(st.sampled_from(["", "peers"])), "jobset": jobset}}


@settings(
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=_EXAMPLES <= 4,
    # Shrinking takes minutes: the tools run for each step.
    phases=(Phase.generate,) if _EXAMPLES <= 4 else tuple(Phase),
    suppress_health_check=list(HealthCheck),
)
@given(_bases(), _overlays)
def test_equal_content_has_an_equal_name_and_other_content_has_another_in_each_output(
    base: dict[str, Any], overlay: dict[str, Any]
) -> None:
    plain, changed = _compiled(base), _compiled(base, overlay)
    equal = _require_names_like_contents(plain.objects, changed.objects)
    with tempfile.TemporaryDirectory() as name:
        # A chart cannot offer the metadata of both objects.
        charted = {"x": changed} if "metadata" not in overlay else {}
        chart = write(folder_of("helm", plain, charted), Path(name, "chart"))
        values = ["-f", chart / "values-x.yaml"] if charted else []
        for helm in HELMS:
            made = [helm_template(helm, chart, "made", *arguments) for arguments in ([], values)]
            assert [_name(objects) for objects in made] == [_name(plain.objects), _name(changed.objects)]
            _require_names_like_contents(*made)
        folder = write(folder_of("kustomize", plain, {"x": changed}), Path(name, "kustomize"))
        for program in KUSTOMIZES:
            layers = [kustomize_build(program, folder / layer) for layer in ("base", "overlays/x")]
            assert _require_names_like_contents(*layers) == equal


def _require_names_like_contents(one: list[Any], other: list[Any]) -> bool:
    """Require that the names of two sets are equal if their contents are, and only then. Return whether they are."""
    equal: bool = content_of(one) == content_of(other)
    assert (_name(one) == _name(other)) == equal
    return equal


def _name(objects: list[Any]) -> str:
    name: str = next(each["metadata"]["name"] for each in objects if each["kind"] == "JobSet")
    return name


def _compiled(document: dict[str, Any], *overlays: dict[str, Any]) -> Compiled:
    base, *more = (load(Source("generated.yaml", json_of(each).encode())) for each in (document, *overlays))
    return compiled(merge(base, more).root)


def _named(name: str, **spec: Any) -> dict[str, Any]:
    return {**DISK, "metadata": {"name": name}, "spec": {**DISK["spec"], **spec}}  # type: ignore[dict-item]


def test_none_is_the_same_as_no_word_about_names() -> None:
    without = {**DISK, "spec": {"metrics": [{"name": "io-fio"}]}}
    none = {**DISK, "spec": {"jobset": {"nameSuffix": "none"}, "metrics": [{"name": "io-fio"}]}}
    assert _compiled(without).objects == _compiled(none).objects
    for form in ("kustomize", "helm"):
        assert folder_of(form, _compiled(without), {}) == folder_of(form, _compiled(none), {})


@pytest.mark.parametrize("program", KUSTOMIZES)
def test_a_name_with_its_hash_fills_the_63_characters_of_a_pods_name_and_no_more(program: str, tmp_path: Path) -> None:
    # -m-0-0-abcde is 12 characters; the hash has 9, that of kustomize has 11.
    assert _compiled(_named("a" * 42)).objects
    with pytest.raises(InputError, match="is too long: with the hash of its content"):
        _compiled(_named("a" * 43))
    folder = write(folder_of("kustomize", _compiled(_named("a" * 40)), {}), tmp_path)
    assert len(_name(kustomize_build(program, folder / "base"))) == 51
    with pytest.raises(InputError, match="is too long: with kustomize's hash") as error:
        folder_of("kustomize", _compiled(_named("a" * 41)), {})
    assert [(found.place is not None, found.hint) for found in error.value.findings] == [
        (True, "use at most 40 characters")
    ]


@pytest.mark.parametrize("helm", HELMS)
def test_a_release_whose_name_has_no_room_for_the_hash_is_refused(helm: str, tmp_path: Path) -> None:
    chart = write(folder_of("helm", _compiled(DISK), {}), tmp_path)
    assert len(_name(helm_template(helm, chart, "a" * 42))) == 51
    with pytest.raises(ToolError, match="42 are left for the release"):
        helm_template(helm, chart, "a" * 43)
    assert helm_template(helm, chart, "a", "--set", f"serviceName={'s' * 54}")
    with pytest.raises(ToolError, match="54 are left for serviceName"):
        helm_template(helm, chart, "a", "--set", f"serviceName={'s' * 55}")


def test_a_subdomain_without_room_for_the_hash_is_refused() -> None:
    assert _compiled(_named("a", serviceName="s" * 54)).objects
    with pytest.raises(InputError, match=r"serviceName: .* is too long: with the hash"):
        _compiled(_named("a", serviceName="s" * 55))
    with pytest.raises(InputError, match=r"serviceName: .* is too long: with kustomize's hash"):
        folder_of("kustomize", _compiled(_named("a", serviceName="s" * 54)), {})


@pytest.fixture
def layers(tmp_path: Path) -> Path:
    """A kustomization of a set with names by content, as `set/`."""
    overlay = {"spec": {"pods": 2}}
    write(folder_of("kustomize", _compiled(DISK), {"two": _compiled(DISK, overlay)}), tmp_path / "set")
    return tmp_path


_PATCH = {
    "target": {"kind": "JobSet"},
    "patch": json_of([{"op": "replace", "path": "/spec/failurePolicy/maxRestarts", "value": 3}]),
}


def _layer(folder: Path, name: str, **fields: Any) -> Path:
    (folder / name).mkdir()
    json_file(folder / name / "kustomization.yaml", fields)
    return folder / name


@pytest.mark.parametrize("program", KUSTOMIZES)
def test_a_patch_of_a_users_own_changes_the_name_with_the_component_in_the_layer_above(
    program: str, layers: Path
) -> None:
    base = _name(kustomize_build(program, layers / "set/base"))
    patched = _layer(layers, "patched", resources=["../set/base"], patches=[_PATCH])
    assert _name(kustomize_build(program, patched)) == base
    above = _layer(
        layers, "above", namePrefix="a-", resources=["../patched"], components=["../set/components/content-name"]
    )
    name = _name(kustomize_build(program, above))
    assert name.startswith("a-made-")
    assert name.removeprefix("a-") != base
    plain = _layer(layers, "plain", resources=["../set/base"], components=["../set/components/content-name"])
    assert _name(kustomize_build(program, plain)) == base


@pytest.mark.parametrize("program", KUSTOMIZES)
def test_a_users_own_secret_and_a_second_set_in_one_kustomization_are_left_alone(program: str, layers: Path) -> None:
    other = _named("other", pod={"imagePullSecrets": [{"name": "registry"}]})
    write(folder_of("kustomize", _compiled(other), {}), layers / "other")
    alone = [_name(kustomize_build(program, layers / name / "base")) for name in ("set", "other")]
    both = _layer(
        layers,
        "both",
        namespace="elsewhere",
        resources=["../set/base", "../other/base"],
        secretGenerator=[{"name": "registry", "literals": ["key=value"]}],
    )
    objects = kustomize_build(program, both)
    assert sorted(each["kind"] for each in objects) == ["ConfigMap", "ConfigMap", "JobSet", "JobSet", "Secret"]
    (secret,) = [each for each in objects if each["kind"] == "Secret"]
    assert secret["data"] == {"key": "dmFsdWU="}
    sets = {each["metadata"]["name"]: each for each in objects if each["kind"] == "JobSet"}
    assert sorted(sets) == sorted(alone)
    pod = sets[alone[1]]["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]
    assert pod["imagePullSecrets"] == [{"name": secret["metadata"]["name"]}]


def test_a_set_with_the_name_of_a_secret_that_its_pods_use_is_refused() -> None:
    named = _compiled(_named("registry", pod={"imagePullSecrets": [{"name": "registry"}]}))
    with pytest.raises(InputError, match="has the name of the Secret 'registry'"):
        folder_of("kustomize", named, {})


def test_an_overlay_of_kustomize_cannot_switch_names_by_content() -> None:
    off = _compiled(DISK, {"spec": {"jobset": {"nameSuffix": "none"}}})
    with pytest.raises(InputError, match=r"changes spec\.jobset\.nameSuffix"):
        folder_of("kustomize", _compiled(DISK), {"off": off})


@pytest.mark.parametrize("helm", HELMS)
def test_a_value_switches_names_by_content(helm: str, tmp_path: Path) -> None:
    off = _compiled(DISK, {"spec": {"jobset": {"nameSuffix": "none"}}})
    chart = write(folder_of("helm", off, {}), tmp_path)
    assert _name(helm_template(helm, chart, "made")) == "made"
    on = helm_template(helm, chart, "made", "--set", "jobset.nameSuffix=content")
    assert _name(on) == _name(_compiled(DISK).objects)
    assert [each.get("immutable") for each in on if each["kind"] == "ConfigMap"] == [True]


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"jobset": {"labels": {"kueue.x-k8s.io/queue-name": "a"}}}, "queue-name"),
        ({"jobset": {"labels": {"helm.sh/chart": "a"}}}, "helm.sh/chart"),
        ({"jobset": {"labels": {"team": "a"}}}, "team"),
        ({"configMap": {"annotations": {"kustomize.toolkit.fluxcd.io/substitute": "a"}}}, "substitute"),
        ({"jobset": {"keep": True, "annotations": {"helm.sh/resource-policy": "keep"}}}, "which jobset.keep sets"),
    ],
)
def test_a_chart_refuses_labels_and_annotations_that_it_writes_itself(
    helm: str, values: object, message: str, tmp_path: Path
) -> None:
    document = {**DISK, "metadata": {"name": "made", "labels": {"team": "b"}}}
    chart = write(folder_of("helm", _compiled(document), {}), tmp_path / "chart")
    with pytest.raises(ToolError, match=message):
        helm_template(helm, chart, "made", "-f", json_file(tmp_path / "values.json", values))


def test_the_version_of_a_chart_changes_with_the_chart_and_only_then(tmp_path: Path) -> None:
    json_file(tmp_path / "metrics.yaml", DISK)
    json_file(tmp_path / "large.yaml", {"spec": {"pods": 9}})
    base = _version(tmp_path)
    assert base == _version(tmp_path)
    assert base.startswith("0.1.0-h")
    others = [_version(tmp_path, "--set", "spec.pods=2"), _version(tmp_path, "--overlay", "large.yaml")]
    assert len({base, *others}) == 3
    assert _version(tmp_path, "--chart-version", "1.4.0-rc.1+build") == "1.4.0-rc.1+build"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-f", "helm", "--chart-version", "1.4"), "--chart-version 1.4: not a semantic version"),
        (("-f", "helm", "--chart-version", "01.4.0"), "not a semantic version"),
        (("-f", "kustomize", "--chart-version", "1.4.0"), "--chart-version is only for a chart"),
    ],
)
def test_a_version_that_a_chart_cannot_have_is_refused(
    arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    json_file(tmp_path / "metrics.yaml", DISK)
    refused = run("build", *arguments, cwd=tmp_path)
    assert refused.code == 1
    assert message in refused.stderr


def test_the_option_is_the_same_as_the_field_and_check_knows_it(tmp_path: Path) -> None:
    json_file(tmp_path / "metrics.yaml", {**DISK, "spec": {"metrics": [{"name": "io-fio"}]}})
    printed = run("build", "--name-suffix", "content", cwd=tmp_path)
    assert parsed(printed.stdout) == _compiled(DISK).objects
    assert run("build", "--name-suffix", "content", "-o", "made.yaml", cwd=tmp_path).code == 0
    assert run("build", "--name-suffix", "content", "-o", "made.yaml", "--check", cwd=tmp_path).code == 0
    assert run("build", "-o", "made.yaml", "--check", cwd=tmp_path).code == 1


def _version(folder: Path, *arguments: str) -> str:
    assert run("build", "-f", "helm", "-o", "chart", *arguments, cwd=folder).code == 0
    (chart,) = parsed((folder / "chart/Chart.yaml").read_text("utf-8"))
    version: str = chart["version"]
    return version


def test_other_scripts_have_names_of_their_own_so_that_an_upgrade_touches_no_running_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [_names_in_each_output(tmp_path / "before")]
    shutil.copytree(ROOT / "templates" / "pod", tmp_path / "templates" / "pod")
    with (tmp_path / "templates" / "pod" / "entrypoint.sh").open("a") as script:
        script.write("# one more line\n")
    monkeypatch.setattr("mocompile.expand.scripts.shipped", SimpleNamespace(folder=lambda name: tmp_path / name))
    made.append(_names_in_each_output(tmp_path / "after"))
    for before, after in zip(*made, strict=True):
        assert not before & after


def _names_in_each_output(folder: Path) -> list[set[str]]:
    """The names of both objects of a set, in each output."""
    compiled_set = _compiled(DISK)
    chart = write(folder_of("helm", compiled_set, {}), folder / "chart")
    kustomization = write(folder_of("kustomize", compiled_set, {}), folder / "kustomize")
    outputs = [
        compiled_set.objects,
        *(helm_template(helm, chart, "made") for helm in HELMS),
        *(kustomize_build(program, kustomization / "base") for program in KUSTOMIZES),
    ]
    return [{each["metadata"]["name"] for each in objects} for objects in outputs]
