"""What `figures.yaml` of a metric or addon says, as frozen dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mocompile.catalog.figures.number import Better, Scalar
from mocompile.catalog.figures.pattern import LinePattern

# Names that no context may have: what a flat record has beside its context, the fields of `results.record.Record`, and
# what begins a line of JSON lines that is no record. A literal, so that the catalog does not import the results.
RESERVED = frozenset(
    (
        "figure",
        "value",
        "unit",
        "metric",
        "timepoint",
        "source",
        "context",
        "better",
        "collection",
        "line",
        "status",
        "pods",
        "set",
        "job",
        "pod",
        "container",
        "node",
        "time",
        "printed",
        "origin",
        "configuration",
        "image",
        "addons",
        "problem",
    )
)

# What the names of a configuration begin with in a flat record; no name of a context does.
CONFIGURED = ("option.", "parameter.", "label.", "addon.", "metadata.")


def is_configured(name: str) -> bool:
    """Whether the name in a flat record is of the configuration."""
    return name in ("image", "addons") or name.startswith(CONFIGURED)


def is_reserved(name: str) -> bool:
    """Whether no context may have the name."""
    return name in RESERVED or name.startswith(CONFIGURED)


JsonPath: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureSheet:
    """One figure: its unit where the log does not say it, its better direction, what it is, how it is written."""

    name: str
    unit: str
    better: Better
    description: str
    format: Literal["number", "duration", "text"] = "number"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture worth making: `figures` over `x`, one line or group of bars for each value of `by`.

    `x` is a context, `timepoint` or `pods`; without one there are bars.
    """

    title: str
    figures: tuple[str, ...]
    x: str = ""
    log: Literal["", "x", "y", "both"] = ""
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineReader:
    """A line with figures (`counted`: how many there are). `carry`: its context holds for what follows.

    `units` are those of its figures where they are other than the figures' own.
    """

    pattern: LinePattern
    carry: bool = False
    counted: str = ""
    number: str = ""
    constants: Mapping[str, Scalar] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SectionReader:
    """What stands below a line, until another."""

    pattern: LinePattern
    until: LinePattern | None
    number: str
    constants: Mapping[str, Scalar]
    output: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class TableReader:
    """Columns below a line of names: by the word at the top, or by position."""

    pattern: LinePattern
    until: LinePattern | None
    columns: Mapping[str, str]
    constants: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class DocumentReader:
    """A path into each JSON document, and what is read from where it leads. `<name>` in it is context.

    `failed` is a path of its own from there: where it leads to values and none of them is zero, the run failed.
    """

    path: JsonPath
    only: Mapping[str, tuple[str, ...]]
    where: JsonPath
    figures: Mapping[str, JsonPath]
    context: Mapping[str, JsonPath]
    constants: Mapping[str, Scalar]
    failed: JsonPath = ()


@dataclass(frozen=True, slots=True)
class MatrixReader:
    """Rows of numbers with commas between them: one figure, by row and column. `diagonal`: whether it is measured."""

    figure: str
    axes: tuple[str, str]
    constants: Mapping[str, Scalar]
    diagonal: bool = True


@dataclass(frozen=True, slots=True)
class FailureReader:
    """A line that says that the run failed."""

    pattern: LinePattern


Reader: TypeAlias = LineReader | SectionReader | TableReader | DocumentReader | MatrixReader | FailureReader


@dataclass(frozen=True, slots=True)
class Sheet:
    """The figures of one metric or addon, how they are found, and what is worth a picture.

    `metrics`: whose output stands in its own too, where it is the metric.
    """

    name: str
    figures: Mapping[str, FigureSheet]
    output: tuple[Reader, ...]
    plots: tuple[Plot, ...] = ()
    metrics: tuple[str, ...] = ()
