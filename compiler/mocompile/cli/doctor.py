"""`mocompile doctor`: whether a cluster is ready, and would run a set."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from mocompile.cli.arguments import (
    Catalogs,
    ClusterNamespace,
    Context,
    Kubeconfig,
    Only,
    Overlays,
    Settings,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mocompile.running.checks import Check

EPILOG = "Examples:  mocompile doctor   ·   mocompile doctor study.yaml -n bench   ·   mocompile doctor --format json"
_SIGNS = {"ok": "ok", "problem": "PROBLEM", "unknown": "unknown"}


class ChecksFormat(StrEnum):
    """How `doctor` prints."""

    TEXT = "text"
    JSON = "json"


def doctor(
    path: Annotated[
        str | None,
        typer.Argument(metavar="[PATH]", help="A set or a study that is to run: a file, a folder, or -."),
    ] = None,
    namespace: ClusterNamespace = None,
    form: Annotated[ChecksFormat, typer.Option("--format", help="How to print the checks.")] = ChecksFormat.TEXT,
    only: Only = None,
    overlay: Overlays = None,
    setting: Settings = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    catalog: Catalogs = None,
) -> None:
    """Check whether a cluster is ready for mocompile; with PATH, whether it would run this set or study.

    Each check is one line: ok, a problem with what to do about it, or unknown. Nothing is changed in the cluster.
    Exit code: 0 without a problem, 1 with one.
    """
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.output import write

    inputs = Inputs(
        path or "metrics.yaml", tuple(overlay or ()), tuple(setting or ()), tuple(catalog or ()), namespace=namespace
    )
    with reported(inputs, "text"):
        from mocompile.cli.running import connected, planned
        from mocompile.running.doctor import examine

        plan = planned(inputs, tuple(only or ())) if path is not None else None
        api = connected(kubeconfig, context, 1)
        where = (plan.namespace if plan else namespace) or api.namespace
        checks: list[Check] = []
        for check in examine(api, where, plan.chosen if plan else ()):
            checks.append(check)
            if form is ChecksFormat.TEXT:
                write("".join(f"{line}\n" for line in lines_of(check)))
        if form is ChecksFormat.JSON:
            import json

            write(json.dumps([asdict(each) for each in checks], indent=2, ensure_ascii=False) + "\n")
    raise typer.Exit(int(has_problem(checks)))


def has_problem(checks: Iterable[Check]) -> bool:
    """Return whether one of the checks is a problem."""
    return any(each.status == "problem" for each in checks)


def lines_of(check: Check) -> list[str]:
    """Return a check as text, safe to print."""
    from mocompile.diagnostics.wording import visible

    lines = [f"{_SIGNS[check.status]:8} {check.name:8} {visible(check.text)}"]
    return [*lines, f"{'':17} cure: {visible(check.cure)}"] if check.cure and check.status != "ok" else lines
