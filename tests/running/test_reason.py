"""Why a set cannot start, or failed: one line, from objects that a cluster had (Kubernetes 1.36, JobSet 0.12)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from mocompile.results.collect.events import Observed
from mocompile.running.reason import Reason, blocked, failed, refusal, timed_out
from mocompile.running.scheduling import why_no_node

from tests.paths import ROOT

RECORDED = ROOT / "tests" / "data" / "observed"
JOBSETS = ROOT.parent / "shared" / "reference" / "jobsets"

# What waiting may cure, and what the set waits for.
WAITING = {
    "image": ("image", "the image example.com/no-such-image:1 cannot be pulled (…): not found"),
    "room": ("unschedulable", "pod … has no node: 1 of 1 node: too little memory (it asks for 900Gi)"),
    "label": (
        "unschedulable",
        "pod … has no node: 1 of 1 node: another label than its node selector or affinity wants",
    ),
    "quota": (
        "quota",
        (
            "the quota 'team' of the namespace has no room for its pods: requested: requests.example.com/gpu=1, used: "
            "requests.example.com/gpu=0, limited: requests.example.com/gpu=0"
        ),
    ),
    "secret": ("volume", 'the volume keys of pod … cannot be mounted: secret "no-such-secret" not found'),
    "root": (
        "container",
        (
            "the container launcher of pod … does not start (CreateContainerConfigError): container has "
            "runAsNonRoot and image will run as root"
        ),
    ),
}
REFUSED = {
    "security": (
        "pod-security",
        "Pod Security 'baseline' of the namespace refuses its pods: host namespaces (hostNetwork=true)",
    ),
    "account": (
        "refused",
        (
            "the cluster refuses its pods: error looking up service account run-fail/nobody: serviceaccount "
            '"nobody" not found'
        ),
    ),
}
LOG = ("mocompile: gave up after 5 s; hosts that did not answer: set-w-0-0.set", "last line")
FAILED = {
    "code": ("exit", "the container launcher of pod … ended with code 3: last line"),
    "binary": ("exit", "the container launcher of pod … ended with code 127: last line"),
    "memory": ("memory", "the container launcher of pod … went beyond its memory (limit 128Mi) and was killed"),
    "deadline": ("deadline", "its time was up: deadlineSeconds is 5"),
    "hosts": (
        "hosts",
        ("launcher of pod … gave up after 5 s; hosts that did not answer: set-w-0-0.set. pod … had no node for a time: "
        "1 of 1 node: a pod that it must not share a node with"),
    ),
}  # fmt: skip


def recorded(case: str) -> Observed:
    data = json.loads((RECORDED / f"{case}.json").read_text())
    return Observed(**{**data, "gone": set(data["gone"])})


def lines(_: str, __: str) -> tuple[str, ...]:
    return LOG


def alike(text: str, shown: str) -> bool:
    """Whether the text is the one that is shown, with any word for each `…`."""
    words, wanted = text.split(), shown.split()
    pairs = zip(words, wanted, strict=False)
    return len(words) == len(wanted) and all(
        word == each or ("…" in each and word.startswith(each.partition("…")[0])) for word, each in pairs
    )


@pytest.mark.parametrize("case", WAITING)
def test_a_set_that_cannot_start_says_why_and_waiting_may_help(case: str) -> None:
    kind, text = WAITING[case]
    found = blocked(recorded(case))
    assert found is not None
    assert (found.kind, found.final) == (kind, False)
    assert alike(found.text, text), found.text


@pytest.mark.parametrize("case", REFUSED)
def test_a_set_whose_pods_are_refused_says_why_and_is_given_up_at_once(case: str) -> None:
    kind, text = REFUSED[case]
    observed = recorded(case)
    assert not observed.pods
    assert all(
        not any(each[key] for key in ("failed", "ready", "succeeded"))
        for each in observed.jobset["status"]["replicatedJobsStatus"]
    )
    found = blocked(observed)
    assert found == Reason(kind, text, (), True)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", FAILED)
def test_a_set_that_failed_says_why(case: str) -> None:
    kind, text = FAILED[case]
    assert blocked(recorded(case)) is None
    found = failed(recorded(case), lines)
    assert found.kind == kind
    assert alike(found.text, text), found.text


def test_every_recorded_case_is_tested() -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == {*WAITING, *REFUSED, *FAILED}


def test_a_code_has_the_lines_before_the_last_one() -> None:
    assert failed(recorded("code"), lines).lines == LOG[:1]


def test_a_set_that_was_deleted_while_it_ran_says_so() -> None:
    observed = recorded("room")
    observed.deleted = True
    assert failed(observed, lines).kind == "deleted"


def test_a_timeout_says_what_the_set_waited_for() -> None:
    assert timed_out(recorded("room"), "it did not end within 1h").text.startswith("it did not end within 1h: pod ")


def test_a_pod_that_was_evicted_says_so() -> None:
    observed = recorded("code")
    (pod,) = observed.pods.values()
    pod["status"] |= {"reason": "Evicted", "message": "The node was low on resource: memory.", "containerStatuses": []}
    found = failed(observed, lines)
    assert found.kind == "ended"
    assert "was ended (Evicted): The node was low on resource: memory." in found.text


def test_of_several_containers_the_one_that_failed_first_is_the_reason() -> None:
    observed = recorded("code")
    (pod,) = observed.pods.values()
    later = json.loads(json.dumps(pod))
    later["metadata"] |= {"uid": "later", "name": "set-w-0-0-later"}
    ended = later["status"]["containerStatuses"][0]["state"]["terminated"]
    ended |= {"exitCode": 255, "finishedAt": "2999-01-01T00:00:00Z"}
    observed.pods = {"later": later, **observed.pods}
    assert "ended with code 3" in failed(observed, lines).text


def test_pods_of_an_earlier_start_of_the_set_are_not_the_reason() -> None:
    observed = recorded("memory")
    (pod,) = observed.pods.values()
    again = json.loads(json.dumps(pod))
    again["metadata"] |= {"uid": "again"}
    again["metadata"]["labels"]["jobset.sigs.k8s.io/restart-attempt"] = "1"
    again["status"]["containerStatuses"][0]["state"] = {"terminated": {"exitCode": 4, "reason": "Error"}}
    observed.pods["again"] = again
    assert failed(observed, lines).kind == "exit"


@pytest.mark.parametrize(
    ("message", "kind", "text"),
    [
        (
            'jobsets.jobset.x-k8s.io "a" is forbidden: exceeded quota: sets, requested: a=1, used: 5',
            "quota",
            "the quota 'sets' of the namespace has no room for its objects: requested: a=1, used: 5",
        ),
        (
            'admission webhook "vjobset.kb.io" denied the request: invalid name',
            "webhook",
            "the webhook vjobset.kb.io refuses its objects: invalid name",
        ),
        (
            'Internal error occurred: failed calling webhook "mjobset.kb.io": Post "https://…": refused',
            "webhook",
            'the webhook mjobset.kb.io does not answer: Post "https://…": refused',
        ),
        (
            'jobsets.jobset.x-k8s.io "a" is forbidden: User "me" cannot create resource',
            "refused",
            'the cluster refuses its objects: User "me" cannot create resource',
        ),
    ],
)
def test_a_refused_object_has_the_words_of_who_refused_it(message: str, kind: str, text: str) -> None:
    found = refusal(message, "its objects")
    assert (found.kind, found.text) == (kind, text)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            (
                "0/5 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu, 2 node(s) were "
                "unschedulable. preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling."
            ),
            (
                "1 of 5 nodes: a taint that it does not tolerate; 2 of 5 nodes: too little cpu (it asks for 3); "
                "2 of 5 nodes: cordoned"
            ),
        ),
        (
            "0/2 nodes are available: 1 node(s) had untolerated taint {gpu: only}, 1 Insufficient example.com/gpu.",
            "1 of 2 nodes: a taint that it does not tolerate {gpu: only}; 1 of 2 nodes: too little example.com/gpu",
        ),
        ("0/1 nodes are available: 1 something new.", "1 of 1 node: something new"),
        ("no nodes available to schedule pods", "no nodes available to schedule pods"),
        (
            'persistentvolumeclaim "data" not found. preemption: not eligible',
            'persistentvolumeclaim "data" not found. preemption: not eligible',
        ),
    ],
)
def test_the_schedulers_words_are_plain_ones(message: str, text: str) -> None:
    pod: dict[str, Any] = {
        "spec": {
            "containers": [{"resources": {"requests": {"cpu": "1500m"}}}, {"resources": {"limits": {"cpu": "1.5"}}}]
        }
    }
    assert why_no_node(message, pod) == text


@pytest.mark.parametrize("number", range(1, 13))
def test_a_jobset_alone_is_blocked_by_nothing_and_fails_in_the_controllers_words(number: int) -> None:
    if not JOBSETS.is_dir():
        pytest.skip("no recorded JobSets beside the checkout")
    (path,) = JOBSETS.glob(f"{number:02}-*.yaml")
    observed = Observed(yaml.safe_load(path.read_text()))
    assert blocked(observed) is None
    if observed.jobset["status"].get("terminalState") == "Failed":
        assert "jobset failed due to reaching max number of restarts" in failed(observed, lines).text
