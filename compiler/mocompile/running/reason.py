"""Why a set cannot start, or failed: from the objects of the API to one line.

The JobSet alone often says nothing: with pods that are refused, or without a node, its status is all zero. A pod's
conditions, its containers' states and the events of Jobs say why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from mocompile.results.collect.events import Observed
from mocompile.results.collect.facts import is_over, labels_of, set_status, uid
from mocompile.results.read.set_json import shown
from mocompile.running.scheduling import why_no_node

Kind: TypeAlias = Literal[
    "unschedulable",
    "image",
    "pod-security",
    "quota",
    "webhook",
    "refused",
    "volume",
    "container",
    "memory",
    "deadline",
    "exit",
    "hosts",
    "ended",
    "deleted",
    "timeout",
    "suspended",
    "logs",
    "unknown",
]

# The last lines of a container's log, by its pod's uid and its name.
Lines: TypeAlias = Callable[[str, str], tuple[str, ...]]

# The label of a set with Kueue's queue.
QUEUE = "kueue.x-k8s.io/queue-name"
# What a set waits for that is suspended and has no queue.
SOMEBODY = "it is suspended until somebody lets it start"

_ATTEMPT = "jobset.sigs.k8s.io/restart-attempt"
_IMAGE = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError")
_CONTAINER = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff")
_STARTS = ("ContainerCreating", "PodInitializing", "")
_FINAL_IMAGE = ("ErrImageNeverPull", "InvalidImageName")
_MOUNTS = ("FailedMount", "FailedAttachVolume")
_MOUNT_WORDS = re.compile(r"MountVolume\.SetUp failed for volume \"([^\"]*)\" : (.*)", re.DOTALL)
_POD_WORDS = re.compile(r" \(pod: \"[^\"]*\", container: [^)]*\)$")
# The shell's words before those about a program.
_SHELL_WORDS = re.compile(r"^\S+\.sh: (?:line )?\d+: ")
_MARGIN = 400
_HOSTS = 124
_REFUSED = re.compile(r"(?:Error creating: )?(?:[\w.-]+ \"[^\"]*\" is forbidden: )?(.*)", re.DOTALL)
_SECURITY = re.compile(r"violates PodSecurity \"([^\":]*)[^\"]*\": (.*)", re.DOTALL)
_QUOTA = re.compile(r"exceeded quota: ([^,]*), (.*)", re.DOTALL)
_WEBHOOK = re.compile(r"admission webhook \"([^\"]*)\" denied the request: (.*)", re.DOTALL)
_NO_WEBHOOK = re.compile(r"failed calling webhook \"([^\"]*)\": (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reason:
    """One line for a person, and the last lines of the log where these say more.

    `final`: waiting does not help.
    """

    kind: Kind
    text: str
    lines: tuple[str, ...] = ()
    final: bool = False


def refusal(message: str, what: str = "its pods") -> Reason:
    """Return the reason of the API server's words when it refused to create an object."""
    text = shown(message)
    if found := _SECURITY.search(text):
        return Reason(
            "pod-security", _cut(f"Pod Security '{found[1]}' of the namespace refuses {what}: {found[2]}"), (), True
        )
    if found := _QUOTA.search(text):
        return Reason("quota", _cut(f"the quota '{found[1]}' of the namespace has no room for {what}: {found[2]}"))
    if found := _WEBHOOK.search(text):
        return Reason("webhook", _cut(f"the webhook {found[1]} refuses {what}: {found[2]}"), (), True)
    if found := _NO_WEBHOOK.search(text):
        return Reason("webhook", _cut(f"the webhook {found[1]} does not answer: {found[2]}"))
    words = _REFUSED.fullmatch(text)
    return Reason("refused", _cut(f"the cluster refuses {what}: {words[1] if words else text}"), (), True)


def blocked(observed: Observed) -> Reason | None:
    """Return why the set cannot start now; None if it runs, waits for its turn, or has only begun to start."""
    if set_status(observed.jobset)[0] != "Running":
        return None
    pods = _pods_now(observed)
    return (
        _no_node(pods)
        or next(filter(None, (_waiting(pod) for pod in pods)), None)
        or _not_mounted(observed, pods)
        or _not_created(observed)
    )


def turn(observed: Observed) -> str:
    """Return what a set that is suspended waits for; empty if it is not suspended."""
    if set_status(observed.jobset)[0] != "Suspended":
        return ""
    queue = labels_of(observed.jobset).get(QUEUE)
    return f"the queue '{shown(queue)}' has not admitted it yet" if queue else SOMEBODY


def suspended(observed: Observed) -> Reason | None:
    """Return why a set that its input suspends does not start; None if it starts, or has a queue that lets it start."""
    if turn(observed) != SOMEBODY:
        return None
    metadata = observed.jobset["metadata"]
    where = f"kubectl -n {metadata.get('namespace')} patch jobset {metadata['name']}"
    text = "its input suspends it (spec.jobset.suspend), and it names no queue; this lets it start: "
    return Reason("suspended", f'{text}{where} --type=merge -p \'{{"spec":{{"suspend":false}}}}\'')


def failed(observed: Observed, lines: Lines) -> Reason:
    """Return why a set that is over failed."""
    state, message = set_status(observed.jobset)
    if observed.deleted and state in ("Running", "Suspended"):
        return Reason("deleted", "its JobSet was deleted by somebody else while it ran")
    pods = list(_pods_of_last_attempt(observed))
    return (
        _out_of_memory(pods)
        or _at_deadline(observed)
        or _pod_ended(pods)
        or _host_missing(observed, pods, lines)
        or _code(pods, lines)
        or blocked(observed)
        or _not_created(observed)
        or Reason("unknown", _with("the set failed, and the cluster does not say why", message))
    )


def timed_out(observed: Observed, text: str) -> Reason:
    """Return the reason of a set that did not end in its time, with what it waited for."""
    why = blocked(observed)
    return Reason("timeout", f"{text}: {why.text}" if why else f"{text}; it still ran")


# --- it cannot start -----------------------------------------------------------------------------------------------


def _no_node(pods: Iterable[Mapping[str, Any]]) -> Reason | None:
    waiting = [(pod, message) for pod in pods if (message := _unschedulable(pod)) is not None]
    if not waiting:
        return None
    pod, message = waiting[0]
    who = f"pod {_name(pod)} has" if len(waiting) == 1 else f"{len(waiting)} pods have"
    return Reason("unschedulable", _cut(f"{who} no node: {why_no_node(shown(message), pod)}"))


def _unschedulable(pod: Mapping[str, Any]) -> str | None:
    if (pod.get("spec") or {}).get("nodeName"):
        return None
    for condition in _list(pod.get("status") or {}, "conditions"):
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            if condition.get("reason") == "SchedulingGated":
                return "a scheduling gate holds it"
            return str(condition.get("message") or condition.get("reason") or "")
    return None


def _waiting(pod: Mapping[str, Any]) -> Reason | None:
    for container, status in _containers(pod):
        waiting = (status.get("state") or {}).get("waiting") or {}
        reason, message = str(waiting.get("reason") or ""), shown(str(waiting.get("message") or ""))
        if reason in _IMAGE:
            image = shown(str(container.get("image") or ""))
            cause = _with(f"the image {image} cannot be pulled ({reason})", _image_words(message, image))
            return Reason("image", _cut(cause), (), reason in _FINAL_IMAGE)
        if reason in _CONTAINER:
            text = f"the container {shown(str(container.get('name')))} of pod {_name(pod)} does not start ({reason})"
            return Reason("container", _cut(_with(text, _POD_WORDS.sub("", message))))
    return None


def _image_words(message: str, image: str) -> str:
    """Return the end of the node's words: their beginning says the image again, once or more."""
    *_, last = re.split(rf"[^ ]*{re.escape(image)}\"?'?: ", message)
    return "" if last.startswith("Back-off pulling image") else last


def _not_mounted(observed: Observed, pods: Iterable[Mapping[str, Any]]) -> Reason | None:
    starting = {uid(pod): pod for pod in pods if _creating(pod)}
    for event in _newest(observed.events.values()):
        about = event.get("involvedObject") or {}
        if event.get("reason") in _MOUNTS and about.get("uid") in starting:
            message = shown(str(event.get("message") or ""))
            found = _MOUNT_WORDS.fullmatch(message)
            volume = f"the volume {found[1]}" if found else "a volume"
            text = f"{volume} of pod {_name(starting[about['uid']])} cannot be mounted"
            return Reason("volume", _cut(_with(text, found[2] if found else message)))
    return None


def _creating(pod: Mapping[str, Any]) -> bool:
    states = [(status.get("state") or {}).get("waiting") or {} for _, status in _containers(pod)]
    return bool(states) and any(each.get("reason") in _STARTS for each in states)


def _not_created(observed: Observed) -> Reason | None:
    """Return why Jobs or pods were refused: an event of a Job or of the JobSet says so, and nothing else does."""
    short = {key for key, job in observed.jobs.items() if key not in observed.gone and _lacks_pods(job)}
    for event in _newest(observed.events.values()):
        about = event.get("involvedObject") or {}
        reason, message = str(event.get("reason") or ""), str(event.get("message") or "")
        if about.get("uid") in short and reason == "FailedCreate":
            return refusal(message)
        if about.get("uid") == uid(observed.jobset) and not observed.jobs and "Failed" in reason:
            return refusal(message, "its Jobs or their Service")
    return None


def _lacks_pods(job: Mapping[str, Any]) -> bool:
    status, spec = job.get("status") or {}, job.get("spec") or {}
    there = sum(int(status.get(key) or 0) for key in ("active", "succeeded", "failed"))
    return there < int(spec.get("parallelism") or 1) and not spec.get("suspend")


# --- it failed -----------------------------------------------------------------------------------------------------


def _out_of_memory(pods: Iterable[Mapping[str, Any]]) -> Reason | None:
    for pod, container, ended in _ends(pods):
        if ended.get("reason") == "OOMKilled":
            limits = (container.get("resources") or {}).get("limits") or {}
            limit = f" (limit {limits['memory']})" if "memory" in limits else ""
            text = f"the container {_of(container, pod)} went beyond its memory{limit} and was killed"
            return Reason("memory", text)
    return None


def _at_deadline(observed: Observed) -> Reason | None:
    for job in observed.jobs.values():
        for condition in _list(job.get("status") or {}, "conditions"):
            if condition.get("reason") == "DeadlineExceeded" and condition.get("status") == "True":
                seconds = (job.get("spec") or {}).get("activeDeadlineSeconds")
                return Reason("deadline", f"its time was up: deadlineSeconds is {seconds}")
    jobs = {uid(job) for job in observed.jobs.values()}
    name = str(observed.jobset["metadata"]["name"])
    for event in observed.events.values():
        about = event.get("involvedObject") or {}
        own = about.get("uid") in jobs or (not jobs and str(about.get("name", "")).startswith(f"{name}-"))
        if own and event.get("reason") == "DeadlineExceeded":
            return Reason("deadline", "its time was up (deadlineSeconds)")
    return None


def _pod_ended(pods: Iterable[Mapping[str, Any]]) -> Reason | None:
    for pod in pods:
        status = pod.get("status") or {}
        reason = str(status.get("reason") or "")
        if reason and reason != "DeadlineExceeded":
            return Reason(
                "ended", _cut(_with(f"pod {_name(pod)} was ended ({reason})", shown(str(status.get("message") or ""))))
            )
        for condition in _list(status, "conditions"):
            if condition.get("type") == "DisruptionTarget" and condition.get("status") == "True":
                text = f"pod {_name(pod)} was ended ({condition.get('reason')})"
                return Reason("ended", _cut(_with(text, shown(str(condition.get("message") or "")))))
    return None


def _host_missing(observed: Observed, pods: list[Mapping[str, Any]], lines: Lines) -> Reason | None:
    for pod, container, ended in _ends(pods):
        if ended.get("exitCode") != _HOSTS:
            continue
        said = [line for line in lines(uid(pod), str(container.get("name"))) if "gave up after" in line]
        if said:
            why = _no_node(pods) or _had_no_node(observed, pods)
            words = re.sub(r"^.*?gave up after", "gave up after", said[-1])
            return Reason("hosts", _cut(f"{_of(container, pod)} {words}" + (f". {why.text}" if why else "")))
    return None


def _had_no_node(observed: Observed, pods: Iterable[Mapping[str, Any]]) -> Reason | None:
    """Return what the scheduler said of a pod that has a node now, or is gone."""
    by_uid = {uid(pod): pod for pod in pods}
    for event in _newest(observed.events.values()):
        pod = by_uid.get(str((event.get("involvedObject") or {}).get("uid")))
        if event.get("reason") == "FailedScheduling" and pod is not None:
            why = why_no_node(shown(str(event.get("message") or "")), pod)
            return Reason("unschedulable", f"pod {_name(pod)} had no node for a time: {why}")
    return None


def _code(pods: Iterable[Mapping[str, Any]], lines: Lines) -> Reason | None:
    """Return the reason of the container that failed first: the others fail because of it."""
    ends = [each for each in _ends(pods) if each[2].get("exitCode")]
    if not ends:
        return None
    pod, container, ended = min(ends, key=lambda each: str(each[2].get("finishedAt") or "~"))
    last = lines(uid(pod), str(container.get("name")))
    text = f"the container {_of(container, pod)} ended with code {ended['exitCode']}"
    reason = str(ended.get("reason") or "")
    if reason not in ("", "Error"):
        text += f" ({reason})"
    said = _SHELL_WORDS.sub("", last[-1]) if last else shown(str(ended.get("message") or ""))
    return Reason("exit", _cut(_with(text, said)), last[:-1])


def _ends(
    pods: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]]:
    """Yield the pod, the container and how it ended, of each container that ended, also before a restart."""
    for pod in pods:
        for container, status in _containers(pod):
            ended = (status.get("state") or {}).get("terminated") or (status.get("lastState") or {}).get("terminated")
            if isinstance(ended, dict):
                yield pod, container, ended


# --- objects -------------------------------------------------------------------------------------------------------


def _pods_now(observed: Observed) -> list[Mapping[str, Any]]:
    return [
        pod
        for key, pod in observed.pods.items()
        if key not in observed.gone and not is_over(pod) and not (pod.get("metadata") or {}).get("deletionTimestamp")
    ]


def _pods_of_last_attempt(observed: Observed) -> Iterator[Mapping[str, Any]]:
    """Yield the pods of the set's last start, also those that are gone."""
    attempts = {key: _attempt(pod) for key, pod in observed.pods.items()}
    last = max(attempts.values(), default=0)
    yield from (pod for key, pod in observed.pods.items() if attempts[key] == last)


def _attempt(pod: Mapping[str, Any]) -> int:
    text = labels_of(pod).get(_ATTEMPT, "0")
    return int(text) if text.isdecimal() else 0


def _containers(pod: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield each container with its status, those that prepare the pod first."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    for kind, key in (("initContainers", "initContainerStatuses"), ("containers", "containerStatuses")):
        statuses = {str(each.get("name")): each for each in _list(status, key)}
        for container in _list(spec, kind):
            yield container, statuses.get(str(container.get("name")), {})


def _newest(events: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(events, key=_time, reverse=True)


def _time(event: Mapping[str, Any]) -> str:
    series = event.get("series") or {}
    return str(series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime") or "")


def _list(thing: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = thing.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _name(pod: Mapping[str, Any]) -> str:
    return shown(str((pod.get("metadata") or {}).get("name", "")))


def _of(container: Mapping[str, Any], pod: Mapping[str, Any]) -> str:
    return f"{shown(str(container.get('name')))} of pod {_name(pod)}"


def _with(text: str, more: str) -> str:
    return f"{text}: {more}" if more else text


def _cut(text: str) -> str:
    """Return the text as one line that is not too long."""
    line = " ".join(text.split())
    return line if len(line) <= _MARGIN else f"{line[: _MARGIN - 1]}…"
