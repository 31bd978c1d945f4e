"""The content of the page as data, so that the template only lays it out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mocompile.catalog.figures.model import Sheet
from mocompile.results.analyse.cost import COST
from mocompile.results.analyse.coverage import Coverage, coverage
from mocompile.results.analyse.order import natural
from mocompile.results.analyse.phases import PHASES
from mocompile.results.analyse.selection import select
from mocompile.results.analyse.settings import CHANGED, POINT, differing, distinct_settings
from mocompile.results.present.html.coverage import StudyPart, study_part
from mocompile.results.present.html.excerpt import Excerpt, excerpt
from mocompile.results.present.html.inline import inline
from mocompile.results.present.html.machines import of_machines
from mocompile.results.present.html.pairs import PairsPart, pairs_part
from mocompile.results.present.html.sets import of_sets as of_whole_sets
from mocompile.results.present.html.tables import HtmlTable, exact, of_environment, of_figures, of_places
from mocompile.results.present.plot.plan_charts import Planned, plan
from mocompile.results.present.safe_text import label
from mocompile.results.record import Record, Results, Run

LOG = 400_000  # characters of one log
LOGS = 30_000_000  # and of all
_PLACES = 12  # logs that are named where many have the same problem
_VALUES = 8  # values that are named where runs differ
_SHORT = 24  # characters of values that fit in one line
_ENDED = re.compile(r"mocompile: the measurement ended with code (\d+)")
_WEB = re.compile(r"https?://[^\s\"'<>]+")


@dataclass(frozen=True, slots=True)
class About:
    """A metric's entry in the catalog: its summary, the address of its documentation, its figures."""

    summary: str = ""
    url: str = ""
    sheet: Sheet | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem, in words, and the places that have it."""

    level: str
    message: str
    places: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn chart (`svg` is markup), and the text around it."""

    title: str
    subtitle: str
    notes: tuple[str, ...]
    svg: str


@dataclass(frozen=True, slots=True)
class Metric:
    """All of one metric."""

    name: str
    anchor: str
    summary: str
    url: str
    facts: tuple[tuple[str, str], ...]
    pictures: tuple[Picture, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]
    pairs: PairsPart | None
    tables: tuple[HtmlTable, ...]
    described: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LogText:
    """The log of one run, folded."""

    title: str
    parts: tuple[Excerpt, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole report."""

    title: str
    made: str
    overview: tuple[tuple[str, str], ...]
    troubles: tuple[Trouble, ...]
    study: StudyPart | None
    machines: HtmlTable | None
    environment: HtmlTable | None
    sets: tuple[HtmlTable, ...]
    has_cost: bool
    metrics: tuple[Metric, ...]
    logs: tuple[LogText, ...]
    empty: bool


def page(
    results: Results,
    about: Mapping[str, About],
    environment: Sequence[Mapping[str, object]],
    nodes: Sequence[Mapping[str, object]] = (),
    *,
    title: str,
    made: str,
    plots: bool,
    covered: Coverage | None = None,
    of_sets: Sequence[Record] = (),
) -> Page:
    """The page of `results`. Raises `MissingExtraError` where it is to have plots and matplotlib is not installed."""
    names = list(dict.fromkeys([*(run.metric for run in results.runs), *(record.metric for record in results)]))
    drawn = {name: _drawn(results, name, about.get(name)) if plots else Planned(()) for name in names if name}
    metrics = tuple(
        _metric(index, name, results, about.get(name, About()), drawn[name]) for index, name in enumerate(drawn)
    )
    sets = sorted({run.set for run in results.runs if run.set}, key=natural)
    return Page(
        title=label(title, 120) or _title(sets if all(run.set for run in results.runs) else (), list(drawn)),
        made=label(made),
        overview=tuple(_overview(results, sets, list(drawn))),
        troubles=tuple(_troubles(results)),
        study=study_part(coverage(results) if covered is None else covered),
        machines=of_machines(results.runs, nodes),
        environment=_environment(_measured(results.runs), environment),
        sets=tuple(_sets(of_sets)),
        has_cost=any(record.metric == COST for record in of_sets),
        metrics=metrics,
        logs=tuple(_logs(_measured(results.runs))),
        empty=not results.runs and not results.records,
    )


def _sets(records: Sequence[Record]) -> Iterator[HtmlTable]:
    """Yield the tables of what whole sets took."""
    phases = [record for record in records if record.metric == PHASES]
    note = "Seconds; of the slowest pod. What the API says has whole seconds."
    yield from of_whole_sets(phases, "Phases", note)
    costs = [record for record in records if record.metric == COST]
    yield from of_whole_sets(costs, "Cost", "Each node from the first pod of the set on it to the end of the last.")


def _title(sets: Sequence[str], metrics: Sequence[str]) -> str:
    names = sets or metrics
    shown = ", ".join(label(name) for name in names[:4]) + (" and others" if len(names) > 4 else "")
    return f"Results of {shown}" if shown else "Results"


def _overview(results: Results, sets: Sequence[str], metrics: Sequence[str]) -> Iterator[tuple[str, str]]:
    if sets:
        yield "set" if len(sets) == 1 else "sets", _listed(sets)
    yield "metric" if len(metrics) == 1 else "metrics", _listed(metrics) or "none"
    counts = sorted({run.pods for run in results.runs if run.pods is not None})
    if counts:
        yield "pods", _listed(counts)
    yield "logs", str(len({run.source for run in results.runs} | {record.source for record in results}))
    yield "timepoints", str(sum(len(run.timepoints) for run in results.runs))
    yield "figures", f"{len(results):,}"
    bad = sum(record.status != "ok" for record in results)
    if bad:
        yield "figures of failed or cut runs", f"{bad:,}"


# --- problems ----------------------------------------------------------------------------------------------------


def _troubles(results: Results) -> Iterator[Trouble]:
    """Every problem once, errors first, with the places that have it; and exit codes that the logs tell of."""
    found: dict[tuple[str, str], list[str]] = {}
    for problem in results.problems:
        place = f"{problem.source}:{problem.line}" if problem.line else problem.source
        found.setdefault((problem.level, problem.message), []).append(place)
    for run in results.runs:
        code = exit_code(run)
        if code and not any(str(code) in message and "code" in message for _, message in found):
            found.setdefault(("error", f"the measurement ended with exit code {code}"), []).append(run.source)
    told = {problem.source for problem in results.problems if problem.level == "error"}
    for record in results:
        if record.status != "ok" and record.source not in told:
            why = {"failed": "the run failed", "cut": "the log is cut"}[record.status]
            told.add(record.source)
            found.setdefault(("error", f"{why}; its log is not here to say more"), []).append(record.source)
    for (level, message), places in sorted(found.items(), key=lambda item: item[0][0] != "error"):
        several = list(dict.fromkeys(label(place, 80) for place in places))
        yield Trouble(level, label(message, 400), tuple(several[:_PLACES]), max(0, len(several) - _PLACES))


def exit_code(run: Run) -> int | None:
    """The code with which the log says that the measurement ended, where it says one."""
    codes = [int(found[1][:6]) for line in run.after if (found := _ENDED.search(line))]
    return codes[-1] if codes else None


# --- what ran, and where -----------------------------------------------------------------------------------------


def _facts(runs: Sequence[Run]) -> Iterator[tuple[str, str]]:
    """Every key of the METADATA with its value, or its values where runs differ."""
    values: dict[str, dict[str, None]] = {}
    for run in runs:
        for key, value in _flat(run.metadata):
            values.setdefault(key, {})[value] = None
        for number, addon in enumerate(run.addons):
            name = str(addon.get("name") or addon.get("addonName") or addon.get("metricName") or f"{number + 1}")
            values.setdefault("addon", {})[label(name)] = None
            for key, value in _flat({k: v for k, v in addon.items() if k not in ("name", "addonName", "metricName")}):
                values.setdefault(f"addon {label(name)}: {key}", {})[value] = None
    for key, several in values.items():
        ordered = sorted(several, key=natural)
        apart = "\n" if max(map(len, ordered)) > _SHORT else ", "
        more = f"{apart}and {len(ordered) - _VALUES} more" if len(ordered) > _VALUES else ""
        yield label(key, 80), apart.join(ordered[:_VALUES]) + more


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        if key in ("metricName", "metricDescription", "metricType"):
            continue
        if isinstance(value, Mapping):
            inner = "" if key in ("metricOptions", "metricListOptions") else f"{key}."
            yield from _flat(value, f"{prefix}{inner}")
        elif isinstance(value, list):
            yield f"{prefix}{key}", "; ".join(label(each, 400) for each in value)[:4000]
        else:
            yield f"{prefix}{key}", label(value, 2000) or "(empty)"


def _listed(values: Sequence[object]) -> str:
    shown = ", ".join(label(value, 200) for value in values[:_VALUES])
    return f"{shown} and {len(values) - _VALUES} more" if len(values) > _VALUES else shown


def _measured(runs: Sequence[Run]) -> list[Run]:
    """Return the runs but those of workers, whose logs say where they ran and nothing else."""
    return [run for run in runs if run.environment is None or run.timepoints or run.before or run.after]


def _environment(runs: Sequence[Run], given: Sequence[Mapping[str, object]]) -> HtmlTable | None:
    """Return the collected state of the containers; without it, the data in the logs."""
    if given:
        plain: list[dict[str, object]] = [
            {key: value for key, value in entry.items() if isinstance(value, (str, int, float)) or value is None}
            for entry in given
        ]
        return of_environment(sorted(plain, key=lambda entry: natural(entry.get("pod") or "")))
    known: list[dict[str, object]] = [
        {
            "set": run.set,
            "job": run.job,
            "pod": run.pod,
            "container": run.container,
            "node": run.node,
            "log": run.source,
            "metric": run.metric,
            "collection": run.collection + 1 if run.collection else None,
            "timepoints": len(run.timepoints),
            "collection ended": "yes" if run.closed else "no",
            "exit code": exit_code(run),
        }
        for run in sorted(runs, key=lambda run: natural(run.pod or run.source))
    ]
    return of_environment(known) if known else None


# --- one metric --------------------------------------------------------------------------------------------------


def _drawn(results: Results, name: str, about: About | None) -> Planned:
    own = Results(
        tuple(record for record in results if record.metric == name),
        tuple(run for run in results.runs if run.metric == name),
    )
    plots = about.sheet.plots if about and about.sheet else ()
    return plan(own, {name: plots}, with_scaling=True)


def _metric(index: int, name: str, results: Results, about: About, planned: Planned) -> Metric:
    records = [record for record in results if record.metric == name]
    good = select(records).records
    pictures = tuple(
        Picture(chart.title, chart.subtitle, chart.notes, inline(chart, f"m{index}c{number}"))
        for number, chart in enumerate(planned.charts)
    )
    return Metric(
        name=label(name),
        anchor=f"metric-{index}",
        summary=label(about.summary, 300),
        url=about.url if _WEB.fullmatch(about.url) else "",
        facts=tuple(_facts([run for run in results.runs if run.metric == name])),
        pictures=pictures,
        left_out=planned.notes,
        notes=tuple(_notes(records, good)),
        pairs=pairs_part(good, about.sheet),
        tables=tuple(_tables(good, [record for record in records if record.status != "ok"])),
        described=tuple(_described(records, about.sheet)),
    )


def _notes(records: Sequence[Record], good: Sequence[Record]) -> Iterator[str]:
    if not records:
        yield "The logs hold no figure of this metric."
    if POINT in differing(distinct_settings(good)):
        yield f"{CHANGED[0].upper()}{CHANGED[1:]}."


def _tables(good: Sequence[Record], bad: Sequence[Record]) -> Iterator[HtmlTable]:
    yield from of_figures(good)
    places = of_places(good)
    if places:
        yield places
    if bad:
        rows = tuple(
            (
                label(record.figure),
                ", ".join(f"{label(key)} {exact(value)}" for key, value in record.context.items()),
                record.status,
                label(f"{record.source}:{record.line}" if record.line else record.source, 80),
                exact(record.value),
                label(record.unit),
            )
            for record in bad[:1000]
        )
        yield of_bad(rows, len(bad))


def of_bad(rows: tuple[tuple[str, ...], ...], count: int) -> HtmlTable:
    """The figures that are no results."""
    from mocompile.results.present.html.tables import Column

    columns = tuple(Column(name, name == "value") for name in ("figure", "context", "run", "where", "value", "unit"))
    note = f"{count - len(rows):,} more rows are left out." if count > len(rows) else ""
    return HtmlTable("Figures of failed or cut runs: as printed, no results", columns, rows, note, folded=True)


def _described(records: Iterable[Record], sheet: Sheet | None) -> Iterator[tuple[str, str]]:
    if sheet is None:
        return
    for name in dict.fromkeys(record.figure for record in records):
        figure = sheet.figures.get(name)
        if figure is not None and figure.description:
            better = {"higher": " Higher is better.", "lower": " Lower is better."}.get(figure.better, "")
            yield label(name), label(figure.description, 400).rstrip(".") + "." + better


# --- logs --------------------------------------------------------------------------------------------------------


def _logs(runs: Sequence[Run]) -> Iterator[LogText]:
    limit = min(LOG, LOGS // max(1, len(runs)))
    for run in sorted(runs, key=lambda run: (natural(run.pod or run.source), run.collection)):
        words = [run.pod or run.source]
        if run.pod and run.container:
            words.append(run.container)
        if run.collection:
            words.append(f"collection {run.collection + 1}")
        words.append(run.metric)
        words.append(f"{len(run.timepoints)} timepoint{'' if len(run.timepoints) == 1 else 's'}")
        if run.node:
            words.append(f"on {run.node}")
        yield LogText(" · ".join(label(word, 80) for word in words if word), excerpt(run, limit))
