"""A valid set passes: the check refuses no set that the API takes, and reports all findings at once."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from mocompile.catalog import Catalog
from mocompile.check import check
from mocompile.check.pod_fields import ROLES
from mocompile.check.resources import canonical, quantity
from mocompile.diagnostics.finding import InputError
from mocompile.document.load import load_text
from mocompile.document.tree import Map
from mocompile.schema.files import read

CATALOG = Catalog()


def _root(spec: dict[str, Any], **metadata: object) -> Map:
    document = {
        "apiVersion": "flux-framework.org/v1alpha2",
        "kind": "MetricSet",
        "metadata": {"name": "study", **metadata},
        "spec": {"metrics": [{"name": "io-fio"}], **spec},
    }
    return load_text(json.dumps(document), "metrics.yaml")[0].root


def _messages(spec: dict[str, Any], **metadata: object) -> list[str]:
    try:
        check(_root(spec, **metadata), CATALOG)
    except InputError as error:
        return [finding.message for finding in error.findings if finding.level == "error"]
    return []


def _affinity(term: dict[str, Any]) -> dict[str, Any]:
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "zone", **term}]}}


# Each was accepted by a Kubernetes API server (1.36) as a part of a Job.
ACCEPTED: dict[str, dict[str, Any]] = {
    "tolerates everything": {"tolerations": [{"operator": "Exists"}]},
    "toleration without an operator": {"tolerations": [{"key": "a", "operator": "", "value": "b", "effect": ""}]},
    "toleration for a time": {"tolerations": [{"key": "a", "effect": "NoExecute", "tolerationSeconds": -5}]},
    "empty affinity": {"affinity": {"nodeAffinity": {}, "podAffinity": {}}},
    "label keys under a selector": {"affinity": _affinity({"labelSelector": {}, "matchLabelKeys": ["team"]})},
    "key to tell apart in the selector": {
        "affinity": _affinity({"labelSelector": {"matchLabels": {"a": "b"}}, "mismatchLabelKeys": ["a"]})
    },
    "sysctl with slashes": {"securityContext": {"sysctls": [{"name": "net/ipv4/tcp_x", "value": ""}]}},
    "profile of the node": {"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "a/b"}}},
    "annotation of a domain in capitals": {"annotations": {"Example.COM/note": "x"}},
    "label without a value": {"labels": {"example.com/team": ""}},
    "spread without a selector": {
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}]
    },
    "spread of the pods of the set": {
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "zone",
                "whenUnsatisfiable": "DoNotSchedule",
                "minDomains": 2,
                "labelSelector": {},
                "matchLabelKeys": ["jobset.sigs.k8s.io/jobset-name"],
            }
        ]
    },
    "devices": {
        "resourceClaims": [
            {"name": "gpu", "resourceClaimTemplateName": "gpus"},
            {"name": "nic", "resourceClaimName": "nic-0"},
        ]
    },
    "host alias without a name": {"hostAliases": [{"ip": "fd00::1"}]},
    "killed at once": {"terminationGracePeriodSeconds": 0},
    "gates": {"schedulingGates": [{"name": "example.com/a"}, {"name": "b"}]},
    "sysctl of the network with hostIPC": {
        "hostIPC": True,
        "hostPID": True,
        "securityContext": {"sysctls": [{"name": "net.core.somaxconn", "value": "1"}]},
    },
    "names that are not there": {"serviceAccountName": "", "priorityClassName": "", "imagePullSecrets": []},
}


@pytest.mark.parametrize("pod", ACCEPTED.values(), ids=ACCEPTED)
def test_pod_fields_that_the_api_takes_are_taken(pod: dict[str, Any]) -> None:
    assert _messages({"pod": pod}) == []


@pytest.mark.parametrize(
    "resources",
    [
        {"limits": {"cpu": "1", "memory": "1.5Gi"}, "requests": {"cpu": "1000m", "memory": "1G"}},
        {"requests": {"ephemeral-storage": "1e3"}},
        {"limits": {"nvidia.com/gpu": "2"}, "requests": {"nvidia.com/gpu": "2.0"}},
        {"limits": {"hugepages-2Mi": "4Mi"}, "requests": {"memory": ".5Gi"}},
        {"requests": {"kubernetes.io/batch-cpu": "1.5"}},
    ],
)
def test_resources_that_the_api_takes_are_taken(resources: dict[str, Any]) -> None:
    assert _messages({"metrics": [{"name": "io-fio", "resources": resources}]}) == []


@pytest.mark.parametrize(
    ("written", "number"),
    [
        *(("2", 2), ("500m", Fraction(1, 2)), ("1.5Gi", 3 * 2**29), (".5", Fraction(1, 2)), ("5.", 5), ("+1", 1)),
        *(("1e3", 1000), ("1E-3", Fraction(1, 1000)), ("1E", 10**18), ("1n", Fraction(1, 10**9)), ("1Ki", 1024)),
    ],
)
def test_quantity_is_the_number_that_kubernetes_takes_it_for(written: str, number: Fraction) -> None:
    assert quantity(written) == number


@pytest.mark.parametrize("written", ["", "12 GB", "1GB", "1_000", "0x10", "-1", "1e999", "1.2.3", "e3", "Ki", "١"])
def test_text_that_is_no_quantity_is_none(written: str) -> None:
    assert quantity(written) is None


@pytest.mark.parametrize(("pods", "longest"), [(1, 51), (11, 50), (100_000, 47)])
def test_name_is_as_long_as_the_names_of_the_pods_allow(pods: int, longest: int) -> None:
    assert _messages({"pods": pods}, name="a" * longest) == []
    (message,) = _messages({"pods": pods}, name="a" * (longest + 1))
    assert "the pods' names would exceed 63 characters" in message


def test_full_host_name_is_as_long_as_the_kernel_allows() -> None:
    # a…a-m-0-0.s.ns.svc.cluster.local
    spec = {"dontSetFQDN": False, "serviceName": "s"}
    assert _messages(spec, name="a" * 35, namespace="ns") == []
    assert len(_messages(spec, name="a" * 36, namespace="ns")) == 1


def test_worker_of_the_last_index_counts_for_the_length_and_no_worker_does_not() -> None:
    metrics = [{"name": "app-lammps"}]
    assert _messages({"pods": 12, "metrics": metrics}, name="a" * 50) == []
    assert len(_messages({"pods": 12, "metrics": metrics}, name="a" * 51)) == 1
    assert _messages({"pods": 1, "metrics": metrics}, name="a" * 51) == []


def test_findings_of_the_schema_and_of_every_rule_come_together() -> None:
    metric = {"name": "io-fio", "image": "a b", "resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "2"}}}
    messages = _messages({"pods": 0, "pod": {"tolerations": [{}]}, "metrics": [metric, metric]}, name="X")
    for part in (
        "metadata.name",
        "spec.pods",
        "a toleration without a key",
        ".image",
        "duplicate metric",
        "cpu request",
    ):
        assert any(part in message for message in messages), part


@pytest.mark.parametrize(
    ("written", "kept"),
    [("1024Mi", "1Gi"), ("1000", "1k"), ("1500k", "1500k"), ("1048576Ki", "1Gi"), ("1024Ei", "1024Ei"), ("5", "5")],
)
def test_a_whole_quantity_has_the_spelling_of_the_api_server(written: str, kept: str) -> None:
    assert canonical(written) == kept
    assert quantity(written) == quantity(kept)


# `-np`, and whether a set of four pods is warned of it.
COMMANDS: dict[str, bool] = {
    "mpirun --hostfile ./hostlist.txt -np 2 lmp": True,
    "mpirun -n 3 hostname": True,
    "mpiexec --np 1 ./a": True,
    "PATH=/opt:$PATH mpirun -np=2 ./a": True,
    "cd /data && mpirun -np 2 ./a": True,
    "mpirun -np 4 ./a": False,
    "mpirun -np 64 ./a": False,
    "mpirun -np $MO_PODS ./a": False,
    "mpirun -np 4 ./a -n 2": False,
    "mpirun ./a; head -n 2 out": False,
    "mpirun -np 2x ./a": False,
    "./run -np 2": False,
}


@pytest.mark.parametrize(("command", "warned"), COMMANDS.items(), ids=COMMANDS)
def test_fewer_tasks_than_pods_are_a_warning(command: str, warned: bool) -> None:
    metric = {"name": "app-lammps", "options": {"command": command}}
    found = check(_root({"pods": 4, "metrics": [metric]}), CATALOG).warnings
    assert [(each.rule, each.level) for each in found] == [("tasks-below-pods", "warning")] * warned
    assert check(_root({"metrics": [metric]}), CATALOG).warnings == ()


def test_the_default_command_is_warned_of_where_the_pods_are_more_than_its_tasks() -> None:
    assert check(_root({"pods": 2, "metrics": [{"name": "app-lammps"}]}), CATALOG).warnings == ()
    (warning,) = check(_root({"pods": 16, "metrics": [{"name": "app-lammps"}]}), CATALOG).warnings
    assert "2 tasks ('-np 2' in `command`) on 16 pods: 14 would do nothing" in warning.message
    assert "`options.tasksPerPod`" in warning.hint
    assert "at least 16" in warning.hint


# Options of app-lammps on four pods, and the findings.
TASKS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "per pod": ({"tasksPerPod": 2}, []),
    "in all": ({"tasks": 4}, []),
    "both": ({"tasks": 7, "tasksPerPod": 2}, []),
    "fewer than pods": ({"tasks": 3}, ["tasks-below-pods"]),
    "more than fit": ({"tasks": 9, "tasksPerPod": 2}, ["tasks-above-pods"]),
    "the line is written": ({"tasks": 4, "command": "mpirun ./a"}, ["option-without-effect"]),
    "the line is written, and neither is given": ({"tasks": 0, "command": "mpirun ./a"}, []),
    "a word": ({"tasks": "four"}, ["schema-type", "tasks-below-pods"]),
}


@pytest.mark.parametrize(("options", "rules"), TASKS.values(), ids=TASKS)
def test_the_number_of_tasks_is_held_against_the_pods(options: dict[str, Any], rules: list[str]) -> None:
    root = _root({"pods": 4, "metrics": [{"name": "app-lammps", "options": options}]})
    try:
        found = check(root, CATALOG).warnings
    except InputError as error:
        found = tuple(error.findings)
    assert [each.rule for each in found] == rules


def test_suspend_beside_a_queue_is_a_warning() -> None:
    for jobset, warned in (({"queueName": "a"}, 0), ({"suspend": True}, 0), ({"queueName": "a", "suspend": False}, 1)):
        assert [each.rule for each in check(_root({"jobset": jobset}), CATALOG).warnings] == [
            "suspend-with-queue"
        ] * warned


def test_every_field_of_pods_is_one_of_the_pods_of_a_metric() -> None:
    definitions = read("metricset")["$defs"]
    own = {name: {"$ref": f"#/$defs/pod/properties/{name}"} for name in definitions["pod"]["properties"]}
    fields = definitions["metricPod"]["properties"]
    assert {name: field for name, field in fields.items() if name not in ROLES.values()} == own
    assert {fields[role]["$ref"] for role in ROLES.values()} == {"#/$defs/pod"}


def test_pods_of_a_metric_are_counted_in_the_length_of_names() -> None:
    metrics = [{"name": "sys-hwloc", "pods": 11}]
    assert _messages({"metrics": metrics}, name="a" * 50) == []
    assert len(_messages({"metrics": metrics}, name="a" * 51)) == 1
