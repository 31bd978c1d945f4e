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
from tests.emit.claims import claims_of

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


def claims(*templates: dict[str, Any], mount: str = "data", **more: Any) -> str:
    """A set with these claims, one of which is mounted."""
    added = addon("volume-claim", name=mount, path="/data")
    jobset = {"volumeClaimPolicies": [{"templates": list(templates)}]}
    return document(metric("io-fio", added, *more.pop("addons", ())), jobset=jobset, **more)


def claim(name: str = "data", **spec: Any) -> dict[str, Any]:
    whole = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}
    return {"metadata": {"name": name}, "spec": whole}


def job_rules(*rules: dict[str, Any]) -> str:
    return hwloc(jobset={"failurePolicy": {"rules": list(rules)}})


def pod_rules(*rules: dict[str, Any], **jobset: Any) -> str:
    return hwloc(jobset={"podFailurePolicy": {"rules": list(rules)}, **jobset})


def codes(*values: int, operator: str = "In", **more: Any) -> dict[str, Any]:
    return {"action": "FailJob", "onExitCodes": {"operator": operator, "values": list(values), **more}}


DISRUPTED: dict[str, Any] = {"onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
FAIL = {"name": "a", "action": "FailJobSet"}
REFUSED |= {
    "claim-of-set-twice": (claims(claim(), claim()), "duplicate claim 'data'", "names must be unique"),
    "claim-of-set-unmounted": (
        claims(claim(), claim("more")),
        "nothing mounts the claim 'more'",
        "don't have a matching volumeMount: more",
    ),
    "claim-of-set-unknown": (claims(claim("more"), mount="data"), "the set has no claim 'data'", "Not found"),
    "claim-of-set-and-volume": (
        claims(claim(), addons=[addon("volume-empty", name="data", path="/more")]),
        "has the name of a claim of the set",
        "volume name conflicts with",
    ),
    "claim-of-set-length": (claims(claim(), name="a" * 59), "would be named", "is too long"),
    "claim-of-set-modes": (
        claims(claim(accessModes=["ReadWriteOncePod", "ReadWriteMany"])),
        "does not go with other access modes",
        "may not use ReadWriteOncePod with other access modes",
    ),
    "claim-of-set-mode": (claims(claim(accessModes=["Read"])), "invalid value 'Read'", "accessModes"),
    "claim-of-set-storage": (
        claims(claim(resources={"requests": {"storage": "0"}})),
        "invalid storage '0'",
        "must be greater than zero",
    ),
    "failure-rule-twice": (job_rules(FAIL, FAIL), "duplicate failure rule 'a'", "rule names are not unique"),
    "failure-rule-name": (job_rules({**FAIL, "name": "1a"}), "invalid name '1a'", "invalid failure policy rule name"),
    "failure-rule-job": (
        job_rules({**FAIL, "targetReplicatedJobs": ["w"]}),
        "the set has no job 'w'",
        "invalid replicatedJob name 'w' in failure policy",
    ),
    "failure-rule-gate": (
        job_rules({**FAIL, "action": "RestartJob"}),
        "invalid action 'RestartJob'",
        "feature gate is disabled",
    ),
    "failure-rule-reason": (
        job_rules({**FAIL, "onJobFailureReasons": ["Bad"]}),
        "onJobFailureReasons[0]: invalid value 'Bad'",
        "not a recognized job failure reason",
    ),
    "pod-rule-restart": (
        pod_rules(codes(1), restartPolicy="OnFailure"),
        "does not go with `restartPolicy: OnFailure`",
        'only "Never" is supported when podFailurePolicy is specified',
    ),
    "pod-rule-of-both": (pod_rules({**codes(1), **DISRUPTED}), "not both", "specifying both"),
    "pod-rule-of-none": (pod_rules({"action": "Count"}), "not none", "specifying one of"),
    "pod-rule-order": (pod_rules(codes(2, 1)), "must be in order", "must be ordered"),
    "pod-rule-code-twice": (pod_rules(codes(1, 1)), "each there once", "Duplicate value"),
    "pod-rule-success": (pod_rules(codes(0)), "0 is the code of success", "must not be 0 for the In operator"),
    "pod-rule-container": (
        pod_rules(codes(1, containerName="a")),
        "have no container 'a'",
        "must be one of the container or initContainer names",
    ),
    "pod-rule-index": (
        pod_rules({"action": "FailIndex", **DISRUPTED}),
        "invalid action 'FailIndex'",
        "requires the backoffLimitPerIndex",
    ),
    "pod-rule-condition": (
        pod_rules({"action": "Count", "onPodConditions": [{"type": "a b", "status": "True"}]}),
        "onPodConditions[0].type",
        "name part must consist of",
    ),
    "csi-driver": (
        document(metric("io-fio", addon("volume-csi", name="a", path="/a", driver="a_b"))),
        "invalid driver 'a_b'",
        "csi.driver",
    ),
    "nfs-path": (
        document(metric("io-fio", addon("volume-nfs", name="a", path="/a", server="s", export="e"))),
        "invalid export 'e'",
        "must be an absolute path",
    ),
    "ephemeral-storage": (
        document(metric("io-fio", addon("volume-ephemeral", name="a", path="/a", storage="0.0Gi"))),
        "invalid storage '0.0Gi'",
        "must be greater than zero",
    ),
    "ephemeral-class": (
        document(metric("io-fio", addon("volume-ephemeral", name="a", path="/a", storage="1", storageClassName="A"))),
        "invalid storageClassName 'A'",
        "storageClassName",
    ),
    "priority-class": (hwloc(jobset={"queuePriorityClass": "a" * 64}), "queuePriorityClass", "must be no more than 63"),
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
    "claim-of-set-length": claims(claim(), name="a" * 40),
    "claims-of-set": claims(
        claim(accessModes=["ReadWriteOnce", "ReadOnlyMany"], storageClassName="a.b", volumeName="v")
    ),
    "failure-rules": job_rules({**FAIL, "targetReplicatedJobs": ["m"]}, {"name": "b,:_", "action": "RestartJobSet"}),
    "pod-rules": pod_rules(
        codes(1, 2147483647), codes(0, operator="NotIn", containerName="app"), {"action": "Ignore", **DISRUPTED}
    ),
    "csi": document(metric("io-fio", addon("volume-csi", name="a", path="/a", driver="A.b-c", fsType="x y"))),
    "ephemeral": document(metric("io-fio", addon("volume-ephemeral", name="a", path="/a", storage="1.5e9"))),
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
    code, messages = dry_run(namespace, [jobset, *jobs_of(jobset), *pods_of(jobset), *claims_of(jobset)])
    assert code == 1
    assert theirs in messages


@pytest.mark.parametrize("rule", KEPT)
def test_what_just_keeps_a_rule_is_taken_by_us_and_by_the_api(namespace: Namespace, rule: str) -> None:
    build(KEPT[rule])
    jobset = unchecked(KEPT[rule])[-1]
    assert dry_run(namespace, [jobset, *jobs_of(jobset), *pods_of(jobset), *claims_of(jobset)]) == (0, "")


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
