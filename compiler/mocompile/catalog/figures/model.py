"""The content of a metric's or addon's `figures.yaml`, as frozen dataclasses."""

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
SETTING = "setting."
CONFIGURED = ("option.", SETTING, "parameter.", "label.", "addon.", "machine.", "metadata.", "image.", "study.")


def is_configured(name: str) -> bool:
    """Whether the name in a flat record is of the configuration."""
    return name in ("image", "addons") or name.startswith(CONFIGURED)


def is_reserved(name: str) -> bool:
    """Whether no context may have the name."""
    return name in RESERVED or name.startswith(CONFIGURED)


JsonPath: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureSheet:
    """One figure: its unit where the log does not say it, its better direction, what it is, how it is written.

    `suffixes`: by how much the letters k, M, G behind a number differ (1000, 1024); 0: there are none. `no_value` is
    the number that the tool prints where it has no value. `unless`: figures of which one makes up for a required one.
    """

    name: str
    unit: str
    better: Better
    description: str
    format: Literal["number", "duration", "text"] = "number"
    required: bool = False
    suffixes: int = 0
    no_value: Scalar | None = None
    unless: tuple[str, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether each of its numbers is a value as it is printed."""
        return self.format == "number" and not self.suffixes and self.no_value is None


@dataclass(frozen=True, slots=True)
class SettingSheet:
    """One setting that the tool prints: what influences its figures and is no size of the problem.

    `default` is its value where a JSON document lists settings without this one. `aliases` are other keys of it there,
    `same` other texts of a value. `suffixes`: by how much the letters k, M, G behind a number differ; 0: there are
    none. `rest`: it has all settings of a document that are no setting of their own, but for those in `besides`.
    """

    name: str
    default: Scalar | None = None
    aliases: tuple[str, ...] = ()
    same: Mapping[str, str] = field(default_factory=dict)
    suffixes: int = 0
    rest: bool = False
    besides: tuple[str, ...] = ()


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

    `units` are those of its figures where they are other than the figures' own; `<_name>` is a name in the pattern.
    `each` finds figures in the rest of the line, again and again. `pass_on`: the lines behind this one get it, too.
    `times`: a context that says how often the line is there with the same context. `axes`: two contexts that have each
    pair of different numbers below the context `below`.
    `reach`: its context holds for all of the run, or of the section around it, above the line and below. `owner`: of
    the run, only for figures with the same value of this context. `lone`: only if one value of that context has such
    lines.
    """

    pattern: LinePattern
    carry: bool = False
    counted: str = ""
    number: str = ""
    constants: Mapping[str, Scalar] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    each: LinePattern | None = None
    pass_on: bool = False
    times: str = ""
    axes: tuple[str, ...] = ()
    below: str = ""
    reach: Literal["", "run", "section"] = ""
    owner: str = ""
    lone: str = ""

    @property
    def only_context(self) -> bool:
        """Whether it says something of other figures and has none: its line goes on to the readers behind it."""
        return bool(self.reach) and not self.pattern.figures


@dataclass(frozen=True, slots=True)
class SectionReader:
    """The lines below a line, until another one. `units` are those of the figures in them, as for a line.

    `again` is a name in the pattern: a section with the same value there is a newer report of the same. `also_json`:
    its figures may be in a document, too.
    """

    pattern: LinePattern
    until: LinePattern | None
    number: str
    constants: Mapping[str, Scalar]
    output: tuple[Reader, ...]
    units: Mapping[str, str] = field(default_factory=dict)
    again: str = ""
    also_json: bool = False


@dataclass(frozen=True, slots=True)
class TableReader:
    """Columns below a line of names: by the word at the top, or by position.

    A column has several names where its word is at the top several times; `name...` has text with spaces in it.
    `separator` is between cells; without one, white space is. `number` is a context that counts the tables with
    these columns, `sample` one that counts the values of a row's first word, `alike` one that counts the rows of a
    table or sample with the same context. `folded`: the first word of a row may be on a line of its own.
    `headings`: contexts of the columns from further lines of heads.
    """

    pattern: LinePattern
    until: LinePattern | None
    columns: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, Scalar]
    separator: str = ""
    number: str = ""
    sample: str = ""
    alike: str = ""
    folded: bool = False
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Again:
    """How a JSON document shows that it is a newer report of the run of the document before it.

    `at` leads to the time of the report, in milliseconds, `lasted` to how long the run has lasted until then; `same`
    are paths that lead to the same values in both.
    """

    at: JsonPath
    lasted: JsonPath
    same: tuple[JsonPath, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentReader:
    """A path into each JSON document, and what is read from where it leads. `<name>` in it is context.

    `failed` is a path of its own from there: where it leads to values and none of them is zero, the run failed.
    `again`: a newer report of the same run replaces what was read since the report before it. `settings` lead to
    mappings of settings; later ones replace earlier ones.
    """

    path: JsonPath
    only: Mapping[str, tuple[str, ...]]
    where: JsonPath
    figures: Mapping[str, JsonPath]
    context: Mapping[str, JsonPath]
    constants: Mapping[str, Scalar]
    failed: JsonPath = ()
    again: Again | None = None
    settings: tuple[JsonPath, ...] = ()


@dataclass(frozen=True, slots=True)
class MatrixReader:
    """Rows of numbers with commas between them: one figure, by row and column.

    `diagonal`: whether it is measured; where it is not, it is zero.
    """

    figure: str
    axes: tuple[str, str]
    constants: Mapping[str, Scalar]
    diagonal: bool = True


@dataclass(frozen=True, slots=True)
class FailureReader:
    """A line that says that the run failed."""

    pattern: LinePattern


@dataclass(frozen=True, slots=True)
class UnreadableReader:
    """A line of a form whose figures cannot be read, and why."""

    pattern: LinePattern
    reason: str


Reader: TypeAlias = (
    LineReader | SectionReader | TableReader | DocumentReader | MatrixReader | FailureReader | UnreadableReader
)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """The figures of one metric or addon, how they are found, and what is worth a picture.

    `metrics`: metrics whose output is inside its own, if it is the metric. `notes`: messages for a timepoint in which
    a context has several values. `unless`: contexts that make a context needless. `begins`: the lines with which a run
    begins; `ends`: those of which one ends it; `known_by`: other lines that only this output has. `settings`: the
    contexts that are settings.
    """

    name: str
    figures: Mapping[str, FigureSheet]
    output: tuple[Reader, ...]
    plots: tuple[Plot, ...] = ()
    metrics: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    begins: tuple[LinePattern, ...] = ()
    known_by: tuple[LinePattern, ...] = ()
    ends: tuple[LinePattern, ...] = ()
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Mapping[str, SettingSheet] = field(default_factory=dict)
