"""Watches a set, follows the logs of its containers, and knows when all is there.

One thread (that of `run`) decides and keeps the state. Others only wait for the API server: two that watch, and one for
each log that is being read. They report through a queue.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from mocompile.diagnostics.finding import Finding, InputError, nearest
from mocompile.results.collect import facts
from mocompile.results.collect.api import Api, ApiError, Broken, JSONObject
from mocompile.results.collect.events import FIRST_RETRY, LAST_RETRY, Changed, FollowedLog, Listed, Lost, Outcome, Read
from mocompile.results.collect.facts import Instance, Seen
from mocompile.results.collect.folder import Folder
from mocompile.results.collect.stream import LogFile
from mocompile.results.read.set_json import container_of, of_data

if TYPE_CHECKING:
    from mocompile.results.collect.events import Ended, Progress


STREAMS = 256

_JOBSETS = "/apis/jobset.x-k8s.io/v1alpha2/namespaces/{}/jobsets"

_PERMISSIONS = "docs/results-collect.md has the Role that it takes"

_IDLE_SECONDS = 60.0  # of a silent stream, after which it is asked for anew: its connection may be dead

_SLICE_SECONDS = 10.0  # for which a log is read where others wait for their turn

_WATCH_SECONDS = 240

_PATIENCE_SECONDS = 180.0  # with an API server that does not answer, or a log that cannot be read

_LINGER_SECONDS = 120.0  # for pods that still end when their set is over

# As text, after every time that there is.
_NEVER = "~"

_POLL_SECONDS = 1.0  # between two looks at a log that the node does not let us follow

_WRITE_SECONDS = 5.0

_TICK = 0.25


class Collector:
    """Collects the set `name` into `folder`."""

    def __init__(
        self,
        api: Api,
        name: str,
        namespace: str,
        folder: Folder,
        progress: Progress,
        *,
        follow: bool = True,
        streams: int = STREAMS,
    ) -> None:
        self._api = api
        self._name = name
        self._namespace = namespace
        self._folder = folder
        self._progress = progress
        self._follow = follow
        self._streams = streams
        self._queue: SimpleQueue[Read | Listed | Changed | Lost] = SimpleQueue()
        self._stop = threading.Event()
        self._crowded = threading.Event()
        self._jobset: JSONObject = {}
        self._state, self._message = "", ""
        self._pods: dict[str, JSONObject] = {}
        self._gone: set[str] = set()
        self._logs: dict[Instance, FollowedLog] = {}
        self._files: set[str] = set()
        self._entries: dict[Instance, JSONObject] = {}
        self._waiting: deque[FollowedLog] = deque()
        self._active = 0
        self._said: set[tuple[str, str]] = set()
        self._over_since: float | None = None
        self._started = _now()

    def run(self, seconds: float | None = None) -> Outcome:
        """Until the set is over and its logs are there, for at most so long; an interruption keeps what is there.

        Raises `InputError`: no such set, not allowed, no answer. What had been collected by then is kept, too.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        self._first_look()
        self._folder.begin()
        try:
            return self._finish(self._until(deadline))
        except OSError as error:
            reason = error.strerror or str(error)
            self._close()
            raise _wrong("output", f"{self._folder.path} cannot be written: {reason}", "make room") from None
        except InputError:
            if self._lines():
                self._finish("failed")
            else:
                self._close()
                self._folder.restore()
            raise

    # --- the set ---------------------------------------------------------------------------------------------------

    def _first_look(self) -> None:
        """Finds the set. Raises `InputError` where it is not there, or cannot be seen."""
        path = _JOBSETS.format(self._namespace)
        try:
            self._jobset = self._api.get(f"{path}/{self._name}")
        except ApiError as error:
            if error.status != 404:
                raise self._refusal(error, "jobsets") from None
            raise self._no_set(path) from None
        except Broken as error:
            raise _no_answer(self._api.host, error) from None
        self._state, self._message = facts.set_status(self._jobset)

    def _no_set(self, path: str) -> InputError:
        try:
            names = [str(each["metadata"]["name"]) for each in self._api.get(path)["items"]]
        except ApiError as error:
            if error.status == 404:
                message = f"the cluster {self._api.host} has no JobSet"
                return _wrong("no-jobset", message, "docs/cluster.md says how to install it; or name another --context")
            names = []
        except (Broken, KeyError, TypeError):
            names = []
        hint = nearest(self._name, names) or (
            f"there are {', '.join(sorted(names)[:5])}" if names else "name another --namespace or --context"
        )
        return _wrong("no-set", f"there is no JobSet '{self._name}' in the namespace '{self._namespace}'", hint)

    def _until(self, deadline: float | None) -> Ended:
        try:
            return self._collect(deadline)
        except KeyboardInterrupt:
            return "interrupted"

    def _collect(self, deadline: float | None) -> Ended:
        self._write()
        written = time.monotonic()
        pods = f"/api/v1/namespaces/{self._namespace}/pods"
        self._watch("pod", pods, labelSelector=f"{facts.SET_LABEL}={self._name}")
        if self._follow:
            self._watch("jobset", _JOBSETS.format(self._namespace), fieldSelector=f"metadata.name={self._name}")
        listed = False
        while True:
            for report in self._reports():
                listed = listed or (isinstance(report, Listed) and report.kind == "pod")
                self._take(report)
            self._start()
            self._progress.update(self._state, self._counts(), self._lines())
            now = time.monotonic()
            if now - written > _WRITE_SECONDS:
                self._write()
                written = now
            if listed and self._is_over() and self._is_settled(pods):
                return "done"
            if deadline is not None and now > deadline:
                return "timeout"

    def _reports(self) -> list[Read | Listed | Changed | Lost]:
        """What the other threads have to say, after a moment at most."""
        found = []
        try:
            found.append(self._queue.get(timeout=_TICK))
            while True:
                found.append(self._queue.get_nowait())
        except Empty:
            return found

    def _is_over(self) -> bool:
        """Whether nothing more is to come, as far as is known."""
        if not all(log.done for log in self._logs.values()):
            return False
        if not self._follow:
            return True
        if self._state in ("Running", "Suspended"):
            return False
        self._over_since = self._over_since or time.monotonic()
        left = any(uid not in self._gone and not facts.is_over(pod) for uid, pod in self._pods.items())
        return not left or time.monotonic() - self._over_since > _LINGER_SECONDS

    def _is_settled(self, path: str) -> bool:
        """Whether the API server, asked once more, has nothing new: the watches may be behind."""
        try:
            objects = self._api.get(path, labelSelector=f"{facts.SET_LABEL}={self._name}")["items"]
        except (ApiError, Broken, KeyError):
            return True  # all that is known is there
        self._take(Listed("pod", objects))
        return self._is_over()

    def _take(self, report: Read | Listed | Changed | Lost) -> None:
        if isinstance(report, Lost):
            if isinstance(report.error, ApiError):
                raise self._refusal(report.error, report.what)
            if isinstance(report.error, Broken):
                raise _no_answer(self._api.host, report.error)
            raise report.error
        if isinstance(report, Read):
            self._read_ended(report)
        elif isinstance(report, Listed):
            for each in report.objects:
                self._changed(report.kind, "MODIFIED", each)
            there = {_uid(each) for each in report.objects}
            if report.kind == "jobset" and _uid(self._jobset) not in there:
                self._set_gone()
            if report.kind == "pod":
                for uid in self._pods.keys() - there:
                    self._pod_gone(uid)
        else:
            self._changed(report.kind, report.event, report.object)

    def _changed(self, kind: str, event: str, found: JSONObject) -> None:
        if kind == "jobset":
            if _uid(found) != _uid(self._jobset):
                return
            self._jobset = found
            self._state, self._message = facts.set_status(found)
            if event == "DELETED":
                self._set_gone()
            return
        if facts.labels_of(found).get(facts.UID_LABEL, _uid(self._jobset)) != _uid(self._jobset):
            return  # of an earlier set of that name
        self._pods[_uid(found)] = found
        for seen in facts.instances(found):
            self._entries[seen.instance] = seen.entry
            self._instance(seen)
            self._warn(seen)
        if event == "DELETED":
            self._pod_gone(_uid(found))

    def _set_gone(self) -> None:
        if self._state in ("Running", "Suspended"):
            self._state, self._message = "Deleted", "the JobSet was deleted"

    def _pod_gone(self, uid: str) -> None:
        self._gone.add(uid)
        for instance, log in self._logs.items():
            if instance.pod_uid == uid:
                log.gone = True
                log.due = 0.0

    def _warn(self, seen: Seen) -> None:
        """Says once why a container does not start: it may do so for ever."""
        entry = seen.entry
        if entry["state"] in ("running", "terminated") or not self._follow:
            return
        known = container_of(self._name, entry, {})
        if not entry["reason"] or (entry["pod"], entry["reason"]) in self._said:
            return
        for _, text in known.problems():
            if known.reason in text or known.reason == "Unschedulable":
                self._said.add((entry["pod"], entry["reason"]))
                self._progress.say(f"{known.pod}: {text}")

    # --- logs ------------------------------------------------------------------------------------------------------

    def _instance(self, seen: Seen) -> None:
        if not seen.begun:
            return
        log = self._logs.get(seen.instance)
        if log is None:
            name = facts.file_name(seen, self._files)
            self._files.add(name)
            log = self._logs[seen.instance] = FollowedLog(seen, LogFile(self._folder.path / name))
            self._waiting.append(log)
        else:
            # When a pod is taken away at last, the API server moves the time of its deletion to that moment.
            if log.seen.entry["deleted"]:
                seen.entry["deleted"] = min(seen.entry["deleted"] or _NEVER, log.seen.entry["deleted"])
            if (seen.ended, seen.entry["deleted"]) != (log.seen.ended, log.seen.entry["deleted"]):
                log.due, log.retry = 0.0, FIRST_RETRY  # there is little time left
        log.seen = seen

    def _start(self) -> None:
        """Reads logs that are due, as many at a time as there may be streams."""
        now = time.monotonic()
        for _ in range(len(self._waiting)):
            log = self._waiting.popleft()
            if log.gone and not log.reading and log.file.size:
                self._gone_before(log)  # a last request would only be told so
            elif self._active < self._streams and now >= log.due:
                self._active += 1
                log.reading = True
                threading.Thread(target=self._read, args=(log,), daemon=True).start()
            else:
                self._waiting.append(log)
        if any(now >= log.due for log in self._waiting):
            self._crowded.set()
        else:
            self._crowded.clear()

    def _read(self, log: FollowedLog) -> None:
        """In a thread of its own: one stream."""
        file, seen, final = log.file, log.seen, log.seen.ended
        before = file.size
        query = {"container": seen.instance.container, "timestamps": "true"}
        if self._follow and not final:
            query["follow"] = "true"
        if seen.previous:
            query["previous"] = "true"
        since = file.since()
        if since:
            query["sinceTime"] = since
        path = f"/api/v1/namespaces/{self._namespace}/pods/{seen.pod}/log"
        idle = _SLICE_SECONDS if self._crowded.is_set() else _IDLE_SECONDS
        whole, error = False, None
        try:
            whole = self._stream(log, path, idle, query)
        except (ApiError, Broken) as broken:
            error = broken
        except Exception as failed:  # the disk is full; or our bug, which must not be waited for
            self._queue.put(Lost(failed, "the folder"))
            return
        ended = log.seen.ended or log.gone
        with log.lock:
            if self._stop.is_set():
                return
            file.end(whole=whole)
        self._queue.put(Read(log, final, ended, whole, file.intact, file.size > before, error))

    def _stream(self, log: FollowedLog, path: str, idle: float, query: Mapping[str, str]) -> bool:
        """Whether the stream came to its end."""
        begun = time.monotonic()
        with log.lock:
            if self._stop.is_set():
                return False
            log.file.begin()
        for data in self._api.log(path, idle, **query):
            with log.lock:
                if self._stop.is_set():
                    return False
                log.file.feed(data)
                log.file.flush()
            if self._crowded.is_set() and "follow" in query and time.monotonic() - begun > _SLICE_SECONDS:
                return False
        return True

    def _read_ended(self, report: Read) -> None:
        log = report.log
        self._active -= 1
        log.reading = False
        now = time.monotonic()
        last = report.final or not self._follow
        # A node that cannot go on says so in the log's place, and ends the stream as if that were all.
        denied = report.whole and not report.intact
        if report.more or (report.error is None and not (denied and last)):
            log.failing_since, log.retry = None, FIRST_RETRY if report.more else log.retry
        else:
            log.failing_since = log.failing_since or now
            log.error = str(report.error or _said_by_node(log.file))
        if isinstance(report.error, ApiError) and report.error.status == 403:
            raise self._refusal(report.error, "pods/log")
        log.proved = log.proved or (report.whole and report.intact and report.ended)
        if report.whole and report.intact and last:
            self._done(log, complete=report.final)
        elif isinstance(report.error, ApiError) and report.error.status == 404:
            self._gone_before(log)
        elif denied and log.proved:
            self._done(log, complete=True)
        elif log.failing_since is not None and now - log.failing_since > self._patience(report.error):
            self._done(log, complete=log.proved, note=f"the log could not be read to its end: {log.error}")
        else:
            # A stream may end a moment before the last lines are written, and the pod be deleted a moment after.
            at_once = report.whole and report.intact and report.more
            log.due = now if at_once else now + log.retry
            log.retry = log.retry if at_once else min(log.retry * 2, LAST_RETRY if report.error else _POLL_SECONDS)
            self._waiting.append(log)

    def _gone_before(self, log: FollowedLog) -> None:
        """The pod is not there any more; nor is the rest of the log, if there was any."""
        missing = "read to its end: its last lines may be missing" if log.file.lines else "read"
        self._done(log, complete=log.proved, note=f"the pod was gone before its log was {missing}")

    def _patience(self, error: object) -> float:
        # The node has no such log (400, or it says so); of a container that has begun, it may have it in a moment.
        refused = isinstance(error, ApiError) and 400 <= error.status < 500 and error.status not in (401, 408, 429)
        return LAST_RETRY if refused or error is None else _PATIENCE_SECONDS

    def _done(self, log: FollowedLog, *, complete: bool, note: str = "") -> None:
        log.done = True
        log.complete = complete and not (log.file.notes and not log.file.lines)
        if note and not log.complete:
            log.file.notes.append(note)
        log.file.close()

    def _lines(self) -> int:
        return sum(log.file.lines for log in self._logs.values())

    def _counts(self) -> dict[str, int]:
        counts = {"running": 0, "waiting": 0, "finished": 0}
        for uid, pod in self._pods.items():
            phase = pod.get("status", {}).get("phase")
            kind = "finished" if uid in self._gone or facts.is_over(pod) else "waiting"
            counts["running" if phase == "Running" and kind == "waiting" else kind] += 1
        return counts

    # --- watching --------------------------------------------------------------------------------------------------

    def _watch(self, kind: str, path: str, **query: str) -> None:
        follow: Callable[[], None] = lambda: self._watching(kind, path, query)  # noqa: E731
        threading.Thread(target=follow, daemon=True).start()

    def _watching(self, kind: str, path: str, query: Mapping[str, str]) -> None:
        """In a thread of its own: what there is, then what changes, for as long as anybody wants to know."""
        failing_since, retry, version = None, FIRST_RETRY, ""
        while not self._stop.is_set():
            try:
                if not version:
                    listed = self._api.get(path, **query)
                    self._queue.put(Listed(kind, listed.get("items", [])))
                    version = str(listed.get("metadata", {}).get("resourceVersion", ""))
                    if not self._follow:
                        return
                for event in self._api.watch(path, version, _WATCH_SECONDS, **query):
                    if self._stop.is_set():
                        return
                    failing_since, retry = None, FIRST_RETRY
                    version = self._event(kind, event)
                    if not version:  # too old, or broken: list anew
                        break
                failing_since, retry = None, FIRST_RETRY
            except (ApiError, Broken) as error:
                status = error.status if isinstance(error, ApiError) else 0
                failing_since = failing_since or time.monotonic()
                refused = status in (403, 404) or time.monotonic() - failing_since > _PATIENCE_SECONDS
                if refused:
                    self._queue.put(Lost(error, f"{kind}s"))
                    return
                if status == 410:
                    version = ""
            except Exception as bug:
                self._queue.put(Lost(bug, f"{kind}s"))
                return
            self._stop.wait(retry)
            retry = min(retry * 2, LAST_RETRY)

    def _event(self, kind: str, event: JSONObject) -> str:
        """Reports an event; the version to go on from, empty where there is none."""
        found = event.get("object")
        name = event.get("type")
        if name == "ERROR" or not isinstance(found, dict):
            return ""
        if name != "BOOKMARK":
            self._queue.put(Changed(kind, str(name), found))
        return str(found.get("metadata", {}).get("resourceVersion", ""))

    # --- what is left behind -----------------------------------------------------------------------------------------

    def _close(self) -> None:
        """Every file ends with a whole line, and nobody writes to it any more."""
        self._stop.set()
        for log in self._logs.values():
            with log.lock:
                if not log.done:
                    with suppress(OSError):  # of a full disk, which is said elsewhere
                        log.file.end()
                        log.file.close()

    def _finish(self, ended: Ended) -> Outcome:
        self._close()
        data = self._data(ended, self._seen_events(), self._seen_jobs())
        data["containers"] = self._folder.kept(_uid(self._jobset), data["containers"])
        self._folder.write(data)
        self._folder.end()
        size = sum(log.file.size for log in self._logs.values())
        return Outcome(of_data(data), ended, self._lines(), size)

    def _write(self) -> None:
        self._folder.write(self._data("", [], []))

    def _data(self, ended: str, events: list[JSONObject], jobs: list[JSONObject]) -> JSONObject:
        """What `set.json` says now."""
        known = {each["name"] for each in jobs}
        jobs = jobs + [each for each in facts.jobs_of_events(events) if each["name"] not in known]
        entries = [self._with_log(instance, entry) for instance, entry in self._entries.items()]
        return {
            "set": self._name,
            "namespace": self._namespace,
            "uid": _uid(self._jobset),
            "status": {"state": self._state, "message": self._message},
            "restarts": int(self._jobset.get("status", {}).get("restarts") or 0),
            "collected": {"started": self._started, "finished": _now() if ended else "", "ended": ended},
            "jobs": jobs,
            "containers": sorted(entries, key=lambda each: (each["pod"], each["container"], each["restarts"])),
            "events": events,
        }

    def _with_log(self, instance: Instance, entry: JSONObject) -> JSONObject:
        log = self._logs.get(instance)
        if log is None or not log.file.path.exists():
            return {**entry, "lines": 0, "bytes": 0, "complete": False, "notes": list(log.file.notes) if log else []}
        return {
            **entry,
            "file": log.file.path.name,
            "lines": log.file.lines,
            "bytes": log.file.size,
            "complete": log.complete,
            "notes": list(log.file.notes),
        }

    def _seen_events(self) -> list[JSONObject]:
        path = f"/api/v1/namespaces/{self._namespace}/events"
        known = {value for entry in self._entries.values() for value in (entry["pod"], entry["jobName"]) if value}
        try:
            found = self._api.get(path, fieldSelector="type=Warning").get("items", [])
        except (ApiError, Broken) as error:
            self._progress.say(f"warnings of the cluster are not in {self._folder.path}: {error}")
            return []
        return facts.event_entries(found, self._name, known)

    def _seen_jobs(self) -> list[JSONObject]:
        path = f"/apis/batch/v1/namespaces/{self._namespace}/jobs"
        try:
            found = self._api.get(path, labelSelector=f"{facts.SET_LABEL}={self._name}").get("items", [])
        except (ApiError, Broken):
            return []  # events say it, too, for an hour
        return [facts.job_entry(each) for each in found]

    def _refusal(self, error: ApiError, what: str) -> InputError:
        if error.status == 403:
            return _wrong("forbidden", f"the cluster does not let you read {what}: {error}", _PERMISSIONS)
        if error.status == 401:
            return _wrong(
                "unauthorized", f"the cluster does not know you: {error}", "log in to it, or name a --context"
            )
        return _wrong("cluster", f"{what}: the cluster says {error.status}: {error}", "")


def _uid(found: Mapping[str, Any]) -> str:
    metadata = found.get("metadata")
    return str(metadata.get("uid", "")) if isinstance(metadata, dict) else ""


def _said_by_node(file: LogFile) -> str:
    return f"the node says: {file.words}" if file.words else "the node began a new file for it"


def _now() -> str:
    return facts.time_text(datetime.now(UTC))


def _wrong(rule: str, message: str, hint: str) -> InputError:
    return InputError([Finding(rule, message, None, hint)])


def _no_answer(host: str, error: Exception) -> InputError:
    hint = "is it up, and is this the right --context?"
    return _wrong("no-answer", f"the cluster {host} does not answer: {error}", hint)
