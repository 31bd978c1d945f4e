"""The cluster's state of the reported containers, from the `set.json` of `results collect` beside their logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from mocompile.files import is_file
from mocompile.results.read.set_json import containers_in, data_of, folders_of


def environment_beside(logs: Iterable[str | Path]) -> list[dict[str, object]]:
    """The entries of the containers whose logs are `logs`: files, or folders of them; none where nothing was left.

    A `set.json` that cannot be read has no entries. It is a problem of the results, which the page has, too.
    """
    return [entry for log in logs for entry in _beside(Path(log))]


def _beside(log: Path) -> Iterator[dict[str, object]]:
    if is_file(log):
        yield from (entry for entry in _entries(log.parent) if entry.get("file") == log.name)
    for folder in folders_of(log):
        yield from _entries(folder)


def _entries(folder: Path) -> list[dict[str, object]]:
    try:
        return list(containers_in(data_of(folder)))
    except (OSError, ValueError):
        return []
