"""The commands. Each parses its arguments and calls the stages, which it imports when it runs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from mocompile.cli import completion, doctor, run_command
from mocompile.cli.arguments import Catalogs, ErrorFormat, Errors, Only, Overlays, Settings
from mocompile.cli.catalog.app import catalog as catalog_commands
from mocompile.cli.results.app import results
from mocompile.cli.study import study

app = typer.Typer(
    name="mocompile",
    help="Compile a MetricSet (metrics.yaml) into plain Kubernetes objects: a JobSet and a ConfigMap with its scripts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(catalog_commands, name="catalog")
app.add_typer(results, name="results", short_help="Collect logs and read them: tables, plots, a report.")
app.add_typer(study, name="study", short_help="List the points of a study and their states.")


class OutputFormat(StrEnum):
    """The formats of `build`."""

    YAML = "yaml"
    KUSTOMIZE = "kustomize"
    HELM = "helm"


class NameSuffix(StrEnum):
    """The ends of names that `build` offers."""

    NONE = "none"
    CONTENT = "content"


class ListFormat(StrEnum):
    """How `list` prints."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


class ExplainFormat(StrEnum):
    """How `explain` prints."""

    TEXT = "text"
    JSON = "json"


class ListedKind(StrEnum):
    """The kinds that `list` lists."""

    METRICS = "metrics"
    ADDONS = "addons"


class DiffFormat(StrEnum):
    """How `diff` prints."""

    TEXT = "text"
    JSON = "json"


class ImagesFormat(StrEnum):
    """How `images` lists them."""

    LIST = "list"
    JSON = "json"
    SKOPEO = "skopeo"


class SchemaKind(StrEnum):
    """The kinds of documents whose schema `schema` prints."""

    SET = "set"
    STUDY = "study"


_Strict = Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")]
_Path = Annotated[str, typer.Argument(metavar="PATH", help="A file, a folder with a metrics.yaml, or - for stdin.")]


def _version(wanted: bool) -> None:
    if wanted:
        import mocompile

        typer.echo(f"mocompile {mocompile.__version__}")
        raise typer.Exit


@app.callback()
def _mocompile(
    _: Annotated[
        bool, typer.Option("-V", "--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Compile a MetricSet into plain Kubernetes objects."""


@app.command(
    short_help="Compile a MetricSet or a study: YAML, kustomize or a chart.",
    epilog="Examples:  mocompile build | kubectl apply -f -   ·   "
    "mocompile build study/ --overlay big.yaml --set spec.pods=8   ·   "
    "mocompile build -f helm -o chart --overlay big.yaml",
)
def build(
    path: _Path = "metrics.yaml",
    output_format: Annotated[OutputFormat, typer.Option("-f", "--format", help="What to write.")] = OutputFormat.YAML,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help="The output file or folder; - is stdout (a folder as tar); NAME.tgz is an archive. Default: stdout "
            "for YAML, ./NAME (the set's name) for a folder.",
        ),
    ] = None,
    overlay: Annotated[
        list[str] | None,
        typer.Option(
            "--overlay",
            metavar="[NAME=]FILE[,FILE]...",
            help="A partial document merged into the input. For YAML, all in order; for a folder, each is a variant.",
        ),
    ] = None,
    setting: Settings = None,
    catalog: Catalogs = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Rename the set.")] = None,
    namespace: Annotated[
        str | None,
        typer.Option("-n", "--namespace", metavar="NAME", help="The namespace to write into the objects."),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; exit with 1 if the files at -o are out of date."),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a folder that mocompile did not make, or that was edited.")
    ] = False,
    only: Only = None,
    name_suffixes: Annotated[
        bool,
        typer.Option(
            "--name-suffixes",
            help="In each kustomize overlay, add its name to the set's name, so that all can be applied.",
        ),
    ] = False,
    name_suffix: Annotated[
        NameSuffix | None,
        typer.Option(
            "--name-suffix",
            help="content: names end with a hash of what cannot change, so that a changed set is a new JobSet. Sets "
            "spec.jobset.nameSuffix.",
        ),
    ] = None,
    chart_version: Annotated[
        str | None,
        typer.Option(
            "--chart-version", metavar="VERSION", help="The version of the chart. Default: 0.1.0-h and a hash of it."
        ),
    ] = None,
    applicationset: Annotated[
        str | None,
        typer.Option(
            "--applicationset",
            metavar="FILE",
            help="For a study in a folder, also write an Argo CD ApplicationSet for all sets. Needs --repo.",
        ),
    ] = None,
    repo: Annotated[
        str | None, typer.Option("--repo", metavar="URL", help="The git repository that will contain the folder.")
    ] = None,
    repo_path: Annotated[
        str | None,
        typer.Option(
            "--repo-path", metavar="PATH", help="The folder's path in the repository. Default: the path at -o."
        ),
    ] = None,
    strict: _Strict = False,
    error_format: Errors = ErrorFormat.TEXT,
) -> None:
    """Compile a metrics.yaml into a ConfigMap and a JobSet: as YAML, a kustomize base with overlays, or a Helm chart.

    A study (kind MetricStudy) gives the same for each of its points: for YAML a stream, or a folder at -o.
    stdout carries only manifests, so that `mocompile build | kubectl apply -f -` works.
    """
    from mocompile.cli.build_arguments import BuildArguments
    from mocompile.cli.build_command import run_build

    given = BuildArguments(
        path,
        output_format.value,
        output,
        tuple(overlay or ()),
        tuple(setting or ()),
        tuple(catalog or ()),
        name,
        namespace,
        check,
        force,
        tuple(only or ()),
        name_suffixes,
        name_suffix and name_suffix.value,
        chart_version,
        applicationset,
        repo,
        repo_path,
        strict,
        error_format.value,
    )
    raise typer.Exit(run_build(given))


@app.command(
    short_help="Check MetricSets and studies, and show every mistake.",
    epilog="Examples:  mocompile validate   ·   mocompile validate studies/ --error-format github",
)
def validate(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH]...", help="Files, folders to search for MetricSets, or - for stdin."),
    ] = None,
    catalog: Catalogs = None,
    strict: _Strict = False,
    error_format: Errors = ErrorFormat.TEXT,
) -> None:
    """Check MetricSets and show everything that is wrong with any of them.

    A folder is searched for YAML files; files without a MetricSet are skipped.
    """
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.validate import validate_all

    with reported(Inputs(catalogs=tuple(catalog or ())), error_format.value):
        code = validate_all(tuple(paths or ["metrics.yaml"]), tuple(catalog or ()), error_format.value, strict=strict)
        raise typer.Exit(code)


@app.command(
    short_help="List the images that a set or a study needs.",
    epilog="Examples:  mocompile images   ·   mocompile images study.yaml --format skopeo   ·   "
    "mocompile images --check images.lock   ·   mocompile images --pin images.lock -o pinned.yaml",
)
def images(
    path: _Path = "metrics.yaml",
    form: Annotated[ImagesFormat, typer.Option("--format", help="How to list them.")] = ImagesFormat.LIST,
    check: Annotated[
        str | None,
        typer.Option("--check", metavar="LOCK", help="List nothing; exit with 1 if an image is not in this lock."),
    ] = None,
    pin: Annotated[
        str | None,
        typer.Option("--pin", metavar="LOCK", help="Write an overlay that adds the digests of this lock."),
    ] = None,
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="The output file; - is stdout.")] = "-",
    overlay: Overlays = None,
    setting: Settings = None,
    catalog: Catalogs = None,
    error_format: Errors = ErrorFormat.TEXT,
) -> None:
    """List every image that a set or a study needs, to mirror, scan or pin it: one per line, each once.

    A lock is a YAML file with a line `IMAGE: DIGEST` for each image. You write it with a program that asks registries,
    such as skopeo or crane; mocompile never does.
    """
    from mocompile.cli.findings import reported
    from mocompile.cli.images import listing, needed_images, pins, read_lock, require_locked
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.output import tell, write

    inputs = Inputs(path, tuple(overlay or ()), tuple(setting or ()), tuple(catalog or ()))
    with reported(inputs, error_format.value):
        if pin is not None:
            write(pins(inputs, pin), output)
            return
        found = needed_images(inputs)
        if check is None:
            write(listing(found, form.value), output)
            return
        require_locked(found, read_lock(inputs, check), check)
        tell(f"{check} has the digest of every image: {len(found)} checked")


@app.command(
    short_help="Show how the Kubernetes objects of two inputs differ.",
    epilog="Examples:  mocompile diff old.yaml new.yaml   ·   mocompile diff committed/ metrics.yaml   ·   "
    "helm template disk chart | mocompile diff disk.yaml -",
)
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Manifests, a set or a study: a file, a folder, or -.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same, to compare with.")],
    form: Annotated[DiffFormat, typer.Option("--format", help="How to print the changes.")] = DiffFormat.TEXT,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if anything differs.")] = False,
    catalog: Catalogs = None,
    error_format: Errors = ErrorFormat.TEXT,
) -> None:
    """Show how the Kubernetes objects of two inputs differ, by meaning and not by text.

    Items of lists are compared by their names. An object whose name ends in a hash of its content is compared with the
    object that it replaces.
    """
    from mocompile.cli.diff import as_json, as_text, difference
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.output import write

    with reported(Inputs(), error_format.value):
        found = difference(old, new, tuple(catalog or ()))
        write(as_json(found) if form is DiffFormat.JSON else "".join(f"{line}\n" for line in as_text(found)))
    raise typer.Exit(int(bool(found) and exit_code))


@app.command(
    "argocd",
    short_help="Write the manifests as a plugin of Argo CD.",
    epilog='Example:  ARGOCD_APP_PARAMETERS=\'[{"name": "set", "map": {"spec.pods": "8"}}]\' mocompile argocd',
)
def argocd() -> None:
    """Write the manifests for Argo CD: the command of a config management plugin.

    The parameters come from the environment that Argo CD gives a plugin: `ARGOCD_APP_PARAMETERS` and `ARGOCD_ENV_*`.
    """
    import os
    from pathlib import Path

    from mocompile.cli.argocd import inputs_of, parameters_of, write_manifests
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs

    with reported(Inputs(), ErrorFormat.TEXT.value):
        parameters = parameters_of(os.environ, Path.cwd())
    inputs = inputs_of(parameters, os.environ, Path.cwd())
    with reported(inputs, ErrorFormat.TEXT.value):
        write_manifests(inputs, parameters)


@app.command(
    short_help="Add a set's objects to a ResourceList: a KRM function.",
    epilog="Example:  kustomize build --enable-alpha-plugins --enable-exec .",
)
def krm(catalog: Catalogs = None, strict: _Strict = False) -> None:
    """Add the objects of a MetricSet to a ResourceList: a KRM function, which kustomize runs as a generator.

    Reads the list from stdin. The MetricSet is its `functionConfig`.
    """
    from mocompile.cli import krm as function
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs

    inputs = Inputs("-", catalogs=tuple(catalog or ()), strict=strict)
    with reported(inputs, ErrorFormat.TEXT.value):
        function.run(inputs)


app.command(short_help="Run a set, or the points of a study, on a cluster.", epilog=run_command.EPILOG)(run_command.run)
app.command(short_help="Check whether a cluster is ready, for a set or at all.", epilog=doctor.EPILOG)(doctor.doctor)


@app.command("list", epilog="Examples:  mocompile list   ·   mocompile list addons --format json")
def list_(
    kind: Annotated[ListedKind | None, typer.Argument(help="Only these.")] = None,
    form: Annotated[ListFormat, typer.Option("--format", help="How to print them.")] = ListFormat.TABLE,
    catalog: Catalogs = None,
) -> None:
    """List the metrics and addons of the catalog."""
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.listing import listing
    from mocompile.cli.output import write

    inputs = Inputs(catalogs=tuple(catalog or ()))
    with reported(inputs, ErrorFormat.TEXT.value):
        write(listing(inputs.catalog, None if kind is None else kind.value, form.value))


@app.command(
    short_help="Explain a metric, an addon, or a field of metrics.yaml.",
    epilog="Examples:  mocompile explain io-fio   ·   mocompile explain io-fio.options.size   ·   "
    "mocompile explain io-fio.figures   ·   mocompile explain spec.jobset",
)
def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME[.options.NAME]",
            help="A metric or addon, one of its options or figures, or a field: spec.pods.",
            autocompletion=completion.explained,
        ),
    ],
    form: Annotated[ExplainFormat, typer.Option("--format", help="How to print it.")] = ExplainFormat.TEXT,
    catalog: Catalogs = None,
) -> None:
    """Explain a metric or an addon: what it is, its options with types and defaults, an example that compiles.

    Also explains a field of a metrics.yaml, with the fields below it.
    """
    from mocompile.cli.explain import explanation, explanation_as_json
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.output import write

    inputs = Inputs(catalogs=tuple(catalog or ()))
    with reported(inputs, ErrorFormat.TEXT.value):
        explain_as = explanation_as_json if form is ExplainFormat.JSON else explanation
        write(explain_as(inputs.catalog, name))


@app.command(
    short_help="Print the JSON Schema of a metrics.yaml, for editors.",
    epilog="Examples:  mocompile schema -o metricset.schema.json   ·   mocompile schema --kind study",
)
def schema(
    kind: Annotated[
        SchemaKind, typer.Option("--kind", help="The schema of a metrics.yaml, or of a study.")
    ] = SchemaKind.SET,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where to write it; - is stdout.")
    ] = "-",
    catalog: Catalogs = None,
) -> None:
    """Print the JSON Schema of a metrics.yaml with the whole catalog, or of a study, for editors.

    With the YAML language server: put `# yaml-language-server: $schema=metricset.schema.json` into the first line.
    """
    from mocompile.check.editor_schema import for_editors, study_for_editors
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.output import write

    inputs = Inputs(catalogs=tuple(catalog or ()))
    with reported(inputs, ErrorFormat.TEXT.value):
        write(for_editors(inputs.catalog) if kind is SchemaKind.SET else study_for_editors(), output)


@app.command(
    short_help="Write a commented metrics.yaml, or a study, to start from.",
    epilog="Examples:  mocompile init io-fio   ·   mocompile init app-lammps io-sysstat -o -   ·   "
    "mocompile init app-lammps --study",
)
def init(
    metric: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[METRIC]...", help="The metrics to begin with. Default: io-fio.", autocompletion=completion.metrics
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The output file; - is stdout. Default: metrics.yaml, or study.yaml.",
        ),
    ] = None,
    of_study: Annotated[
        bool, typer.Option("--study", help="Write a study, and a metrics.yaml beside it if there is none.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    catalog: Catalogs = None,
) -> None:
    """Write a commented metrics.yaml, or a study, to start from. An existing file is not changed."""
    from mocompile.cli.findings import reported
    from mocompile.cli.inputs import Inputs
    from mocompile.cli.output import require_new, tell, write
    from mocompile.cli.starter import starter
    from mocompile.diagnostics.finding import Finding, InputError

    inputs = Inputs(catalogs=tuple(catalog or ()))
    target = output or ("study.yaml" if of_study else "metrics.yaml")
    with reported(inputs, ErrorFormat.TEXT.value):
        names = metric or ["io-fio"]
        text = starter(inputs.catalog, names)
        if of_study and len(names) > 1:
            hint = "add the others to the metrics.yaml that it writes"
            raise InputError([Finding("argument", "--study begins with one metric", None, hint)])
        if not force:
            require_new(target)
        if of_study:
            from mocompile.cli.study_starter import begin_study

            begin_study(inputs.catalog, names[0], text, target)
            return
        write(text, target)
        if target != "-":
            tell(f"written {target}; now: mocompile build {target}")
