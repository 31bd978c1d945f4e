"""Argo CD and the JobSet of a sync, by its sync options: rows of the table in docs/gitops.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.cluster.conftest import Opener
from tests.cluster.kube import until
from tests.gitops.argocd import AUTOMATED, ArgoCD, JSONObject, with_health
from tests.gitops.provide import Controllers
from tests.gitops.repository import Repository, fio, is_suspended, jobsets, suspend, uids

OPTIONS = "argocd.argoproj.io/sync-options"
HOOK = "argocd.argoproj.io/hook"
# By sync options of the JobSet: what a sync does with it that changes only another object, and one that changes it.
SYNC_OPTIONS: Mapping[str, tuple[str, str, str]] = {
    "plain": ("", "stays", "refused"),
    "force": ("Force=true", "stays", "replaced"),
    "replace": ("Replace=true", "refused", "refused"),
    "force-replace": ("Force=true,Replace=true", "replaced", "replaced"),
    "server-side": ("ServerSideApply=true", "stays", "refused"),
    "force-server-side": ("Force=true,ServerSideApply=true", "absent", "absent"),
}


@pytest.fixture(scope="module")
def argocd(gitops: Controllers, opener: Opener) -> Iterator[ArgoCD]:
    with with_health(gitops, opener("argocd-changes")) as found:
        yield found


@pytest.fixture
def repository(gitops: Controllers, tmp_path: Path) -> Repository:
    return Repository.new(gitops, "argocd", tmp_path)


def source(repository: Repository, path: str) -> JSONObject:
    return {"repoURL": repository.publish(), "path": path, "directory": {"recurse": True}}


def test_sync_options_decide_whether_a_sync_leaves_refuses_or_replaces_the_run(
    argocd: ArgoCD, repository: Repository
) -> None:
    def commit(command: str, note: str) -> str:
        repository.note("options", note)
        for name, (options, *_) in SYNC_OPTIONS.items():
            annotations = {OPTIONS: options} if options else {}
            repository.build("yaml", f"options/{name}", fio(command, name=name, annotations=annotations))
        return repository.commit()

    def outcomes(before: Mapping[str, str], failed: Mapping[str, str]) -> dict[str, str]:
        after = uids(argocd.namespace)
        found = {}
        for name in SYNC_OPTIONS:
            if name not in after:
                found[name] = "absent" if "--force cannot be used with --server-side" in failed[name] else failed[name]
            elif after[name] != before[name]:
                found[name] = "replaced"
            else:
                found[name] = "refused" if "immutable" in failed.get(name, "") else failed.get(name, "stays")
        return found

    first = commit("sleep 1", "1")
    application = argocd.create("options", source(repository, "options"))
    application.tried(first)
    seen = []
    for command, note in (("sleep 1", "2"), ("sleep 2", "3")):
        before = uids(argocd.namespace)
        seen.append(outcomes(before, application.tried(commit(command, note))))
    assert seen[0] == {name: unchanged for name, (_, unchanged, _) in SYNC_OPTIONS.items()}
    assert seen[1] == {name: changed for name, (_, _, changed) in SYNC_OPTIONS.items()}
    application.delete()


def test_what_kueue_does_to_suspend_stays_unless_the_manifest_says_suspend(
    argocd: ArgoCD, repository: Repository
) -> None:
    namespace = argocd.namespace
    queued = ("queued", "queued-server-side")
    for name in queued:
        annotations = {OPTIONS: "ServerSideApply=true"} if "server" in name else {}
        text = fio("sleep 300", name=name, queueName="batch", annotations=annotations)
        repository.build("yaml", f"queue/{name}", text)
    repository.build("yaml", "queue/written", fio("sleep 300", name="written", suspend=True))
    repository.note("queue", "1")
    application = argocd.create("queue", source(repository, "queue"))
    application.synced(repository.commit())
    runs = uids(namespace)
    for note, value in (("2", True), ("3", False)):
        for name in queued:
            suspend(namespace, name, value=value)
        repository.note("queue", note)
        application.synced(repository.commit())
        assert [is_suspended(namespace, name) for name in queued] == [value, value]
    suspend(namespace, "written", value=False)
    until(lambda: is_suspended(namespace, "written"), 90, "the set suspended again", told=application.told)
    assert uids(namespace) == runs
    application.delete()


def test_a_set_that_removes_itself_runs_again_at_once_with_self_heal_and_at_the_next_sync_without(
    argocd: ArgoCD, repository: Repository
) -> None:
    namespace = argocd.namespace
    for path in ("looping", "removed"):
        repository.build("yaml", path, fio(name=path, ttlSecondsAfterFinished=0))
        repository.note(path, "1")
    commit = repository.commit()
    looping = argocd.create("looping", source(repository, "looping"))
    removed = argocd.create("removed", source(repository, "removed"), {**AUTOMATED, "automated": {"prune": True}})
    first = until(lambda: uids(namespace, "looping"), 90, "the first run")
    until(lambda: uids(namespace, "looping") not in ({}, first), 90, "the set runs again", told=looping.told)
    looping.delete()
    removed.tried(commit)

    def is_missed() -> bool:
        return removed.object["status"]["sync"]["status"] == "OutOfSync" and "removed" not in jobsets(namespace)

    until(is_missed, 90, "the set removed, and missed", told=removed.told)
    repository.note("removed", "2")
    repository.publish()
    removed.refresh()
    until(lambda: uids(namespace, "removed"), 90, "the set runs again", told=removed.told)
    removed.delete()


def test_a_hook_runs_at_each_sync_and_leaves_the_runs_of_other_names(argocd: ArgoCD, repository: Repository) -> None:
    namespace = argocd.namespace

    def commit(command: str, note: str) -> str:
        hook = {HOOK: "Sync"}
        repository.build("yaml", "hooks/fixed", fio(name="hook-fixed", annotations=hook))
        repository.build(
            "yaml", "hooks/content", fio(command, name="hook-content", annotations=hook, nameSuffix="content")
        )
        done = {**hook, "argocd.argoproj.io/hook-delete-policy": "HookSucceeded"}
        repository.build("yaml", "hooks/done", fio(name="hook-done", annotations=done))
        repository.note("hooks", note)
        return repository.commit()

    first = commit("sleep 1", "1")
    application = argocd.create("hooks", source(repository, "hooks"))
    application.synced(first)
    one = uids(namespace, "hook-")
    assert {name.rpartition("-")[0] for name in one} == {"hook", "hook-content"}
    application.synced(commit("sleep 1", "2"))
    two = uids(namespace, "hook-")
    assert two.keys() == one.keys()
    assert not set(one.values()) & set(two.values())
    application.synced(commit("sleep 2", "3"))
    three = uids(namespace, "hook-content")
    assert len(three) == 2
    application.delete()
    until(lambda: not uids(namespace, "hook-"), 90, "the hooks gone with the Application")
