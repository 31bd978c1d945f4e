"""The commands of `mocompile results`: from logs to figures, tables, comparisons, plots, a report."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from mocompile.cli.arguments import (
    Catalogs,
    Figures,
    Include,
    LabelsFrom,
    LabelsGiven,
    LogsOrFigures,
    OnlyMetric,
    Phases,
    Pooled,
    PricesFile,
    Strip,
    percentage,
)
from mocompile.cli.results.collect import EPILOG, collect
from mocompile.cli.results.pairs import EPILOG as EPILOG_OF_PAIRS
from mocompile.cli.results.pairs import pairs
from mocompile.cli.results.plots import plot, report

results = typer.Typer(
    name="results",
    help="Collect the logs of sets, and read them: figures, tables, comparisons, plots, a report.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class FigureFormat(StrEnum):
    """The formats of `parse`."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class TableFormat(StrEnum):
    """The formats of `table`."""

    TEXT = "text"
    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"


class ComparisonFormat(StrEnum):
    """The formats of `compare`."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    CSV = "csv"


class UnclearFigures(StrEnum):
    """The treatment of unclear figures beyond the threshold by `compare`."""

    FAIL = "fail"
    WARN = "warn"
    IGNORE = "ignore"


_Metric = Annotated[
    str | None,
    typer.Option("--metric", metavar="NAME", help="The metric of logs that do not name theirs (raw output)."),
]
_Failed = Annotated[bool, typer.Option("--failed", help="Include figures of failed runs and truncated logs.")]
_Output = Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="The output file; - is stdout.")]


@results.command(
    short_help="Read the figures from logs, one flat record each.",
    epilog="Examples:  mocompile results parse logs/ -o figures.jsonl   ·   "
    "kubectl logs job/disk-m-0 | mocompile results parse -   ·   "
    "mocompile results parse osu.txt --metric network-osu-benchmark -o osu.csv",
)
def parse(
    logs: LogsOrFigures,
    metric: _Metric = None,
    form: Annotated[
        FigureFormat | None,
        typer.Option("--format", help="The output format. Default: the extension of -o, else JSON lines."),
    ] = None,
    output: _Output = "-",
    label: LabelsGiven = None,
    label_from: LabelsFrom = None,
    strip: Strip = None,
    include: Include = None,
    phases: Phases = False,
    prices: PricesFile = None,
    catalog: Catalogs = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if any figure is missing, not only if there are none.")
    ] = False,
) -> None:
    """Read the figures from logs: one flat record each, with value, unit and context.

    Missing figures and failures go to stderr, one line each. JSON lines are also accepted, to write another format.
    """
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.results.tables import Given, parse_to, prices_in
    from mocompile.results.read.labels import labels

    inputs = Inputs(catalogs=tuple(catalog or ()))
    with reported(inputs, "text"):
        wanted = None if form is None else form.value
        of_paths = labels(label or (), label_from or ())
        given = Given(
            tuple(logs),
            metric,
            inputs.catalog,
            of_paths,
            strip,
            tuple(include or ()),
            phases,
            prices_in(inputs, prices, None),
        )
        raise typer.Exit(parse_to(output, wanted, given, strict=strict))


@results.command(
    short_help="Show figures as tables.",
    epilog="Examples:  mocompile results table logs/   ·   "
    "mocompile results table figures.jsonl --figure '*latency' --by pod   ·   "
    'mocompile results table logs/ --format markdown >> "$GITHUB_STEP_SUMMARY"',
)
def table(
    logs: LogsOrFigures,
    metric: OnlyMetric = None,
    figure: Figures = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="NAME",
            help="A row for each value of these: pods,blocksize. A parameter, an option, a label, a context, pods, "
            "set; or source, collection, timepoint, job, pod, container, node, time. Repeatable.",
        ),
    ] = None,
    pool: Pooled = None,
    every: Annotated[bool, typer.Option("--all", help="List every value, not the median of repeated ones.")] = False,
    failed: _Failed = False,
    label: LabelsGiven = None,
    label_from: LabelsFrom = None,
    strip: Strip = None,
    include: Include = None,
    phases: Phases = False,
    prices: PricesFile = None,
    scaling: Annotated[
        str | None,
        typer.Option(
            "--scaling", metavar="NAME", help="With speed-up and efficiency over this: pods, a label nodes ..."
        ),
    ] = None,
    digits: Annotated[int, typer.Option("--digits", min=1, max=17, help="How many significant digits.")] = 6,
    form: Annotated[TableFormat, typer.Option("--format", help="What to write.")] = TableFormat.TEXT,
    output: _Output = "-",
    catalog: Catalogs = None,
) -> None:
    """Show figures as tables: for each metric, a row per context (message size, device ...), a column per figure.

    Repeated values of a figure are their median ± half of the interquartile range.
    """
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.results.tables import Chosen, Given, of_logs, prices_in, write_table
    from mocompile.results.analyse.phases import PHASES
    from mocompile.results.read.labels import labels

    inputs = Inputs(catalogs=tuple(catalog or ()))
    with reported(inputs, "text"):
        chosen = Chosen(metric, tuple(figure or ()), failed)
        of_paths = labels(label or (), label_from or ())
        given = Given(
            tuple(logs),
            of_logs(metric),
            inputs.catalog,
            of_paths,
            strip,
            tuple(include or ()),
            phases or metric == PHASES,
            prices_in(inputs, prices, metric),
        )
        write_table(
            output, form.value, given, chosen, by or (), pool or (), every=every, digits=digits, scaling=scaling or ""
        )


@results.command(
    short_help="Compare two sets of results.",
    epilog="Examples:  mocompile results compare main/ branch/   ·   "
    "mocompile results compare old.jsonl new.jsonl --threshold 5%   ·   "
    "mocompile results compare logs/ --by node --base c7g",
)
def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="The baseline: a log, a folder of logs, or figures.")],
    b: Annotated[str | None, typer.Argument(metavar="B", help="What is new; not with --by.")] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="NAME",
            help="Compare within A: each value of this with the first. A parameter, an option, a label, node, set ...",
        ),
    ] = None,
    base: Annotated[
        str | None, typer.Option("--base", metavar="VALUE", help="With --by: the value to compare with.")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            metavar="PERCENT",
            parser=percentage,
            help="Exit with 1 if a figure is worse by more than this, and by more than the noise: 5%.",
        ),
    ] = None,
    metric: OnlyMetric = None,
    figure: Figures = None,
    unclear: Annotated[
        UnclearFigures,
        typer.Option(
            "--unclear", help="With --threshold: the result for figures that are worse but have too few values."
        ),
    ] = UnclearFigures.WARN,
    pool: Annotated[
        list[str] | None,
        typer.Option(
            "--pool",
            "--ignore",
            metavar="NAME",
            help="Compare also across values of this name: a context (pid), pods, set, an option, a label. Repeatable.",
        ),
    ] = None,
    label: LabelsGiven = None,
    label_from: LabelsFrom = None,
    strip: Strip = None,
    include: Include = None,
    phases: Phases = False,
    prices: PricesFile = None,
    every: Annotated[bool, typer.Option("--all", help="Also list unchanged figures.")] = False,
    failed: _Failed = False,
    form: Annotated[ComparisonFormat, typer.Option("--format", help="What to write.")] = ComparisonFormat.TEXT,
    output: _Output = "-",
    catalog: Catalogs = None,
) -> None:
    """Compare two sets of results: which figures are better or worse, and whether by more than the noise.

    A figure is compared with that of the same metric, context and number of pods. Other differences are shown first.
    With --by, the sides are the values of a name in one folder.
    """
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.results.tables import Chosen, Given, of_logs, prices_in, write_comparison
    from mocompile.results.analyse.phases import PHASES
    from mocompile.results.read.labels import labels

    inputs = Inputs(catalogs=tuple(catalog or ()))
    with reported(inputs, "text"):
        chosen = Chosen(metric, tuple(figure or ()), failed)
        _require_two(b, by, base)
        given = labels(label or (), label_from or ())
        how = (
            of_logs(metric),
            inputs.catalog,
            given,
            strip,
            tuple(include or ()),
            phases or metric == PHASES,
            prices_in(inputs, prices, metric),
        )
        sides = [Given((path,), *how) for path in (a, b) if path is not None]
        code = write_comparison(
            output,
            form.value,
            sides,
            chosen,
            pool or (),
            threshold=threshold,
            unclear=unclear.value,
            every=every,
            by=by or "",
            base=base,
        )
        raise typer.Exit(code)


def _require_two(b: str | None, by: str | None, base: str | None) -> None:
    """Raises `InputError` unless there are two sides: two paths, or one and what splits it."""
    from mocompile.diagnostics.finding import Finding, InputError

    if b is None and by is None:
        hint = "name B, or what to compare within A: --by node"
        raise InputError([Finding("argument", "there is nothing to compare with", None, hint)])
    if b is not None and by is not None:
        hint = "leave out B, or --by"
        raise InputError([Finding("argument", "--by compares within A", None, hint)])
    if base is not None and by is None:
        raise InputError([Finding("argument", "--base is the value of a name", None, "name it with --by")])


results.command(
    short_help="Draw the figures of logs.",
    epilog="Examples:  mocompile results plot logs/ -o pictures   ·   "
    "mocompile results plot logs/ --figure loop_time -o scaling.svg",
)(plot)
results.command(
    short_help="Write one HTML file with everything that logs hold.",
    epilog="Examples:  mocompile results report logs/   ·   "
    "mocompile results report logs/ --no-plots -o - > night.html",
)(report)
results.command(short_help="Name the slow nodes and links, from pairs of pods.", epilog=EPILOG_OF_PAIRS)(pairs)
results.command(short_help="Collect the logs of a set from the cluster.", epilog=EPILOG)(collect)
