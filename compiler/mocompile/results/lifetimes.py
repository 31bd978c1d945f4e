"""When the pods of a set were made, scheduled, started, measured and ended: the types. `set.json` has the times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mocompile.results.record import Status


@dataclass(frozen=True, slots=True)
class PodLifetime:
    """The times of a pod, None where they are not known. `metric` is the id of the metric that it works for.

    `attempt` counts how often JobSet had begun the set anew. `script` is when the script of the pod began, `hosts` when
    the launcher had reached all hosts, `measuring` and `measured` the begin and end of its measurement. `pull` is in
    seconds: 0 if all images were on the node already.
    """

    pod: str
    job: str = ""
    index: int | None = None
    attempt: int = 0
    metric: str = ""
    role: str = ""
    node: str = ""
    created: datetime | None = None
    scheduled: datetime | None = None
    started: datetime | None = None
    script: datetime | None = None
    hosts: datetime | None = None
    measuring: datetime | None = None
    measured: datetime | None = None
    ended: datetime | None = None
    pull: float | None = None


@dataclass(frozen=True, slots=True)
class SetLifetime:
    """The times of a set, and of all its pods. `source` is its `set.json`, `labels` has the labels of each known node.

    `status` is `ok` if the set completed, `failed` if it failed, `cut` if it had not ended. `resumed` is when a set
    that had waited suspended began.
    """

    source: str
    set: str
    status: Status
    created: datetime | None = None
    resumed: datetime | None = None
    finished: datetime | None = None
    pods: tuple[PodLifetime, ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def seconds_between(begin: datetime | None, end: datetime | None) -> float | None:
    """Return the seconds from one time to another; None if one is not known.

    The times of a pod are those of several machines, in whole seconds. An end that is up to a second before the begin
    is at the begin; one that is earlier is not known.
    """
    if begin is None or end is None:
        return None
    seconds = (end - begin).total_seconds()
    return None if seconds < -1 else max(seconds, 0.0)
