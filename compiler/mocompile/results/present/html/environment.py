"""The cluster's state of the reported containers, from the `set.json` of `results collect` beside their logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mocompile.files import is_file
from mocompile.results.read.set_json import containers_in, data_of, folders_of, nodes_in


def environment_beside(logs: Iterable[str | Path]) -> list[dict[str, object]]:
    """The entries of the containers whose logs are `logs`: files, or folders of them; none where nothing was left.

    A `set.json` that cannot be read has no entries. It is a problem of the results, which the page has, too.
    """
    return [entry for log in logs for entry in _beside(Path(log))]


def nodes_beside(logs: Iterable[str | Path]) -> list[dict[str, object]]:
    """Return the entries of the nodes in each `set.json` beside `logs`: files, or folders of them."""
    return [dict(node) for log in logs for folder in _folders(Path(log)) for node in nodes_in(_data(folder))]


def _beside(log: Path) -> Iterator[dict[str, object]]:
    for folder in _folders(log):
        for entry in containers_in(_data(folder)):
            if folder != log.parent or entry.get("file") == log.name:
                yield entry


def _folders(log: Path) -> list[Path]:
    return [*([log.parent] if is_file(log) else []), *folders_of(log)]


def _data(folder: Path) -> dict[str, Any]:
    try:
        return data_of(folder)
    except (OSError, ValueError):
        return {}
