"""Output that a test makes up, read as that of a metric."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

from mocompile.results import Results, parse


def read(folder: Path, metric: str, text: str) -> Results:
    """Return the records of `text`, the raw output of that metric."""
    log = folder / "output.log"
    log.write_text(dedent(text))
    return parse(log, metric=metric)


def read_log(metric: str, name: str) -> Results:
    """Return the records of the file `name` of `metrics/logs`, the raw output of that metric."""
    return parse(Path(__file__).parent / "metrics" / "logs" / name, metric=metric)


def notes(results: Results) -> list[str]:
    """Return the warnings about the log."""
    return [problem.message for problem in results.problems if problem.level == "note"]


def values(results: Results, figure: str, *names: str) -> list[tuple[Any, ...]]:
    """Value and unit of each record of that figure, and those contexts."""
    return [
        (record.value, record.unit, *(record.context.get(name) for name in names))
        for record in results.records
        if record.figure == figure
    ]


def errors(results: Results) -> list[str]:
    """Return the problems of the log."""
    return [problem.message for problem in results.problems if problem.level == "error"]
