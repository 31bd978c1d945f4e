"""Arguments that several commands share, each with one help text."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

import typer

from mocompile.cli import completion


class ErrorFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


Errors = Annotated[ErrorFormat, typer.Option("--error-format", help="The format of errors and warnings.")]
Catalogs = Annotated[
    list[str] | None,
    typer.Option(
        "--catalog",
        metavar="DIR",
        help="A folder with your own metrics and addons, in addition to MOCOMPILE_CATALOG.",
    ),
]
Overlays = Annotated[
    list[str] | None,
    typer.Option("--overlay", metavar="FILE", help="A partial document merged into the input. Repeatable."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="One value: spec.pods=8, spec.metrics[io-fio].options.size=1G. Repeatable.",
        autocompletion=completion.settings,
    ),
]
LogsOrFigures = Annotated[
    list[str],
    typer.Argument(metavar="LOG...", help="Logs, folders of logs, - for stdin; or JSON lines from `parse`."),
]
OnlyMetric = Annotated[
    str | None,
    typer.Option(
        "--metric",
        metavar="NAME",
        help="Only this metric; also the metric of logs that do not name theirs.",
        autocompletion=completion.metrics,
    ),
]
LabelsGiven = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="KEY=VALUE", help="A label for all logs: cloud=aws. Repeatable."),
]
LabelsFrom = Annotated[
    list[str] | None,
    typer.Option(
        "--label-from",
        metavar="PATTERN",
        help="Labels from the paths of logs: 'size{nodes}/logs'; * is any text without a slash. Repeatable.",
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
    typer.Option("--strip", metavar="REGEX", help="Remove this match from the beginning of each line of a log."),
]
Include = Annotated[
    list[str] | None,
    typer.Option("--include", metavar="GLOB", help="Only these files of folders: '*.out'. Repeatable."),
]
Phases = Annotated[
    bool,
    typer.Option(
        "--phases", help="Also how long each set took to get nodes, images and hosts, to start, and to measure."
    ),
]
PricesFile = Annotated[
    str | None,
    typer.Option(
        "--prices", metavar="FILE", help="Also what each set cost: the prices of nodes by their labels, as YAML."
    ),
]
Context = Annotated[str | None, typer.Option("--context", metavar="NAME", help="A context of the kubeconfig.")]
Kubeconfig = Annotated[
    str | None, typer.Option("--kubeconfig", metavar="FILE", help="Default: KUBECONFIG or ~/.kube/config.")
]
ClusterNamespace = Annotated[
    str | None,
    typer.Option("-n", "--namespace", metavar="NAME", help="Default: the namespace of the input, else of the context."),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="POINT",
        help="Only this point of a study: its id, or NAME=VALUE[,NAME=VALUE]. Repeatable.",
    ),
]
Figures = Annotated[
    list[str] | None,
    typer.Option(
        "--figure",
        metavar="NAME",
        help="Only these: a name, or a pattern such as '*latency'. Repeatable.",
        autocompletion=completion.figures,
    ),
]

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds_of(text: str | None) -> float | None:
    """Return the seconds of `90`, `90s`, `30m`, `2h`."""
    if text is None:
        return None
    number, unit = (text[:-1], text[-1]) if text and text[-1] in "smhd" else (text, "")
    if not number.isascii() or not number.isdigit() or not 0 < int(number) < 10**9:
        raise typer.BadParameter(f"'{text}' is not a time; write 90s, 30m or 2h")
    return float(int(number) * _UNITS[unit])


def percentage(text: str) -> float:
    """Return `5%` or `5` as 0.05."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?|\.\d+) ?%?", text, re.ASCII)
    # A bare 0.05 is ambiguous: it could mean 5 %.
    if found is None or (float(found[1]) < 1 and float(found[1]) > 0 and not text.endswith("%")):
        raise typer.BadParameter(f"'{text}' is not a percentage; write for example 5%")
    return float(found[1]) / 100
