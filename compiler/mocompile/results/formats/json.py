"""One JSON object: `records` as flat objects, one per line; `problems`; and `runs`, each with its metadata.

It does not contain the lines of the logs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from json import dumps
from typing import Any, BinaryIO

from mocompile.results.formats.jsonl import lines
from mocompile.results.record import Problem, Record, Run

_RUN = ("metric", "source", "collection", "metadata", "addons", "closed")
_WHERE = ("set", "job", "pod", "container", "node")


class JsonWriter:
    """Writes records as they come; `close` ends the object."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._before = '{"records": ['

    def write(self, records: Iterable[Record], problems: Iterable[Problem] = ()) -> None:  # noqa: ARG002
        """Write more of the array of records."""
        for each in lines(records):
            self._stream.write(f"{self._before}\n{each.rstrip()}".encode())
            self._before = ","

    def close(self, runs: Iterable[Run] = (), problems: Iterable[Problem] = ()) -> None:
        """End the records, then write the problems and the runs."""
        ends = f"{self._before if self._before != ',' else ''}\n],\n"
        self._stream.write(ends.encode())
        self._stream.write(f'"problems": {_array(asdict(problem) for problem in problems)},\n'.encode())
        self._stream.write(f'"runs": {_array(_run(run) for run in runs)}}}\n'.encode())


def _array(items: Iterable[Mapping[str, Any]]) -> str:
    lines = ",\n".join(dumps(item, ensure_ascii=True) for item in items)
    return f"[\n{lines}\n]"


def _run(run: Run) -> dict[str, Any]:
    known = {name: value for name in _WHERE if (value := getattr(run, name))}
    configuration = dict(run.configuration.values)
    return {**{name: getattr(run, name) for name in _RUN}, "pods": run.pods, **known, "configuration": configuration}
