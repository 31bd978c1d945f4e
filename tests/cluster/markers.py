"""Reads a log's markers: only those at the start of a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

METADATA = "METADATA START "
ADDON = "ADDON METADATA START "
START = "METRICS OPERATOR COLLECTION START"
TIMEPOINT = "METRICS OPERATOR TIMEPOINT"
END = "METRICS OPERATOR COLLECTION END"


@dataclass(frozen=True)
class Log:
    """The parts of a log; `closed`: the collection was opened once and closed once, in this order."""

    metadata: dict[str, Any]
    addons: list[dict[str, Any]]
    before: str
    timepoints: list[str]
    after: str
    closed: bool


def read(text: str) -> Log:
    """The log of a container that measures, or (no collection) of a worker. Where it ran is left out."""
    lines = text.splitlines(keepends=True)
    lines = [line for line in lines if not line.startswith("ENVIRONMENT ")]
    bare = [line.rstrip("\n") for line in lines]
    metadata = [json.loads(line.removeprefix(METADATA)) for line in bare if line.startswith(METADATA)]
    assert len(metadata) == 1, f"{len(metadata)} METADATA lines in:\n{text}"
    addons = [json.loads(line.removeprefix(ADDON)) for line in bare if line.startswith(ADDON)]
    starts = [number for number, line in enumerate(bare) if line == START]
    ends = [number for number, line in enumerate(bare) if line == END]
    first = bare.index("METADATA END") + 1
    opened = starts[0] if starts else len(bare)
    shut = ends[0] if ends else len(bare)
    points: list[str] = []
    for line, with_end in zip(bare[opened + 1 : shut], lines[opened + 1 : shut], strict=True):
        if line == TIMEPOINT:
            points.append("")
        else:
            assert points, f"text before the first timepoint: {line}"
            points[-1] += with_end
    return Log(
        metadata=metadata[0],
        addons=addons,
        before="".join(lines[first:opened]),
        timepoints=points,
        after="".join(lines[shut + 1 :]),
        closed=len(starts) == len(ends) == 1 and opened < shut,
    )
