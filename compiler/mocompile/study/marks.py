"""Marks a set with its point of the study: labels and an annotation on both objects, and `parameters` in METADATA.

Everything that differs between points is an install-time value below `study`, so that one chart has all points.
With an empty `study.point` there are no marks: the base is the same set as without a study.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mocompile.expand.plan import Container, EnvEntry, Plan, Variable
from mocompile.expression.fold import text_of
from mocompile.expression.nodes import Compare, Const, Expr, If, InstallValue, Join
from mocompile.expression.tree import Present, When

if TYPE_CHECKING:
    from mocompile.expression.tree import Tree
    from mocompile.schema.convert import Json, Schema
    from mocompile.study.model import ParameterValue

PREFIX = "metrics.flux-framework.org"
STUDY, POINT, REPEAT, PARAMETERS = (f"{PREFIX}/{name}" for name in ("study", "point", "repeat", "parameters"))

_POINT = InstallValue(("study", "point"), "string")
_REPEAT = InstallValue(("study", "repeat"), "string")
_ANNOTATION = InstallValue(("study", "annotation"), "string")
_IS_POINT = Compare("!=", _POINT, Const(""))


@dataclass(frozen=True, slots=True)
class Mark:
    """The identity of a set within its study. The base has an empty `point`."""

    study: str
    parameters: Mapping[str, ParameterValue]
    point: str = ""
    repeat: int = 1

    def values(self) -> dict[str, Json]:
        """The install-time values below `study`."""
        texts = {name: text_of(value) if self.point else "" for name, value in self.parameters.items()}
        return {
            "point": self.point,
            "repeat": str(self.repeat) if self.point else "",
            "parameters": dict(texts),
            "annotation": canonical(dict(self.parameters), sort=False) if self.point else "",
        }


def canonical(data: object, *, sort: bool = True) -> str:
    """Return data as JSON: the same text for the same data."""
    return json.dumps(data, ensure_ascii=False, sort_keys=sort, separators=(",", ":"), allow_nan=False)


def marked(plan: Plan, mark: Mark) -> Plan:
    """Return the plan with all marks of its set."""
    jobs = tuple(
        replace(job, containers=tuple(_marked(container, mark) for container in job.containers)) for job in plan.jobs
    )
    labels: dict[str, Tree] = {STUDY: When(_IS_POINT, mark.study), POINT: Present(_POINT), REPEAT: Present(_REPEAT)}
    return replace(
        plan,
        labels={**plan.labels, **labels},
        annotations={**plan.annotations, PARAMETERS: Present(_ANNOTATION)},
        jobs=jobs,
        values={**plan.values, "study": mark.values()},
        schemas=schemas(mark),
    )


def schemas(mark: Mark) -> Mapping[tuple[str, ...], Schema]:
    """The schemas of the values below `study`, by path."""
    said = {
        "point": "The id of the study's point; empty for the base, which is not a point.",
        "repeat": "The number of the point's repeat, from 1.",
        "annotation": "The parameters as JSON, for the annotation of both objects.",
    }
    of_parameters: dict[tuple[str, ...], Schema] = {
        ("study", "parameters", name): {
            "type": "string",
            "default": "",
            "description": f"The study's parameter {name}, shown in METADATA.",
        }
        for name in mark.parameters
    }
    plain: dict[tuple[str, ...], Schema] = {
        ("study", key): {"type": "string", "default": "", "description": text} for key, text in said.items()
    }
    return {**plain, **of_parameters}


def _marked(container: Container, mark: Mark) -> Container:
    """Return the container, with the parameters if it prints METADATA."""
    if not any(isinstance(entry, Variable) and entry.name == "MO_METADATA" for entry in container.env):
        return container
    env: list[EnvEntry] = []
    for entry in container.env:
        if isinstance(entry, Variable) and entry.name == "MO_METADATA":
            env += [_variable(name) for name in mark.parameters]
            env.append(replace(entry, value=_with_parameters(entry.value, mark)))
        else:
            env.append(entry)
    return replace(container, env=tuple(env))


def _variable(name: str) -> Variable:
    return Variable(_name(name), InstallValue(("study", "parameters", name), "string"), when=_IS_POINT)


def _with_parameters(metadata: Expr, mark: Mark) -> Expr:
    words = (f"{name} {_kind(value)} {_name(name)}" for name, value in mark.parameters.items())
    text = " ".join(("", "parameters { -", *words, "} } -"))
    return Join((metadata, If(_IS_POINT, Const(text), Const(""))))


def _kind(value: ParameterValue) -> str:
    return "s" if isinstance(value, str) else "n"


def _name(name: str) -> str:
    return f"MO_PARAM_{name.upper()}"
