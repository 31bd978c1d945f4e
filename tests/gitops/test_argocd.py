"""A real Argo CD takes the outputs as they are: a changed set is a new run, an unchanged one is left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cluster.conftest import Opener
from tests.cluster.kube import until
from tests.command import run
from tests.gitops.argocd import ArgoCD, JSONObject, publish_set, source_of, with_health
from tests.gitops.argocd_cm import FILES
from tests.gitops.provide import Controllers
from tests.gitops.registry import push_set, registry
from tests.gitops.repository import Repository, fio, jobsets, uids


@pytest.fixture(scope="module")
def argocd(gitops: Controllers, opener: Opener) -> Iterator[ArgoCD]:
    with with_health(gitops, opener("argocd")) as found:
        yield found


@pytest.fixture
def repository(gitops: Controllers, tmp_path: Path) -> Repository:
    return Repository.new(gitops, "argocd", tmp_path)


@pytest.mark.parametrize("form", ["yaml", "kustomize", "helm", "plugin"])
def test_a_changed_set_is_a_new_run_and_an_unchanged_one_is_left_alone(
    form: str, argocd: ArgoCD, repository: Repository, plugin: None
) -> None:
    name = f"disk-{form}" if form != "helm" else "helm"
    first = publish_set(form, repository, fio(name=name, nameSuffix="content"))
    application = argocd.create(form, source_of(form, repository))
    application.synced(first)

    def runs() -> dict[str, str]:
        found = jobsets(argocd.namespace).items()
        return {key: each["metadata"]["uid"] for key, each in found if key.startswith(f"{name}-")}

    (one,) = runs().items()
    application.healthy("Healthy")
    assert argocd.health(one[0]) == ("Healthy", "jobset completed successfully")

    (repository.folder / "notes.txt").write_text("nothing that runs\n")
    application.synced(repository.commit())
    assert runs() == dict([one])

    application.synced(publish_set(form, repository, fio("sleep 2", name=name, nameSuffix="content")))
    until(lambda: len(runs()) == 1 and one[0] not in runs(), 90, "the old run pruned")
    application.healthy("Healthy")
    application.delete()
    until(lambda: not runs(), 90, "the runs gone with the Application")


def test_runs_that_are_kept_stay_beside_the_new_one(argocd: ArgoCD, repository: Repository) -> None:
    application = None
    for command in ("sleep 1", "sleep 2"):
        commit = publish_set("yaml", repository, fio(command, name="kept", nameSuffix="content", keep=True))
        application = application or argocd.create("kept", source_of("yaml", repository))
        application.synced(commit)
        application.healthy("Healthy")
    assert len([name for name in jobsets(argocd.namespace) if name.startswith("kept-")]) == 2


def test_health_follows_a_set_from_suspended_to_its_end(argocd: ArgoCD, repository: Repository) -> None:
    text = fio("sleep 15", name="health", suspend=True)
    commit = publish_set("yaml", repository, text)
    application = argocd.create("health", source_of("yaml", repository))
    application.synced(commit)
    application.healthy("Suspended")
    assert argocd.health("health") == ("Suspended", "jobset is suspended")
    application.synced(publish_set("yaml", repository, fio("sleep 15", name="health", suspend=False)))
    application.healthy("Progressing")
    application.healthy("Healthy")


def test_a_failed_set_is_degraded_and_names_the_job(argocd: ArgoCD, repository: Repository) -> None:
    commit = publish_set("yaml", repository, fio("exit 3", name="failing"))
    application = argocd.create("failing", source_of("yaml", repository))
    application.synced(commit)
    application.healthy("Degraded")
    assert "first failed job: failing-m-0" in argocd.health("failing")[1]


def test_a_set_whose_image_is_missing_says_where_to_look(argocd: ArgoCD, repository: Repository) -> None:
    document = json.loads(fio(name="stuck"))
    document["spec"]["metrics"][0]["image"] = "registry.local/none:1"
    commit = publish_set("yaml", repository, json.dumps(document))
    application = argocd.create("stuck", source_of("yaml", repository))
    application.synced(commit)
    application.healthy("Progressing")
    wanted = ("Progressing", "m: 0 of 1 job ready; if this lasts, the events of its pods give the reason")
    until(lambda: argocd.health("stuck") == wanted, 90, "the message", told=lambda: str(argocd.health("stuck")))


def test_an_applicationset_makes_an_application_for_each_set_of_a_study(argocd: ArgoCD, repository: Repository) -> None:
    folder = repository.folder / "source"
    folder.mkdir()
    (folder / "metrics.yaml").write_text(fio())
    study: JSONObject = {
        "apiVersion": "flux-framework.org/v1alpha2",
        "kind": "MetricStudy",
        "metadata": {"name": argocd.namespace.name, "namespace": argocd.namespace.name},
        "spec": {
            "base": "metrics.yaml",
            "parameters": {"size": {"set": "spec.metrics[io-fio].options.size", "values": ["1M", "2M"]}},
        },
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    url = repository.publish()
    manifest = folder / "applicationset.yaml"
    done = run(
        *("build", str(folder / "study.yaml"), "-o", str(repository.folder / "runs"), "--repo", url),
        *("--repo-path", "runs", "--applicationset", str(manifest)),
    )
    assert done.code == 0, done.stderr
    repository.publish()
    points = json.loads((repository.folder / "runs" / "study.json").read_text())["points"]
    argocd.kubectl("apply", "-f", str(manifest))

    def applications() -> set[str]:
        listed = argocd.kubectl("get", "applications", "-o", "name").split()
        return {each.split("/")[1] for each in listed} & {point["name"] for point in points}

    until(lambda: len(applications()) == len(points) == 2, 90, "an Application for each point")
    for name in applications():
        argocd.kubectl("patch", "application", name, "--type=merge", "--patch", '{"operation": {"sync": {}}}')
    until(lambda: {point["name"] for point in points} <= set(jobsets(argocd.namespace)), 90, "a JobSet for each point")


def test_the_applicationset_of_the_examples_makes_an_application_for_each_folder(
    argocd: ArgoCD, repository: Repository
) -> None:
    namespace = argocd.namespace
    names = {f"{namespace.name}-{end}" for end in ("one", "two")}
    for name in names:
        repository.build("yaml", f"studies/{name}/out", fio(name=name))
        (repository.folder / "studies" / name / "metrics.yaml").write_text(fio(name=name))
    text = (FILES / "applicationset.yaml").read_text("utf-8")
    text = text.replace("https://example.com/team/benchmarks.git", repository.publish())
    manifest = yaml.safe_load(text)
    manifest["metadata"]["name"] = f"{namespace.name}-benchmarks"
    manifest["spec"]["template"]["spec"]["destination"]["namespace"] = namespace.name
    argocd.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
    until(lambda: names <= set(jobsets(namespace)), 90, "a JobSet for each folder")


def test_the_examples_are_objects_of_argo_cd(argocd: ArgoCD) -> None:
    for name in ("application", "applicationset"):
        file = str(FILES / f"{name}.yaml")
        argocd.kubectl("create", "--dry-run=server", "--validate=strict", "-f", file)


def test_a_chart_and_a_kustomization_from_a_registry_are_applied(argocd: ArgoCD, tmp_path: Path) -> None:
    with registry() as address:
        version, tag = push_set(address, tmp_path, fio(nameSuffix="content"))
        urls = {"helm": f"{address}/charts", "oci": f"oci://{address}/disk"}
        for kind, url in urls.items():
            argocd.add_registry(f"{argocd.namespace.name}-{kind}", kind, url)
        chart = {"repoURL": urls["helm"], "chart": "disk", "targetRevision": version, "helm": {"releaseName": "pulled"}}
        folder = {"repoURL": urls["oci"], "path": "base", "targetRevision": tag}
        applications = [argocd.create("registry-chart", chart), argocd.create("registry-folder", folder)]
        for application in applications:
            application.healthy("Healthy")
        for prefix in ("pulled-", "disk-"):
            assert len(uids(argocd.namespace, prefix)) == 1
        for application in applications:
            application.delete()
