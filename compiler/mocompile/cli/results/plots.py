"""`mocompile results plot` and `mocompile results report`: pictures, and a page, of the figures in logs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from mocompile.cli.arguments import (
    Catalogs,
    Figures,
    Include,
    LabelsFrom,
    LabelsGiven,
    LogsOrFigures,
    OnlyMetric,
    Pooled,
    PricesFile,
    Strip,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mocompile.catalog import Catalog
    from mocompile.results.analyse.coverage import Coverage, State
    from mocompile.results.present.html import About
    from mocompile.results.present.plot.chart import Chart
    from mocompile.results.record import Results


class PictureFormat(StrEnum):
    """The formats of `plot`."""

    PNG = "png"
    SVG = "svg"


def plot(
    logs: LogsOrFigures,
    output: Annotated[
        str,
        typer.Option("-o", "--output", metavar="PATH", help="A folder; or FILE.png, FILE.svg for a single picture."),
    ] = "plots",
    figure: Figures = None,
    x: Annotated[
        str | None,
        typer.Option("--x", metavar="NAME", help="The x axis: pods, a parameter, an option, a label, a context ..."),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="NAME", help="A line, or a bar, for each value of these: node,size. Repeatable."),
    ] = None,
    scaling: Annotated[
        str | None,
        typer.Option(
            "--scaling",
            metavar="NAME",
            help="Draw speed-up and efficiency over this resource: pods, nodes, a parameter, a label ...",
        ),
    ] = None,
    metric: OnlyMetric = None,
    pool: Pooled = None,
    label: LabelsGiven = None,
    label_from: LabelsFrom = None,
    strip: Strip = None,
    include: Include = None,
    form: Annotated[
        PictureFormat | None, typer.Option("--format", help="The format of pictures in a folder.", show_default="png")
    ] = None,
    catalog: Catalogs = None,
) -> None:
    """Draw the figures of logs: the plots of the metric's figures.yaml, or suitable default plots.

    Lines over time, against message size or against pods; bars with error bars; boxes for 5 values or more; a dot for
    each of many pods.
    """
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs

    inputs = Inputs(catalogs=tuple(catalog or ()))
    with reported(inputs, "text"):
        from mocompile.cli.output import STDOUT, tell
        from mocompile.cli.results.tables import Chosen, Given, of_plot
        from mocompile.diagnostics.finding import Finding, InputError
        from mocompile.results.present.plot import plan
        from mocompile.results.read.labels import labels

        if output == STDOUT:
            hint = "name a folder, or FILE.png or FILE.svg, with -o"
            raise InputError([Finding("output", "pictures cannot be written to stdout", None, hint)])
        if x and scaling:
            hint = "--scaling is the axis: leave out --x"
            raise InputError([Finding("argument", "--x and --scaling are two axes", None, hint)])
        given = labels(label or (), label_from or ())
        read = Given(tuple(logs), metric, inputs.catalog, given, strip, tuple(include or ()))
        results = of_plot(read, Chosen(metric, tuple(figure or ()), failed=True))
        plots = {name: sheet.plots for name in _metrics(results) if (sheet := inputs.catalog.figures(name))}
        planned = plan(
            results,
            plots,
            figures=tuple(figure or ()),
            metric=metric,
            pool=pool or (),
            x=x or "",
            by=by or (),
            scaling=scaling or "",
        )
        for note in planned.notes:
            tell(note)
        _write_pictures(planned.charts, output, None if form is None else form.value)


def report(
    logs: LogsOrFigures,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="The output file; - is stdout.")
    ] = "report.html",
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="The page's title.", show_default=False)] = "",
    study: Annotated[
        str | None,
        typer.Option(
            "--study",
            metavar="PATH",
            help="The study of the logs, a study.json or the folder with it: the page has its coverage.",
        ),
    ] = None,
    metric: OnlyMetric = None,
    label: LabelsGiven = None,
    label_from: LabelsFrom = None,
    strip: Strip = None,
    include: Include = None,
    prices: PricesFile = None,
    plots: Annotated[bool, typer.Option("--plots/--no-plots", help="Include pictures; needs matplotlib.")] = True,
    catalog: Catalogs = None,
) -> None:
    """Write one HTML file with the content of logs: runs, problems, plots, tables, and the logs (folded).

    The page needs no network and no other file. The same logs give the same page.
    """
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.output import tell, write

    inputs = Inputs(catalogs=tuple(catalog or ()))
    with reported(inputs, "text"):
        from mocompile.cli.results.tables import prices_in, say
        from mocompile.results.analyse.cost import cost
        from mocompile.results.analyse.phases import phases
        from mocompile.results.load_figures import load
        from mocompile.results.present.html import environment_beside, nodes_beside
        from mocompile.results.present.html import report as page
        from mocompile.results.read.labels import labels
        from mocompile.results.read.lifetimes import lifetimes_of
        from mocompile.results.record import Results

        priced = prices_in(inputs, prices, None)
        given = labels(label or (), label_from or ())
        results = load(logs, metric=metric, catalog=inputs.catalog, labels=given, strip=strip, include=include or ())
        if metric is not None:
            results = _only(results, metric)
        about = {name: _about(inputs.catalog, name) for name in _metrics(results)}
        covered = None if study is None else _covered(results, study, logs)
        beside, nodes = environment_beside(logs), nodes_beside(logs)
        lifetimes = lifetimes_of(logs)
        of_sets = phases(lifetimes, results.runs)
        if priced is not None:
            costs, problems = cost(lifetimes, results.runs, results.records, priced)
            of_sets += costs
            say(problems)
            results = Results(results.records, results.runs, (*results.problems, *problems))
        text = page(
            results, about, beside, nodes, title=title, plots=_can_plot(plots), covered=covered, of_sets=of_sets
        )
        write(text, output)
        if output != "-":
            tell(f"written {output}")


def _covered(results: Results, path: str, logs: Sequence[str]) -> Coverage:
    """Return the coverage of the study at `path`. Raises `InputError` if there is no index of a study."""
    from mocompile.cli.study_states import in_folder, names_of, together
    from mocompile.files import is_folder
    from mocompile.results.analyse.coverage import PlannedSet, Study, coverage
    from mocompile.results.read.configuration import parameters_of
    from mocompile.study.index import read_index

    data = read_index(path)
    sets = tuple(PlannedSet(each["name"], each["id"], parameters_of(each["parameters"])) for each in data["points"])
    names = names_of(data["study"], ((each["id"], each["repeat"], each["name"]) for each in data["points"]))
    states: Mapping[str, str] = {}
    for log in logs:
        if is_folder(log):
            states = together(states, in_folder(log, names))
    return coverage(results, Study(data["study"], data["repeats"], sets), cast("Mapping[str, State]", states))


def _only(results: Results, metric: str) -> Results:
    from mocompile.results.record import Results

    records = tuple(record for record in results if record.metric == metric)
    runs = tuple(run for run in results.runs if run.metric == metric)
    problems = tuple(problem for problem in results.problems if problem.metric in ("", metric))
    return Results(records, runs, problems)


def _metrics(results: Results) -> list[str]:
    return list(dict.fromkeys([*(run.metric for run in results.runs), *(record.metric for record in results)]))


def _about(catalog: Catalog, name: str) -> About:
    from mocompile.results.present.html import About

    sheet = catalog.metric(name) if catalog.has("metric", name) else None
    return About(sheet.summary if sheet else "", sheet.url if sheet else "", catalog.figures(name))


def _can_plot(wanted: bool) -> bool:
    """Return whether plots are wanted. Raises `MissingExtraError` with a hint if they cannot be drawn."""
    if not wanted:
        return False
    from mocompile.diagnostics.finding import Finding
    from mocompile.results.extra import MissingExtraError, need

    try:
        need("matplotlib")
    except MissingExtraError as error:
        (finding,) = error.findings
        hint = f"{finding.hint}; or use --no-plots"
        raise MissingExtraError([Finding(finding.rule, finding.message, None, hint)]) from None
    return True


# --- pictures to files -------------------------------------------------------------------------------------------


def _write_pictures(charts: Sequence[Chart], output: str, form: str | None) -> None:
    from mocompile.cli.output import tell, write
    from mocompile.diagnostics.finding import Finding, InputError
    from mocompile.results.present.plot import draw

    if not charts:
        raise InputError(
            [Finding("plot", "there is nothing to draw", None, "`mocompile results table` shows all figures")]
        )
    drawn = {path: draw(chart, _form_of(path)) for path, chart in _paths(charts, output, form).items()}
    for path, data in drawn.items():
        make_folder(path.parent)
        write(data, str(path))
        tell(f"written {path}")


def _form_of(path: Path) -> Literal["png", "svg"]:
    return "svg" if path.suffix.lower() == ".svg" else "png"


def make_folder(folder: Path) -> None:
    """Make the folder of pictures where it is not there. Raises `InputError` if that fails."""
    from mocompile.diagnostics.finding import Finding, InputError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot create {folder}: {error.strerror or error}"
        raise InputError([Finding("output", message, None, "name another folder with -o")]) from None


def _paths(charts: Sequence[Chart], output: str, form: str | None) -> Mapping[Path, Chart]:
    """Return the path of each chart. Raises `InputError` if one file is named for several, or is not a picture."""
    from mocompile.diagnostics.finding import Finding, InputError

    path = Path(output)
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in ("png", "svg"):
        return {path / f"{chart.name}.{form or 'png'}": chart for chart in charts}
    if form is not None and form != suffix:
        raise InputError([Finding("plot", f"--format {form} contradicts {output}", None, "remove one of them")])
    if len(charts) > 1:
        titles = "; ".join(chart.title for chart in charts[:8]) + (" …" if len(charts) > 8 else "")
        hint = f"name a folder with -o, or choose one with --figure: {titles}"
        raise InputError([Finding("plot", f"there are {len(charts)} pictures, and {output} is one file", None, hint)])
    return {path: charts[0]}
