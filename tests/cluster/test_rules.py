"""Our rules are those of the API: what breaks one is refused by us, and, with our check off, by the API as well.

A dry run of the JobSet goes through its CRD and its webhook; that of each of its jobs, as a Job, through the API
server's validation, which the webhook does not run: such a JobSet is accepted, and its pods never come.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests import command
from tests.cluster.conftest import Opener
from tests.cluster.kube import Namespace, dry_run
from tests.cluster.sets import addon, build, document, metric
from tests.cluster.unchecked import jobs_of, pods_of, unchecked

LONG = "a" * 52  # with `-m-0-0-abcde`, one character too many


@pytest.fixture(scope="module")
def namespace(opener: Opener) -> Namespace:
    return opener("rules")


def volume(name: str) -> dict[str, Any]:
    return metric("io-fio", addon("volume-empty", name=name, path="/data"))


def hwloc(**spec: Any) -> str:
    return document(metric("sys-hwloc"), **spec)


# The input, what we say, what the API says.
REFUSED: dict[str, tuple[str, str, str]] = {
    "pod-name": (hwloc(name=LONG), "the pods' names would exceed 63 characters", "will exceed 63 characters"),
    "pod-name-of-workers": (
        document(metric("app-lammps"), name="a" * 50, pods=102),
        "the pods' names would exceed 63 characters",
        "will exceed 63 characters",
    ),
    "first-a-letter": (hwloc(name="1set"), "metadata.name", "a DNS-1035 label must consist of"),
    "lower-case": (hwloc(name="Set"), "metadata.name", "lower case"),
    "last-no-dash": (hwloc(name="set-"), "metadata.name", "must start and end with an alphanumeric"),
    "subdomain-a-label": (hwloc(serviceName="my.service"), "spec.serviceName", "network.subdomain"),
    "subdomain-a-letter": (hwloc(serviceName="1service"), "spec.serviceName", "network.subdomain"),
    "subdomain-length": (hwloc(serviceName="a" * 64), "spec.serviceName", "network.subdomain"),
    "parallelism": (hwloc(pods=3_000_000_000), "spec.pods", "of type int32"),
    "no-pods": (hwloc(pods=-1), "spec.pods", "greater than or equal to 0"),
    "deadline": (hwloc(deadlineSeconds=-1), "spec.deadlineSeconds", "activeDeadlineSeconds"),
    "backoff": (hwloc(jobset={"backoffLimit": -1}), "spec.jobset.backoffLimit", "backoffLimit"),
    "restart-policy": (hwloc(jobset={"restartPolicy": "Always"}), "spec.jobset.restartPolicy", "restartPolicy"),
    "label-length": (hwloc(pod={"labels": {"x": "a" * 64}}), "spec.pod.labels.x", "must be no more than 63"),
    "label-key": (hwloc(pod={"labels": {"a b": "x"}}), "spec.pod.labels", "name part must consist of"),
    "queue-length": (hwloc(jobset={"queueName": "a" * 64}), "spec.jobset.queueName", "must be no more than 63"),
    "volume-name": (document(volume("Bad_Name")), "options.name", "RFC 1123 label"),
    "volume-length": (document(volume("a" * 64)), "options.name", "must be no more than 63"),
    "container-name": (
        document(metric("sys-hwloc", addon("application", image="x", command="x", name="Bad_Name"))),
        "options.name",
        "RFC 1123 label",
    ),
    "image": (
        hwloc().replace('"name": "sys-hwloc"', '"name": "sys-hwloc", "image": " "'),
        "image",
        "spec.containers[0].image",
    ),
    "resource": (hwloc(resources={"limits": {"gpu": 1}}), "unknown resource 'gpu'", "limits[gpu]"),
    "request-over-limit": (
        hwloc(resources={"limits": {"cpu": 1}, "requests": {"cpu": 2}}),
        "exceeds its limit",
        "less than or equal to cpu limit",
    ),
    "toleration": (
        hwloc(pod={"tolerations": [{"key": "x", "operator": "Exists", "value": "y"}]}),
        "does not go with `operator: Exists`",
        "tolerations[0]",
    ),
}
# Fields of the pods, each alone: the field, what we say, what the API says.
SPREAD = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
# Without a selector, the API server warns that the constraint matches no pod.
SELECTS: dict[str, Any] = {**SPREAD, "labelSelector": {}}
PODS: dict[str, tuple[dict[str, Any], str, str]] = {
    "spread-skew": (
        {"topologySpreadConstraints": [{**SPREAD, "maxSkew": 0}]},
        "maxSkew: must be at least 1",
        "maxSkew: Invalid value",
    ),
    "spread-twice": (
        {"topologySpreadConstraints": [SPREAD, {**SPREAD, "maxSkew": 2}]},
        "a second constraint for 'zone'",
        "Duplicate value",
    ),
    "spread-domains": (
        {"topologySpreadConstraints": [{**SPREAD, "whenUnsatisfiable": "ScheduleAnyway", "minDomains": 2}]},
        "`minDomains` does not go with",
        "can only use minDomains if whenUnsatisfiable=DoNotSchedule",
    ),
    "spread-keys": (
        {"topologySpreadConstraints": [{**SPREAD, "matchLabelKeys": ["team"]}]},
        "`matchLabelKeys` needs a `labelSelector`",
        "must not be specified when labelSelector is not set",
    ),
    "alias-address": ({"hostAliases": [{"ip": "10.0.0.300"}]}, "invalid IP address", "hostAliases[0].ip"),
    "alias-name": (
        {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["A.b"]}]},
        "hostnames[0]: invalid value",
        "hostnames",
    ),
    "alias-twice": (
        {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}, {"ip": "10.0.0.1", "hostnames": ["b"]}]},
        "duplicate host alias '10.0.0.1'",
        "Duplicate value",
    ),
    "gate-twice": ({"schedulingGates": [{"name": "a"}, {"name": "a"}]}, "duplicate scheduling gate", "Duplicate value"),
    "gate-name": ({"schedulingGates": [{"name": "a b"}]}, "schedulingGates[0].name", "name part must consist of"),
    "preemption": ({"preemptionPolicy": "Always"}, "invalid preemptionPolicy", "preemptionPolicy"),
    "pull-policy": ({"imagePullPolicy": "Sometimes"}, "invalid imagePullPolicy", "imagePullPolicy"),
    "claim-twice": (
        {"resourceClaims": [{"name": "a", "resourceClaimName": "b"}, {"name": "a", "resourceClaimName": "c"}]},
        "duplicate resource claim",
        "Duplicate value",
    ),
    "claim-of-two": (
        {"resourceClaims": [{"name": "a", "resourceClaimName": "b", "resourceClaimTemplateName": "c"}]},
        "has two sources",
        "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
    ),
    "claim-of-none": ({"resourceClaims": [{"name": "a"}]}, "has no source", "must specify one of"),
}
REFUSED |= {name: (hwloc(pod=pod), ours, theirs) for name, (pod, ours, theirs) in PODS.items()}
REFUSED |= {
    "claim-unknown": (
        hwloc(resources={"claims": [{"name": "gpu"}]}),
        "uses the claim 'gpu', which its pods do not have",
        "must be one of the names in pod.spec.resourceClaims",
    ),
    "claim-used-twice": (
        hwloc(
            pod={"resourceClaims": [{"name": "gpu", "resourceClaimName": "a"}]},
            resources={"claims": [{"name": "gpu", "request": "one"}, {"name": "gpu", "request": "two"}]},
        ),
        "the claim 'gpu' is there already",
        "Duplicate value",
    ),
    "processes-of-the-node": (
        document(metric("perf-sysstat", command="x"), pod={"hostPID": True}),
        "whose containers share the processes of their pod",
        "ShareProcessNamespace and HostPID cannot both be enabled",
    ),
    "sysctl-of-the-node": (
        hwloc(pod={"hostIPC": True, "securityContext": {"sysctls": [{"name": "kernel.sem", "value": "1"}]}}),
        "does not go with `hostIPC`",
        "may not be specified when 'hostIPC' is true",
    ),
    "memory-size": (
        document(metric("io-fio", addon("volume-empty", name="a", path="/a", medium="Memory", sizeLimit="x"))),
        "invalid sizeLimit",
        "quantities must match",
    ),
}
# The same rules, just kept.
KEPT: dict[str, str] = {
    "pod-name": hwloc(name=LONG[:-1]),
    "pod-name-of-workers": document(metric("app-lammps"), name="a" * 50, pods=101),
    "subdomain-length": hwloc(serviceName="a" * 63),
    "parallelism": hwloc(name="s", pods=100_000),
    "deadline": hwloc(deadlineSeconds=1),
    "backoff": hwloc(jobset={"backoffLimit": 0}),
    "label-length": hwloc(pod={"labels": {"x": "a" * 63}}),
    "queue-length": hwloc(jobset={"queueName": "a" * 63}),
    "volume-length": document(volume("a" * 63)),
    "spread": hwloc(pod={"topologySpreadConstraints": [SELECTS, {**SELECTS, "whenUnsatisfiable": "ScheduleAnyway"}]}),
    "memory": document(metric("io-fio", addon("volume-empty", name="a", path="/dev/shm", medium="Memory"))),
    "grace": hwloc(pod={"terminationGracePeriodSeconds": 0}),
    "processes-of-the-node": document(metric("io-fio"), pod={"hostPID": True, "hostIPC": True}),
    "claims": hwloc(
        pod={"resourceClaims": [{"name": "gpu", "resourceClaimName": "a"}]},
        resources={"claims": [{"name": "gpu", "request": "one"}]},
    ),
}


@pytest.mark.parametrize("rule", REFUSED)
def test_what_breaks_a_rule_is_refused_by_us_and_by_the_api(namespace: Namespace, rule: str) -> None:
    text, ours, theirs = REFUSED[rule]
    ran = command.run("build", "-", stdin=text)
    assert (ran.code, ran.stdout) == (1, "")
    assert ours in ran.stderr
    jobset = unchecked(text)[-1]
    code, messages = dry_run(namespace, [jobset, *jobs_of(jobset), *pods_of(jobset)])
    assert code == 1
    assert theirs in messages


@pytest.mark.parametrize("rule", KEPT)
def test_what_just_keeps_a_rule_is_taken_by_us_and_by_the_api(namespace: Namespace, rule: str) -> None:
    build(KEPT[rule])
    jobset = unchecked(KEPT[rule])[-1]
    assert dry_run(namespace, [jobset, *jobs_of(jobset), *pods_of(jobset)]) == (0, "")


def sequential() -> Any:
    return unchecked(document(metric("sys-hwloc"), metric("io-fio"), jobset={"order": "Sequential"}))[-1]


def first_depends(jobset: Any) -> None:
    jobset["spec"]["replicatedJobs"][0]["dependsOn"] = [{"name": "m2", "status": "Complete"}]


def depends_on_later(jobset: Any) -> None:
    jobset["spec"]["replicatedJobs"][1]["dependsOn"] = [{"name": "m9", "status": "Complete"}]


def starts_in_order(jobset: Any) -> None:
    jobset["spec"]["startupPolicy"] = {"startupPolicyOrder": "InOrder"}


def succeeds_with_none(jobset: Any) -> None:
    jobset["spec"]["successPolicy"] = {"operator": "All", "targetReplicatedJobs": ["m9"]}


def fails_with_none(jobset: Any) -> None:
    rule = {"name": "rule", "action": "FailJobSet", "targetReplicatedJobs": ["m9"]}
    jobset["spec"]["failurePolicy"]["rules"] = [rule]


@pytest.mark.parametrize(
    ("breaks", "theirs"),
    [
        (first_depends, "DependsOn can't be set for the first ReplicatedJob"),
        (depends_on_later, "replicatedJob: m2 cannot depend on replicatedJob: m9"),
        (starts_in_order, "mutually exclusive"),
        (succeeds_with_none, "invalid replicatedJob name 'm9' does not appear in .spec.ReplicatedJobs"),
        (fails_with_none, "invalid replicatedJob name 'm9' in failure policy"),
    ],
)
def test_what_no_input_can_say_the_webhook_would_refuse(
    namespace: Namespace, breaks: Callable[[Any], None], theirs: str
) -> None:
    """How jobs depend on each other is ours to write; that it is right is what the accepted output shows."""
    jobset = sequential()
    assert dry_run(namespace, [jobset]) == (0, "")
    broken = copy.deepcopy(jobset)
    breaks(broken)
    code, messages = dry_run(namespace, [broken])
    assert code == 1
    assert theirs in messages
