"""Reads the times of sets and their pods from `set.json`. The text is foreign: what is no time is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mocompile.files import is_folder
from mocompile.results.lifetimes import PodLifetime, SetLifetime
from mocompile.results.read.lines import COLLECTED, STDIN
from mocompile.results.read.set_json import Collected, data_of, folders_of, nodes_in, of_folder, shown

if TYPE_CHECKING:
    from mocompile.results.record import Status

_MOST_SECONDS = 10**9
# For a `set.json` of before it had all labels.
_LABELS = {
    "instanceType": "node.kubernetes.io/instance-type",
    "zone": "topology.kubernetes.io/zone",
    "region": "topology.kubernetes.io/region",
}


def lifetimes_of(paths: Iterable[str | Path]) -> list[SetLifetime]:
    """Return the times of each set with a `set.json` in or beside the paths, each set once."""
    folders: dict[Path, None] = {}
    for path in map(Path, (each for each in paths if str(each) != STDIN)):
        folders.update(dict.fromkeys(folders_of(path) if is_folder(path) else [path.parent]))
    found: list[SetLifetime] = []
    for folder in folders:
        known = of_folder(folder)
        if known is not None and not known.broken:
            found.append(_of_set(known, data_of(folder), str(folder / COLLECTED)))
    return found


def _of_set(known: Collected, data: Mapping[str, Any], source: str) -> SetLifetime:
    times = data.get("times")
    times = times if isinstance(times, dict) else {}
    pods = data.get("pods")
    return SetLifetime(
        source=source,
        set=known.set,
        status=_status(known),
        created=_time(times, "created"),
        resumed=_time(times, "resumed"),
        finished=_time(times, "finished"),
        pods=tuple(_pod(each) for each in pods if isinstance(each, dict)) if isinstance(pods, list) else (),
        labels={str(node.get("name")): _labels(node) for node in nodes_in(data)},
    )


def _status(known: Collected) -> Status:
    if known.state == "Completed":
        return "ok"
    return "failed" if known.state in ("Failed", "Deleted") else "cut"


def _pod(entry: Mapping[str, Any]) -> PodLifetime:
    index = entry.get("index")
    attempt = entry.get("attempt")
    return PodLifetime(
        pod=_text(entry, "pod"),
        job=_text(entry, "job"),
        index=index if isinstance(index, int) else None,
        attempt=attempt if isinstance(attempt, int) else 0,
        metric=_text(entry, "metric"),
        role=_text(entry, "role"),
        node=_text(entry, "node"),
        created=_time(entry, "created"),
        scheduled=_time(entry, "scheduled"),
        started=_time(entry, "started"),
        script=_time(entry, "script"),
        hosts=_time(entry, "hostsReady"),
        measuring=_time(entry, "measuring"),
        measured=_time(entry, "measured"),
        ended=_time(entry, "ended"),
        pull=_pull(entry),
    )


def _pull(entry: Mapping[str, Any]) -> float | None:
    """Return the seconds of all pulls of a pod; None if they are not known of each."""
    pulls = entry.get("pulls")
    if not isinstance(pulls, list) or not pulls:
        return None
    total = 0.0
    for each in pulls:
        seconds = 0.0 if isinstance(each, dict) and each.get("present") is True else _seconds(each)
        if seconds is None:
            return None
        total += seconds
    return total


def _seconds(entry: object) -> float | None:
    value = entry.get("seconds") if isinstance(entry, dict) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value < _MOST_SECONDS else None


def _labels(node: Mapping[str, Any]) -> dict[str, str]:
    labels = node.get("labels")
    if isinstance(labels, dict):
        return {shown(str(key)): shown(str(value)) for key, value in labels.items()}
    return {label: _text(node, name) for name, label in _LABELS.items() if _text(node, name)}


def _time(entry: Mapping[str, Any], key: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(entry.get(key)))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return shown(value) if isinstance(value, str) else ""
