"""`set.json`: what is known of the set and its containers, as one mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mocompile.results.collect import facts
from mocompile.results.collect.pod_times import set_times

if TYPE_CHECKING:
    from mocompile.results.collect.api import JSONObject
    from mocompile.results.collect.events import FollowedLog
    from mocompile.results.collect.facts import Instance
    from mocompile.results.collect.log_reader import LogReader


def now() -> str:
    """The time, as the API writes times."""
    return facts.time_text(datetime.now(UTC))


class SetFile:
    """Makes the content of `set.json`. `read.set_json` reads the file, and says what each key means."""

    def __init__(self, name: str, namespace: str) -> None:
        self._name = name
        self._namespace = namespace
        self._started = now()

    def data(
        self,
        jobset: JSONObject,
        status: tuple[str, str],
        entries: Mapping[Instance, JSONObject],
        logs: LogReader,
        *,
        ended: str = "",
        nodes: Sequence[JSONObject] = (),
        events: Sequence[JSONObject] = (),
        jobs: Sequence[JSONObject] = (),
        pods: Sequence[JSONObject] = (),
    ) -> JSONObject:
        """The content of the file now. `status` is the set's state and a message; `ended` is empty until the end."""
        known = {each["name"] for each in jobs}
        of_events = [each for each in facts.jobs_of_events(events) if each["name"] not in known]
        containers = [_with_log(entry, logs.log_of(instance)) for instance, entry in entries.items()]
        state, message = status
        return {
            "set": self._name,
            "namespace": self._namespace,
            "uid": facts.uid(jobset),
            "labels": facts.labels_of(jobset),
            "status": {"state": state, "message": message},
            "restarts": int(jobset.get("status", {}).get("restarts") or 0),
            "collected": {"started": self._started, "finished": now() if ended else "", "ended": ended},
            "times": set_times(jobset),
            "jobs": [*jobs, *of_events],
            "nodes": list(nodes),
            "pods": list(pods),
            "containers": sorted(containers, key=lambda each: (each["pod"], each["container"], each["restarts"])),
            "events": list(events),
        }


def _with_log(entry: JSONObject, log: FollowedLog | None) -> JSONObject:
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
