"""A study that has been read, and its points: what `read` hands to `points`, and `points` to `compile`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from mocompile.diagnostics.place import Place
    from mocompile.document.load import Document
    from mocompile.document.set_path import Segment
    from mocompile.template.parse import MapTemplate, Template

# What a value of a parameter is to expressions, in METADATA and in the index.
ParameterValue: TypeAlias = str | int | float | bool

# How much of a point a message shows.
_SHOWN_VALUE = 24
_SHOWN_POINT = 120


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a parameter. `text` is what is set, as it was written; `documents` are the overlays to lay over."""

    value: ParameterValue
    text: str
    place: Place
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter. `path` is empty for one with overlays; a derived one has a `template` and no choices.

    `extra` has the choices that only included points have.
    """

    name: str
    place: Place
    path: tuple[Segment, ...] = ()
    choices: tuple[Choice, ...] = ()
    extra: tuple[Choice, ...] = ()
    template: Template = None
    template_place: Place | None = None

    @property
    def is_derived(self) -> bool:
        """Whether its value follows from other parameters."""
        return self.template_place is not None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Combinations to leave out: those with all these values, as they were written, for which `when` holds."""

    values: Mapping[str, str]
    when: MapTemplate | None
    place: Place


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A point that is no combination: a choice for each parameter that is not derived."""

    choices: Mapping[str, Choice]
    place: Place


@dataclass(frozen=True, slots=True)
class Study:
    """A study. `derived` has the names of the derived parameters, each behind those that it reads.

    `namespace` is empty where the study has none; `shuffle` is None where the order is that of the values.
    """

    name: str
    name_place: Place
    namespace: str
    namespace_place: Place
    base: Document
    parameters: Mapping[str, Parameter]
    derived: tuple[str, ...]
    parameters_place: Place
    zips: tuple[tuple[str, ...], ...]
    exclusions: tuple[Exclusion, ...]
    inclusions: tuple[Inclusion, ...]
    repeats: int
    shuffle: int | None
    max_points: int


@dataclass(frozen=True, slots=True)
class Point:
    """One combination: a choice for every parameter, in the order in which the study has them."""

    choices: Mapping[str, Choice]

    @property
    def values(self) -> dict[str, ParameterValue]:
        """The values by the names of the parameters."""
        return {name: choice.value for name, choice in self.choices.items()}

    def __str__(self) -> str:
        """`pods=2, size=1G`, cut where it is long."""
        shown = ", ".join(f"{name}={_cut(choice.text, _SHOWN_VALUE)}" for name, choice in self.choices.items())
        return _cut(shown, _SHOWN_POINT)


def _cut(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
