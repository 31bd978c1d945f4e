"""Reads the logs of containers, a thread for each stream, and decides when a log is complete."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from mocompile.results.collect import facts
from mocompile.results.collect.api import Api, ApiError, Broken
from mocompile.results.collect.errors import refusal
from mocompile.results.collect.events import (
    FIRST_RETRY,
    LAST_RETRY,
    PATIENCE_SECONDS,
    FollowedLog,
    Lost,
    Read,
    Report,
)
from mocompile.results.collect.stream import LogFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from queue import SimpleQueue

    from mocompile.results.collect.facts import Instance, Seen
    from mocompile.results.collect.log_marks import LogMarks

_IDLE_SECONDS = 60.0  # of a silent stream, after which it is opened again: its connection may be dead

_SLICE_SECONDS = 10.0  # for which a log is read while others wait for their turn

# As text, after every time.
_NEVER = "~"

_POLL_SECONDS = 1.0  # between two looks at a log that the node does not let us follow


class LogReader:
    """The logs of a set, in the folder `folder`.

    The thread that owns the reader calls its methods. Streams run in threads of their own, and report through the
    queue: `Read` where a stream has ended, `Lost` where the collection cannot go on.
    """

    def __init__(
        self,
        api: Api,
        namespace: str,
        folder: Path,
        queue: SimpleQueue[Report],
        stop: threading.Event,
        *,
        follow: bool,
        streams: int,
    ) -> None:
        self._api = api
        self._namespace = namespace
        self._folder = folder
        self._queue = queue
        self._stop = stop
        self._follow = follow
        self._streams = streams
        self._crowded = threading.Event()
        self._logs: dict[Instance, FollowedLog] = {}
        self._files: set[str] = set()
        self._waiting: deque[FollowedLog] = deque()
        self._active = 0

    @property
    def done(self) -> bool:
        """Whether every known log is read."""
        return all(log.done for log in self._logs.values())

    @property
    def lines(self) -> int:
        """Lines of all logs so far."""
        return sum(log.file.lines for log in self._logs.values())

    @property
    def size(self) -> int:
        """Bytes of all logs so far."""
        return sum(log.file.size for log in self._logs.values())

    @property
    def marks(self) -> Iterator[tuple[Instance, LogMarks]]:
        """Each container with the times of the markers in its log."""
        return ((instance, log.file.marks) for instance, log in self._logs.items())

    @property
    def names(self) -> Collection[str]:
        """The names of the files of all logs that have begun, or are about to."""
        return self._files

    def log_of(self, instance: Instance) -> FollowedLog | None:
        """The log of a container, or None where none has begun."""
        return self._logs.get(instance)

    def follow(self, seen: Seen) -> None:
        """Read the log of a container that has begun, and take note of what changed about it."""
        if not seen.begun:
            return
        log = self._logs.get(seen.instance)
        if log is None:
            name = facts.file_name(seen, self._files)
            self._files.add(name)
            log = self._logs[seen.instance] = FollowedLog(seen, LogFile(self._folder / name))
            self._waiting.append(log)
        else:
            # When a pod is removed at last, the API server moves the time of its deletion to that moment.
            if log.seen.entry["deleted"]:
                seen.entry["deleted"] = min(seen.entry["deleted"] or _NEVER, log.seen.entry["deleted"])
            if (seen.ended, seen.entry["deleted"]) != (log.seen.ended, log.seen.entry["deleted"]):
                log.due, log.retry = 0.0, FIRST_RETRY  # there is little time left
        log.seen = seen

    def pod_gone(self, uid: str) -> None:
        """Take note that a pod is no longer there."""
        for log in self._of_pod(uid):
            log.gone = True
            log.due = 0.0

    def _of_pod(self, uid: str) -> Iterator[FollowedLog]:
        return (log for instance, log in self._logs.items() if instance.pod_uid == uid)

    def start(self) -> None:
        """Start streams of the logs that are due, at most as many at a time as there may be streams."""
        now = time.monotonic()
        for _ in range(len(self._waiting)):
            log = self._waiting.popleft()
            if log.gone and not log.reading and log.file.size:
                self._gone_before(log)  # one more request would only say so
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

    def ended(self, report: Read) -> None:
        """Decide whether a log is complete now, or is read again. Raises `InputError` where reading is forbidden."""
        log = report.log
        self._active -= 1
        log.reading = False
        now = time.monotonic()
        last = report.final or not self._follow
        # A node that cannot go on says so in place of the log, and ends the stream as if that were all.
        denied = report.whole and not report.intact
        if report.more or (report.error is None and not (denied and last)):
            log.failing_since, log.retry = None, FIRST_RETRY if report.more else log.retry
        else:
            log.failing_since = log.failing_since or now
            log.error = str(report.error or _said_by_node(log.file))
        if isinstance(report.error, ApiError) and report.error.status == 403 and not log.file.size:
            raise refusal(report.error, "pods/log")
        log.proved = log.proved or (report.whole and report.intact and report.ended)
        if report.whole and report.intact and last:
            self._done(log, complete=report.final)
        elif isinstance(report.error, ApiError) and report.error.status == 404:
            self._gone_before(log)
        elif denied and log.proved:
            self._done(log, complete=True)
        elif log.failing_since is not None and now - log.failing_since > _patience(report.error):
            self._done(log, complete=log.proved, note=f"the log could not be read to its end: {log.error}")
        else:
            # A stream may end a moment before the last lines are written, and the pod be deleted a moment after.
            at_once = report.whole and report.intact and report.more
            log.due = now if at_once else now + log.retry
            log.retry = log.retry if at_once else min(log.retry * 2, LAST_RETRY if report.error else _POLL_SECONDS)
            self._waiting.append(log)

    def close(self) -> None:
        """End every file with a whole line. `stop` must be set, so that no thread writes to a file after this."""
        for log in self._logs.values():
            with log.lock:
                if not log.done:
                    with suppress(OSError):  # of a full disk, which another message says
                        log.file.end()
                        log.file.close()

    def _read(self, log: FollowedLog) -> None:
        """Read one stream, in a thread of its own."""
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
        except Exception as failed:  # the disk is full; or a bug, which nobody must wait for
            self._queue.put(Lost(failed, "the folder"))
            return
        ended = log.seen.ended or log.gone
        with log.lock:
            if self._stop.is_set():
                return
            file.end(whole=whole)
        self._queue.put(Read(log, final, ended, whole, file.intact, file.size > before, error))

    def _stream(self, log: FollowedLog, path: str, idle: float, query: Mapping[str, str]) -> bool:
        """Copy a stream into the log's file. Returns whether the stream came to its end."""
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

    def _gone_before(self, log: FollowedLog) -> None:
        """End a log whose pod is gone: whatever is not read yet is lost."""
        missing = "read to its end: its last lines may be missing" if log.file.lines else "read"
        self._done(log, complete=log.proved, note=f"the pod was gone before its log was {missing}")

    def _done(self, log: FollowedLog, *, complete: bool, note: str = "") -> None:
        log.done = True
        log.complete = complete and not (log.file.notes and not log.file.lines)
        if note and not log.complete:
            log.file.notes.append(note)
        log.file.close()


def _patience(error: object) -> float:
    # The node has no such log (400, or its own words); of a container that has begun, it may have one in a moment.
    refused = isinstance(error, ApiError) and 400 <= error.status < 500 and error.status not in (401, 408, 429)
    return LAST_RETRY if refused or error is None else PATIENCE_SECONDS


def _said_by_node(file: LogFile) -> str:
    return f"the node says: {file.words}" if file.words else "the node began a new file for it"
