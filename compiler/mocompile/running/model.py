"""Points to run, their states, and the reports to a person."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from mocompile.study.marks import canonical

if TYPE_CHECKING:
    from mocompile.pipeline import Compiled
    from mocompile.running.reason import Reason
    from mocompile.study.compile import StudySet
    from mocompile.study.model import ParameterValue

JSONObject: TypeAlias = dict[str, Any]

# `missing`: it has not been run. `running`: its objects may be in the cluster.
State: TypeAlias = Literal["missing", "running", "completed", "failed"]

# How far the set of a point is.
Stage: TypeAlias = Literal["created", "queued", "starting", "running", "ended"]


@dataclass(frozen=True, slots=True)
class RunPoint:
    """A set to run. One that is not a study's has no `id`. `digest` is a hash of the objects."""

    name: str
    objects: tuple[JSONObject, ...]
    digest: str
    id: str = ""
    repeat: int = 1
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)


def point_of_set(compiled: Compiled) -> RunPoint:
    """Return the point of a set that is not a study's."""
    digest = hashlib.sha256(canonical(compiled.objects).encode("utf-8", "surrogatepass")).hexdigest()
    return RunPoint(compiled.object_name, tuple(compiled.objects), f"sha256:{digest}")


def point_of_study(each: StudySet) -> RunPoint:
    """Return the point of a set of a study."""
    objects = tuple(each.compiled.objects)
    return RunPoint(each.object_name, objects, each.digest, each.id, each.repeat, dict(each.parameters))


@dataclass(frozen=True, slots=True)
class Settings:
    """How points are run. Times are in seconds.

    `timeout` is the longest time of a point, None for no bound; `patience` is how long a point may be unable to start.
    `keep`: the objects of completed points stay in the cluster. `check`: the cluster is checked first.
    """

    parallel: int = 1
    timeout: float | None = None
    patience: float = 600.0
    keep: bool = False
    check: bool = True


class Display(Protocol):
    """Shows a person the progress. Its methods are called by several threads."""

    def say(self, point: str, text: str) -> None:
        """Print something about a point that a person should know now."""

    def progress(self, point: str, stage: Stage, pods: Mapping[str, int], lines: int) -> None:
        """Show how far a point is: the numbers of pods `running`, `waiting` and `finished`, and of lines."""

    def begun(self, point: str, *, again: bool) -> None:
        """A point has its objects in the cluster; `again`: it had them from an earlier run."""

    def ended(self, point: str, state: State, reason: Reason | None) -> None:
        """A point has completed or failed."""
