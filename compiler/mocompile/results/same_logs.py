"""Joins the results of several inputs, with each log once: a log and its own JSON lines are one log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from mocompile.results.record import Problem, Record, Results

# A log within its input: the input's number, and the log's source, pod and container.
InputLog: TypeAlias = tuple[int, str, str, str]


def once(inputs: Sequence[Results]) -> Results:
    """Return the results of all `inputs`, without the logs whose figures an earlier log has.

    Two logs are the same if all their figures are equal, and their pods and containers are equal; if no pod is known,
    their paths and lines must be equal. A note replaces a log that is left out.
    """
    logs: dict[InputLog, list[Record]] = {}
    for number, results in enumerate(inputs):
        for record in results:
            logs.setdefault((number, record.source, record.pod, record.container), []).append(record)
    copies: dict[InputLog, InputLog] = {}
    for some in alike(logs):
        first: dict[tuple[object, ...], InputLog] = {}
        for log in some:
            original = first.setdefault(_fingerprint(logs[log]), log)
            if original is not log:
                copies[log] = original
    return _without(inputs, copies)


def alike(logs: Iterable[InputLog]) -> list[list[InputLog]]:
    """Return the groups of several logs that may be the same: of one container, or of one path if no pod is known."""
    by_identity: dict[tuple[str, ...], list[InputLog]] = {}
    for log in logs:
        _, source, pod, container = log
        by_identity.setdefault(("pod", pod, container) if pod else ("path", source), []).append(log)
    return [group for group in by_identity.values() if len(group) > 1]


def _fingerprint(records: Sequence[Record]) -> tuple[object, ...]:
    """Return a value that is equal for two readings of one log."""
    return tuple(
        (
            each.metric,
            each.figure,
            str(each.value),
            each.unit,
            tuple(each.context.items()),
            each.timepoint,
            each.collection,
            0 if each.pod else each.line,
            each.time,
            each.status,
        )
        for each in records
    )


def _without(inputs: Sequence[Results], copies: dict[InputLog, InputLog]) -> Results:
    records = [
        record
        for number, results in enumerate(inputs)
        for record in results
        if (number, record.source, record.pod, record.container) not in copies
    ]
    runs = [
        run
        for number, results in enumerate(inputs)
        for run in results.runs
        if (number, run.source, run.pod, run.container) not in copies
    ]
    notes = [_note(copy, original) for copy, original in copies.items()]
    # A problem in a log and in its JSON lines is one problem.
    problems = dict.fromkeys(problem for results in inputs for problem in results.problems)
    return Results(tuple(records), tuple(runs), (*problems, *notes))


def _note(copy: InputLog, original: InputLog) -> Problem:
    _, source, pod, _ = copy
    elsewhere = f"{original[1]} too" if original[1] != source else "another input, too"
    return Problem("note", f"the figures of this log are in {elsewhere}: they count once", source, pod=pod)
