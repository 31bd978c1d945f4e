"""`mocompile build`: compiles, and writes or compares what came out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mocompile.cli.output import STDOUT, tell, write
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.emit.yaml import dump
from mocompile.files import is_file, read_regular
from mocompile.pipeline import Compiled, compiled, folder_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mocompile.cli.inputs import Inputs
    from mocompile.document.tree import Map


def require_no_points(only: Sequence[str] | None) -> None:
    """Raises `InputError` where points of a set are named."""
    if only:
        message = "--only names points of a study, and this is not a study"
        raise InputError([Finding("study-argument", message, None, "`kind: MetricStudy` is one")])


def build_yaml(inputs: Inputs, output: str, *, check: bool) -> int:
    """The manifests to `output`; with `check`, the exit code that says whether it is up to date."""
    made = compiled(inputs.merged(), inputs.catalog)
    inputs.settle(made.metricset.warnings)
    text = dump(made.objects)
    if not check:
        write(text, output)
        return 0
    if output == STDOUT:
        raise InputError(
            [Finding("check", "--check compares with a file, and stdout is none", None, "name it with -o")]
        )
    wanted = text.encode()
    up_to_date = is_file(output) and read_regular(output, len(wanted) + 1) == wanted
    return said([] if up_to_date else [output], output)


def build_folder(form: str, inputs: Inputs, output: str | None, *, check: bool, force: bool) -> int:
    """A folder format to `output` (default: the set's name); with `check`, the exit code that says if it is stale."""
    from mocompile.emit.folder import MARKER, stale, tar, write_folder

    base, overlays = _compiled(inputs)
    files = folder_of(form, base, overlays)
    name = base.metricset.name
    if output == STDOUT:
        if check:
            raise InputError([Finding("check", "--check compares with a folder", None, "name it with -o")])
        write(tar(files, name))
        return 0
    folder = Path(output or name)
    if check:
        return said([f"{folder}/{path}" for path in stale(files, folder)], str(folder))
    changed = [path for path in write_folder(files, folder, force=force) if path != MARKER]
    tell(f"{folder}: {len(files)} files, {len(changed) or 'none'} changed")
    return 0


def _compiled(inputs: Inputs) -> tuple[Compiled, Mapping[str, Compiled]]:
    """The base and every overlay. Raises `InputError` with the findings of all of them."""
    base, overlays = inputs.variants()
    findings: list[Finding] = []
    done: dict[str, Compiled] = {}
    for name, root in {"": base, **overlays}.items():
        _compile_one(name, root, inputs, done, findings)
    if findings:
        raise InputError(findings)
    inputs.settle(warning for each in done.values() for warning in each.metricset.warnings)
    return done.pop(""), done


def _compile_one(name: str, root: Map, inputs: Inputs, done: dict[str, Compiled], findings: list[Finding]) -> None:
    try:
        done[name] = compiled(root, inputs.catalog)
    except InputError as error:
        findings.extend(error.findings)


def said(paths: list[str], output: str) -> int:
    """Says which paths are stale; the exit code of `--check`."""
    for path in paths:
        tell(f"{path}: not what the input says now")
    if paths:
        tell("build it again without --check, and commit what changed")
        return 1
    tell(f"{output}: up to date")
    return 0
