"""The API server and JobSet's webhook take every golden case, strictly; and Pod Security's rules for a pod."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml

from tests.cluster import markers
from tests.cluster.conftest import Opener
from tests.cluster.kube import JSONObject, Namespace, dry_run
from tests.cluster.sets import addon, build, document, metric
from tests.cluster.unchecked import jobs_of
from tests.emit.claims import claims_of
from tests.golden.cases import Case, cases

CASES = list(cases())
# What asks for more than Pod Security's `baseline` allows: the node's folders or network, or rights of its own.
MORE = ("hostPath", "hostNetwork", "hostIPC", "privileged", "SYS_NICE", "SYS_PTRACE", "SYS_ADMIN", "NET_ADMIN")


@pytest.fixture(scope="module")
def anything(opener: Opener) -> Namespace:
    return opener("admission")


@pytest.fixture(scope="module")
def baseline(opener: Opener) -> Namespace:
    return opener("baseline", **{"pod-security.kubernetes.io/enforce": "baseline"})


@pytest.fixture(scope="module")
def restricted(opener: Opener) -> Namespace:
    return opener("restricted", **{"pod-security.kubernetes.io/enforce": "restricted"})


def manifests(case: Case) -> list[JSONObject]:
    """The case's YAML output, in whatever namespace it is applied."""
    found = list(yaml.safe_load_all(case.outputs()["base.yaml"]))
    for each in found:
        each["metadata"].pop("namespace", None)
    return found


def jobs(case: Case) -> list[JSONObject]:
    """A Job for each replicated job."""
    (jobset,) = [each for each in manifests(case) if each["kind"] == "JobSet"]
    return jobs_of(jobset)


def pods(case: Case) -> list[JSONObject]:
    """A Pod of each replicated job, without what only some clusters have."""
    found = []
    for job in jobs(case):
        spec = copy.deepcopy(job["spec"]["template"]["spec"])
        for name in ("priorityClassName", "runtimeClassName", "serviceAccountName", "schedulerName"):
            spec.pop(name, None)
        found.append({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": job["metadata"]["name"]}, "spec": spec})
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_golden_is_accepted_and_each_of_its_jobs(anything: Namespace, case: Case) -> None:
    claims = claims_of(manifests(case)[-1])
    assert dry_run(anything, [*manifests(case), *jobs(case), *claims]) == (0, "")


@pytest.mark.parametrize("case", [case for case in CASES if case.name != "patches"], ids=lambda case: case.name)
def test_the_api_fills_in_nothing_inside_the_jobs_of_a_golden(anything: Namespace, case: Case) -> None:
    """Or the same output applied again would be a change. A patch may remove what the API fills in."""
    text = json.dumps(manifests(case)[-1])
    ran = anything.kubectl("create", "--dry-run=server", "--output=json", "-f", "-", stdin=text)
    created = json.loads(ran.stdout)["spec"]["replicatedJobs"]
    assert created == json.loads(text)["spec"]["replicatedJobs"]


# Storage as written, and as the API keeps it.
@pytest.mark.parametrize("storage", ["1024Mi", "512Gi", "3000M", "1073741824", "1Ki", "2048Ti", "1500k", "7Ei"])
def test_the_api_keeps_the_claims_of_a_set_as_they_are_written(anything: Namespace, storage: str) -> None:
    """Or the same set applied again would be refused."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}}}
    claim = {"metadata": {"name": "a"}, "spec": spec}
    jobset = {"volumeClaimPolicies": [{"templates": [claim]}]}
    text = build(document(metric("io-fio", addon("volume-claim", name="a", path="/a")), jobset=jobset))
    (written,) = [each for each in yaml.safe_load_all(text) if each["kind"] == "JobSet"]
    ran = anything.kubectl("create", "--dry-run=server", "--output=json", "-f", "-", stdin=json.dumps(written))
    assert json.loads(ran.stdout)["spec"]["volumeClaimPolicies"] == written["spec"]["volumeClaimPolicies"]


def test_pods_that_ask_for_nothing_more_pass_pod_security_baseline(baseline: Namespace) -> None:
    asked = [case for case in CASES if not any(word in json.dumps(pods(case)) for word in MORE)]
    assert len(asked) > 15
    objects: list[JSONObject] = []
    for number, case in enumerate(asked):
        for pod in pods(case):
            pod["metadata"]["name"] += f"-{number}"
            objects.append(pod)
    assert dry_run(baseline, objects) == (0, "")


@pytest.mark.parametrize("word", ["hostPath", "privileged", "SYS_NICE"])
def test_pod_security_refuses_what_does_ask_for_more(baseline: Namespace, word: str) -> None:
    case = next(case for case in CASES if word in json.dumps(pods(case)))
    code, messages = dry_run(baseline, pods(case))
    assert code == 1
    assert 'violates PodSecurity "baseline' in messages
    assert word in messages


def test_the_golden_restricted_passes_pod_security_restricted(restricted: Namespace) -> None:
    (case,) = [case for case in CASES if case.name == "restricted"]
    found: list[Any] = pods(case)
    assert len(found) >= 3
    assert dry_run(restricted, found) == (0, "")


def test_no_golden_mounts_a_token_that_nobody_asked_for() -> None:
    for case in CASES:
        for pod in pods(case):
            if "serviceAccountName" not in case.input.read_text():
                assert pod["spec"]["automountServiceAccountToken"] is False, case.name


def test_the_golden_restricted_runs_where_pod_security_enforces_it(restricted: Namespace) -> None:
    (case,) = [case for case in CASES if case.name == "restricted"]
    restricted.apply(case.outputs()["base.yaml"])
    assert restricted.end("restricted") == "Completed"
    for job in ("m", "m2", "m3"):
        assert markers.read(restricted.pod("restricted", job).log()).closed
