"""Entries of `set.json` from the API's objects. Fields that an object lacks are left empty."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mocompile.results.collect.api import JSONObject

SET_LABEL = "jobset.sigs.k8s.io/jobset-name"
UID_LABEL = "jobset.sigs.k8s.io/jobset-uid"
JOB_LABEL = "jobset.sigs.k8s.io/replicatedjob-name"
INDEX_LABEL = "batch.kubernetes.io/job-completion-index"
_JOB_NAME_LABELS = ("batch.kubernetes.io/job-name", "job-name")
# RFC 1123, as the API server checks names: a name cannot contain parts of a path.
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_LONGEST_NAME = 253
_LONGEST_FILE = 200
_EVENTS = 500


def is_name(text: object) -> bool:
    """Whether Kubernetes allows it as the name of an object."""
    return isinstance(text, str) and len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Instance:
    """One run of a container in a pod: `restart` counts from 0."""

    pod_uid: str
    container: str
    restart: int


@dataclass(frozen=True, slots=True)
class Seen:
    """The known state of an instance.

    `begun`: it has a log. `ended`: nothing will be added. `previous`: the pod has started the container anew.
    """

    instance: Instance
    pod: str
    entry: JSONObject
    begun: bool
    ended: bool
    previous: bool = False


def instances(pod: Mapping[str, Any]) -> Iterator[Seen]:
    """The runs of the pod's containers, also those that have not begun; of init containers, what failed.

    Nothing for a pod with names that Kubernetes does not allow: the names become names of files.
    """
    spec, status = map_in(pod, "spec"), map_in(pod, "status")
    if not is_name(map_in(pod, "metadata").get("name")):
        return
    by_name = {
        key: {str(each.get("name", "")): each for each in list_in(status, key)}
        for key in ("containerStatuses", "initContainerStatuses")
    }
    for container in list_in(spec, "containers"):
        yield from _of_container(pod, container, by_name["containerStatuses"].get(str(container.get("name")), {}))
    for container in list_in(spec, "initContainers"):
        found = by_name["initContainerStatuses"].get(str(container.get("name")), {})
        state, last = map_in(found, "state"), map_in(found, "lastState")
        if any(map_in(each, "terminated").get("exitCode") for each in (state, last)):
            yield from _of_container(pod, container, found, role="init")


def is_over(pod: Mapping[str, Any]) -> bool:
    """Whether the pod will not run any more."""
    return map_in(pod, "status").get("phase") in ("Succeeded", "Failed")


def _of_container(
    pod: Mapping[str, Any], container: Mapping[str, Any], status: Mapping[str, Any], role: str = ""
) -> Iterator[Seen]:
    name = container.get("name")
    if not is_name(name):
        return
    state, last = map_in(status, "state"), map_in(status, "lastState")
    restarts = int(status.get("restartCount") or 0)
    metadata = map_in(pod, "metadata")
    uid, pod_name = str(metadata.get("uid", "")), str(metadata.get("name"))
    role = role or _role(container)
    ended_before = map_in(last, "terminated")
    if ended_before and "waiting" in state:
        # The kubelet waits before it starts it anew: the count goes up with the start.
        entry = _entry(pod, container, status, role, {"terminated": ended_before}, restarts)
        yield Seen(Instance(uid, str(name), restarts), pod_name, entry, begun=True, ended=True)
        return
    if ended_before and restarts:
        entry = _entry(pod, container, status, role, {"terminated": ended_before}, restarts - 1)
        yield Seen(Instance(uid, str(name), restarts - 1), pod_name, entry, begun=True, ended=True, previous=True)
    begun = "running" in state or "terminated" in state
    entry = _entry(pod, container, status, role, state, restarts)
    yield Seen(Instance(uid, str(name), restarts), pod_name, entry, begun=begun, ended="terminated" in state)


def _entry(
    pod: Mapping[str, Any],
    container: Mapping[str, Any],
    status: Mapping[str, Any],
    role: str,
    state: Mapping[str, Any],
    restarts: int,
) -> JSONObject:
    """An entry of `containers` of `set.json`, without what is known of its log."""
    metadata, pod_status, labels = map_in(pod, "metadata"), map_in(pod, "status"), labels_of(pod)
    kind = next((key for key in ("terminated", "running", "waiting") if key in state), "")
    detail = map_in(state, kind)
    reason, message = str(detail.get("reason") or ""), str(detail.get("message") or "")
    if kind in ("", "waiting") and not map_in(pod, "spec").get("nodeName"):
        refused = _unschedulable(pod_status)
        if refused is not None:
            reason, message = "Unschedulable", refused
    index = labels.get(INDEX_LABEL, "")
    return {
        "file": "",
        "pod": str(metadata.get("name", "")),
        "podUID": str(metadata.get("uid", "")),
        "job": labels.get(JOB_LABEL, ""),
        "jobName": next((labels[key] for key in _JOB_NAME_LABELS if key in labels), ""),
        "container": str(container.get("name", "")),
        "role": role,
        "index": int(index) if index.isdecimal() else None,
        "node": str(map_in(pod, "spec").get("nodeName") or ""),
        "image": str(container.get("image") or ""),
        "imageID": str(status.get("imageID") or ""),
        "state": kind,
        "exitCode": detail.get("exitCode"),
        "reason": reason,
        "signal": detail.get("signal"),
        "message": message,
        "started": str(detail.get("startedAt") or ""),
        "finished": str(detail.get("finishedAt") or ""),
        "restarts": restarts,
        "phase": str(pod_status.get("phase") or ""),
        "podReason": str(pod_status.get("reason") or ""),
        "podMessage": str(pod_status.get("message") or ""),
        "deleted": deleted(metadata),
    }


def _role(container: Mapping[str, Any]) -> str:
    """Return the container's role from the compiler's annotation; without one, the container is an addon's."""
    env = {str(each.get("name")): each.get("value") for each in list_in(container, "env")}
    role = env.get("MO_ROLE")
    return role if isinstance(role, str) and role and "MO_VIEW" not in env else "addon"


def _unschedulable(status: Mapping[str, Any]) -> str | None:
    for condition in list_in(status, "conditions"):
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return str(condition.get("message") or condition.get("reason") or "")
    return None


def deleted(metadata: Mapping[str, Any]) -> str:
    """When the pod was told to go; `deletionTimestamp` is when its grace period is over."""
    text = metadata.get("deletionTimestamp")
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return ""
    grace = metadata.get("deletionGracePeriodSeconds")
    moment -= timedelta(seconds=grace if isinstance(grace, int) else 0)
    return time_text(moment)


def time_text(moment: datetime) -> str:
    """As Kubernetes writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def file_name(seen: Seen, taken: Iterable[str]) -> str:
    """The name of its log: `<pod>.<container>.log`, with `.restart-N` for one that was started anew."""
    pod = seen.pod
    if len(pod) > _LONGEST_FILE - len(seen.instance.container):
        pod = f"{pod[:100]}-{hashlib.sha256(pod.encode()).hexdigest()[:12]}"
    restart = f".restart-{seen.instance.restart}" if seen.instance.restart else ""
    stem = f"{pod}.{seen.instance.container}{restart}"
    taken = set(taken)
    if f"{stem}.log" in taken:  # a pod of the same name came after it
        stem = f"{stem}.{hashlib.sha256(seen.instance.pod_uid.encode()).hexdigest()[:8]}"
    return f"{stem}.log"


# --- the set -------------------------------------------------------------------------------------------------------


def set_status(jobset: Mapping[str, Any]) -> tuple[str, str]:
    """Return the state of the set (Completed, Failed, Suspended, Running), and the controller's message."""
    status = map_in(jobset, "status")
    conditions = {str(each.get("type")): each for each in list_in(status, "conditions") if each.get("status") == "True"}
    for state in ("Failed", "Completed"):
        if status.get("terminalState") == state or state in conditions:
            return state, str(conditions.get(state, {}).get("message") or "")
    if map_in(jobset, "spec").get("suspend") is True:
        return "Suspended", "it waits to be resumed, or for a queue to admit it"
    return "Running", ""


def job_entry(job: Mapping[str, Any]) -> JSONObject:
    """Return an entry of `jobs`: the state of a Job of the set."""
    status = map_in(job, "status")
    conditions = {str(each.get("type")): each for each in list_in(status, "conditions") if each.get("status") == "True"}
    # FailureTarget comes before Failed: its pods are being ended.
    state, condition = next(
        (
            (state, conditions[kind])
            for kind, state in (("Failed", "Failed"), ("FailureTarget", "Failed"), ("Complete", "Completed"))
            if kind in conditions
        ),
        ("Running", {}),
    )
    return {
        "name": str(map_in(job, "metadata").get("name", "")),
        "job": labels_of(job).get(JOB_LABEL, ""),
        "state": state,
        "reason": str(condition.get("reason") or ""),
        "message": str(condition.get("message") or ""),
        "started": str(status.get("startTime") or ""),
        "finished": str(condition.get("lastTransitionTime") or ""),
    }


def jobs_of_events(events: Iterable[Mapping[str, Any]]) -> list[JSONObject]:
    """Return the Jobs that ended at their deadline, from events, for users who may not read Jobs."""
    return [
        {"name": each["object"].partition("/")[2], "job": "", "state": "Failed", "reason": each["reason"]}
        | {"message": each["message"], "started": "", "finished": each["last"]}
        for each in events
        if each["object"].startswith("Job/") and each["reason"] == "DeadlineExceeded"
    ]


def event_entries(events: Iterable[Mapping[str, Any]], name: str, known: Iterable[str]) -> list[JSONObject]:
    """The warnings that are about the set `name`, or about one of the `known` pods and Jobs, oldest first."""
    known = {*known, name}
    found = []
    for event in events:
        about = map_in(event, "involvedObject")
        if event.get("type") != "Warning" or str(about.get("name", "")) not in known:
            continue
        series = map_in(event, "series")
        times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
        found.append(
            {
                "object": f"{about.get('kind', '')}/{about.get('name', '')}",
                "reason": str(event.get("reason") or ""),
                "message": str(event.get("message") or ""),
                "count": int(series.get("count") or event.get("count") or 1),
                "last": str(next(filter(None, times), "")),
            }
        )
    return sorted(found, key=lambda each: str(each["last"]))[-_EVENTS:]


def uid(thing: Mapping[str, Any]) -> str:
    """The identity of an object of the API; empty where it has none."""
    return str(map_in(thing, "metadata").get("uid", ""))


def labels_of(thing: Mapping[str, Any]) -> dict[str, str]:
    """Its labels."""
    return {str(key): str(value) for key, value in map_in(map_in(thing, "metadata"), "labels").items()}


def map_in(thing: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the mapping at `key`; an empty one if there is none."""
    value = thing.get(key)
    return value if isinstance(value, dict) else {}


def list_in(thing: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the mappings in the list at `key`; none if there is no list."""
    value = thing.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
