"""The types that reading a log gives: a record for each figure, the run it is of, and the problems of the log."""

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
class Origin:
    """Whose log it is: `source` as messages call it, and what is known of the container; empty where it is not."""

    source: str
    set: str = ""
    job: str = ""
    pod: str = ""
    container: str = ""
    node: str = ""


class Configuration:
    """All that is known to influence the values of a run, but for its set: one object for all records of the run.

    `pods` is the number of pods of the set. `values` has the rest by its flat name: `image`, `addons`, `option.NAME`,
    `parameter.NAME`, `label.NAME`, `addon.NAME.KEY`, `metadata.KEY`. Two are equal where all of it is equal, with its
    types: 8 is not `8`. The order of `values` is the order of columns, and does not count.
    """

    __slots__ = ("_hash", "_key", "pods", "values")

    def __init__(self, pods: int | None = None, values: Mapping[str, Scalar] | None = None) -> None:
        self.pods = pods
        self.values: Mapping[str, Scalar] = values or {}
        self._key = (pods, frozenset((name, isinstance(each, str), each) for name, each in self.values.items()))
        self._hash = hash(self._key)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Configuration) and self._key == other._key)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Configuration({self.pods!r}, {dict(self.values)!r})"

    def with_values(self, more: Mapping[str, Scalar]) -> Configuration:
        """The same with `more` values; these win."""
        return Configuration(self.pods, {**self.values, **more}) if more else self


UNKNOWN = Configuration()


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

    `origin` and `configuration` are those of its run. `time` (RFC 3339) is known where lines have times. `printed` is
    what the log has, where `value` is that in another unit (0:03:27 as 207 s).
    """

    figure: str
    value: Scalar
    unit: str
    metric: str
    timepoint: int | None
    origin: Origin
    context: Mapping[str, Scalar] = field(default_factory=dict)
    configuration: Configuration = UNKNOWN
    better: Better = ""
    collection: int = 0
    line: int = 0
    status: Status = "ok"
    time: str = ""
    printed: str = ""

    @property
    def source(self) -> str:
        """The log, as messages call it."""
        return self.origin.source

    @property
    def pods(self) -> int | None:
        """How many pods its set has, where the log says it."""
        return self.configuration.pods

    @property
    def set(self) -> str:
        """The name of its set, where it is known."""
        return self.origin.set

    @property
    def job(self) -> str:
        """The replicated job, where it is known."""
        return self.origin.job

    @property
    def pod(self) -> str:
        """The pod, where it is known."""
        return self.origin.pod

    @property
    def container(self) -> str:
        """The container, where it is known."""
        return self.origin.container

    @property
    def node(self) -> str:
        """The node, where it is known."""
        return self.origin.node

    def flat(self) -> dict[str, Scalar | None]:
        """One flat mapping of JSON's types: what names it, the context, the rest that is not empty, the configuration.

        Names of the configuration have a prefix (`option.size`), so that they are told from contexts.
        """
        known = {name: value for name, value in zip(OPTIONAL, _optional(self), strict=True) if value not in _EMPTY}
        first = dict(zip(FIRST, _first(self), strict=True))
        always = dict(zip(ALWAYS, _always(self), strict=True))
        return {**first, **self.context, **always, **known, **self.configuration.values}


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
    `configuration` is what its records share. `before` and `after` are the lines around the collection. `closed` is
    whether its end is there.
    """

    metric: str
    origin: Origin
    collection: int
    metadata: Mapping[str, Any]
    metadata_line: str = ""
    addons: tuple[Mapping[str, Any], ...] = ()
    configuration: Configuration = UNKNOWN
    timepoints: tuple[Timepoint, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    closed: bool = True

    @property
    def source(self) -> str:
        """The log, as messages call it."""
        return self.origin.source

    @property
    def pods(self) -> int | None:
        """How many pods its set has, where the metadata says it."""
        return self.configuration.pods

    @property
    def set(self) -> str:
        """The name of its set, where it is known."""
        return self.origin.set

    @property
    def job(self) -> str:
        """The replicated job, where it is known."""
        return self.origin.job

    @property
    def pod(self) -> str:
        """The pod, where it is known."""
        return self.origin.pod

    @property
    def container(self) -> str:
        """The container, where it is known."""
        return self.origin.container

    @property
    def node(self) -> str:
        """The node, where it is known."""
        return self.origin.node


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
    configured: dict[str, None] = {}
    seen: set[Configuration] = set()
    for record in records:
        contexts.update(dict.fromkeys(record.context))
        optional.update(name for name in OPTIONAL if getattr(record, name) not in ("", None))
        if record.configuration not in seen:
            seen.add(record.configuration)
            configured.update(dict.fromkeys(record.configuration.values))
    return [*FIRST, *contexts, *ALWAYS, *(name for name in OPTIONAL if name in optional), *configured]
