"""Reads the ENVIRONMENT line of a log. The text is foreign: values of a wrong type are left out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from mocompile.results.environment import Device, Environment
from mocompile.results.read.set_json import shown

START, END = "ENVIRONMENT START {", "ENVIRONMENT END"


def environment_in(text: str) -> Environment | None:
    """Return the environment of a line that begins with `START`; None if its JSON is not an object."""
    try:
        data = json.loads(text.removeprefix(START[:-1]))
    except (ValueError, RecursionError):
        return None
    return _of_data(data) if isinstance(data, dict) else None


def _of_data(data: Mapping[str, Any]) -> Environment:
    pages = data.get("hugePages")
    pages = pages if isinstance(pages, dict) else {}
    gpus = data.get("gpus")
    limit = data.get("coreLimit")
    is_number = isinstance(limit, int | float) and not isinstance(limit, bool) and math.isfinite(limit)
    return Environment(
        **{
            name: _text(data, name)
            for name in ("set", "job", "metric", "pod", "node", "image", "mocompile", "started", "processor")
        },
        cores=_whole(data, "cores"),
        core_limit=limit if is_number else None,
        memory=_whole(data, "memory"),
        memory_limit=_whole(data, "memoryLimit"),
        numa_nodes=_whole(data, "numaNodes"),
        kernel=_text(data, "kernel"),
        os=_text(data, "os"),
        huge_pages={shown(size): count for size in pages if (count := _whole(pages, size)) is not None},
        transparent_huge_pages=_text(data, "transparentHugePages"),
        gpus=tuple(shown(each) for each in gpus if isinstance(each, str)) if isinstance(gpus, list) else (),
        mpi=_text(data, "mpi"),
        network=_devices(data, "network"),
        infiniband=_devices(data, "infiniband"),
    )


def _devices(data: Mapping[str, Any], key: str) -> tuple[Device, ...]:
    found = data.get(key)
    return tuple(
        Device(_text(each, "name"), _whole(each, "speed"), _text(each, "rate"))
        for each in (found if isinstance(found, list) else ())
        if isinstance(each, dict)
    )


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return shown(value) if isinstance(value, str) else ""


def _whole(data: Mapping[str, Any], key: str) -> int | None:
    value = data.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None
