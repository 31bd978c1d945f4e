"""When each pod of a set was made, scheduled, had its images, started and ended: entries of `pods` in `set.json`.

An event goes away after an hour, and a condition with its pod. So they are taken while the set runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mocompile.results.collect import facts

if TYPE_CHECKING:
    from mocompile.results.collect.api import JSONObject
    from mocompile.results.collect.log_marks import LogMarks

ATTEMPT_LABEL = "jobset.sigs.k8s.io/restart-attempt"
_PULLED = re.compile(r"Successfully pulled image \"([^\"]*)\" in (\S+)(?: \((\S+) including waiting\))?(.*)", re.DOTALL)
_PRESENT = re.compile(r"Container image \"([^\"]*)\" already present on machine")
_SIZE = re.compile(r"Image size: (\d+) bytes")
_CONTAINER = re.compile(r"spec\.(?:initContainers|containers)\{([^}]*)\}")
# A duration as Go prints it: 1m2.5s, 350ms.
_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|µs|us|ns|m|s)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "µs": 1e-6, "us": 1e-6, "ns": 1e-9}
# The time of a container's measurement in its log, by the key of the pod's entry.
_OF_LOG = {"script": "script", "hostsReady": "hosts", "measuring": "begun", "measured": "measured"}


class PodTimes:
    """The times of a set's pods, as far as they are known."""

    def __init__(self) -> None:
        self._pods: dict[str, JSONObject] = {}
        # By the uid of a pod and the name of a container: events may come before their pod.
        self._pulls: dict[str, dict[str, JSONObject]] = {}

    def see(self, pod: Mapping[str, Any]) -> None:
        """Take the state of a pod."""
        known = self._pods.setdefault(facts.uid(pod), {})
        known.update({name: value for name, value in _entry(pod).items() if value not in ("", None)})
        started = _started(pod)
        if started:
            known.setdefault("started", started)  # that of the first run of a container that was started anew

    def see_event(self, event: Mapping[str, Any]) -> None:
        """Take an event `Pulled`, which says how long it took."""
        about = event.get("involvedObject")
        about = about if isinstance(about, dict) else {}
        container = _CONTAINER.fullmatch(str(about.get("fieldPath") or ""))
        found = pull_entry(str(event.get("message") or ""))
        if found is None or container is None:
            return
        of_pod = self._pulls.setdefault(str(about.get("uid") or ""), {})
        # A container that is started anew finds the image that it had pulled.
        if "seconds" in found or container[1] not in of_pod:
            of_pod[container[1]] = {"container": container[1], **found}

    def entries(self, marks: Iterable[tuple[facts.Instance, LogMarks]]) -> list[JSONObject]:
        """Return the entries, with the times in the logs of their containers."""
        of_pods: dict[str, dict[str, str]] = {}
        for instance, found in sorted(marks, key=lambda each: each[0].restart):
            # Of a container that was started anew, the last measurement counts. Logs of addons have no marker.
            if found.begun or found.hosts:
                of_pods[instance.pod_uid] = {name: getattr(found, mark) for name, mark in _OF_LOG.items()}
        made = [
            {
                **entry,
                **({"pulls": list(self._pulls[uid].values())} if uid in self._pulls else {}),
                **{name: time for name, time in of_pods.get(uid, {}).items() if time},
            }
            for uid, entry in self._pods.items()
        ]
        return sorted(made, key=lambda each: (str(each.get("pod")), str(each.get("created"))))


def set_times(jobset: Mapping[str, Any]) -> JSONObject:
    """Return when the set was made, `resumed` if it had waited suspended, and was over, as far as is known."""
    metadata, status = facts.map_in(jobset, "metadata"), facts.map_in(jobset, "status")
    times = {"created": str(metadata.get("creationTimestamp") or "")}
    for condition in facts.list_in(status, "conditions"):
        kind, true = condition.get("type"), condition.get("status") == "True"
        if kind == "Suspended" and not true:
            times["resumed"] = str(condition.get("lastTransitionTime") or "")
        elif kind in ("Completed", "Failed") and true:
            times["finished"] = str(condition.get("lastTransitionTime") or "")
    return {name: time for name, time in times.items() if time}


def with_earlier(entries: Iterable[JSONObject], earlier: Iterable[JSONObject]) -> list[JSONObject]:
    """Return the entries with what an earlier collection of the same run of the set knows beyond them."""
    found = {str(each.get("podUID")): each for each in earlier}
    for each in entries:
        found[str(each.get("podUID"))] = {**found.get(str(each.get("podUID")), {}), **each}
    return sorted(found.values(), key=lambda each: (str(each.get("pod")), str(each.get("created"))))


def pull_entry(message: str) -> JSONObject | None:
    """Return the words of an event `Pulled` as data; None for others.

    `seconds` has the time in which the pull waited for others, as kubelets pull one image at a time by default.
    """
    if found := _PRESENT.match(message):
        return {"image": found[1], "present": True}
    found = _PULLED.fullmatch(message)
    if found is None:
        return None
    took = seconds_of(found[3] or found[2])
    if took is None:
        return None
    size = _SIZE.search(found[4])
    return {"image": found[1], "seconds": took, **({"bytes": int(size[1])} if size else {})}


def seconds_of(duration: str) -> float | None:
    """Return a duration of Go (`1m2.5s`) in seconds."""
    parts = list(_PART.finditer(duration))
    if not parts or "".join(part[0] for part in parts) != duration:
        return None
    return round(sum(float(part[1]) * _UNITS[part[2]] for part in parts), 9)


def _entry(pod: Mapping[str, Any]) -> JSONObject:
    metadata, spec, status, labels = (
        facts.map_in(pod, "metadata"),
        facts.map_in(pod, "spec"),
        facts.map_in(pod, "status"),
        facts.labels_of(pod),
    )
    index, attempt = labels.get(facts.INDEX_LABEL, ""), labels.get(ATTEMPT_LABEL, "")
    env = next(_measuring(spec), {})
    return {
        "pod": str(metadata.get("name", "")),
        "podUID": str(metadata.get("uid", "")),
        "job": labels.get(facts.JOB_LABEL, ""),
        "index": int(index) if index.isdecimal() else None,
        "attempt": int(attempt) if attempt.isdecimal() else None,
        "metric": env.get("MO_METRIC_ID", ""),
        "role": env.get("MO_ROLE", ""),
        "node": str(spec.get("nodeName") or ""),
        "created": str(metadata.get("creationTimestamp") or ""),
        "scheduled": _scheduled(status),
        "ended": _ended(spec, status) or facts.deleted(metadata),
    }


def _measuring(spec: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield the variables of each container that measures, or works for one that does."""
    for container in facts.list_in(spec, "containers"):
        env = {str(each.get("name")): str(each.get("value") or "") for each in facts.list_in(container, "env")}
        if env.get("MO_ROLE") and "MO_VIEW" not in env:
            yield env


def _scheduled(status: Mapping[str, Any]) -> str:
    for condition in facts.list_in(status, "conditions"):
        if condition.get("type") == "PodScheduled" and condition.get("status") == "True":
            return str(condition.get("lastTransitionTime") or "")
    return ""


def _started(pod: Mapping[str, Any]) -> str:
    """Return when the last of the pod's containers had begun its first run; empty if that is not known."""
    spec, status = facts.map_in(pod, "spec"), facts.map_in(pod, "status")
    by_name = {str(each.get("name")): each for each in facts.list_in(status, "containerStatuses")}
    times = []
    for container in facts.list_in(spec, "containers"):
        found = by_name.get(str(container.get("name")), {})
        restarts = found.get("restartCount") or 0
        state = facts.map_in(found, "lastState" if restarts == 1 else "state") if restarts in (0, 1) else {}
        detail = facts.map_in(state, "running") or facts.map_in(state, "terminated")
        times.append(str(detail.get("startedAt") or ""))
    return max(times) if times and all(times) else ""


def _ended(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    """Return when the last container of a pod that is over ended; empty if it is not over."""
    ends = [
        str(facts.map_in(facts.map_in(each, "state"), "terminated").get("finishedAt") or "")
        for each in facts.list_in(status, "containerStatuses")
    ]
    whole = len(ends) == len(facts.list_in(spec, "containers"))
    return max(ends) if ends and whole and all(ends) and status.get("phase") in ("Succeeded", "Failed") else ""
