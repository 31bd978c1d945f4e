"""Findings for the number of MPI tasks: a number that is written out in a line does not follow the pods."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mocompile.check.context import integer, settings
from mocompile.expression.nodes import Const
from mocompile.schema.violations import shown
from mocompile.template.bind import bind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mocompile.catalog import Option
    from mocompile.check.context import CheckContext, MetricView
    from mocompile.diagnostics.finding import Finding
    from mocompile.document.tree import Path
    from mocompile.schema.convert import Json

# The number of tasks of `mpirun --hostfile ./hostlist.txt -np 2 …`, up to the end of that command.
_TASKS = re.compile(r"\b(?:mpirun|mpiexec|mpiexec\.hydra|prun)\b[^\n;|&]*?\s(--?(?:np|n)[ =]+([0-9]{1,9}))(?![^\s;|&])")


def findings(view: CheckContext) -> Iterator[Finding]:
    """Metrics whose tasks do not fit their pods, and options that have no effect beside a line that is written."""
    for metric in view.metrics:
        yield from _without_effect(view, metric)
        yield from _too_many(view, metric)
        if any(job.role == "launcher" for job in metric.sheet.jobs):
            yield from _too_few(view, metric)


def _without_effect(view: CheckContext, metric: MetricView) -> Iterator[Finding]:
    """Yield warnings for options that only a computed one reads, where the user wrote that one."""
    values = settings(metric.sheet, metric.data)["options"]
    options = metric.sheet.options["options"]
    for name, computed in metric.sheet.computed.items():
        if values[name] == options[name].default:
            continue
        for read in computed.reads:
            if values[read] != options[read].default:
                message = f"`{read}` has no effect: `{name}` is written, and runs as it is"
                hint = f"leave `options.{name}` out, or write the number into it and leave `options.{read}` out"
                yield view.finding("option-without-effect", message, _place(metric, read), hint, level="warning")


def _too_many(view: CheckContext, metric: MetricView) -> Iterator[Finding]:
    """Yield an error for more tasks than all pods take together: mpirun would refuse them."""
    values = settings(metric.sheet, metric.data)["options"]
    tasks, each = integer(values.get("tasks"), 0), integer(values.get("tasksPerPod"), 0)
    if each and tasks > metric.pods * each:
        message = f"tasks: {tasks} is more than {_counted(metric.pods, 'pod')} take with tasksPerPod: {each}"
        hint = f"write at most {metric.pods * each}, or leave `tasks` out"
        yield view.finding("tasks-above-pods", message, _place(metric, "tasks"), hint)


def _too_few(view: CheckContext, metric: MetricView) -> Iterator[Finding]:
    """Yield warnings for a line that starts fewer tasks than there are pods."""
    for name, value in _lines(metric):
        found = _TASKS.search(value)
        if found is None or not 0 < int(found[2]) < metric.pods:
            continue
        message = (
            f"{metric.sheet.name} starts {_counted(int(found[2]), 'task')} ({shown(found[1])} in `{name}`) "
            f"on {_counted(metric.pods, 'pod')}: {metric.pods - int(found[2])} would do nothing"
        )
        hint = f"set `options.{name}` to a command with at least `-np {metric.pods}`, or take fewer pods"
        where = _place(metric, name)
        if name in metric.sheet.computed and _is_default(metric, name):
            hint = f"set `options.tasksPerPod`, or `options.tasks` to at least {metric.pods}, or take fewer pods"
            where = _place(metric, "tasks")
        yield view.finding("tasks-below-pods", message, where, hint, level="warning")


def _lines(metric: MetricView) -> Iterator[tuple[str, str]]:
    """The options that are shell: the name, and the text that runs."""
    values = settings(metric.sheet, metric.data)["options"]
    for name, value in values.items():
        if metric.sheet.options["options"][name].shell == "data" or not isinstance(value, str):
            continue
        yield name, _computed(metric, name, values) or value


def _computed(metric: MetricView, name: str, values: Mapping[str, Json]) -> str:
    """The text that the sheet computes for the option; empty where it does not."""
    computed = metric.sheet.computed.get(name)
    if computed is None or not _is_default(metric, name):
        return ""
    options = metric.sheet.options["options"]
    known = {read: Const(_as_kind(options[read], values[read])) for read in computed.reads}
    if all(value.value == options[read].default for read, value in known.items()):
        return ""
    text = bind(computed.text, {"pods": Const(metric.pods), "options": known})
    return str(text.value) if isinstance(text, Const) else str(text)


def _as_kind(option: Option, value: Json) -> str | int:
    """The value, or the default in place of one of the wrong kind, which the schema has refused."""
    kinds = {"string": str, "integer": int, "boolean": bool}
    known = value if type(value) is kinds[option.kind] else option.default
    assert isinstance(known, str | int)
    return known


def _is_default(metric: MetricView, name: str) -> bool:
    return settings(metric.sheet, metric.data)["options"][name] == metric.sheet.options["options"][name].default


def _place(metric: MetricView, option: str) -> Path:
    """The option where it is written, else the metric's name."""
    written = metric.data.get("options")
    if isinstance(written, dict) and option in written:
        return (*metric.path, "options", option)
    return (*metric.path, "name")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
