"""The fields of a job's pods, each as what it is at install time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from mocompile.check.pod_fields import MERGED, ROLES, pod_fields
from mocompile.expand.plan import Variable
from mocompile.expression.nodes import Arithmetic, Compare, Const, InstallValue
from mocompile.expression.tree import MergedTexts, Texts
from mocompile.schema.convert import resolve
from mocompile.schema.files import read

if TYPE_CHECKING:
    from mocompile.check.metricset import MetricUse
    from mocompile.expand.plan import EnvEntry
    from mocompile.expression.tree import Tree

_GRACE = "terminationGracePeriodSeconds"


def pod_of(metric: MetricUse, role: str) -> Mapping[str, Tree]:
    """Return the value of each field of the pods of one role, in the order of the output.

    Which level a field is taken from is known when the set is compiled: the innermost that has it. Its value there may
    change at install time.
    """
    whole = read("metricset")
    fields: dict[str, Tree] = {}
    for name, schema in pod_fields().items():
        kind = resolve(schema, whole)["type"]
        values = [InstallValue((*path, name), kind) for path, written in _levels(metric, role) if name in written]
        if name not in MERGED:
            fields[name] = values[-1]
        else:
            fields[name] = Texts(values[0]) if len(values) == 1 else MergedTexts(tuple(values))
    return fields


def _levels(metric: MetricUse, role: str) -> Iterator[tuple[tuple[str, ...], Collection[str]]]:
    """Yield where the values have fields of the pods, the outermost first, and which. `spec.pod` has them all."""
    yield ("pod",), pod_fields()
    path = (*metric.path, "pod")
    yield path, metric.pod
    if role in ROLES:
        own = metric.pod.get(ROLES[role])
        yield (*path, ROLES[role]), own if isinstance(own, Mapping) else ()


def grace_of(pod: Mapping[str, Tree]) -> EnvEntry:
    """Return the variable with the seconds that processes have to end: two thirds of what the pod has.

    The rest is for the end of the collection. The scripts' own default, 20, is that of Kubernetes' 30.
    """
    grace = pod[_GRACE]
    assert isinstance(grace, InstallValue)
    usual = Const(pod_fields()[_GRACE]["default"])
    seconds = Arithmetic("//", Arithmetic("*", grace, Const(2)), Const(3))
    return Variable("MO_GRACE_SECONDS", seconds, when=Compare("!=", grace, usual))
