"""The messages between the threads of a collection, and its outcome."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from mocompile.results.collect.api import ApiError, Broken, JSONObject
from mocompile.results.collect.facts import Seen
from mocompile.results.collect.stream import LogFile
from mocompile.results.read.set_json import Collected

FIRST_RETRY, LAST_RETRY = 0.2, 10.0

PATIENCE_SECONDS = 180.0  # with an API server that does not answer, or a log that cannot be read

Ended: TypeAlias = Literal["done", "timeout", "interrupted", "failed"]


@dataclass(slots=True)
class Observed:
    """The objects of a set as the API server showed them last. Pods and Jobs are by uid, also those that are `gone`.

    `events` are the namespace's warnings, by uid. `changes` counts what was taken in.
    """

    jobset: JSONObject
    pods: dict[str, JSONObject] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    jobs: dict[str, JSONObject] = field(default_factory=dict)
    events: dict[str, JSONObject] = field(default_factory=dict)
    deleted: bool = False
    changes: int = 0


class Judge(Protocol):
    """Decides during a collection whether it goes on."""

    def verdict(self, observed: Observed) -> Ended | None:
        """Return how the collection ends now; None if it goes on."""


class Progress(Protocol):
    """Receives the progress of a collection."""

    def update(self, state: str, pods: Mapping[str, int], lines: int) -> None:
        """Show the state of the set, the numbers of pods `running`, `waiting` and `finished`, and of lines."""

    def say(self, text: str) -> None:
        """Something that a person should know now."""


@dataclass(slots=True)
class FollowedLog:
    """A log that is being collected. Its reader's thread has `file` while it holds `lock`."""

    seen: Seen
    file: LogFile
    lock: threading.Lock = field(default_factory=threading.Lock)
    reading: bool = False
    done: bool = False
    complete: bool = False
    proved: bool = False  # a stream came to its end of which we know that it is the log's
    gone: bool = False  # the pod is not there any more
    due: float = 0.0
    retry: float = FIRST_RETRY
    failing_since: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A stream has ended.

    `final`: the container had ended when it was asked for; `ended`: when it was over. `whole`: it came to its end.
    `intact`: it was the log, and not what the node has to say in its place. `more`: it brought something.
    """

    log: FollowedLog
    final: bool
    ended: bool
    whole: bool
    intact: bool
    more: bool
    error: ApiError | Broken | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    kind: str
    objects: list[JSONObject]


@dataclass(frozen=True, slots=True)
class Changed:
    kind: str
    event: str
    object: JSONObject


@dataclass(frozen=True, slots=True)
class Lost:
    """A part of the collection that cannot continue."""

    error: Exception
    what: str


# What a thread says to the one that decides.
Report: TypeAlias = "Read | Listed | Changed | Lost"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a collection. `ended` is the reason of its end: everything is collected, a timeout, or a stop."""

    collected: Collected
    ended: Ended
    lines: int
    size: int

    @property
    def whole(self) -> bool:
        """Whether every container's log is there to its end."""
        containers = self.collected.containers
        return bool(containers) and all(each.file and each.complete for each in containers)
