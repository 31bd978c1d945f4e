"""`mocompile run`: runs a set or a study on a cluster, and prints the table of its results."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mocompile.cli.interrupts import terminated_as_interrupted
from mocompile.cli.output import tell, write
from mocompile.cli.run_display import RunDisplay
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.emit.yaml import dump
from mocompile.files import is_file, read_regular, replacing
from mocompile.results.collect.api import Api
from mocompile.running.attempt import STREAMS, Attempt
from mocompile.running.journal import RESULTS, Entry, Journal
from mocompile.running.model import RunPoint, Settings, point_of_set, point_of_study
from mocompile.running.objects import Objects
from mocompile.running.runner import run_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mocompile.cli.inputs import Inputs

_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Planned:
    """The points of the input, those of them that the arguments choose, and the files that describe them."""

    name: str
    namespace: str
    points: tuple[RunPoint, ...]
    chosen: tuple[RunPoint, ...]
    parameters: tuple[str, ...]
    files: Mapping[str, str]


def planned(inputs: Inputs, only: Sequence[str]) -> Planned:
    """Return the points of the input, compiled. Raises `InputError`."""
    if inputs.is_study():
        from mocompile.cli.studies import study_of
        from mocompile.study.compile import compile_study
        from mocompile.study.outputs import yaml_folder
        from mocompile.study.select import select

        study = compile_study(study_of(inputs), inputs.catalog)
        inputs.settle(study.warnings)
        points = tuple(map(point_of_study, study.sets))
        names = {each.object_name for each in select(study, only).sets}
        chosen = tuple(each for each in points if each.name in names)
        namespace = study.study.namespace or study.sets[0].compiled.plan.namespace
        return Planned(study.name, namespace, points, chosen, tuple(study.study.parameters), yaml_folder(study))
    from mocompile.cli.building import require_no_study
    from mocompile.pipeline import compiled

    require_no_study({"--only": only})
    made = compiled(inputs.merged(), inputs.catalog)
    inputs.settle(made.metricset.warnings)
    points = (point_of_set(made),)
    return Planned(
        made.plan.name, made.plan.namespace, points, points, (), {f"{made.plan.name}.yaml": dump(made.objects)}
    )


def connected(kubeconfig: str | None, context: str | None, parallel: int) -> Api:
    """Return the cluster's API server, for so many points at a time. Raises `InputError`."""
    return Api(kubeconfig, context, parallel * STREAMS)


def run_planned(plan: Planned, api: Api, folder: str | None, settings: Settings, inputs: Inputs, *, retry: bool) -> int:
    """Run what is missing of the plan, print the tables, and return the exit code. Raises `InputError`."""
    namespace = plan.namespace or api.namespace
    journal = Journal(Path(folder or f"{plan.name}-run"), namespace, api.host)
    try:
        return _run(plan, api, journal, settings, inputs, retry=retry)
    finally:
        journal.close()


def _run(plan: Planned, api: Api, journal: Journal, settings: Settings, inputs: Inputs, *, retry: bool) -> int:
    _require_same(plan, journal)
    if journal.earlier_server not in ("", api.host):
        tell(f"{journal.folder}: earlier points ran on {journal.earlier_server}, the others run on {api.host}")
    _save(plan.files, journal.folder)
    todo = [each for each in plan.chosen if _is_due(journal.entry(each.name), retry=retry)]
    known = len(plan.chosen) - len(todo)
    if known:
        tell(f"{journal.folder}: {known} of {len(plan.chosen)} ended in an earlier run")
    if settings.check and todo:
        _require_ready(plan.name, api, journal.namespace, todo)
    stop = threading.Event()
    objects = Objects(api, journal.namespace, journal.run_id, stop)
    _tidy(journal, objects, settings)
    with RunDisplay(len(plan.chosen), known) as display, terminated_as_interrupted():
        attempt = Attempt(api, journal, objects, settings, display, stop)
        finished = run_all(todo, attempt.run, settings.parallel, stop)
    entries = [journal.entry(each.name) for each in plan.chosen]
    write(_states(plan, entries))
    if finished:
        _figures(journal, inputs)
    return _summary(entries, journal, interrupted=not finished)


def _require_ready(name: str, api: Api, namespace: str, points: Sequence[RunPoint]) -> None:
    """Print what is wrong with the cluster for the points. Raises `InputError` if waiting does not cure it."""
    from mocompile.cli.doctor import lines_of
    from mocompile.running.doctor import examine

    problems = [each for each in examine(api, namespace, points) if each.status == "problem"]
    for each in problems:
        for line in lines_of(each):
            tell(line)
    if not all(each.passing for each in problems):
        message = f"the cluster is not ready for {name}"
        raise InputError(
            [Finding("doctor", message, None, "`mocompile doctor` shows all checks; --no-check runs anyway")]
        )


def _require_same(plan: Planned, journal: Journal) -> None:
    """Raise `InputError` if a point that completed is another set now: its results would be those of another input."""
    changed = [
        each.name
        for each in plan.points
        if (entry := journal.entry(each.name)).state == "completed" and entry.digest != each.digest
    ]
    if changed:
        names = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
        message = f"{journal.folder} has results of {names} from before the input (or mocompile) changed"
        raise InputError([Finding("output", message, None, "name another folder with -o to run all points again")])


def _is_due(entry: Entry, *, retry: bool) -> bool:
    return entry.state in ("missing", "running") or (retry and entry.state == "failed")


def _tidy(journal: Journal, objects: Objects, settings: Settings) -> None:
    """Delete the objects of points that completed just before an earlier run was killed."""
    if settings.keep:
        return
    for entry in journal.entries():
        if entry.state == "completed" and entry.here:
            objects.remove(entry.name)
            journal.update(entry.name, here=False)


def _save(files: Mapping[str, str], folder: Path) -> None:
    """Write the manifests of all points, and the index of a study."""
    for name, text in files.items():
        path, data = folder / name, text.encode("utf-8", "surrogateescape")
        if is_file(path) and read_regular(path, len(data) + 1) == data:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as stream:
            stream.write(data)


def _states(plan: Planned, entries: Sequence[Entry]) -> str:
    """Return the table of the points: name, state, time, parameters, and why a point failed."""
    from mocompile.cli.listing import table
    from mocompile.diagnostics.wording import visible
    from mocompile.expression.fold import text_of

    rows = []
    for point, entry in zip(plan.chosen, entries, strict=True):
        values = {f"parameter {name}": visible(text_of(point.parameters[name])) for name in plan.parameters}
        rows.append({"name": entry.name, "state": entry.state, "time": _took(entry), **values, "why": entry.reason})
    columns = {"name": "NAME", "state": "STATE", "time": "TIME"}
    columns |= {f"parameter {name}": name for name in plan.parameters}
    if any(row["why"] for row in rows):
        columns["why"] = "WHY"
    return table(rows, columns)


def _took(entry: Entry) -> str:
    try:
        seconds = int((datetime.fromisoformat(entry.finished) - datetime.fromisoformat(entry.started)).total_seconds())
    except ValueError:
        return "-"
    return f"{seconds // 60}:{seconds % 60:02}"


def _figures(journal: Journal, inputs: Inputs) -> None:
    """Print the table of the main figures in the folder, if there are any."""
    if not any(each.state == "completed" for each in journal.entries()):
        return
    from mocompile.cli.results.tables import Chosen, Given, loaded, write_tables_of
    from mocompile.results.read.labels import labels

    folder = journal.folder / RESULTS
    print()
    sys.stdout.flush()
    try:
        results = loaded(Given((str(folder),), None, inputs.catalog, labels((), ())))
        names = _main_figures({record.metric: record.figure for record in results.records}, inputs)
        known = {record.figure for record in results.records}
        write_tables_of(results, "-", "text", Chosen(None, tuple(names & known), failed=False))
    except InputError as error:
        for finding in error.findings:
            tell(f"no table: {finding.message}")


def _main_figures(metrics: Iterable[str], inputs: Inputs) -> set[str]:
    """Return the figures that a log of these metrics must have; those with a better direction where none is required.

    Empty, which is all, if a metric has neither.
    """
    names: set[str] = set()
    for metric in metrics:
        sheet = inputs.catalog.figures(metric)
        figures = tuple(sheet.figures.values()) if sheet is not None else ()
        main = {each.name for each in figures if each.required} or {each.name for each in figures if each.better}
        if not main:
            return set()
        names |= main
    return names


def _summary(entries: Sequence[Entry], journal: Journal, *, interrupted: bool) -> int:
    """Print how the points ended, why some failed, and the next commands. Return the exit code."""
    counts = {
        state: sum(each.state == state for each in entries) for state in ("completed", "failed", "running", "missing")
    }
    for each in entries:
        if each.state == "failed":
            tell(f"{each.name}: failed: {each.reason}")
            for line in each.lines:
                tell(f"    {line}")
    said = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    tell(f"{journal.folder}: {said} of {len(entries)}")
    if interrupted:
        if counts["running"]:
            tell("what runs in the cluster goes on; the same command takes it up again, and runs what is missing")
        else:
            tell("interrupted: the same command runs what is missing")
        return _INTERRUPTED
    if counts["failed"]:
        there = [each.name for each in entries if each.state == "failed" and each.here]
        if there:
            more = f" and {len(there) - 3} more" if len(there) > 3 else ""
            tell(f"the objects of {', '.join(there[:3])}{more} are still in the cluster, to be looked at")
        tell("the same command with --retry failed runs again what failed")
    if counts["completed"]:
        tell(f"now: mocompile results report {journal.folder / RESULTS}")
    return 0 if counts["completed"] == len(entries) else 1
