"""Folders as `results collect` leaves them: a log, and a `set.json` with the times of the set and its pods."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.results.logs import lammps, log

JSONObject = dict[str, Any]
DAY = "2030-01-01T"
LABELS = {"node.kubernetes.io/instance-type": "hpc7g", "karpenter.sh/capacity-type": "spot"}


def at(time: str) -> str:
    """A time of the day in which all of this happens: `00:00:05`."""
    return f"{DAY}{time}Z"


def pod(job: str, index: int = 0, **more: Any) -> JSONObject:
    """A pod of the metric `app-lammps`: three seconds to a node, ten to start, of which it pulled for 8.5."""
    role = "worker" if job.startswith("w") else "launcher"
    measured = {
        "script": at("00:00:13.1"),
        "hostsReady": at("00:00:15.6"),
        "measuring": at("00:00:16"),
        "measured": at("00:00:27.25"),
    }
    whole = {
        "pod": f"set-{job}-0-{index}",
        "podUID": f"uid-{job}-{index}",
        "job": job,
        "index": index,
        "metric": "app-lammps",
        "role": role,
        "node": f"node-{job}-{index}",
        "created": at("00:00:00"),
        "scheduled": at("00:00:03"),
        "started": at("00:00:13"),
        "ended": at("00:00:30"),
        "pulls": [{"container": role, "image": "i:1", "seconds": 8.5}],
        **({} if role == "worker" else measured),
        **more,
    }
    return {key: value for key, value in whole.items() if value is not None}


def set_json(pods: Sequence[JSONObject], state: str = "Completed", **more: Any) -> JSONObject:
    """The content of a `set.json`. Each pod has a container, and each node the labels of one that has a price."""
    containers = [
        {
            "file": f"{each['pod']}.log" if each["role"] != "worker" else "",
            "pod": each["pod"],
            "job": each["job"],
            "container": each["role"],
            "role": each["role"],
            "node": each["node"],
            "state": "terminated",
            "exitCode": 0,
            "complete": True,
        }
        for each in pods
    ]
    return {
        "mocompile": 1,
        "set": "set",
        "uid": "5e7",
        "status": {"state": state},
        "times": {"created": at("00:00:00"), "finished": at("00:00:31")},
        "nodes": [{"name": each["node"], "labels": LABELS} for each in pods],
        "pods": list(pods),
        "containers": containers,
        **more,
    }


def write(folder: Path, data: JSONObject, logs: Mapping[str, str] | None = None) -> Path:
    """Write the folder: `set.json`, and a log of each launcher unless `logs` has others."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "set.json").write_text(json.dumps(data))
    launchers = {each["pod"]: log(lammps()) for each in data["pods"] if each["role"] != "worker"}
    for name, text in (launchers if logs is None else logs).items():
        (folder / f"{name}.log").write_text(text)
    return folder
