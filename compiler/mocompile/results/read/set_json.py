"""Reads `set.json`, which `results collect` writes beside the logs: the states of the set and its containers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from mocompile.files import is_folder, read_regular
from mocompile.results.read.lines import COLLECTED

Said: TypeAlias = tuple[Literal["error", "note"], str]

_MOST_BYTES = 256 * 1024 * 1024  # 10,000 pods of 10 containers come to some 50 MB
_DIGEST = re.compile(r"[a-z0-9]+:[0-9a-f]{32,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
_IMAGE = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError")
_STARTING = ("ContainerCreating", "PodInitializing", "")
_DEADLINE = "DeadlineExceeded"
# docs/cluster.md has the same table, with the cures.
_CODES = {
    124: "a wait for hosts or a process ran out of time",
    127: "a program is missing in the image",
    137: "something killed it",
    143: "it was terminated",
}


@dataclass(frozen=True, slots=True)
class CollectedContainer:
    """An entry of `containers`. `file` is empty if there is no log; `exit_code` is None if the container has not ended.

    `instance_type` is that of its node. `image_id` is the image that ran, with its digest. `deleted` is the time of the
    pod's deletion (RFC 3339), `ended_by` the reason why its job was ended, if it was.
    """

    set: str
    file: str = ""
    pod: str = ""
    pod_uid: str = ""
    job: str = ""
    container: str = ""
    role: str = ""
    node: str = ""
    instance_type: str = ""
    image: str = ""
    image_id: str = ""
    state: str = ""
    exit_code: int | None = None
    reason: str = ""
    signal: int | None = None
    message: str = ""
    pod_reason: str = ""
    pod_message: str = ""
    finished: str = ""
    deleted: str = ""
    restarts: int = 0
    complete: bool = True
    notes: tuple[str, ...] = ()
    ended_by: str = ""

    @property
    def image_digest(self) -> str:
        """The digest of the image that ran (`sha256:…`)."""
        digest = self.image_id.rpartition("@")[2]
        return digest if _DIGEST.fullmatch(digest) else ""

    @property
    def prints_markers(self) -> bool:
        """Whether its log has METADATA: containers of addons and those that prepare a pod print any output."""
        return self.role not in ("addon", "init")

    @property
    def failed(self) -> bool:
        """Whether its last measurement is not a result."""
        return self.exit_code not in (None, 0) or self._at_deadline

    @property
    def _at_deadline(self) -> bool:
        """Whether it was still there when its job's (or its pod's) time was up."""
        if _DEADLINE not in (self.ended_by.partition(":")[0], self.pod_reason):
            return False
        return not self.finished or not self.deleted or self.finished >= self.deleted

    def problems(self) -> Iterator[Said]:
        """Yield the container's problems as text: level and message."""
        if self.state == "terminated":
            yield from self._ended()
        elif self.state == "waiting" and self.reason not in _STARTING:
            yield "error", self._waits()
        elif self.reason == "Unschedulable":
            yield "error", _with("the pod has no node", self.message)
        elif self.state != "running" and not self.file:
            yield "error", "the container did not start, or was not observed: there is no log"
        if self._at_deadline:
            yield "error", _with(f"its time was up ({_DEADLINE})", self.ended_by.partition(":")[2].strip())
        if self.pod_reason and self.pod_reason != _DEADLINE:
            yield "error", _with(f"the pod was ended ({self.pod_reason})", self.pod_message)
        if self.restarts and self.file:
            yield "note", f"the container had been restarted {self.restarts} times before this log"
        if self.file and not self.complete:
            yield "error", "the log was not collected to its end"
        for note in self.notes:
            yield "error", note

    def _ended(self) -> Iterator[Said]:
        if self.reason == "OOMKilled":
            yield "error", f"the container was killed: out of memory (OOMKilled, exit code {self.exit_code})"
        elif self.exit_code:
            why = _CODES.get(self.exit_code) or (self.reason if self.reason not in ("Error", "Completed") else "")
            text = f"the container ended with code {self.exit_code}"
            yield "error", _with(text, "; ".join(filter(None, (why, self.message))))
        if self.signal:
            yield "error", f"the container was ended by signal {self.signal}"

    def _waits(self) -> str:
        if self.reason in _IMAGE:
            return _with(f"the image {self.image} cannot be pulled ({self.reason})", self.message)
        return _with(f"the container does not start ({self.reason})", self.message)


@dataclass(frozen=True, slots=True)
class Collected:
    """A `set.json`. `state` is the set's: Completed, Failed, Running, Suspended, Deleted; empty if unknown.

    `labels` are those of the JobSet. `broken`: the file exists and cannot be read.
    """

    set: str = ""
    namespace: str = ""
    uid: str = ""
    state: str = ""
    message: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    containers: tuple[CollectedContainer, ...] = ()
    failed_jobs: tuple[tuple[str, str], ...] = ()  # by name, why
    broken: bool = False

    def of(self, file: str) -> CollectedContainer | None:
        """Return the container whose log has that name."""
        return next((each for each in self.containers if each.file == file), None)

    @property
    def succeeded(self) -> bool:
        """Whether the set completed, and each of its containers ended well and has its log to the end."""
        whole = [each for each in self.containers if each.file and each.complete and not each.failed]
        return self.state == "Completed" and bool(whole) and len(whole) == len(self.containers)

    def problems(self) -> Iterator[Said]:
        """Yield the problems of the set, and of containers without a log."""
        if self.broken:
            yield "error", "the file cannot be read: it is unknown whether the containers of these logs failed"
        if self.state == "Failed":
            yield "error", _with("the set failed", self.message)
        elif self.state and self.state != "Completed":
            yield "note", _with(f"the set had not finished when its logs were collected: {self.state}", self.message)
        for name, why in self.failed_jobs:
            yield "error", _with(f"its job {name} failed", why)
        if self.state and not self.containers:
            yield "error", "there is no log: the set's pods are gone, or were never created"
        for each in self.containers:
            if not each.file:
                for level, text in each.problems():
                    yield level, f"{each.pod}, container {each.container}: {text}"


def beside(path: Path | None) -> Collected | None:
    """Return the content of the `set.json` beside the log `path`; None if there is none."""
    return None if path is None else of_folder(path.parent)


def folders_of(folder: Path) -> list[Path]:
    """Yield the folder, and the folders in it that `results collect` made."""
    if not is_folder(folder):
        return []
    found = (file.relative_to(folder).parts for file in folder.rglob(COLLECTED))
    return [folder, *sorted({folder.joinpath(*parts[:-1]) for parts in found if _seen(parts)} - {folder})]


def _seen(parts: tuple[str, ...]) -> bool:
    return not any(part.startswith(".") for part in parts)


def of_folder(folder: Path) -> Collected | None:
    """Return the content of the folder's `set.json`; None if there is none."""
    try:
        changed = (folder / COLLECTED).stat().st_mtime_ns
    except (OSError, ValueError):
        return None
    return _read(folder, changed)


@cache
def _read(folder: Path, _changed: int) -> Collected:
    try:
        return of_data(data_of(folder))
    except (OSError, ValueError):
        return Collected(broken=True)


def data_of(folder: Path) -> dict[str, Any]:
    """Return the `set.json` of the folder as data.

    Raises `OSError` if the file cannot be read, and `ValueError` if it is not a JSON object, is nested too deeply or is
    too large.
    """
    text = read_regular(folder / COLLECTED, _MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise ValueError("it is too large")
    try:
        data = json.loads(text.decode("utf-8"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(data, dict):
        raise ValueError("it is not a JSON object")
    return data


def containers_in(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of the containers in a `set.json`; entries that are not JSON objects are left out."""
    return [dict(each) for each in _objects(data, "containers")]


def nodes_in(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the entries of the nodes in a `set.json`; entries that are not JSON objects are left out."""
    return _objects(data, "nodes")


def of_data(data: Mapping[str, Any]) -> Collected:
    """Return the content of a `set.json`; values of a wrong type are left out."""
    status = data.get("status")
    status = status if isinstance(status, dict) else {}
    labels = data.get("labels")
    labels = labels if isinstance(labels, dict) else {}
    jobs = {_text(job, "name"): job for job in _objects(data, "jobs")}
    name = _text(data, "set")
    types = {_text(node, "name"): _text(node, "instanceType") for node in nodes_in(data)}
    containers = tuple(container_of(name, entry, jobs, types) for entry in _objects(data, "containers"))
    return Collected(
        set=name,
        namespace=_text(data, "namespace"),
        uid=_text(data, "uid"),
        state=_text(status, "state"),
        message=_text(status, "message"),
        labels={shown(str(key)): shown(str(value)) for key, value in labels.items()},
        containers=containers,
        failed_jobs=tuple((name, _why(job)) for name, job in jobs.items() if _text(job, "state") == "Failed"),
    )


def shown(text: str) -> str:
    """Return foreign text, safe to print: without control characters, line ends and changes of direction."""
    return _CONTROL.sub(" ", text.encode("utf-8", "replace").decode("utf-8")).strip()


def container_of(
    name: str,
    entry: Mapping[str, Any],
    jobs: Mapping[str, Mapping[str, Any]],
    instance_types: Mapping[str, str] = MappingProxyType({}),
) -> CollectedContainer:
    """Return an entry of `containers` of the set `name`.

    `jobs` are the entries of its Jobs by their name, `instance_types` the types of its nodes by theirs.
    """
    job = jobs.get(_text(entry, "jobName"), {})
    ended_by = _why(job) if _text(job, "state") == "Failed" else ""
    notes, code = entry.get("notes"), _integer(entry, "exitCode")
    return CollectedContainer(
        set=name or _text(entry, "set"),
        file=_text(entry, "file"),
        pod=_text(entry, "pod"),
        pod_uid=_text(entry, "podUID"),
        job=_text(entry, "job"),
        container=_text(entry, "container"),
        role=_text(entry, "role"),
        node=_text(entry, "node"),
        instance_type=instance_types.get(_text(entry, "node"), ""),
        image=_text(entry, "image"),
        image_id=_text(entry, "imageID"),
        state=_text(entry, "state") or ("" if code is None else "terminated"),
        exit_code=code,
        reason=_text(entry, "reason"),
        signal=_integer(entry, "signal"),
        message=_text(entry, "message"),
        pod_reason=_text(entry, "podReason"),
        pod_message=_text(entry, "podMessage"),
        finished=_text(entry, "finished"),
        deleted=_text(entry, "deleted"),
        restarts=_integer(entry, "restarts") or 0,
        complete=entry.get("complete") is not False,
        notes=tuple(shown(str(note)) for note in notes) if isinstance(notes, list) else (),
        ended_by=ended_by,
    )


def _why(job: Mapping[str, Any]) -> str:
    return f"{_text(job, 'reason')}: {_text(job, 'message')}"


def _objects(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = data.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return shown(value) if isinstance(value, str) else ""


def _integer(entry: Mapping[str, Any], key: str) -> int | None:
    value = entry.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _with(text: str, more: str) -> str:
    return f"{text}: {more}" if more else text
