"""`mocompile results pairs`: which pods, nodes and links are slow, from figures of pairs of pods."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from mocompile.cli.arguments import (
    Catalogs,
    Figures,
    Include,
    LabelsFrom,
    LabelsGiven,
    LogsOrFigures,
    OnlyMetric,
    Strip,
    percentage,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mocompile.results.analyse.pairs import Findings, Matrix
    from mocompile.results.present.pairs import FamilyView

EPILOG = (
    "Examples:  mocompile results pairs logs/   ·   mocompile results pairs logs/ --slower 20% --fail   ·   "
    "mocompile results pairs logs/ --heat-map pictures"
)


class PairsFormat(StrEnum):
    """The formats of `pairs`."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def pairs(
    logs: LogsOrFigures,
    metric: OnlyMetric = None,
    figure: Figures = None,
    slower: Annotated[
        float,
        typer.Option(
            "--slower",
            metavar="PERCENT",
            parser=percentage,
            help="By how much a pod must be slower than the others to be named.",
            show_default="10%",
        ),
    ] = "10%",  # type: ignore[assignment]  # the parser takes text
    every: Annotated[bool, typer.Option("--all", help="Show a table for each size, not for the worst one.")] = False,
    heat_map: Annotated[
        str | None,
        typer.Option("--heat-map", metavar="PATH", help="Also draw the tables: a folder; or FILE.png, FILE.svg."),
    ] = None,
    fail: Annotated[bool, typer.Option("--fail", help="Exit with 1 if a pod, node or link is named.")] = False,
    label: LabelsGiven = None,
    label_from: LabelsFrom = None,
    strip: Strip = None,
    include: Include = None,
    form: Annotated[PairsFormat, typer.Option("--format", help="What to write.")] = PairsFormat.TEXT,
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="The output file; - is stdout.")] = "-",
    catalog: Catalogs = None,
) -> None:
    """Name the pods, nodes and links that are slow, from a benchmark that ran over pairs of pods.

    A pod is named if its figures with most of its partners are worse than usual, and by more than the noise.
    """
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs

    inputs = Inputs(catalogs=tuple(catalog or ()))
    with reported(inputs, "text"):
        from mocompile.cli.output import write
        from mocompile.cli.results.tables import Given, loaded, table_width
        from mocompile.diagnostics.finding import Finding, InputError
        from mocompile.results.analyse.pairs import find_suspects
        from mocompile.results.analyse.selection import require_known, select
        from mocompile.results.present.pairs import as_json, families, figures_to_judge, grids, named
        from mocompile.results.present.text_layout import escaped, markdown, text
        from mocompile.results.read.labels import labels

        of_paths = labels(label or (), label_from or ())
        results = loaded(Given(tuple(logs), metric, inputs.catalog, of_paths, strip, tuple(include or ())))
        require_known(results.records, tuple(figure or ()), metric)
        chosen = select(results, tuple(figure or ()), metric).records
        if not figure:
            chosen = figures_to_judge(chosen, inputs.catalog.figures)
        findings = find_suspects(chosen, slower)
        if not findings.verdicts:
            hint = (
                "run the benchmark with the option `pairs`; with --figure, choose a figure that has a better direction"
            )
            raise InputError([Finding("nothing", "no figure is of a pair of pods", None, hint)])
        views = families(findings)
        lines = named(findings)
        if form is PairsFormat.JSON:
            shown = as_json(findings)
        elif form is PairsFormat.MARKDOWN:
            shown = "".join(f"{escaped(line)}\n\n" for line in lines) + markdown(grids(views, every=every))
        else:
            shown = _lines(lines) + "\n" + text(grids(views, every=every), table_width())
        write(shown, output)
        if heat_map is not None:
            _draw(views, heat_map, every=every)
        raise typer.Exit(1 if fail and _has_named(findings) else 0)


def _lines(lines: Sequence[str]) -> str:
    from mocompile.diagnostics.wording import visible

    return "".join(f"{visible(line)}\n" for line in lines)


def _has_named(findings: Findings) -> bool:
    return bool(findings.suspects or findings.links)


def _draw(views: Sequence[FamilyView], path: str, *, every: bool) -> None:
    """Draw the tables. Raises `InputError` if one file is named for several."""
    from pathlib import Path

    from mocompile.cli.output import tell, write
    from mocompile.cli.results.plots import make_folder
    from mocompile.diagnostics.finding import Finding, InputError
    from mocompile.results.present.plot.heat_map import draw_heat_map

    matrices = [verdict.matrix for view in views for verdict in (view.verdicts if every else (view.shown,))]
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix in ("png", "svg") and len(matrices) > 1:
        message = f"there are {len(matrices)} tables, and {path} is one file"
        raise InputError([Finding("plot", message, None, "name a folder, or choose one with --figure")])
    for number, matrix in enumerate(matrices, 1):
        file = Path(path) if suffix in ("png", "svg") else Path(path) / f"pairs-{number}-{_word(matrix)}.png"
        make_folder(file.parent)
        write(draw_heat_map(matrix, "svg" if file.suffix.lower() == ".svg" else "png"), str(file))
        tell(f"written {file}")


def _word(matrix: Matrix) -> str:
    return "".join(each if each.isalnum() else "-" for each in matrix.figure.lower())
