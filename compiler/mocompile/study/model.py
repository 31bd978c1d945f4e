"""A study and its points: the data that `read` passes to `points`, and `points` to `compile`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from mocompile.diagnostics.place import Place
    from mocompile.document.load import Document
    from mocompile.document.set_path import Segment
    from mocompile.template.parse import MapTemplate, Template

# The type of a parameter's value in expressions, in METADATA and in the index.
ParameterValue: TypeAlias = str | int | float | bool

# The number of characters of a point in a message.
_SHOWN_VALUE = 24
_SHOWN_POINT = 120


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a parameter. `text` is the value as written; `documents` are the overlays to merge."""

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
        """Whether its value is derived from other parameters."""
        return self.template_place is not None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Combinations to exclude: those with all these values (as written) for which `when` is true."""

    values: Mapping[str, str]
    when: MapTemplate | None
    place: Place


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A point outside the combinations: a choice for each parameter that is not derived."""

    choices: Mapping[str, Choice]
    place: Place


@dataclass(frozen=True, slots=True)
class Study:
    """A study. `derived` has the names of the derived parameters, each after the parameters that it reads.

    `namespace` is empty if the study has none; `shuffle` is None if the points are in the order of the values.
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
    """One combination: a choice for every parameter, in the study's order."""

    choices: Mapping[str, Choice]

    @property
    def values(self) -> dict[str, ParameterValue]:
        """The values by parameter name."""
        return {name: choice.value for name, choice in self.choices.items()}

    def __str__(self) -> str:
        """Return `pods=2, size=1G`, shortened if it is long."""
        shown = ", ".join(f"{name}={_cut(choice.text, _SHOWN_VALUE)}" for name, choice in self.choices.items())
        return _cut(shown, _SHOWN_POINT)


def _cut(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
