"""JSON lines: one line per record (flat) and per problem, written as they come, and read again.

The line of a problem begins with `{"problem": `, that of a record with `{"figure": `.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from json import loads
from typing import Any, BinaryIO, TypeAlias

from mocompile.catalog.figures.model import RESERVED, is_configured, is_reserved
from mocompile.catalog.figures.number import Scalar
from mocompile.results.formats.json_lines import ENCODER, line, lines_of
from mocompile.results.lazy_records import LazyRecords
from mocompile.results.record import FIRST, Configuration, Origin, Problem, Record, Run
from mocompile.results.wanted import ALL, Wanted

# Where a record is from: the log, the pod, the container.
Source: TypeAlias = tuple[str, str, str]

_FEW = 20
_MOST_LAYOUTS = 1_000  # a file that is made up may have other names in each line
_MOST_KNOWN = 10_000
_TOGETHER = 1_000  # lines in one write
_COUNT_END = 2**63  # the limit of integer columns in tables and databases
_WHOLE = "a whole number from 0 to 2^63 - 1"
_STATUS = ("ok", "failed", "cut")
_BETTER = ("higher", "lower", "")


class JsonLinesWriter:
    """Writes one record per line and one problem per line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, records: Iterable[Record], problems: Iterable[Problem] = ()) -> None:
        """Write a line for each record and problem."""
        each = lines(records)
        while text := "".join(islice(each, _TOGETHER)):
            self._stream.write(text.encode())
        for problem in problems:
            self._stream.write(f"{ENCODER.encode(_flat_problem(problem))}\n".encode())

    def close(self, runs: Iterable[Run] = (), problems: Iterable[Problem] = ()) -> None:
        """Do nothing: every line is written already."""


def lines(records: Iterable[Record]) -> Iterator[str]:
    """Yield each record as one line of JSON, with the line end."""
    return lines_of(records) if isinstance(records, LazyRecords) else map(line, records)


def _flat_problem(problem: Problem) -> dict[str, Scalar]:
    flat: dict[str, Scalar | None] = {
        "problem": problem.level,
        "message": problem.message,
        "source": problem.source,
        "line": problem.line or None,
        "metric": problem.metric or None,
        "pod": problem.pod or None,
        "collection": problem.collection,
        "timepoint": problem.timepoint,
    }
    return {name: value for name, value in flat.items() if value is not None}


def read_jsonl(
    stream: BinaryIO, source: str, wanted: Wanted = ALL, sources: set[Source] | None = None
) -> Iterator[Record | Problem]:
    """Yield the records and problems of a file of `JsonLinesWriter`; keys that are not fields are the record's context.

    Only figures that are `wanted` become records. The sources of all figures are added to `sources`. Another line gives
    a `Problem` with its place; after several such lines without a record, the rest is not read.
    """
    wrong = read = 0
    build = _Builder(wanted, set() if sources is None else sources)
    for number, data in enumerate(stream, 1):
        text = data.removeprefix(b"\xef\xbb\xbf") if number == 1 else data
        if not text.strip():
            continue
        found = build.of(text)
        if not isinstance(found, str):
            read += 1
            if found is not None:
                yield found
            continue
        wrong += 1
        yield Problem("error", found, source, number)
        if wrong == _FEW and not read:
            yield Problem("error", "the first lines have no figures; the rest is not read", source, number)
            return


class _Builder:
    """Makes records from flat ones; records of one run share their origin and their configuration."""

    def __init__(self, wanted: Wanted, sources: set[Source]) -> None:
        self._wanted = wanted
        self._sources = sources
        self._layouts: dict[tuple[str, ...], _Layout] = {}
        self._origins: dict[tuple[tuple[str, ...], tuple[str, ...]], Origin] = {}
        # By the values as they are written: equal configurations are one object.
        self._known: dict[tuple[int | None, tuple[str, ...], tuple[Scalar, ...]], Configuration] = {}
        self._configurations: dict[Configuration, Configuration] = {}

    def of(self, data: bytes) -> Record | Problem | str | None:
        """Return the record or the problem of a line, the error in the line as text, or None for an unwanted figure."""
        try:
            flat = loads(data)
        except (ValueError, RecursionError):
            return "this line is not JSON; is the file truncated?"
        if not isinstance(flat, dict):
            return "this line is not a JSON object"
        if "problem" in flat:
            return _problem(flat)
        names = tuple(flat)
        layout = self._layouts.get(names)
        if layout is None:
            missing = [name for name in FIRST if name not in flat]
            if missing:
                return f"this line is not a figure: it has no '{missing[0]}'"
            if len(self._layouts) >= _MOST_LAYOUTS:
                self._layouts.clear()
            layout = self._layouts[names] = _Layout(names)
        for name, usual, allowed, kind in layout.checks:
            value = flat[name]
            if type(value) not in usual and not allowed(value):
                return f"'{name}' must be {kind}"
        self._sources.add((flat["source"], flat.get("pod", ""), flat.get("container", "")))
        return self._record(flat, layout) if self._wanted.has(flat["metric"], flat["figure"]) else None

    def _record(self, flat: Mapping[str, Any], layout: _Layout) -> Record:
        of_origin = tuple(flat[name] for name in layout.origin)
        origin = self._origins.get((layout.origin, of_origin))
        if origin is None:
            origin = Origin(**dict(zip(layout.origin, of_origin, strict=True)))
            self._origins[layout.origin, of_origin] = origin
        of_run = (flat.get("pods"), layout.configured, tuple(flat[name] for name in layout.configured))
        configuration = self._known.get(of_run)
        if configuration is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = Configuration(flat.get("pods"), {name: flat[name] for name in layout.configured})
            configuration = self._known[of_run] = self._configurations.setdefault(found, found)
        return Record(
            origin=origin,
            context={name: flat[name] for name in layout.context},
            configuration=configuration,
            **{name: flat[name] for name in layout.own},
        )


class _Layout:
    """The names of a line, by what they are, with the test of each value: lines of one kind share it."""

    def __init__(self, names: tuple[str, ...]) -> None:
        fields = [(name, *_FIELDS.get(name, (_scalar, "text or a number"))) for name in names]
        self.checks = [(name, _USUAL.get(allowed, ()), allowed, kind) for name, allowed, kind in fields]
        self.origin = tuple(name for name in _ORIGIN if name in names)
        self.own = tuple(name for name in _OWN if name in names)
        self.configured = tuple(name for name in names if is_configured(name))
        self.context = tuple(name for name in names if not is_reserved(name))


def _problem(flat: Mapping[str, Any]) -> Problem | str:
    """Return the problem of a line, or the error in the line as text."""
    for name, (allowed, kind) in _PROBLEM.items():
        if name in flat and not allowed(flat[name]):
            return f"'{name}' of a problem must be {kind}"
    if "message" not in flat or "source" not in flat:
        return "this line is not a problem of a log: it has no 'message' or no 'source'"
    return Problem(flat["problem"], **{name: flat[name] for name in _PROBLEM if name in flat and name != "problem"})


def _text(value: object) -> bool:
    return isinstance(value, str)


def _scalar(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | int) and not isinstance(value, bool)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _COUNT_END


def _maybe_count(value: object) -> bool:
    return value is None or _count(value)


def _never(_: object) -> bool:
    return False


_FIELDS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    **dict.fromkeys(RESERVED, (_text, "text")),
    "value": (_scalar, "text or a number"),
    "timepoint": (_maybe_count, f"{_WHOLE} or null"),
    "pods": (_maybe_count, f"{_WHOLE} or null"),
    "collection": (_count, _WHOLE),
    "line": (_count, _WHOLE),
    "status": (lambda value: value in _STATUS, "one of ok, failed, cut"),
    "better": (lambda value: value in _BETTER, "one of higher, lower"),
    **dict.fromkeys(
        ("context", "origin", "configuration", "problem"), (_never, "left out: its parts are fields of their own")
    ),
    **dict.fromkeys(("image", "addons"), (_scalar, "text or a number")),
}
# The types of which every value is allowed, so that most values need no call.
_USUAL: Mapping[Callable[[object], bool], tuple[type, ...]] = {_text: (str,), _scalar: (str, int)}
_ORIGIN = ("source", "set", "job", "pod", "container", "node")
# The fields that a flat record has under their own names.
_OWN = (*(name for name in FIRST if name != "source"), "better", "collection", "line", "status", "time", "printed")
_PROBLEM: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "problem": (lambda value: value in ("error", "note"), "one of error, note"),
    **dict.fromkeys(("message", "source", "metric", "pod"), (_text, "text")),
    **dict.fromkeys(("line",), (_count, _WHOLE)),
    **dict.fromkeys(("collection", "timepoint"), (_maybe_count, f"{_WHOLE} or null")),
}
