"""`mocompile results collect`: collects a set's logs from a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mocompile.cli.arguments import Catalogs, ClusterNamespace, Context, Kubeconfig, Overlays, Settings, seconds_of

if TYPE_CHECKING:
    from pathlib import Path

    from mocompile.cli.inputs import Inputs
    from mocompile.results.collect.events import Outcome

EPILOG = (
    "Examples:  mocompile results collect   ·   mocompile results collect lammps -n bench -o logs   ·   "
    "mocompile build --set spec.pods=8 | mocompile results collect -"
)
_INTERRUPTED = 130
_MOST_SAID = 20


def collect(
    target: Annotated[
        str,
        typer.Argument(
            metavar="[NAME|PATH|-]",
            help="The JobSet's name; or a metrics.yaml, its folder, or output of `mocompile build`; - is stdin.",
        ),
    ] = "metrics.yaml",
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FOLDER", help="The output folder. Default: ./NAME-logs."),
    ] = None,
    namespace: ClusterNamespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Wait until the set ends, or collect only the lines so far.")
    ] = True,
    timeout: Annotated[
        str | None,
        typer.Option("--timeout", metavar="TIME", help="Wait at most this long: 90s, 30m, 2h."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a folder that `results collect` did not make.")
    ] = False,
    overlay: Overlays = None,
    setting: Settings = None,
    catalog: Catalogs = None,
) -> None:
    """Collect the logs of a set from the cluster: until the set ends, or at once if it has ended.

    FOLDER gets a log for each container, and set.json with its state in the cluster: exit code, reason, node, times.
    Exit code: 0 if the set completed and every log is complete, 1 if it failed or a log is missing.
    """
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs

    seconds = seconds_of(timeout)
    inputs = Inputs(target, tuple(overlay or ()), tuple(setting or ()), tuple(catalog or ()), namespace=namespace)
    with reported(inputs, "text"):
        raise typer.Exit(_collected(inputs, output, context, kubeconfig, follow=follow, seconds=seconds, force=force))


def _collected(
    inputs: Inputs,
    output: str | None,
    context: str | None,
    kubeconfig: str | None,
    *,
    follow: bool,
    seconds: float | None,
    force: bool,
) -> int:
    from pathlib import Path

    from mocompile.cli.interrupts import terminated_as_interrupted
    from mocompile.cli.results.progress import Terminal
    from mocompile.cli.results.target import named_set
    from mocompile.results.collect.api import Api
    from mocompile.results.collect.collector import STREAMS, Collector
    from mocompile.results.collect.folder import Folder

    name, namespace = named_set(inputs)
    folder = Folder(Path(output or f"{name}-logs"), force=force)
    api = Api(kubeconfig, context, STREAMS)
    with Terminal(name) as terminal, terminated_as_interrupted():
        collector = Collector(api, name, namespace or api.namespace, folder, terminal, follow=follow)
        outcome = collector.run(seconds)
    return _report(outcome, folder.path)


def _report(outcome: Outcome, folder: Path) -> int:
    """Print the summary, the problems and the next commands. Returns the exit code."""
    from mocompile.cli.output import tell

    collected = outcome.collected
    texts = [f"{level}: {text}" for level, text in collected.problems()]
    texts += [
        f"{level}: {each.pod}, container {each.container}: {text}"
        for each in collected.containers
        if each.file
        for level, text in each.problems()
    ]
    if len(texts) > _MOST_SAID:
        texts[_MOST_SAID:] = [f"and {len(texts) - _MOST_SAID} more, in {folder / 'set.json'}"]
    logs = sum(1 for each in collected.containers if each.file)
    texts.append(f"{folder}: {logs} logs, {outcome.lines:,} lines, {outcome.size / 1e6:,.1f} MB")
    if outcome.ended == "interrupted":
        texts.append("interrupted: complete lines are kept; run the same command again for the rest")
    elif outcome.ended == "timeout":
        texts.append("timed out: complete lines are kept; run the same command again for the rest")
    if logs:
        texts.append(f"now: mocompile results table {folder}")
        texts.append(f"     mocompile results report {folder}")
    for text in texts:
        tell(text)
    if outcome.ended == "interrupted":
        return _INTERRUPTED
    return 0 if outcome.ended == "done" and collected.state == "Completed" and outcome.whole else 1
