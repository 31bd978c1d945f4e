"""The types of a log's results: a record for each figure, the run of each record, and the problems of the log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from mocompile.results.environment import INSTANCE_TYPE, PROCESSOR

if TYPE_CHECKING:
    import pandas

    from mocompile.catalog.figures.number import Better, Scalar
    from mocompile.results.environment import Environment


Status: TypeAlias = Literal["ok", "failed", "cut"]


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a log: `source`, its name in messages, and the container; unknown fields are empty."""

    source: str
    set: str = ""
    job: str = ""
    pod: str = ""
    container: str = ""
    node: str = ""


class Configuration:
    """Everything that is known to influence a run's values, except its set: one object for all records of the run.

    `pods` is the number of pods of the set. `values` has the rest by flat names: `image`, `image.digest`, `addons`,
    `option.NAME`, `setting.NAME`, `parameter.NAME`, `label.NAME`, `addon.NAME.KEY`, `machine.KEY`, `metadata.KEY`. Two
    configurations are equal if all values and their types are equal: 8 is not `8`. The order of `values` is the order
    of columns; equality ignores it.
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
        """Return a copy with `more` values, which replace equal names."""
        return Configuration(self.pods, {**self.values, **more}) if more else self


UNKNOWN = Configuration()


class _Located:
    """A record or a run, by the fields of its origin and the pods of its configuration. Unknown ones are empty."""

    __slots__ = ()

    origin: Origin
    configuration: Configuration

    @property
    def source(self) -> str:
        """The log, as messages call it."""
        return self.origin.source

    @property
    def pods(self) -> int | None:
        """How many pods its set has, None if the log does not say it."""
        return self.configuration.pods

    @property
    def set(self) -> str:
        """The name of its set."""
        return self.origin.set

    @property
    def job(self) -> str:
        """The replicated job."""
        return self.origin.job

    @property
    def pod(self) -> str:
        """The pod."""
        return self.origin.pod

    @property
    def container(self) -> str:
        """The container."""
        return self.origin.container

    @property
    def node(self) -> str:
        """The node."""
        return self.origin.node

    @property
    def instance_type(self) -> str:
        """The type of the node, as its label `node.kubernetes.io/instance-type` says."""
        return str(self.configuration.values.get(INSTANCE_TYPE, ""))

    @property
    def processor(self) -> str:
        """The model of the processor."""
        return str(self.configuration.values.get(PROCESSOR, ""))


@dataclass(frozen=True, slots=True)
class Record(_Located):
    """One figure from a log.

    `value` is a number if the log has one; text such as `nan` stays text. `context` distinguishes it from the metric's
    other figures of that name (message size, device, ...). `better` is the better direction, if there is one.

    `timepoint` counts from 0 in its collection, `collection` counts in its log (a retried pod has several); outside any
    timepoint it is None. `line` is its line in `source`, counted from 1. `status` is `failed` if the log says that this
    timepoint's run failed, `cut` if the log ends (or begins) inside it or a required figure is missing. Such figures
    keep their printed value and are not results.

    `origin` and `configuration` are those of its run. `time` (RFC 3339) is set if lines have times. `printed` is the
    text in the log if `value` is in another unit (0:03:27 as 207 s).
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

    def flat(self) -> dict[str, Scalar | None]:
        """Return one flat mapping of JSON's types: identity, context, other fields that are not empty, configuration.

        Names of the configuration have a prefix (`option.size`), which distinguishes them from contexts.
        """
        origin = self.origin
        flat: dict[str, Scalar | None] = {
            "figure": self.figure,
            "value": self.value,
            "unit": self.unit,
            "metric": self.metric,
            "timepoint": self.timepoint,
            "source": origin.source,
            **self.context,
            "collection": self.collection,
            "line": self.line,
            "status": self.status,
        }
        if self.configuration.pods is not None:
            flat["pods"] = self.configuration.pods
        if self.better:
            flat["better"] = self.better
        if origin.set:
            flat["set"] = origin.set
        if origin.job:
            flat["job"] = origin.job
        if origin.pod:
            flat["pod"] = origin.pod
        if origin.container:
            flat["container"] = origin.container
        if origin.node:
            flat["node"] = origin.node
        if self.time:
            flat["time"] = self.time
        if self.printed:
            flat["printed"] = self.printed
        flat.update(self.configuration.values)
        return flat


FIRST = ("figure", "value", "unit", "metric", "timepoint", "source")

ALWAYS = ("collection", "line", "status")

OPTIONAL = ("pods", "better", "set", "job", "pod", "container", "node", "time", "printed")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is missing in a log, or that failed according to the log.

    `level` is `error` if figures are missing or not reliable, `note` for other information.
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
    """One timepoint of a collection: its lines as printed, without line ends, from line `start` on."""

    number: int
    start: int
    status: Status
    time: str = ""
    lines: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Its output, as printed."""
        return "".join(f"{line}\n" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Run(_Located):
    """One collection of a log: the measurements of one container.

    `metadata` is the METADATA of the log as data, `metadata_line` as printed; `addons` are the ADDON METADATA.
    `configuration` is shared by its records. `before` and `after` are the lines around the collection. `closed` says
    whether the log has its end. `environment` says where it ran; older logs do not say it.
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
    environment: Environment | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that was read: the figures, their runs, and the problems."""

    records: tuple[Record, ...]
    runs: tuple[Run, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def figures(self, *names: str, metric: str | None = None, status: Status | None = "ok") -> Results:
        """Return only the records with these names (none: all), of that metric, with that status (None: any)."""
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
        """Return the flat records as a pandas DataFrame, one row each. Raises `MissingExtraError` without pandas."""
        from mocompile.results.extra import need

        rows = [record.flat() for record in self.records]
        frame: pandas.DataFrame = need("pandas").DataFrame(rows, columns=columns(self.records))
        return frame


def columns(records: Iterable[Record]) -> list[str]:
    """Return the names of all columns of the flat records. The order does not depend on the first record."""
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
