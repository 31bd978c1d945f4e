"""`mocompile study`: the points of a study, and the state of each."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from mocompile.cli.arguments import Catalogs, Only

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from mocompile.study.compile import CompiledStudy

study = typer.Typer(
    help="List the points of a study (kind MetricStudy), and show the state of each.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class PointsFormat(StrEnum):
    """How `study` prints."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


_File = Annotated[str, typer.Argument(metavar="FILE", help="The study's file, or - for stdin.")]
_Form = Annotated[PointsFormat, typer.Option("--format", help="How to print them.")]


@study.command(
    "list",
    short_help="List the sets of a study, in order.",
    epilog="Examples:  mocompile study list   ·   mocompile study list study.yaml --format json",
)
def list_(
    file: _File = "study.yaml",
    only: Only = None,
    form: _Form = PointsFormat.TABLE,
    catalog: Catalogs = None,
) -> None:
    """List the sets of a study in the order in which they are to run: id, name, parameters."""
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.output import write
    from mocompile.cli.studies import compiled_study

    inputs = Inputs(file, catalogs=tuple(catalog or ()))
    with reported(inputs, "text"):
        compiled = compiled_study(inputs, tuple(only or ()))
        write(_listed(compiled, _rows(compiled, {}), form.value))


@study.command(
    short_help="Show the state of each set of a study.",
    epilog="Examples:  mocompile study status study.yaml results/   ·   mocompile study status study.yaml -n bench",
)
def status(
    file: _File = "study.yaml",
    folder: Annotated[
        str | None,
        typer.Argument(
            metavar="[DIR]",
            help="The folder of a `mocompile run`, or one with output of `results collect`, at any depth.",
        ),
    ] = None,
    namespace: Annotated[
        str | None,
        typer.Option("-n", "--namespace", metavar="NAME", help="Also ask the cluster, in this namespace."),
    ] = None,
    context: Annotated[
        str | None, typer.Option("--context", metavar="NAME", help="Also ask the cluster of this context.")
    ] = None,
    kubeconfig: Annotated[
        str | None, typer.Option("--kubeconfig", metavar="FILE", help="Also ask the cluster of this kubeconfig.")
    ] = None,
    only: Only = None,
    form: _Form = PointsFormat.TABLE,
    catalog: Catalogs = None,
) -> None:
    """Show for each set of a study whether it is missing, running, done or failed.

    The state comes from a folder of results, a cluster, or both. A set that is done in the folder is done.
    """
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.output import tell, write
    from mocompile.cli.studies import compiled_study
    from mocompile.cli.study_states import counted, in_cluster, in_folder, names_of, runs_in, together
    from mocompile.running.journal import is_worked_in

    inputs = Inputs(file, catalogs=tuple(catalog or ()))
    with reported(inputs, "text"):
        compiled = compiled_study(inputs, tuple(only or ()))
        names = [each.object_name for each in compiled.sets]
        asked = namespace is not None or context is not None or kubeconfig is not None
        sets = names_of(compiled.name, ((each.id, each.repeat, each.object_name) for each in compiled.sets))
        looked = folder or "." if folder is not None or not asked else None
        found = in_folder(looked, sets) if looked is not None else {}
        if asked:
            written = compiled.sets[0].compiled.plan.namespace
            found = together(found, in_cluster(compiled.name, namespace or written, context, kubeconfig, sets))
        states = {name: found.get(name, "missing") for name in names}
        write(_listed(compiled, _rows(compiled, states), form.value))
        tell(counted(states.values()))
        for run in runs_in(looked) if looked is not None else ():
            if is_worked_in(run):
                tell(f"{run}: `mocompile run` works here now")
            elif "running" in states.values():
                tell(f"{run}: no `mocompile run` works here now; the same command takes up again what runs")


def _rows(compiled: CompiledStudy, states: Mapping[str, str]) -> list[dict[str, Any]]:
    from mocompile.study.index import entry

    return [
        {**entry(each), **({"state": states[each.object_name]} if each.object_name in states else {})}
        for each in compiled.sets
    ]


def _listed(compiled: CompiledStudy, rows: Sequence[dict[str, Any]], form: str) -> str:
    """Return the rows as text that ends in a newline. In a table, each parameter is a column."""
    if form == "json":
        import json

        return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
    if form == "yaml":
        from mocompile.emit.yaml import dump

        return dump([rows])
    from mocompile.cli.listing import table
    from mocompile.diagnostics.wording import visible
    from mocompile.expression.fold import text_of

    names = list(compiled.study.parameters)
    flat = [
        {
            "id": row["id"],
            "name": row["name"],
            **({"state": row["state"]} if "state" in row else {}),
            **{f"parameter {name}": visible(text_of(row["parameters"][name])) for name in names},
        }
        for row in rows
    ]
    columns = {"id": "ID", "name": "NAME", "state": "STATE", **{f"parameter {name}": name for name in names}}
    return table(flat, {key: title for key, title in columns.items() if key in flat[0]})
