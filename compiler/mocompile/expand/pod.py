"""The fields of a job's pods, each as what it is at install time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mocompile.check.pod_fields import MERGED, pod_fields
from mocompile.expand.plan import Variable
from mocompile.expression.nodes import Arithmetic, Compare, Const, InstallValue
from mocompile.expression.tree import Texts
from mocompile.schema.convert import resolve
from mocompile.schema.files import read

if TYPE_CHECKING:
    from mocompile.expand.plan import EnvEntry
    from mocompile.expression.tree import Tree

_GRACE = "terminationGracePeriodSeconds"


def pod_of() -> Mapping[str, Tree]:
    """Return the value of each field, in the order of the output."""
    fields: dict[str, Tree] = {}
    for name, schema in pod_fields().items():
        value = InstallValue(("pod", name), resolve(schema, read("metricset"))["type"])
        fields[name] = Texts(value) if name in MERGED else value
    return fields


def grace_of(pod: Mapping[str, Tree]) -> EnvEntry:
    """Return the variable with the seconds that processes have to end: two thirds of what the pod has.

    The rest is for the end of the collection. The scripts' own default, 20, is that of Kubernetes' 30.
    """
    grace = pod[_GRACE]
    assert isinstance(grace, InstallValue)
    usual = Const(pod_fields()[_GRACE]["default"])
    seconds = Arithmetic("//", Arithmetic("*", grace, Const(2)), Const(3))
    return Variable("MO_GRACE_SECONDS", seconds, when=Compare("!=", grace, usual))
