"""JSON lines: a flat record a line, written as it comes, and read back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from json import JSONEncoder, loads
from typing import Any, BinaryIO

from mocompile.catalog.figures.model import RESERVED
from mocompile.catalog.figures.number import Scalar
from mocompile.results.record import FIRST, Problem, Record, Run

# ASCII only: what acts on a terminal is an escape, and so is what no encoding has.
_ENCODER = JSONEncoder(ensure_ascii=True, allow_nan=False, check_circular=False)
_FEW = 20
_STATUS = ("ok", "failed", "cut")
_BETTER = ("higher", "lower", "")


class JsonLinesWriter:
    """One record a line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, records: Iterable[Record]) -> None:
        """A line for each."""
        for record in records:
            self._stream.write(line(record).encode())

    def close(self, runs: Iterable[Run] = (), problems: Iterable[Problem] = ()) -> None:
        """Nothing is left to write."""


def line(record: Record) -> str:
    """The flat record as one line of JSON, with its end."""
    return _ENCODER.encode(plain(record)) + "\n"


def plain(record: Record) -> dict[str, Scalar | None]:
    """The flat record with JSON's numbers: one that is not finite is text, as a log prints it (nan, inf, -inf)."""
    flat = record.flat()
    for name, value in flat.items():
        if isinstance(value, float) and not math.isfinite(value):
            flat[name] = str(value)
    return flat


def read_jsonl(stream: BinaryIO, source: str) -> Iterator[Record | Problem]:
    """The records of a file that `JsonLinesWriter` wrote; what is no field of a record is its context.

    A line that is no record is a `Problem` with its place; after some of them without any record, the rest is not read.
    """
    wrong = read = 0
    for number, data in enumerate(stream, 1):
        text = data.removeprefix(b"\xef\xbb\xbf") if number == 1 else data
        if not text.strip():
            continue
        found = _record(text)
        if isinstance(found, Record):
            read += 1
            yield found
            continue
        wrong += 1
        yield Problem("error", found, source, number)
        if wrong == _FEW and not read:
            yield Problem("error", "there are no figures in its first lines; the rest is not read", source, number)
            return


def _record(data: bytes) -> Record | str:
    """The record of a line, or what is wrong with it."""
    try:
        flat = loads(data)
    except (ValueError, RecursionError):
        return "this line is no JSON; was the file cut?"
    if not isinstance(flat, dict):
        return "this line is no JSON object"
    missing = [name for name in FIRST if name not in flat]
    if missing:
        return f"this line is no figure: it has no '{missing[0]}'"
    for name, value in flat.items():
        allowed, kind = _FIELDS.get(name, (_scalar, "text or a number"))
        if not allowed(value):
            return f"'{name}' must be {kind}"
    return _built(flat)


def _built(flat: Mapping[str, Any]) -> Record:
    context = {name: value for name, value in flat.items() if name not in RESERVED}
    return Record(context=context, **{name: value for name, value in flat.items() if name in RESERVED})


def _text(value: object) -> bool:
    return isinstance(value, str)


def _scalar(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | int) and not isinstance(value, bool)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _maybe_count(value: object) -> bool:
    return value is None or _count(value)


def _never(_: object) -> bool:
    return False


_FIELDS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    **dict.fromkeys(RESERVED, (_text, "text")),
    "value": (_scalar, "text or a number"),
    "timepoint": (_maybe_count, "a whole number or null"),
    "pods": (_maybe_count, "a whole number or null"),
    "collection": (_count, "a whole number"),
    "line": (_count, "a whole number"),
    "status": (lambda value: value in _STATUS, "one of ok, failed, cut"),
    "better": (lambda value: value in _BETTER, "one of higher, lower"),
    "context": (_never, "left out: its parts stand beside the other fields"),
}
