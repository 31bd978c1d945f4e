"""The states of a study's sets, from the folders of `results collect` and from a cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.files import is_folder

if TYPE_CHECKING:
    from mocompile.results.read.set_json import Collected

STATES = ("done", "running", "failed", "missing")
# From the cluster's conditions: a set that has neither completed nor failed has not ended.
_OF_CLUSTER: Mapping[str, str] = {"Completed": "done", "Failed": "failed"}
_OF_RUN: Mapping[str, str] = {"completed": "done", "running": "running", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a study's sets, by the labels of their point and repeat."""

    study: str
    points: Mapping[tuple[str, str], str]


def in_folder(folder: str, names: Names | None = None) -> dict[str, str]:
    """Return the state of each set in the folder, by the set's name: from its `set.json`, and from a `run.json`.

    `names` has the names of the study's sets. A set that was collected several times has the best of its states; what a
    run says of a point counts more. Raises `InputError` if the folder is missing.
    """
    from mocompile.results.read.set_json import folders_of, of_folder

    if not is_folder(folder):
        hint = "name the output folder of `mocompile results collect`, or of `mocompile run`"
        raise InputError([Finding("not-found", f"no such folder: '{folder}'", None, hint)])
    found: dict[str, str] = {}
    for each in folders_of(Path(folder)):
        collected = of_folder(each)
        if collected is not None and not collected.broken:
            name = _named(collected.set, collected.labels, names)
            found = together(found, {name: _state(collected)})
    for run in runs_in(folder):
        for name, state in _of_run(run).items():
            # A run that was killed may not have said that a point is done.
            if not (state == "running" and found.get(name) == "done"):
                found[name] = state
    return found


def runs_in(folder: str) -> list[Path]:
    """Return the folders of `mocompile run` at or below the folder."""
    from mocompile.running.journal import NAME

    found = (each.parent for each in sorted(Path(folder).rglob(NAME)) if not _is_hidden(each, Path(folder)))
    return [each for each in found if _of_run(each)]


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _of_run(folder: Path) -> dict[str, str]:
    from mocompile.running.journal import states_in

    return {name: _OF_RUN[state] for name, state in states_in(folder).items() if state in _OF_RUN}


def in_cluster(
    study: str, namespace: str, context: str | None, kubeconfig: str | None, names: Names | None = None
) -> dict[str, str]:
    """Return the state of each JobSet with the study's label, by name. Raises `InputError` if the cluster refuses.

    `names` has the names of the study's sets: kustomize gives a set another one, and its labels stay.
    """
    from mocompile.results.collect.api import Api, ApiError, Broken
    from mocompile.results.collect.facts import labels_of, set_status
    from mocompile.study.marks import STUDY

    api = Api(kubeconfig, context)
    path = f"/apis/jobset.x-k8s.io/v1alpha2/namespaces/{namespace or api.namespace}/jobsets"
    try:
        jobsets = api.get(path, labelSelector=f"{STUDY}={study}").get("items") or []
    except (ApiError, Broken) as error:
        raise InputError([Finding("cluster", f"cannot list the cluster's JobSets: {error}")]) from None
    found: dict[str, str] = {}
    for each in jobsets:
        name = _named(each["metadata"]["name"], labels_of(each), names)
        found = together(found, {name: _OF_CLUSTER.get(set_status(each)[0], "running")})
    return found


def names_of(study: str, points: Iterable[tuple[str, int, str]]) -> Names:
    """Return the names of a study's sets, from the id of the point, the repeat, and the name of each."""
    return Names(study, {(point, str(repeat)): name for point, repeat, name in points})


def _named(name: str, labels: Mapping[str, str], names: Names | None) -> str:
    """Return the name that the study gives a set: the cluster may have it under another one."""
    from mocompile.study.marks import POINT, REPEAT, STUDY

    if names is None or labels.get(STUDY) != names.study:
        return name
    return names.points.get((labels.get(POINT, ""), labels.get(REPEAT, "")), name)


def together(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """Return the states of both; for a set in both, the state that is nearer to the end."""
    return {**one, **{name: min(state, one.get(name, state), key=STATES.index) for name, state in other.items()}}


def counted(states: Iterable[str]) -> str:
    """Return `12 sets: 9 done, 3 missing`."""
    counts = Counter(states)
    total = sum(counts.values())
    parts = ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])
    return f"{total} set{'' if total == 1 else 's'}: {parts}"


def _state(collected: Collected) -> str:
    if collected.state == "Completed":
        # A set that completed without a measurement in a log has to run again.
        return "done" if collected.succeeded else "failed"
    return "running" if collected.state in ("Running", "Suspended") else "failed"
