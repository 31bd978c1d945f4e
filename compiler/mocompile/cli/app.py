"""The commands. Each parses its arguments and calls the stages; what it imports for that is imported when it runs."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

app = typer.Typer(
    name="mocompile",
    help="Compile a MetricSet (metrics.yaml) into plain Kubernetes objects: a JobSet, and a ConfigMap with its scripts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class OutputFormat(StrEnum):
    """What `build` writes."""

    YAML = "yaml"


class ErrorFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


_Errors = Annotated[
    ErrorFormat, typer.Option("--error-format", help="How to print what is wrong: for people, or for machines.")
]


def _version(wanted: bool) -> None:
    if wanted:
        import mocompile

        typer.echo(f"mocompile {mocompile.__version__}")
        raise typer.Exit


@app.callback()
def _mocompile(
    _: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Compile a MetricSet into plain Kubernetes objects."""


@app.command(
    epilog="Examples:  mocompile build | kubectl apply -f -   ·   mocompile build study/ --overlay big.yaml --set spec.pods=8"
)
def build(
    path: Annotated[str, typer.Argument(help="A file, a folder with a metrics.yaml, or - for stdin.")] = "metrics.yaml",
    output_format: Annotated[OutputFormat, typer.Option("-f", "--format", help="What to write.")] = OutputFormat.YAML,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where to write it; - is stdout.")
    ] = "-",
    overlay: Annotated[
        list[str] | None,
        typer.Option("--overlay", metavar="FILE", help="A partial document laid over the input. May be repeated."),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="PATH=VALUE", help="One value: spec.pods=8, spec.metrics[io-fio].options.size=1G."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Another name for the set.")] = None,
    namespace: Annotated[
        str | None, typer.Option("--namespace", "-n", help="The namespace to write into the objects.")
    ] = None,
    error_format: _Errors = ErrorFormat.TEXT,
) -> None:
    """Compile a metrics.yaml into a ConfigMap and a JobSet.

    stdout carries manifests and nothing else, so that `mocompile build | kubectl apply -f -` works as it stands.
    """
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.output import write
    from mocompile.compile import compile_yaml

    inputs = Inputs(path, tuple(overlay or ()), tuple(setting or ()), name, namespace)
    with reported(inputs, error_format.value):
        text = compile_yaml(inputs.merged())
        write(text, output)


@app.command(epilog="Examples:  mocompile validate   ·   mocompile validate studies/ --error-format github")
def validate(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files, folders to search for MetricSets, or - for stdin.")
    ] = None,
    error_format: _Errors = ErrorFormat.TEXT,
) -> None:
    """Check MetricSets and show everything that is wrong with any of them.

    A folder is searched for YAML files; those that hold no MetricSet are passed over.
    """
    from mocompile.cli.validate import validate_all

    code = validate_all(tuple(paths or ["metrics.yaml"]), error_format.value)
    sys.exit(code)
