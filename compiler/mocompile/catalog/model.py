"""The content of a data sheet as frozen dataclasses: options, patterns, metrics, addons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from mocompile.schema.convert import Json
from mocompile.schema.option_groups import Group

if TYPE_CHECKING:
    from mocompile.template.parse import Template


SheetKind: TypeAlias = Literal["metric", "addon"]

_VARIABLE: Mapping[Group, str] = {"options": "OPT", "listOptions": "LIST", "mapOptions": "MAP"}


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a metric or addon.

    `schema` is its JSON Schema, with `description` and, where it has one, `default`. `shell` is `line` for text that is
    part of a command line, `block` for whole commands, `data` for one word whatever it holds. `deprecated` says why an
    option has no effect; empty text for one that has.
    """

    name: str
    group: Group
    schema: Mapping[str, Any]
    shell: Literal["data", "line", "block"] = "data"
    alias: str = ""
    deprecated: str = ""

    @property
    def kind(self) -> Literal["string", "integer", "boolean", "array", "object"]:
        """The JSON type of a value."""
        kind: Literal["string", "integer", "boolean", "array", "object"] = self.schema["type"]
        return kind

    @property
    def required(self) -> bool:
        """Whether a user must give it."""
        return "default" not in self.schema

    @property
    def default(self) -> Json:
        """The value where the user gives none. Raises KeyError where it is required."""
        value: Json = self.schema["default"]
        return value

    @property
    def variable(self) -> str:
        """The rest of its environment variable: `OPT_SIZE`, `LIST_COMMANDS`, `MAP_COMMANDS`."""
        return f"{_VARIABLE[self.group]}_{self.name.upper()}"


Options: TypeAlias = Mapping[Group, Mapping[str, Option]]


@dataclass(frozen=True, slots=True)
class About:
    """Facts about the program, such as version and licence. Each is empty if the sheet does not have it."""

    version: str = ""
    license: str = ""
    citation: str = ""
    maintainers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PatternJob:
    """One replicated job of a pattern. `role` is the pod's part in it: `single`, `launcher` or `worker`."""

    role: Literal["single", "launcher", "worker"]
    name: str
    container: str
    completions: Template
    when: Template | None
    decides: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """How the pods of a metric work together, and what its data sheet need not repeat."""

    name: str
    summary: str
    minimum_pods: int
    share_process_namespace: bool
    jobs: tuple[PatternJob, ...]
    hosts: str
    program: Template | None
    problem: Template | None


@dataclass(frozen=True, slots=True)
class Timepoints:
    """How many timepoints a repetition has: `count` with `every` seconds between, or one for `each` item of a list."""

    count: Template | None = None
    every: Template | None = None
    each: str = ""


@dataclass(frozen=True, slots=True)
class Computed:
    """The text of an option in place of its default, where one of the options that the text `reads` is given."""

    text: Template
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MetricSheet:
    """A metric's data sheet, with its pattern's own where it says nothing."""

    name: str
    family: str
    summary: str
    url: str
    about: About
    image: str
    architectures: tuple[str, ...]
    pattern: Pattern
    minimum_pods: int
    jobs: tuple[PatternJob, ...]
    hosts: str
    options: Options
    computed: Mapping[str, Computed]
    program: Template | None
    replaced_by: str
    problem: Template | None
    working_dir: Template | None
    sole_tenancy: Template | None
    timepoints: Timepoints
    echo: bool
    needs_one_of: tuple[str, ...]
    endless: Template | None
    script: str | None
    two_sided: bool = False

    @property
    def roles(self) -> tuple[str, ...]:
        """The names of its jobs, as an addon's `target` names them."""
        return tuple(job.name for job in self.jobs)

    def is_read(self, option: str) -> bool:
        """Whether a computed option reads the single option `option`."""
        return any(option in computed.reads for computed in self.computed.values())


@dataclass(frozen=True, slots=True)
class AddonSheet:
    """An addon's data sheet.

    `script` is the text of the addon.sh that acts in the targeted containers, `container_scripts` has those that its
    own containers may run, by file name. `fixed` names the options that decide what kind of containers and volumes
    there are, and so are known when the set is compiled.
    """

    name: str
    family: str
    summary: str
    url: str
    about: About
    options: Options
    needs_one_of: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    environment: Template | None = None
    volumes: Template | None = None
    containers: Template | None = None
    view: Template | None = None
    fixed: frozenset[str] = frozenset()
    short_host_names: bool = False
    once_per_metric: bool = False
    script_name: str = ""
    script: str | None = None
    container_scripts: Mapping[str, str] = field(default_factory=dict)

    @property
    def targeted(self) -> bool:
        """Whether it acts on containers that the user may choose with `target` and `containerTarget`."""
        return "target" in self.options["options"]
