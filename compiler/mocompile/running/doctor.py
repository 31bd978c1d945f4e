"""Would it run on this cluster? Each check is one line: ok, a problem with its cure, or unknown.

Nothing is changed: what the cluster would refuse, its server says in a dry run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from mocompile.results.collect.api import Api, ApiError, Broken, JSONObject
from mocompile.running.asked import PodAsked, jobset_of, named_by, pods_of, queues_of
from mocompile.running.capacity import check_nodes, check_quotas
from mocompile.running.checks import Check
from mocompile.running.model import RunPoint
from mocompile.running.reason import Reason, refusal
from mocompile.running.rights import check_rights, may

_Found = TypeVar("_Found")

# So many different points are sent in a dry run.
MOST_POINTS = 20

_MOST_NAME = 40  # of an object in a dry run
_DRY = {"dryRun": "All", "fieldManager": "mocompile-doctor", "fieldValidation": "Strict"}
_JOBSETS = "/apis/jobset.x-k8s.io/v1alpha2/namespaces/{}/jobsets"
_INSTALL = "docs/cluster.md says how to install JobSet"
_KINDS = {
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts/",
    "Secret": "/api/v1/namespaces/{}/secrets/",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps/",
    "PersistentVolumeClaim": "/api/v1/namespaces/{}/persistentvolumeclaims/",
    "PriorityClass": "/apis/scheduling.k8s.io/v1/priorityclasses/",
    "RuntimeClass": "/apis/node.k8s.io/v1/runtimeclasses/",
}
# What the admission of pods says about a name that it looks up.
_NAMES = ("service account", "PriorityClass", "RuntimeClass")
_PROBE: JSONObject = {
    "apiVersion": "jobset.x-k8s.io/v1alpha2",
    "kind": "JobSet",
    "metadata": {"name": "mocompile-doctor"},
    "spec": {
        "replicatedJobs": [
            {
                "name": "m",
                "groupName": "default",
                "replicas": 1,
                "template": {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "none"}]}}}},
            }
        ]
    },
}


def examine(api: Api, namespace: str, points: Sequence[RunPoint] = ()) -> Iterator[Check]:
    """Yield the checks of the cluster, and of the points if there are any, as they are done."""
    try:
        yield _server(api)
    except (ApiError, Broken) as error:
        cure = "is it up, and is this the right --context?"
        yield Check("server", "problem", f"the cluster {api.host} does not answer: {error}", cure)
        return
    checks: list[Callable[[], Iterator[Check]]] = [
        lambda: _jobset(api, namespace),
        lambda: iter([check_rights(api, namespace)]),
    ]
    if points:
        different = _different(points)
        checks += [
            lambda: _objects(api, namespace, different[:MOST_POINTS], len(different)),
            lambda: _pods(api, namespace, different[:MOST_POINTS]),
            lambda: _quotas(api, namespace, different),
            lambda: _nodes(api, different),
            lambda: _queues(api, namespace, queues_of(different)),
            lambda: _named(api, namespace, different),
        ]
    for check in checks:
        try:
            yield from check()
        except Broken as error:
            yield Check("server", "problem", f"the cluster {api.host} stopped to answer: {error}", "try again")
            return


def _different(points: Sequence[RunPoint]) -> list[RunPoint]:
    """Return a point of each id: repeats ask for the same."""
    return list({each.id or each.name: each for each in points}.values())


def _server(api: Api) -> Check:
    version = str(api.get("/version").get("gitVersion", ""))
    return Check("server", "ok", f"{api.host} answers: Kubernetes {version}")


def _jobset(api: Api, namespace: str) -> Iterator[Check]:
    try:
        versions = [str(each.get("version")) for each in api.get("/apis/jobset.x-k8s.io").get("versions", [])]
    except ApiError as error:
        if error.status != 404:
            yield Check("jobset", "unknown", f"the cluster does not say whether JobSet is there: {error}")
        else:
            yield Check("jobset", "problem", "JobSet is not installed", _INSTALL)
        return
    if "v1alpha2" not in versions:
        text = f"JobSet is there as {', '.join(versions)}, not as v1alpha2"
        yield Check("jobset", "problem", text, _INSTALL)
        return
    try:
        made = api.create(_JOBSETS.format(namespace), _PROBE, **_DRY)
    except ApiError as error:
        yield _refused_probe(error, namespace)
        return
    job = made["spec"]["replicatedJobs"][0]["template"]["spec"]
    if job.get("completionMode") != "Indexed":  # the webhook sets it
        text = "JobSet is there, but its webhook does not change JobSets"
        yield Check("jobset", "problem", text, f"is its controller installed and running? {_INSTALL}")
        return
    yield Check("jobset", "ok", "JobSet v1alpha2 is there, is new enough, and its webhook answers")


def _refused_probe(error: ApiError, namespace: str) -> Check:
    text = str(error)
    if "unknown field" in text:
        said = f"JobSet is too old: it does not know what mocompile writes ({text})"
        return Check("jobset", "problem", said, "install JobSet 0.8 (March 2025) or later")
    if error.status == 404:
        return Check(
            "jobset",
            "problem",
            f"the namespace '{namespace}' does not exist",
            "create it, or name another -n NAMESPACE",
        )
    reason = refusal(text, "a JobSet")
    if reason.kind == "webhook" and "does not answer" in reason.text:
        cure = "is its controller running? kubectl -n jobset-system get pods"
        return Check("jobset", "problem", f"JobSet is there, but {reason.text}", cure)
    if error.status == 403:
        return Check("jobset", "unknown", f"JobSet is there; whether its webhook answers is not known: {reason.text}")
    return Check("jobset", "problem", reason.text)


def _objects(api: Api, namespace: str, points: Sequence[RunPoint], total: int) -> Iterator[Check]:
    """Send the JobSet and the ConfigMap of each point in a dry run."""
    for point in points:
        for thing in point.objects:
            kind = thing["kind"]
            path = _JOBSETS if kind == "JobSet" else "/api/v1/namespaces/{}/configmaps"
            # Under a name of its own: one that is there already would be refused for that.
            renamed = {
                **thing,
                "metadata": {**thing["metadata"], "name": f"{point.name}-check"[-_MOST_NAME:].lstrip("-")},
            }
            try:
                api.create(path.format(namespace), renamed, **_DRY)
            except ApiError as error:
                if error.status == 403 and "cannot create resource" in str(error):
                    yield Check("objects", "unknown", f"you may not create a {kind}, also not in a dry run")
                    return
                why = refusal(str(error), f"the {kind} of {point.name}")
                yield Check("objects", "problem", why.text, _cure(why), why.kind == "quota")
                return
    some = (
        f"the first {len(points)} of {total} points"
        if total > len(points)
        else f"{total} point{'' if total == 1 else 's'}"
    )
    yield Check("objects", "ok", f"the server accepts the objects of {some} in a dry run")


def _cure(reason: Reason) -> str:
    if reason.kind == "pod-security":
        return "docs/cluster.md says what a pod needs for `restricted`; or use a namespace that allows more"
    if reason.kind == "quota":
        return "ask for less, wait until others end, or have the quota raised"
    return "read the server's words; `mocompile validate` does not know the rules of this cluster"


def _pods(api: Api, namespace: str, points: Sequence[RunPoint]) -> Iterator[Check]:
    """Send a pod of each job in a dry run: Pod Security, quotas and other admission say what they think."""
    try:
        if not may(api, namespace, "", "pods", "create"):
            text = "whether the namespace takes the pods (Pod Security, policies) is not known: you may not create pods"
            yield Check("pods", "unknown", text, "the Role in docs/running.md has the rule for this check")
            return
    except ApiError as error:
        yield Check("pods", "unknown", f"the cluster does not say whether you may create pods: {error}")
        return
    path = f"/api/v1/namespaces/{namespace}/pods"
    looked_up = ""
    for point in points:
        for each in pods_of(point):
            try:
                api.create(path, each.pod, dryRun="All")
            except ApiError as error:
                if any(word in str(error) for word in _NAMES):
                    looked_up = looked_up or str(error)
                    continue
                why = refusal(str(error), f"the pods of {each.job}")
                yield Check("pods", "problem", why.text, _cure(why), why.kind == "quota")
                return
    if looked_up:
        yield Check("pods", "problem", f"the cluster refuses pods: {looked_up}", "create it, or name another")
        return
    yield Check("pods", "ok", "the namespace takes the pods: Pod Security and other admission, in a dry run")


def _quotas(api: Api, namespace: str, points: Sequence[RunPoint]) -> Iterator[Check]:
    quotas = _listed(api, f"/api/v1/namespaces/{namespace}/resourcequotas")
    if isinstance(quotas, str):
        yield Check("quota", "unknown", f"you may not list the quotas of the namespace: {quotas}")
        return
    yield check_quotas(quotas, [pods_of(each) for each in points])


def _nodes(api: Api, points: Sequence[RunPoint]) -> Iterator[Check]:
    nodes = _listed(api, "/api/v1/nodes")
    if isinstance(nodes, str):
        yield Check("nodes", "unknown", f"what nodes can allocate is not known: you may not list nodes: {nodes}")
        return
    yield check_nodes(nodes, [pod for each in points for pod in pods_of(each)])


def _listed(api: Api, path: str) -> list[JSONObject] | str:
    try:
        return list(api.get(path).get("items") or [])
    except ApiError as error:
        return str(error)


def _queues(api: Api, namespace: str, queues: Sequence[str]) -> Iterator[Check]:
    if not queues:
        return
    try:
        preferred = api.get("/apis/kueue.x-k8s.io").get("preferredVersion") or {}
    except ApiError as error:
        if error.status == 404:
            text = f"the set names the queue '{queues[0]}', and Kueue is not installed: the set would never start"
            yield Check("queue", "problem", text, "install Kueue, or leave spec.jobset.queueName out")
        else:
            yield Check("queue", "unknown", f"the cluster does not say whether Kueue is there: {error}")
        return
    for queue in queues:
        path = f"/apis/{preferred.get('groupVersion')}/namespaces/{namespace}/localqueues/{queue}"
        yield _one_queue(api, path, queue, namespace)


def _one_queue(api: Api, path: str, queue: str, namespace: str) -> Check:
    try:
        found = api.get(path)
    except ApiError as error:
        if error.status == 404:
            text = f"there is no LocalQueue '{queue}' in the namespace '{namespace}'"
            return Check("queue", "problem", text, "create it, or name another in spec.jobset.queueName")
        return Check("queue", "unknown", f"whether the LocalQueue '{queue}' exists is not known: {error}")
    conditions = (found.get("status") or {}).get("conditions") or []
    for each in conditions:
        if each.get("type") == "Active" and each.get("status") == "False":
            return Check("queue", "problem", f"the LocalQueue '{queue}' admits nothing: {each.get('message')}")
    return Check("queue", "ok", f"the LocalQueue '{queue}' is there")


def _named(api: Api, namespace: str, points: Sequence[RunPoint]) -> Iterator[Check]:
    pods: list[PodAsked] = [pod for each in points for pod in pods_of(each)]
    named = named_by(pods, {str(jobset_of(each)["metadata"]["name"]) for each in points})
    if not named:
        return
    missing: list[str] = []
    unknown: list[str] = []
    for kind, name in named:
        try:
            api.exists(_KINDS[kind].format(namespace) + name)
        except ApiError as error:
            (missing if error.status == 404 else unknown).append(f"{kind} '{name}'")
    if missing:
        text = f"the set names what is not there: {', '.join(missing)}"
        yield Check("names", "problem", text, "create it, or name another")
    if unknown:
        yield Check("names", "unknown", f"you may not see {', '.join(unknown)}")
    if not missing and not unknown:
        yield Check(
            "names", "ok", f"what the set names is there: {', '.join(f'{kind} {name}' for kind, name in named)}"
        )
