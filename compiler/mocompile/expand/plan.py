"""The plan: the output of `expand` and the input of every emitter. It is frozen, and has no Kubernetes spelling except
where a user wrote it.

Values that can change at install time are expressions (`mocompile.expression`); `values` has the user's values for
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from mocompile.check.patches import Patch
    from mocompile.expression.nodes import Expr
    from mocompile.expression.tree import EnvList, EnvMap, Tree
    from mocompile.schema.convert import Json, Schema


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable. Its value is pod text, in which `EnvRef` is another variable's value.

    `when` is the condition under which it is set at all.
    """

    name: str
    value: Expr
    when: Expr | None = None


@dataclass(frozen=True, slots=True)
class FieldVariable:
    """An environment variable with a field of the pod, through the downward API."""

    name: str
    field: str


EnvEntry: TypeAlias = "Variable | FieldVariable | EnvList | EnvMap"


@dataclass(frozen=True, slots=True)
class Mount:
    """The mount of a volume in a container."""

    volume: Expr
    path: Expr
    read_only: Expr


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume of a pod. `source` is as in Kubernetes; None means the scripts' ConfigMap."""

    name: Expr
    source: Tree = None


@dataclass(frozen=True, slots=True)
class Container:
    """A container. `security_context` is known at compile time; `stays`: it stays alive so that people can look inside.

    `sidecar`: an init container that runs beside the others and ends after them.
    """

    name: Expr
    image: Expr
    command: tuple[Expr, ...]
    args: tuple[Expr, ...]
    env: tuple[EnvEntry, ...]
    mounts: tuple[Mount, ...]
    working_dir: Expr | None = None
    resources: Tree = None
    security_context: Tree = None
    stays: Expr | None = None
    sidecar: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A replicated job of one replica: `completions` pods of the same containers, all at once.

    `when` is the condition under which the job exists. `decides` says whether the set succeeds only if this job does.
    `pod` has the fields of its pods in the Kubernetes form, by name, in the order of the output.
    """

    name: str
    completions: Expr
    containers: tuple[Container, ...]
    volumes: tuple[Volume, ...]
    pod: Mapping[str, Tree]
    share_process_namespace: bool
    decides: bool
    when: Expr | None = None
    sole_tenancy: Expr | None = None
    init_containers: tuple[Container, ...] = ()
    pull_secrets: tuple[Expr, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole set. `scripts` is the data of the ConfigMap: file name to text, unchanged from the repository.

    `patches` are the operations on the finished JobSet. `schemas` has the JSON Schema of each value that is not a field
    of a MetricSet, by its path.
    """

    name: str
    namespace: str
    labels: Mapping[str, Tree]
    annotations: Mapping[str, Tree]
    fqdn: bool
    jobs: tuple[Job, ...]
    scripts: Mapping[str, str]
    values: Mapping[str, Json]
    patches: tuple[Patch, ...] = ()
    schemas: Mapping[tuple[str, ...], Schema] = field(default_factory=dict)
