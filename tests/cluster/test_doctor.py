"""`mocompile doctor` on a real cluster, and the Role of docs/running.md, which is enough for run and doctor."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import command
from tests.cluster import broken_jobset
from tests.cluster.conftest import Opener
from tests.cluster.kube import Cluster, Namespace, until
from tests.cluster.sets import addon, document, metric
from tests.paths import ROOT

SET = document(metric("io-fio", options={"size": "4M", "directory": "/tmp"}), name="disk")


def doctor(cluster: Cluster, namespace: str, text: str | None, folder: Path, *arguments: str) -> dict[str, Any]:
    """The checks by name, and the exit code as `code`."""
    path = []
    if text is not None:
        (folder / "metrics.yaml").write_text(text)
        path = ["metrics.yaml"]
    where = ("-n", namespace, "--kubeconfig", cluster.environment["KUBECONFIG"], "--format", "json")
    ran = command.run("doctor", *path, *where, *arguments, cwd=folder)
    found = {each["name"]: each for each in json.loads(ran.stdout)}
    assert ran.code == any(each["status"] == "problem" for each in found.values())
    return found


@pytest.fixture(scope="module")
def namespace(opener: Opener) -> Namespace:
    return opener("doctor", **{"pod-security.kubernetes.io/enforce": "baseline"})


def test_a_healthy_cluster_is_ready_and_would_run_a_set(cluster: Cluster, namespace: Namespace, tmp_path: Path) -> None:
    found = doctor(cluster, namespace.name, None, tmp_path)
    assert {name: each["status"] for name, each in found.items()} == dict.fromkeys(("server", "jobset", "rights"), "ok")
    found = doctor(cluster, namespace.name, SET, tmp_path)
    checks = ("server", "jobset", "rights", "objects", "pods", "quota", "nodes")
    assert {name: each["status"] for name, each in found.items()} == dict.fromkeys(checks, "ok")
    assert not namespace.get("/apis/jobset.x-k8s.io/v1alpha2", "jobsets")["items"]


def test_a_namespace_that_is_not_there(cluster: Cluster, tmp_path: Path) -> None:
    found = doctor(cluster, "no-such-namespace", None, tmp_path)
    assert found["jobset"]["text"] == "the namespace 'no-such-namespace' does not exist"


def test_pod_security_says_which_rule(cluster: Cluster, opener: Opener, tmp_path: Path) -> None:
    restricted = opener("doctor-restricted", **{"pod-security.kubernetes.io/enforce": "restricted"})
    found = doctor(cluster, restricted.name, SET, tmp_path)["pods"]
    assert found["status"] == "problem"
    assert found["text"].startswith("Pod Security 'restricted' of the namespace refuses the pods of disk/m: allow")


def test_a_quota_that_is_full(cluster: Cluster, opener: Opener, tmp_path: Path) -> None:
    small = opener("doctor-quota")
    small.kubectl("create", "quota", "team", "--hard=pods=1,requests.cpu=100")
    small.kubectl("wait", "quota/team", "--for=jsonpath={.status.hard.pods}=1", "--timeout=30s")
    found = doctor(
        cluster, small.name, document(metric("io-fio", resources={"requests": {"cpu": 1}}), pods=2), tmp_path
    )
    assert found["quota"]["text"] == "the quota 'team' has no room ever: pods: 2 asked, 0 of 1 used"


def test_names_and_queues_that_are_not_there(cluster: Cluster, namespace: Namespace, tmp_path: Path) -> None:
    volumes = (
        addon("volume-secret", name="keys", secretName="keys", path="/keys"),
        addon("volume-pvc", name="data", claimName="data", path="/data"),
    )
    text = document(
        metric("io-fio", *volumes, resources={"requests": {"memory": "900Gi"}}),
        jobset={"queueName": "batch"},
        pod={"priorityClassName": "urgent", "runtimeClassName": "kata", "serviceAccountName": "nobody"},
    )
    found = doctor(cluster, namespace.name, text, tmp_path)
    assert found["names"]["text"] == (
        "the set names what is not there: PersistentVolumeClaim 'data', PriorityClass 'urgent', RuntimeClass 'kata', "
        "Secret 'keys', ServiceAccount 'nobody'"
    )
    assert "'batch'" in found["queue"]["text"]
    assert found["queue"]["status"] == "problem"
    assert "a pod asks for 900Gi memory, and no node can allocate more than" in found["nodes"]["text"]


def account(cluster: Cluster, namespace: Namespace, name: str, folder: Path, rules: list[Any]) -> str:
    """The path of a kubeconfig of a ServiceAccount with these rules and no others."""
    metadata = {"name": name, "namespace": namespace.name}
    group = "rbac.authorization.k8s.io"
    objects = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace.name}],
        },
    ]
    namespace.apply(yaml.safe_dump_all(objects))
    config = yaml.safe_load(Path(cluster.environment["KUBECONFIG"]).read_text())
    token = namespace.kubectl("create", "token", name).stdout.strip()
    (context,) = (each["context"] for each in config["contexts"] if each["name"] == config["current-context"])
    user = {"name": name, "user": {"token": token}}
    one = {"name": name, "context": {"cluster": context["cluster"], "user": name, "namespace": namespace.name}}
    path = folder / f"{name}.kubeconfig"
    path.write_text(json.dumps({**config, "users": [user], "contexts": [one], "current-context": name}))
    return str(path)


def documented() -> list[Any]:
    """The rules of the Role in docs/running.md."""
    text = (ROOT / "docs" / "running.md").read_text()
    (block,) = re.findall(r"^```yaml\n(.*?kind: Role\n.*?)^```$", text, re.MULTILINE | re.DOTALL)
    rules: list[Any] = yaml.safe_load(block)["rules"]
    return rules


def test_without_rights_each_missing_verb_is_named(cluster: Cluster, namespace: Namespace, tmp_path: Path) -> None:
    config = account(
        cluster,
        namespace,
        "reader",
        tmp_path,
        [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}],
    )
    (tmp_path / "metrics.yaml").write_text(SET)
    ran = command.run("doctor", "metrics.yaml", "--kubeconfig", config, cwd=tmp_path)
    assert ran.code == 1
    assert (
        f"in the namespace '{namespace.name}' you may not get, list, watch, create, delete configmaps; get, list, "
        "watch, create, delete jobsets; get pods/log; list, watch jobs; list, watch events" in ran.stdout
    )
    assert [line.split()[1] for line in ran.stdout.splitlines() if line.startswith("unknown")] == [
        *("jobset", "objects", "pods", "quota", "nodes")
    ]


def test_the_documented_role_is_enough_for_run_and_doctor(
    cluster: Cluster, namespace: Namespace, tmp_path: Path
) -> None:
    config = account(cluster, namespace, "runner", tmp_path, documented())
    (tmp_path / "metrics.yaml").write_text(SET)
    ran = command.run("doctor", "metrics.yaml", "--kubeconfig", config, cwd=tmp_path)
    assert ran.code == 0, ran.stdout
    unknown = [line.split()[1] for line in ran.stdout.splitlines() if line.startswith("unknown")]
    assert unknown == ["nodes"]
    ran = command.run("run", "--kubeconfig", config, cwd=tmp_path)
    assert ran.code == 0, ran.stderr
    assert "bw (KiB/s)" in ran.stdout
    assert "does not show" not in ran.stderr
    data = json.loads((tmp_path / "disk-run" / "results" / "disk" / "set.json").read_text())
    assert data["jobs"]


# How JobSet is broken; the line of the check, and its cure.
BROKEN: dict[str, tuple[Callable[[Cluster], AbstractContextManager[None]], str, str]] = {
    "missing": (broken_jobset.not_served, "JobSet is not installed", "docs/cluster.md says how to install JobSet"),
    "version": (
        broken_jobset.of_another_version,
        "JobSet is there as v1alpha1, not as v1alpha2",
        "docs/cluster.md says how to install JobSet",
    ),
    "fields": (
        lambda cluster: broken_jobset.without_field(cluster, "groupName"),
        "JobSet is too old: it does not know what mocompile writes (",
        "install JobSet 0.8 (March 2025) or later",
    ),
    "down": (
        broken_jobset.webhook_down,
        "JobSet is there, but the webhook ",
        "is its controller running? kubectl -n jobset-system get pods",
    ),
    "elsewhere": (
        broken_jobset.webhook_elsewhere,
        "JobSet is there, but its webhook does not change JobSets",
        "is its controller installed and running? ",
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_jobset_that_does_not_work_is_one_problem_with_its_cure(
    cluster: Cluster, namespace: Namespace, tmp_path: Path, how: str
) -> None:
    broken, text, cure = BROKEN[how]
    with broken(cluster):
        found = doctor(cluster, namespace.name, None, tmp_path)
        (tmp_path / "metrics.yaml").write_text(SET)
        ran = command.run("run", "-n", namespace.name, "--kubeconfig", cluster.environment["KUBECONFIG"], cwd=tmp_path)
    assert {name: each["status"] for name, each in found.items()} == {
        "server": "ok",
        "jobset": "problem",
        "rights": "ok",
    }
    assert found["jobset"]["text"].startswith(text)
    assert found["jobset"]["cure"].startswith(cure)
    # `run` says the same, and begins nothing.
    assert ran.code == 1
    assert text in ran.stderr
    assert "the cluster is not ready for disk" in ran.stderr
    assert doctor(cluster, namespace.name, None, tmp_path)["jobset"]["status"] == "ok"


def test_a_jobset_runs_after_it_was_broken(cluster: Cluster, namespace: Namespace, tmp_path: Path) -> None:
    """The tests before this one have left the cluster as it was."""
    (tmp_path / "metrics.yaml").write_text(SET)
    ran = command.run("run", "-n", namespace.name, "--kubeconfig", cluster.environment["KUBECONFIG"], cwd=tmp_path)
    assert ran.code == 0, ran.stderr


# Enough of Kueue for its API: the kind of a queue.
QUEUES = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: localqueues.kueue.x-k8s.io, annotations: {api-approved.kubernetes.io: unapproved}}
spec:
  group: kueue.x-k8s.io
  names: {kind: LocalQueue, plural: localqueues, singular: localqueue}
  scope: Namespaced
  versions:
    - name: v1beta1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""
QUEUE = """
apiVersion: kueue.x-k8s.io/v1beta1
kind: LocalQueue
metadata: {name: NAME}
status: {conditions: [{type: Active, status: "ACTIVE", message: "its ClusterQueue is stopped"}]}
"""


def test_a_queue_is_looked_for_by_its_name(cluster: Cluster, namespace: Namespace, tmp_path: Path) -> None:
    group = "/apis/kueue.x-k8s.io"
    if cluster.get(group):
        pytest.skip("the cluster has a Kueue of its own")
    cluster.kubectl("create", "-f", "-", stdin=QUEUES)
    try:
        cluster.kubectl("wait", "crd/localqueues.kueue.x-k8s.io", "--for=condition=Established", "--timeout=30s")
        # The API server answers 429 until its storage for the new kind is ready.
        until(lambda: not namespace.kubectl("get", "localqueues", check=False).code, 30, "queues are served")
        for name, active in (("there", "True"), ("stopped", "False")):
            namespace.apply(QUEUE.replace("NAME", name).replace("ACTIVE", active))
        found = {
            queue: doctor(cluster, namespace.name, document(metric("io-fio"), jobset={"queueName": queue}), tmp_path)[
                "queue"
            ]
            for queue in ("there", "stopped", "batch")
        }
    finally:
        cluster.kubectl("delete", "crd", "localqueues.kueue.x-k8s.io")
    assert {queue: each["status"] for queue, each in found.items()} == {
        "there": "ok",
        "stopped": "problem",
        "batch": "problem",
    }
    assert found["batch"]["text"] == f"there is no LocalQueue 'batch' in the namespace '{namespace.name}'"
    assert found["stopped"]["text"] == "the LocalQueue 'stopped' admits nothing: its ClusterQueue is stopped"
