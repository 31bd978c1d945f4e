"""Warnings about command lines that say how many tasks run: a number that is written out does not follow the pods."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mocompile.check.context import settings
from mocompile.schema.violations import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mocompile.check.context import CheckContext, MetricView
    from mocompile.diagnostics.finding import Finding
    from mocompile.document.tree import Path

# The number of tasks of `mpirun --hostfile ./hostlist.txt -np 2 …`, up to the end of that command.
_TASKS = re.compile(r"\b(?:mpirun|mpiexec|mpiexec\.hydra|prun)\b[^\n;|&]*?\s(--?(?:np|n)[ =]+([0-9]{1,9}))(?![^\s;|&])")


def findings(view: CheckContext) -> Iterator[Finding]:
    """Metrics with a launcher whose command starts fewer tasks than there are pods."""
    for metric in view.metrics:
        if not any(job.role == "launcher" for job in metric.sheet.jobs):
            continue
        for name, (flag, tasks) in _written_tasks(metric):
            if 0 < tasks < metric.pods:
                where = _place(metric, name)
                message = (
                    f"{metric.sheet.name} starts {_counted(tasks, 'task')} ({shown(flag)} in `{name}`) "
                    f"on {_counted(metric.pods, 'pod')}: {metric.pods - tasks} would do nothing"
                )
                hint = f"set `options.{name}` to a command with at least `-np {metric.pods}`, or take fewer pods"
                yield view.finding("tasks-below-pods", message, where, hint, level="warning")


def _written_tasks(metric: MetricView) -> Iterator[tuple[str, tuple[str, int]]]:
    """The options that are shell and hold a number of tasks: the flag, and the number."""
    for name, value in settings(metric.sheet, metric.data)["options"].items():
        if metric.sheet.options["options"][name].shell == "data" or not isinstance(value, str):
            continue
        found = _TASKS.search(value)
        if found:
            yield name, (found[1], int(found[2]))


def _place(metric: MetricView, option: str) -> Path:
    """The option where it is written, else the metric's name."""
    written = metric.data.get("options")
    if isinstance(written, dict) and option in written:
        return (*metric.path, "options", option)
    return (*metric.path, "name")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
