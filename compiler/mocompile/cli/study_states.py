"""The states of a study's sets, from the folders of `results collect` and from a cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.files import is_folder

if TYPE_CHECKING:
    from mocompile.results.read.set_json import Collected

STATES = ("done", "running", "failed", "missing")
# From the cluster's conditions: a set that has neither completed nor failed has not ended.
_OF_CLUSTER: Mapping[str, str] = {"Completed": "done", "Failed": "failed"}


def in_folder(folder: str) -> dict[str, str]:
    """Return the state of each set with a `set.json` in the folder, by the set's name.

    A set that was collected several times has the best of its states. Raises `InputError` if the folder is missing.
    """
    from mocompile.results.read.set_json import folders_of, of_folder

    if not is_folder(folder):
        hint = "name the output folder of `mocompile results collect`"
        raise InputError([Finding("not-found", f"no such folder: '{folder}'", None, hint)])
    found: dict[str, str] = {}
    for each in folders_of(Path(folder)):
        collected = of_folder(each)
        if collected is not None and not collected.broken:
            found = together(found, {collected.set: _state(collected)})
    return found


def in_cluster(study: str, namespace: str, context: str | None, kubeconfig: str | None) -> dict[str, str]:
    """Return the state of each JobSet with the study's label, by name. Raises `InputError` if the cluster refuses."""
    from mocompile.results.collect.api import Api, ApiError, Broken
    from mocompile.results.collect.facts import set_status
    from mocompile.study.marks import STUDY

    api = Api(kubeconfig, context)
    path = f"/apis/jobset.x-k8s.io/v1alpha2/namespaces/{namespace or api.namespace}/jobsets"
    try:
        jobsets = api.get(path, labelSelector=f"{STUDY}={study}").get("items") or []
    except (ApiError, Broken) as error:
        raise InputError([Finding("cluster", f"cannot list the cluster's JobSets: {error}")]) from None
    return {each["metadata"]["name"]: _OF_CLUSTER.get(set_status(each)[0], "running") for each in jobsets}


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
