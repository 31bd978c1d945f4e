"""What `figures.yaml` of a metric or addon says, as frozen dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mocompile.catalog.figures.number import Better, Scalar
from mocompile.catalog.figures.pattern import Pattern

# Names that no context may have: the fields of `results.record.Record`, which a flat record has beside its context.
# A literal, so that the catalog does not import the results.
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
    )
)

Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureSheet:
    """One figure: its unit where the log does not say it, its better direction, what it is, how it is written."""

    name: str
    unit: str
    better: Better
    description: str
    format: Literal["number", "duration", "text"] = "number"
    expected: bool = False


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
class Line:
    """A line with figures (`counted`: how many there are). `keep`: its context holds for what follows.

    `units` are those of its figures where they are other than the figures' own.
    """

    pattern: Pattern
    keep: bool = False
    counted: str = ""
    number: str = ""
    constants: Mapping[str, Scalar] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """What stands below a line, until another."""

    pattern: Pattern
    until: Pattern | None
    number: str
    constants: Mapping[str, Scalar]
    output: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns below a line of names: by the word at the top, or by position."""

    pattern: Pattern
    until: Pattern | None
    columns: Mapping[str, str]
    constants: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Document:
    """A path into each JSON document, and what is read from where it leads. `<name>` in it is context.

    `failed` is a path of its own from there: where it leads to values and none of them is zero, the run failed.
    """

    path: Path
    only: Mapping[str, tuple[str, ...]]
    where: Path
    figures: Mapping[str, Path]
    context: Mapping[str, Path]
    constants: Mapping[str, Scalar]
    failed: Path = ()


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of numbers with commas between them: one figure, by row and column. `diagonal`: whether it is measured."""

    figure: str
    axes: tuple[str, str]
    constants: Mapping[str, Scalar]
    diagonal: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """A line that says that the run failed."""

    pattern: Pattern


Reader: TypeAlias = Line | Section | Table | Document | Matrix | Failure


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
