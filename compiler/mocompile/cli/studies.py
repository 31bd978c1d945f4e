"""`mocompile build` of a study: the sets of all points, or of the named points."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mocompile.cli.archives import is_archive, write_archive
from mocompile.cli.building import said
from mocompile.cli.output import STDOUT, tell, write
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.document.merge import merge
from mocompile.files import is_file, read_regular
from mocompile.study.applicationset import applicationset
from mocompile.study.compile import CompiledStudy, compile_base, compile_study
from mocompile.study.outputs import helm_folder, kustomize_folder, stream, yaml_folder
from mocompile.study.read import read_study
from mocompile.study.select import select

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mocompile.cli.inputs import Inputs
    from mocompile.study.model import Study

_YAML_FILES = (".yaml", ".yml")


def study_of(inputs: Inputs) -> Study:
    """Return the study at the path, with the name and namespace of the command line. Raises `InputError`."""
    if inputs.overlays or inputs.settings:
        hint = "put an overlay into `spec.parameters`, and values that all points share into the base"
        raise InputError([Finding("study-argument", "--overlay and --set change a MetricSet, not a study", None, hint)])
    if inputs.name_suffix:
        hint = "write `spec.jobset.nameSuffix` into the base"
        raise InputError([Finding("study-argument", "--name-suffix changes a MetricSet, not a study", None, hint)])
    document = merge(inputs.document(inputs.path), (), inputs.named())
    inputs.sources.update(document.sources)
    return read_study(document, inputs.document)


def compiled_study(inputs: Inputs, only: Sequence[str] = ()) -> CompiledStudy:
    """Return the study at the path with the sets that `only` names. Raises `InputError`."""
    return select(compile_study(study_of(inputs), inputs.catalog), only)


def build_study(
    inputs: Inputs,
    form: str,
    output: str | None,
    only: Sequence[str],
    gitops: tuple[str | None, str | None, str | None],
    *,
    check: bool,
    force: bool,
    chart_version: str | None = None,
) -> int:
    """Write all sets, as a YAML stream or a folder, to `output`; with `check`, return whether it is stale as exit code.

    `gitops` has the file of an ApplicationSet, the URL of its repository, and the folder's path there.
    """
    is_stream = form == "yaml" and (output is None or output == STDOUT or output.endswith(_YAML_FILES))
    _require_possible(gitops, is_folder=not is_stream and not is_archive(output))
    study = compiled_study(inputs, only)
    inputs.settle(study.warnings)
    if is_stream:
        return _stream(study, output or STDOUT, check=check)
    files = _files(study, form, inputs, chart_version)
    manifest, repository, path = gitops
    text = applicationset(study, form, repository or "", path or output or study.name)
    if manifest is None:
        return _folder(study, files, output, check=check, force=force)
    if check:
        return max(_folder(study, files, output, check=True, force=force), _compare(text, manifest))
    code = _folder(study, files, output, check=False, force=force)
    write(text, manifest)
    return code


def _require_possible(gitops: tuple[str | None, str | None, str | None], *, is_folder: bool) -> None:
    """Raise `InputError` if the arguments of an ApplicationSet are incomplete."""
    manifest, repository, path = gitops
    if manifest is None and (repository or path):
        message = "--repo and --repo-path are for an ApplicationSet"
        raise InputError([Finding("study-argument", message, None, "name its file with --applicationset")])
    if manifest is not None and not is_folder:
        message = "an ApplicationSet needs a folder in a git repository, and the output is a stream"
        raise InputError([Finding("study-argument", message, None, "name a folder with -o")])
    if manifest is not None and not repository:
        message = "an ApplicationSet needs the git repository that will contain the folder"
        raise InputError(
            [Finding("study-argument", message, None, "write --repo https://example.com/team/studies.git")]
        )


def _stream(study: CompiledStudy, output: str, *, check: bool) -> int:
    text = stream(study)
    if check:
        if output == STDOUT:
            message = "--check compares with a file or a folder, not with stdout"
            raise InputError([Finding("check", message, None, "name it with -o")])
        return _compare(text, output)
    write(text, output)
    _advise(study)
    return 0


def _compare(text: str, output: str) -> int:
    """Print whether the file has the text; return the exit code of `--check`."""
    wanted = text.encode()
    up_to_date = is_file(output) and read_regular(output, len(wanted) + 1) == wanted
    return said([] if up_to_date else [output], output)


def _files(study: CompiledStudy, form: str, inputs: Inputs, chart_version: str | None) -> Mapping[str, str]:
    if form == "yaml":
        return yaml_folder(study)
    base = compile_base(study.study, study.sets, inputs.catalog)
    return kustomize_folder(study, base) if form == "kustomize" else helm_folder(study, base, chart_version)


def _folder(study: CompiledStudy, files: Mapping[str, str], output: str | None, *, check: bool, force: bool) -> int:
    from mocompile.emit.folder import MARKER, stale, write_folder

    if output is not None and is_archive(output):
        write_archive(files, study.name, output, check=check)
        return 0
    folder = Path(output or study.name)
    if check:
        return said([f"{folder}/{path}" for path in stale(files, folder)], str(folder))
    changed = [path for path in write_folder(files, folder, force=force) if path != MARKER]
    sets = f"{len(study.sets)} set{'' if len(study.sets) == 1 else 's'}"
    tell(f"{folder}: {sets}, {len(files)} files, {len(changed) or 'none'} changed")
    _advise(study)
    return 0


def _advise(study: CompiledStudy) -> None:
    """Warn about sets that run side by side: the API does not order JobSets, and they disturb each other."""
    queued = all(_queue(each.compiled.plan.values) for each in study.sets)
    if len(study.sets) > 1 and not queued:
        tell(
            f"{len(study.sets)} sets: applied at once they run side by side and disturb each other; apply one after "
            "another (--only), or give them a queue (spec.jobset.queueName)"
        )


def _queue(values: Mapping[str, object]) -> bool:
    jobset = values.get("jobset")
    return isinstance(jobset, dict) and bool(jobset.get("queueName"))
