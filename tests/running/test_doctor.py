"""`mocompile doctor` against an API server of our own, for clusters that the tests cannot have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from mocompile.results.collect.api import Api
from mocompile.running.capacity import check_nodes, check_quotas
from mocompile.running.checks import Check
from mocompile.running.doctor import examine

from tests import command
from tests.running.api_server import Cluster, serving

GROUP = {"versions": [{"version": "v1alpha2"}]}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Cluster, str]]:
    with serving(tmp_path) as found:
        found[0].answers |= {"/version": {"gitVersion": "v1.36.3"}, "/apis/jobset.x-k8s.io": GROUP}
        yield found


def checked(config: str) -> dict[str, Check]:
    return {each.name: each for each in examine(Api(config), "bench")}


def test_a_healthy_cluster_is_ready(served: tuple[Cluster, str]) -> None:
    assert {each.status for each in checked(served[1]).values()} == {"ok"}


def test_a_cluster_without_jobset(served: tuple[Cluster, str]) -> None:
    cluster, config = served
    del cluster.answers["/apis/jobset.x-k8s.io"]
    found = checked(config)["jobset"]
    assert (found.status, found.text) == ("problem", "JobSet is not installed")
    assert "docs/cluster.md" in found.cure


def test_a_jobset_of_another_version(served: tuple[Cluster, str]) -> None:
    cluster, config = served
    cluster.answers["/apis/jobset.x-k8s.io"] = {"versions": [{"version": "v1beta9"}]}
    assert checked(config)["jobset"].text == "JobSet is there as v1beta9, not as v1alpha2"


def test_a_jobset_that_is_too_old(served: tuple[Cluster, str]) -> None:
    """The API server's words about a field that the CRD does not have."""
    cluster, config = served
    words = (
        'JobSet in version "v1alpha2" cannot be handled as a JobSet: strict decoding error: unknown field '
        '"spec.replicatedJobs[0].groupName"'
    )
    cluster.refusals["jobsets"] = (400, words)
    found = checked(config)["jobset"]
    assert found.status == "problem"
    assert found.text.startswith("JobSet is too old")
    assert found.cure == "install JobSet 0.8 (March 2025) or later"


def test_a_webhook_that_does_not_answer(served: tuple[Cluster, str]) -> None:
    cluster, config = served
    words = 'Internal error occurred: failed calling webhook "mjobset.kb.io": no endpoints available'
    cluster.refusals["jobsets"] = (500, words)
    found = checked(config)["jobset"]
    assert found.text == "JobSet is there, but the webhook mjobset.kb.io does not answer: no endpoints available"


def test_a_webhook_that_is_not_installed(served: tuple[Cluster, str]) -> None:
    cluster, config = served
    cluster.webhook = False
    assert checked(config)["jobset"].text == "JobSet is there, but its webhook does not change JobSets"


def test_missing_rights_are_named_by_verb_and_resource(served: tuple[Cluster, str]) -> None:
    cluster, config = served
    cluster.forbidden = {"delete jobsets", "create jobsets", "get pods/log"}
    found = checked(config)["rights"]
    assert found.status == "problem"
    assert found.text == "in the namespace 'bench' you may not create, delete jobsets; get pods/log"


def test_no_cluster_is_one_problem(served: tuple[Cluster, str]) -> None:
    cluster, config = served
    cluster.down = True
    (found,) = checked(config).values()
    assert (found.name, found.status) == ("server", "problem")


def test_the_command_prints_lines_or_json_and_says_with_its_code_whether_there_is_a_problem(
    served: tuple[Cluster, str], tmp_path: Path
) -> None:
    cluster, config = served
    ran = command.run("doctor", "--kubeconfig", config, cwd=tmp_path)
    assert ran.code == 0
    assert [line.split()[:2] for line in ran.stdout.splitlines()] == [
        ["ok", "server"],
        ["ok", "jobset"],
        ["ok", "rights"],
    ]
    cluster.webhook = False
    ran = command.run("doctor", "--kubeconfig", config, "--format", "json", cwd=tmp_path)
    assert ran.code == 1
    assert [(each["name"], each["status"]) for each in json.loads(ran.stdout)] == [
        ("server", "ok"),
        ("jobset", "problem"),
        ("rights", "ok"),
    ]


def test_run_does_not_begin_where_there_is_a_problem(served: tuple[Cluster, str], tmp_path: Path) -> None:
    cluster, config = served
    cluster.webhook = False
    (tmp_path / "metrics.yaml").write_text(
        "apiVersion: flux-framework.org/v1alpha2\nkind: MetricSet\nmetadata: {name: disk}\n"
        "spec: {metrics: [{name: io-fio}]}\n"
    )
    ran = command.run("run", "--kubeconfig", config, cwd=tmp_path)
    assert ran.code == 1
    assert "PROBLEM  jobset" in ran.stderr
    assert "the cluster is not ready for disk" in ran.stderr
    assert cluster.created == []


def pods(count: int = 1, **spec: object):  # type: ignore[no-untyped-def]
    from mocompile.running.asked import PodAsked

    containers = [{"name": "c", "resources": {"requests": {"cpu": "2", "memory": "1Gi"}}}]
    return PodAsked("set/l", {"spec": {"containers": containers, **spec}}, count)


def node(cpu: str = "4", **more: object) -> dict[str, object]:
    metadata = {"name": "n", "labels": {"zone": "a"}}
    return {"metadata": metadata, "spec": more, "status": {"allocatable": {"cpu": cpu, "memory": "8Gi", "pods": "110"}}}


@pytest.mark.parametrize(
    ("nodes", "asked", "text"),
    [
        ([node()], pods(2), ""),
        ([node(), node()], pods(4), ""),
        ([node()], pods(3), "3 pods ask for 2 cpu, 1Gi memory each, and the nodes have room for 2"),
        ([node("1")], pods(), "a pod asks for 2 cpu, and no node can allocate more than 1"),
        ([node()], pods(nodeSelector={"zone": "b"}), "no node of 1 has the labels"),
        ([node(taints=[{"key": "gpu", "effect": "NoSchedule"}])], pods(), "no node of 1 has the labels"),
        ([node(taints=[{"key": "gpu", "effect": "NoSchedule"}])], pods(tolerations=[{"operator": "Exists"}]), ""),
        ([node(unschedulable=True)], pods(), "no node of 1 has the labels"),
    ],
)
def test_what_nodes_can_allocate_is_held_against_what_is_asked(nodes, asked, text) -> None:  # type: ignore[no-untyped-def]
    found = check_nodes(nodes, [asked])
    assert found.status == ("problem" if text else "ok")
    assert text in found.text


@pytest.mark.parametrize(
    ("hard", "used", "text"),
    [
        ({"pods": "4"}, {"pods": "1"}, ""),
        ({"pods": "4"}, {"pods": "2"}, "the quota 'team' has no room now: pods: 3 asked, 2 of 4 used"),
        ({"requests.cpu": "5"}, {}, "the quota 'team' has no room ever: requests.cpu: 6 asked, 0 of 5 used"),
        ({"limits.memory": "1Gi", "count/secrets": "0"}, {}, ""),
        ({"count/jobsets.jobset.x-k8s.io": "1"}, {"count/jobsets.jobset.x-k8s.io": "1"}, "has no room now"),
    ],
)
def test_quotas_are_held_against_what_is_asked(hard: dict[str, str], used: dict[str, str], text: str) -> None:
    quota = {"metadata": {"name": "team"}, "spec": {"hard": hard}, "status": {"hard": hard, "used": used}}
    found = check_quotas([quota], [[pods(3)]])
    assert found.status == ("problem" if text else "ok")
    assert text in found.text


def test_a_full_quota_does_not_keep_a_run_from_beginning_and_one_that_is_too_small_does() -> None:
    hard = {"pods": "4"}
    full = {"metadata": {"name": "team"}, "status": {"hard": hard, "used": {"pods": "4"}}}
    assert check_quotas([full], [[pods(3)]]).passing
    assert not check_quotas([full], [[pods(5)]]).passing
