"""What a cluster said of the containers whose logs are reported, where `results collect` left it beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from mocompile.results.read.lines import COLLECTED


def environment_beside(logs: Iterable[str | Path]) -> list[dict[str, object]]:
    """The entries of the containers whose logs are `logs`: files, or folders of them; none where nothing was left."""
    return [entry for log in logs for entry in _beside(Path(log))]


def _beside(log: Path) -> Iterator[dict[str, object]]:
    if log.is_dir():
        for path in sorted(log.rglob(COLLECTED)):
            yield from _entries(path)
    elif log.is_file():
        yield from (entry for entry in _entries(log.parent / COLLECTED) if entry.get("file") == log.name)


def _entries(path: Path) -> list[dict[str, object]]:
    try:
        data = json.loads(path.read_text("utf-8"))
        return [dict(entry) for entry in data["containers"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
