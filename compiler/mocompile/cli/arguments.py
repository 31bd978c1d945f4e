"""Arguments that several commands have, each with one help text."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class ErrorFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


Errors = Annotated[
    ErrorFormat, typer.Option("--error-format", help="How to print what is wrong: for people, or for machines.")
]
Catalogs = Annotated[
    list[str] | None,
    typer.Option(
        "--catalog",
        metavar="DIR",
        help="A folder of metrics and addons of your own, beside those of MOCOMPILE_CATALOG.",
    ),
]
Overlays = Annotated[
    list[str] | None,
    typer.Option("--overlay", metavar="FILE", help="A partial document laid over the input. May be repeated."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="One value: spec.pods=8, spec.metrics[io-fio].options.size=1G. May be repeated.",
    ),
]
LogsOrFigures = Annotated[
    list[str],
    typer.Argument(metavar="LOG...", help="Logs, folders of them, - for stdin; or JSON lines that `parse` wrote."),
]
OnlyMetric = Annotated[
    str | None,
    typer.Option("--metric", metavar="NAME", help="Only this metric; also that of logs that do not name theirs."),
]
LabelsGiven = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="KEY=VALUE", help="What the logs do not say: cloud=aws. Repeatable."),
]
LabelsFrom = Annotated[
    list[str] | None,
    typer.Option(
        "--label-from",
        metavar="PATTERN",
        help="Labels out of the paths of logs: 'size{nodes}/logs'; * is any text without a slash. Repeatable.",
    ),
]
Pooled = Annotated[
    list[str] | None,
    typer.Option(
        "--pool",
        metavar="NAME",
        help="Take together what differs in this: a context (pid), pods, set, image, an option, a label. Repeatable.",
    ),
]
Strip = Annotated[
    str | None,
    typer.Option("--strip", metavar="REGEX", help="What else is before each line of a log, to be taken off."),
]
Include = Annotated[
    list[str] | None,
    typer.Option("--include", metavar="GLOB", help="Of folders, only these files: '*.out'. Repeatable."),
]
Figures = Annotated[
    list[str] | None,
    typer.Option("--figure", metavar="NAME", help="Only these: a name, or a pattern such as '*latency'. Repeatable."),
]
