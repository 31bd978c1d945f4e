"""How long the phases of a set took, as figures of the metric `phases`: to get nodes, images, hosts; to measure.

A figure is that of the slowest pod: the others wait for it. Where a time is not known of one pod, there is no figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from mocompile.catalog.figures.number import Scalar
from mocompile.results.lifetimes import PodLifetime, SetLifetime, seconds_between
from mocompile.results.record import UNKNOWN, Configuration, Origin, Record, Run

PHASES = "phases"
METRIC_ID = "metric_id"
# Each figure with its meaning, in the order of the phases.
FIGURES: Mapping[str, str] = {
    "queue": "the set was made → it was resumed: it waited for its turn in a queue",
    "schedule": "a pod was made → it had a node",
    "start": "it had a node → all its containers had started; pulls are part of this",
    "pull": "pulls of images, with the wait for others on the node",
    "hosts": "the launcher's script began → all hosts answered",
    "measure": "the measurement began → it ended",
    "total": "the set was made → it was over",
}

_Duration: TypeAlias = Callable[[PodLifetime], float | None]


def phases(lifetimes: Iterable[SetLifetime], runs: Iterable[Run]) -> list[Record]:
    """Return a record for each set, metric of it, and phase. `runs` are those of the logs: they have the settings."""
    of_folders: dict[str, dict[str, list[Run]]] = {}
    for run in runs:
        if run.pod and run.metric:
            of_folders.setdefault(folder_of(run.source), {}).setdefault(run.pod, []).append(run)
    return [record for each in lifetimes for record in _of_set(each, of_folders.get(folder_of(each.source), {}))]


def folder_of(source: str) -> str:
    """Return the folder of a log, or of a `set.json`."""
    return source.rpartition("/")[0]


def metrics_of(each: SetLifetime) -> list[tuple[str, list[PodLifetime]]]:
    """Return the ids of the set's metrics, each with the pods of its last attempt."""
    last = max((pod.attempt for pod in each.pods), default=0)
    newest: dict[tuple[str, str, int | None], PodLifetime] = {}
    for pod in sorted((pod for pod in each.pods if pod.attempt == last), key=_age):
        newest[pod.metric, pod.job, pod.index] = pod  # a Job replaces pods that failed
    groups: dict[str, list[PodLifetime]] = {}
    for pod in newest.values():
        groups.setdefault(pod.metric, []).append(pod)
    return sorted(groups.items())


def settings_of_pods(pods: Iterable[PodLifetime], runs: Mapping[str, Sequence[Run]]) -> Configuration:
    """Return what the runs of these pods agree in."""
    found = [run.configuration for pod in pods for run in runs.get(pod.pod, ())]
    if not found:
        return UNKNOWN
    first, *others = found
    values = {
        name: value for name, value in first.values.items() if all(each.values.get(name) == value for each in others)
    }
    return Configuration(first.pods if all(each.pods == first.pods for each in others) else None, values)


def _of_set(each: SetLifetime, runs: Mapping[str, Sequence[Run]]) -> Iterator[Record]:
    groups = metrics_of(each)
    for name, pods in groups:
        settings = settings_of_pods(pods, runs)
        yield from _records(each, name, settings, _of_pods(pods))
    whole = {
        "queue": seconds_between(each.created, each.resumed),
        "total": seconds_between(each.created, each.finished),
    }
    ids = ", ".join(name for name, _ in groups)
    yield from _records(each, ids, settings_of_pods(each.pods, runs), whole)


def _of_pods(pods: Sequence[PodLifetime]) -> dict[str, float | None]:
    measuring = [pod for pod in pods if pod.role != "worker"]
    launchers = [pod for pod in pods if pod.role == "launcher" and pod.hosts is not None]
    pulled = _longest(pods, lambda pod: pod.pull)
    return {
        "schedule": _longest(pods, lambda pod: seconds_between(pod.created, pod.scheduled)),
        "start": _longest(pods, lambda pod: seconds_between(pod.scheduled, pod.started)),
        # Without a pull, there is nothing to compare with those of other runs.
        "pull": pulled or None,
        "hosts": _longest(launchers, lambda pod: seconds_between(pod.script, pod.hosts)),
        "measure": _longest(measuring, lambda pod: seconds_between(pod.measuring, pod.measured)),
    }


def _longest(pods: Sequence[PodLifetime], duration: _Duration) -> float | None:
    found = [duration(pod) for pod in pods]
    known = [each for each in found if each is not None]
    return max(known) if known and len(known) == len(found) else None


def _records(
    each: SetLifetime, metric_id: str, settings: Configuration, found: Mapping[str, float | None]
) -> Iterator[Record]:
    context: dict[str, Scalar] = {METRIC_ID: metric_id} if metric_id else {}
    for figure in FIGURES:
        value = found.get(figure)
        if value is not None:
            yield Record(
                figure,
                round(value, 3),
                "s",
                PHASES,
                None,
                Origin(each.source, set=each.set),
                context,
                settings,
                "lower",
                status=each.status,
            )


def _age(pod: PodLifetime) -> tuple[bool, str]:
    return pod.created is not None, "" if pod.created is None else pod.created.isoformat()
