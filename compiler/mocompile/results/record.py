"""What is read out of logs: one record a figure, the runs they stand in, and what the logs lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import pandas

    from mocompile.catalog.figures.number import Better, Scalar


Status: TypeAlias = Literal["ok", "failed", "cut"]


@dataclass(frozen=True, slots=True)
class Record:
    """One figure out of a log.

    `value` is a number where the log has one; text such as `nan` stays text. `context` is what sets it apart from the
    metric's other figures of that name (message size, device, ...). `better` says which direction is better, where one
    is.

    `timepoint` counts from 0 in its collection, `collection` counts in its log (a retried pod has several); outside any
    timepoint it is None. `line` is where it stands in `source`, counted from 1. `status` is `failed` where the log says
    that this timepoint's run failed, `cut` where the log ends (or begins) inside it, or a figure is not there without
    which a run has no result; such figures are as printed, and no result.

    `pods` is the number of pods of its set, from the log's metadata. `set`, `job`, `pod`, `container`, `node` are known
    where logs were collected with them, `time` (RFC 3339) where lines have times; else empty. `printed` is what the log
    has, where `value` is that in another unit (0:03:27 as 207 s).
    """

    figure: str
    value: Scalar
    unit: str
    metric: str
    timepoint: int | None
    source: str
    context: Mapping[str, Scalar] = field(default_factory=dict)
    better: Better = ""
    collection: int = 0
    line: int = 0
    status: Status = "ok"
    pods: int | None = None
    set: str = ""
    job: str = ""
    pod: str = ""
    container: str = ""
    node: str = ""
    time: str = ""
    printed: str = ""

    def flat(self) -> dict[str, Scalar | None]:
        """One flat mapping of JSON's types: first what names it, then the context, then the rest that is not empty."""
        known = {name: value for name, value in zip(OPTIONAL, _optional(self), strict=True) if value not in _EMPTY}
        first = dict(zip(FIRST, _first(self), strict=True))
        return {**first, **self.context, **dict(zip(ALWAYS, _always(self), strict=True)), **known}


FIRST = ("figure", "value", "unit", "metric", "timepoint", "source")

ALWAYS = ("collection", "line", "status")

OPTIONAL = ("pods", "better", "set", "job", "pod", "container", "node", "time", "printed")

_first, _always, _optional = attrgetter(*FIRST), attrgetter(*ALWAYS), attrgetter(*OPTIONAL)

_EMPTY = ("", None)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a log lacks or says went wrong.

    `level` is `error` where figures are missing or must not be trusted, `note` for what one should know.
    """

    level: Literal["error", "note"]
    message: str
    source: str
    line: int = 0
    metric: str = ""
    pod: str = ""
    collection: int | None = None
    timepoint: int | None = None

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.line else self.source
        return f"{place}: {self.level}: {self.message}"


@dataclass(frozen=True, slots=True)
class Timepoint:
    """One timepoint of a collection: its lines as they were printed, without their ends, from line `start` on."""

    number: int
    start: int
    status: Status
    time: str = ""
    lines: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Its output, as it was printed."""
        return "".join(f"{line}\n" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Run:
    """One collection of a log: what one container measured.

    `metadata` is the METADATA of the log as data, `metadata_line` as it was printed; `addons` are the ADDON METADATA.
    `before` and `after` are the lines around the collection. `closed` is whether its end is there.
    """

    metric: str
    source: str
    collection: int
    metadata: Mapping[str, Any]
    metadata_line: str = ""
    addons: tuple[Mapping[str, Any], ...] = ()
    timepoints: tuple[Timepoint, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    closed: bool = True
    set: str = ""
    job: str = ""
    pod: str = ""
    container: str = ""
    node: str = ""

    @property
    def pods(self) -> int | None:
        """How many pods its set has, where the metadata says it."""
        pods = self.metadata.get("pods")
        return pods if isinstance(pods, int) and not isinstance(pods, bool) else None


@dataclass(frozen=True, slots=True)
class Results:
    """All that was read: the figures, the runs that they come from, and what is missing or went wrong."""

    records: tuple[Record, ...]
    runs: tuple[Run, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def figures(self, *names: str, metric: str | None = None, status: Status | None = "ok") -> Results:
        """Only the records of these names (all without any), of that metric, of that status (None: any)."""
        return Results(
            tuple(
                record
                for record in self.records
                if (not names or record.figure in names)
                and metric in (None, record.metric)
                and status in (None, record.status)
            ),
            self.runs,
            self.problems,
        )

    def frame(self) -> pandas.DataFrame:
        """The flat records as a pandas DataFrame, a row each. Raises `MissingExtraError` without pandas."""
        from mocompile.results.extra import need

        rows = [record.flat() for record in self.records]
        frame: pandas.DataFrame = need("pandas").DataFrame(rows, columns=columns(self.records))
        return frame


def columns(records: Iterable[Record]) -> list[str]:
    """The names of all columns that flat records have, in their order: the same whatever the first record lacks."""
    contexts: dict[str, None] = {}
    optional: set[str] = set()
    for record in records:
        contexts.update(dict.fromkeys(record.context))
        optional.update(name for name in OPTIONAL if getattr(record, name) not in ("", None))
    return [*FIRST, *contexts, *ALWAYS, *(name for name in OPTIONAL if name in optional)]
