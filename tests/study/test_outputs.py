"""The three outputs of every point are equal objects, as the real tools render them; nothing is half written."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.command import Ran, run
from tests.emit.rendering import (
    HELMS,
    KUSTOMIZES,
    assert_chart_renders,
    assert_kustomization_builds,
    helm_template,
    kustomize_build,
    parsed,
    tool,
)
from tests.study.studies import BASE, write

STUDY = """
apiVersion: flux-framework.org/v1alpha2
kind: MetricStudy
metadata: {name: disk}
spec:
  base: metrics.yaml
  parameters:
    pods: {set: spec.pods, values: [1, 3]}
    bs: {set: "spec.metrics[io-fio].options.blocksize", values: [4k, "y"]}
    depth: {set: "spec.metrics[io-fio].options.iodepth", value: "{{ pods * 4 }}"}
    node: {overlays: {plain: plain.yaml, odd: [odd.yaml, more.yaml]}}
  repeats: 2
"""
FILES = {
    "plain": "{}\n",
    "odd": """
spec:
  serviceName: bench
  pod: {nodeSelector: {disk: "1e3"}}
""",
    "more": """
spec: {resources: {limits: {cpu: 2}}}
""",
}


def built(folder: Path, *arguments: str) -> Ran:
    """`mocompile build study.yaml ARGUMENTS`, which must succeed."""
    done = run("build", "study.yaml", *arguments, cwd=folder)
    assert done.code == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study in all three formats, each in a folder named after it. Tests share it, and do not write there."""
    folder = tmp_path_factory.mktemp("study")
    base = BASE.replace("metadata: {name: base}", "metadata: {name: base, labels: {team: red}}")
    write(folder, STUDY, base, **FILES)
    for form in ("yaml", "kustomize", "helm"):
        built(folder, "-f", form, "-o", form)
    return folder


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> Path:
    """The same, for one test alone."""
    return shutil.copytree(folder, tmp_path / "own")


def points(folder: Path, form: str) -> list[dict[str, Any]]:
    """Return the points of the index of a format."""
    found: list[dict[str, Any]] = json.loads((folder / form / "study.json").read_text("utf-8"))["points"]
    return found


def objects(folder: Path, point: dict[str, Any]) -> list[Any]:
    """The objects of a point of the YAML folder."""
    return parsed((folder / "yaml" / point["file"]).read_text("utf-8"))


def test_the_index_lists_every_set_in_each_format(folder: Path) -> None:
    listed = {form: points(folder, form) for form in ("yaml", "kustomize", "helm")}
    assert len(listed["yaml"]) == 16
    for form, found in listed.items():
        assert [{**each, "file": ""} for each in found] == [{**each, "file": ""} for each in listed["yaml"]]
        assert all((folder / form / each["file"]).exists() for each in found)
    assert len({each["name"] for each in listed["yaml"]}) == 16
    assert len({each["id"] for each in listed["yaml"]}) == 8


def test_names_by_content_end_with_the_hash_behind_the_name_of_each_set(tmp_path: Path) -> None:
    base = BASE.replace("spec:", "spec:\n  serviceName: peers\n  jobset: {nameSuffix: content}", 1)
    files = {name: text for name, text in FILES.items() if name != "odd"}
    write(tmp_path, STUDY.replace(", odd: [odd.yaml, more.yaml]", ", more: more.yaml"), base, **files)
    for form in ("yaml", "kustomize", "helm"):
        built(tmp_path, "-f", form, "-o", form)
    listed = points(tmp_path, "yaml")
    for point in listed:
        job_set = objects(tmp_path, point)[1]
        assert re.fullmatch(rf"{point['name']}-[0-9a-f]{{8}}", job_set["metadata"]["name"])
        assert job_set["metadata"]["name"] == point["jobset"]
        end = job_set["metadata"]["name"].removeprefix("disk-")
        assert job_set["spec"]["network"]["subdomain"] == f"peers-{end}"
    assert len({point["jobset"] for point in listed}) == len(listed)
    assert points(tmp_path, "helm")[0]["jobset"] == listed[0]["jobset"]
    assert "jobset" not in points(tmp_path, "kustomize")[0]
    for plain, charted, layered in zip(
        listed[::5], points(tmp_path, "helm")[::5], points(tmp_path, "kustomize")[::5], strict=True
    ):
        wanted = objects(tmp_path, plain)
        rendered = helm_template("helm", tmp_path / "helm", charted["name"], "-f", tmp_path / "helm" / charted["file"])
        assert_chart_renders(rendered, wanted)
        assert_kustomization_builds(kustomize_build("kustomize", tmp_path / "kustomize" / layered["file"]), wanted)


def test_the_digest_of_the_index_is_that_of_the_objects(folder: Path) -> None:
    for point in points(folder, "yaml"):
        text = json.dumps(objects(folder, point), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert point["digest"] == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_the_stream_holds_the_same_objects_in_the_order_of_the_index(own: Path) -> None:
    wanted = [obj for point in points(own, "yaml") for obj in objects(own, point)]
    assert parsed(built(own).stdout) == wanted
    built(own, "-o", "all.yaml")
    assert parsed((own / "all.yaml").read_text("utf-8")) == wanted


@pytest.mark.parametrize("program", KUSTOMIZES)
def test_kustomize_builds_every_point(folder: Path, program: str) -> None:
    for plain, point in zip(points(folder, "yaml"), points(folder, "kustomize"), strict=True):
        rendered = kustomize_build(program, folder / "kustomize" / point["file"])
        assert_kustomization_builds(rendered, objects(folder, plain))


@pytest.mark.parametrize("helm", HELMS)
def test_helm_renders_every_point(folder: Path, helm: str) -> None:
    for plain, point in zip(points(folder, "yaml"), points(folder, "helm"), strict=True):
        rendered = helm_template(helm, folder / "helm", point["name"], "-f", folder / "helm" / point["file"])
        assert_chart_renders(rendered, objects(folder, plain))


def test_the_base_of_both_folders_is_the_base_under_the_studys_name(folder: Path) -> None:
    plain = parsed(run("build", "metrics.yaml", "--name", "disk", cwd=folder).stdout)
    assert_kustomization_builds(kustomize_build("kustomize", folder / "kustomize/base"), plain)
    assert_chart_renders(helm_template("helm", folder / "helm", "disk"), plain)


def test_helm_finds_nothing_to_complain_of(folder: Path) -> None:
    values = sorted((folder / "helm").glob("values-*.yaml"))
    tool("helm", "lint", "--strict", "--quiet", folder / "helm", *(f"-f{path}" for path in values))


def test_no_two_sets_share_a_name_or_a_service(folder: Path) -> None:
    sets = [objects(folder, point) for point in points(folder, "yaml")]
    names = [obj["metadata"]["name"] for both in sets for obj in both]
    assert len(set(names)) == len(sets) == 16
    subdomains = [both[1]["spec"]["network"].get("subdomain", both[1]["metadata"]["name"]) for both in sets]
    assert len(set(subdomains)) == 16
    assert sum(name.startswith("bench-") for name in subdomains) == 8


def test_labels_and_the_annotation_say_which_point_and_the_pods_do_not(folder: Path) -> None:
    for point in points(folder, "yaml"):
        for obj in objects(folder, point):
            labels, annotations = obj["metadata"]["labels"], obj["metadata"]["annotations"]
            assert labels["metrics.flux-framework.org/study"] == "disk"
            assert labels["metrics.flux-framework.org/point"] == point["id"]
            assert labels["metrics.flux-framework.org/repeat"] == str(point["repeat"])
            assert labels["team"] == "red"
            assert json.loads(annotations["metrics.flux-framework.org/parameters"]) == point["parameters"]
        for job in objects(folder, point)[1]["spec"]["replicatedJobs"]:
            assert "labels" not in job["template"]["spec"]["template"]["metadata"]


def test_numbers_are_numbers_and_texts_are_texts(folder: Path) -> None:
    first = points(folder, "yaml")[0]
    assert first["parameters"] == {"pods": 1, "bs": "4k", "depth": 4, "node": "plain"}
    assert {each["parameters"]["bs"] for each in points(folder, "yaml")} == {"4k", "y"}


@pytest.mark.parametrize(
    ("form", "output"), [("yaml", "all.yaml"), ("yaml", "yaml"), ("kustomize", "kustomize"), ("helm", "helm")]
)
def test_check_says_what_is_stale(own: Path, form: str, output: str) -> None:
    built(own, "-f", form, "-o", output)
    assert run("build", "study.yaml", "-f", form, "-o", output, "--check", cwd=own).code == 0
    study = own / "study.yaml"
    study.write_text(study.read_text("utf-8").replace("[1, 3]", "[1, 4]"), "utf-8")
    done = run("build", "study.yaml", "-f", form, "-o", output, "--check", cwd=own)
    assert done.code == 1
    assert "is out of date" in done.stderr


def test_a_study_that_is_wrong_in_one_point_leaves_no_output(own: Path) -> None:
    before = {path: path.read_bytes() for path in own.rglob("*") if path.is_file()}
    study = own / "study.yaml"
    study.write_text(study.read_text("utf-8").replace("[1, 3]", "[1, 0]"), "utf-8")
    before[study] = study.read_bytes()
    for form in ("yaml", "kustomize", "helm"):
        done = run("build", "study.yaml", "-f", form, "-o", form, cwd=own)
        assert (done.code, done.stdout) == (1, "")
        assert "pods=0" in done.stderr
    assert run("build", "study.yaml", "-f", "helm", "-o", "new", cwd=own).code == 1
    assert {path: path.read_bytes() for path in own.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("overlay", "path"),
    [
        ("spec: {metrics: [{name: io-sysstat}]}\n", "spec.metrics[io-sysstat]"),
        ("metadata: {labels: {team: blue}}\n", "metadata.labels"),
    ],
)
def test_an_overlay_that_a_chart_cannot_offer_is_refused_with_the_path(tmp_path: Path, overlay: str, path: str) -> None:
    write(tmp_path, STUDY, **{**FILES, "odd": overlay})
    done = run("build", "study.yaml", "-f", "helm", "-o", "out", cwd=tmp_path)
    assert done.code == 1
    assert done.stderr.startswith("odd.yaml:1:")
    which = "(in 4 of 8 points, first pods=1, bs=4k, depth=4, node=odd)"
    assert f"{path}, which a chart cannot offer as a value {which}" in done.stderr
    assert "use kustomize" in done.stderr
    assert not (tmp_path / "out").exists()
    assert run("build", "study.yaml", "-f", "kustomize", "-o", "out", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    ("only", "count"),
    [
        (["pods=3"], 8),
        (["pods=3,node=odd"], 4),
        (["bs=y", "pods=1"], 12),
        (["depth=12"], 8),
    ],
)
def test_only_takes_some_points(folder: Path, only: list[str], count: int) -> None:
    words = [word for each in only for word in ("--only", each)]
    assert len(parsed(built(folder, *words).stdout)) == 2 * count


def test_only_takes_a_point_by_its_id(folder: Path) -> None:
    point = points(folder, "yaml")[3]
    found = parsed(built(folder, "--only", point["id"]).stdout)
    assert {obj["metadata"]["labels"]["metrics.flux-framework.org/point"] for obj in found} == {point["id"]}
    assert parsed(built(folder, "--only", point["name"]).stdout) == objects(folder, point)


@pytest.mark.parametrize(
    ("only", "message"),
    [
        ("12", "no such point"),
        ("pod=3", "there is no parameter 'pod'; did you mean 'pods'?"),
        ("pods=4", "no point has these values"),
        ("", "no such point"),
    ],
)
def test_only_says_what_it_does_not_know(folder: Path, only: str, message: str) -> None:
    done = run("build", "study.yaml", "--only", only, cwd=folder)
    assert (done.code, done.stdout) == (1, "")
    assert message in done.stderr


def test_only_names_no_point_of_a_set(folder: Path) -> None:
    done = run("build", "metrics.yaml", "--only", "pods=1", cwd=folder)
    assert done.code == 1
    assert "--only is only for a study; the input is a set" in done.stderr


def test_overlays_and_settings_are_for_a_set(folder: Path) -> None:
    done = run("build", "study.yaml", "--overlay", "odd.yaml", "--set", "spec.pods=2", cwd=folder)
    assert (done.code, done.stdout) == (1, "")
    assert "--overlay and --set change a MetricSet, not a study" in done.stderr


def test_the_command_line_gives_a_study_another_name_and_a_namespace(folder: Path) -> None:
    objects_ = parsed(built(folder, "--name", "other", "-n", "bench", "--only", "pods=1,bs=4k,node=plain").stdout)
    ids = {each["id"] for each in points(folder, "yaml")}
    for obj in objects_:
        assert obj["metadata"]["namespace"] == "bench"
        assert obj["metadata"]["name"].startswith("other-")
        assert obj["metadata"]["labels"]["metrics.flux-framework.org/point"] in ids


def test_a_study_comes_from_stdin_too(folder: Path) -> None:
    text = (folder / "study.yaml").read_text("utf-8")
    done = run("build", "-", cwd=folder, stdin=text)
    assert (done.code, done.stdout) == (0, built(folder).stdout)


REPO = ("--repo", "https://example.com/team/studies.git")


def _rendered(template: Any, values: dict[str, Any]) -> Any:
    """Return Argo CD's result for a template whose actions are names alone."""
    if isinstance(template, dict):
        return {key: _rendered(each, values) for key, each in template.items()}
    if isinstance(template, list):
        return [_rendered(each, values) for each in template]
    if isinstance(template, str):
        return re.sub(r"\{\{ \.(\w+) \}\}", lambda found: str(values[found[1]]), template)
    return template


@pytest.mark.parametrize("form", ["yaml", "kustomize", "helm"])
def test_an_applicationset_leads_from_the_index_to_every_set(own: Path, form: str) -> None:
    built(own, "-f", form, "-o", form, "--applicationset", "set.yaml", *REPO, "--repo-path", f"runs/{form}")
    (manifest,) = parsed((own / "set.yaml").read_text("utf-8"))
    git, listed = manifest["spec"]["generators"][0]["matrix"]["generators"]
    assert git["git"]["files"] == [{"path": f"runs/{form}/study.json"}]
    assert listed["list"]["elementsYaml"] == "{{ .points | toJson }}"
    index = json.loads((own / form / "study.json").read_text("utf-8"))
    # The parameters of both generators are put together: none may be in both.
    assert not index.keys() & index["points"][0].keys()
    for point, plain in zip(index["points"], points(own, "yaml"), strict=True):
        source = _rendered(manifest["spec"]["template"]["spec"]["source"], point)
        folder = own / source["path"].removeprefix("runs/")
        if form == "yaml":
            found = parsed((folder / source["directory"]["include"]).read_text("utf-8"))
            assert found == objects(own, plain)
        elif form == "kustomize":
            assert (folder / "kustomization.yaml").is_file()
        else:
            assert source["helm"]["releaseName"] == plain["name"]
            assert (folder / source["helm"]["valueFiles"][0]).is_file()
    arguments = ("-f", form, "-o", form, "--applicationset", "set.yaml", *REPO, "--check")
    assert run("build", "study.yaml", *arguments, "--repo-path", f"runs/{form}", cwd=own).code == 0
    assert run("build", "study.yaml", *arguments, "--repo-path", "elsewhere", cwd=own).code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "out", "--applicationset", "set.yaml"), "needs the git repository"),
        (("--applicationset", "set.yaml", *REPO), "the output is a stream"),
        (("-o", "out", *REPO), "--repo and --repo-path are for an ApplicationSet"),
    ],
)
def test_an_applicationset_says_what_it_lacks(own: Path, arguments: tuple[str, ...], message: str) -> None:
    done = run("build", "study.yaml", *arguments, cwd=own)
    assert (done.code, done.stdout) == (1, "")
    assert message in done.stderr
    assert not (own / "out").exists()
    assert not (own / "set.yaml").exists()
