"""The commands of `mocompile catalog`: for people who write data sheets."""

from __future__ import annotations

from typing import Annotated

import typer

from mocompile.cli.arguments import Catalogs, ErrorFormat, Errors

catalog = typer.Typer(
    name="catalog",
    help="Check the data sheets of your own catalog.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@catalog.callback()
def _catalog() -> None:
    """Check the data sheets of your own catalog."""


@catalog.command(
    short_help="Check data sheets, scripts and example logs.",
    epilog="Examples:  mocompile catalog check my-catalog   ·   mocompile catalog check my-catalog/mem-copy --update",
)
def check(
    folders: Annotated[
        list[str],
        typer.Argument(
            metavar="DIR...", help="Folders of metrics and addons (as for --catalog), or the folder of one."
        ),
    ],
    update: Annotated[
        bool, typer.Option("--update", help="Write each example.figures.jsonl again from its example.log.")
    ] = False,
    beside: Catalogs = None,
    error_format: Errors = ErrorFormat.TEXT,
) -> None:
    """Check metric.yaml, addon.yaml, figures.yaml and the scripts of every metric and addon in DIR.

    If figures.yaml has an example.log beside it, that log must contain exactly the figures of example.figures.jsonl:
    one JSON object per line, with figure, value, unit, context and status.
    """
    from mocompile.cli.catalog.check import check_folders
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs

    with reported(Inputs(), error_format.value):
        raise typer.Exit(check_folders(tuple(folders), tuple(beside or ()), error_format.value, update=update))
