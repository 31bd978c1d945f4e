"""`mocompile run`: the arguments."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from mocompile.cli.arguments import (
    Catalogs,
    ClusterNamespace,
    Context,
    ErrorFormat,
    Kubeconfig,
    Only,
    Overlays,
    Settings,
    seconds_of,
)

EPILOG = (
    "Examples:  mocompile run -n bench   ·   mocompile run study.yaml --parallel 4 --timeout 30m   ·   "
    "mocompile run study.yaml --retry failed"
)


class Retried(StrEnum):
    """The points that `run` runs again."""

    FAILED = "failed"


def run(
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="A set or a study: a file, a folder with a metrics.yaml, or -.")
    ] = "metrics.yaml",
    namespace: ClusterNamespace = None,
    parallel: Annotated[
        int, typer.Option("--parallel", metavar="N", min=1, max=64, help="How many points run at a time.")
    ] = 1,
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="DIR", help="The folder of the run: its state, logs. Default: ./NAME-run."
        ),
    ] = None,
    retry: Annotated[Retried | None, typer.Option("--retry", help="Run points again that failed before.")] = None,
    timeout: Annotated[
        str | None,
        typer.Option(
            "--timeout", metavar="TIME", help="End a point that takes longer: 90s, 30m, 2h. Default: no bound."
        ),
    ] = None,
    start_timeout: Annotated[
        str,
        typer.Option(
            "--start-timeout", metavar="TIME", help="Give up on a point that cannot start: no node, no image."
        ),
    ] = "10m",
    keep: Annotated[bool, typer.Option("--keep", help="Leave the objects of completed points in the cluster.")] = False,
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Check the cluster first, as `doctor` does.")
    ] = True,
    only: Only = None,
    overlay: Overlays = None,
    setting: Settings = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    catalog: Catalogs = None,
) -> None:
    """Run a set, or the points of a study, on a cluster: apply, follow, collect the logs, print the table.

    DIR knows what is done: the same command after Ctrl-C, a kill or a failure runs only what is missing.
    Exit code: 0 if all points completed, 1 if some failed, 130 if it was interrupted.
    """
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs

    longest, patience = seconds_of(timeout), seconds_of(start_timeout)
    inputs = Inputs(path, tuple(overlay or ()), tuple(setting or ()), tuple(catalog or ()), namespace=namespace)
    with reported(inputs, ErrorFormat.TEXT.value):
        from mocompile.cli.running import connected, planned, run_planned
        from mocompile.running.model import Settings as RunSettings

        plan = planned(inputs, tuple(only or ()))
        settings = RunSettings(parallel, longest, patience or 0, keep=keep, check=check)
        api = connected(kubeconfig, context, parallel)
        code = run_planned(plan, api, output, settings, inputs, retry=retry is not None)
    raise typer.Exit(code)
