"""`mocompile build`: compiles, and writes or compares the output."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mocompile.cli.output import STDOUT, tell, write
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.document.tree import Map, Plain
from mocompile.emit.yaml import dump
from mocompile.files import is_file, read_regular
from mocompile.pipeline import Compiled, compiled, folder_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mocompile.cli.inputs import Inputs


# https://semver.org
_VERSION = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?"
    r"(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?",
    re.ASCII,
)
_SUFFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def require_no_study(given: Mapping[str, object]) -> None:
    """Raise `InputError` if one of these options, which are for studies, has a value."""
    wrong = [option for option, value in given.items() if value]
    if wrong:
        message = f"{wrong[0]} is only for a study; the input is a set"
        raise InputError([Finding("study-argument", message, None, "a study has `kind: MetricStudy`")])


def require_kustomize(form: str, *, suffixed: bool) -> None:
    """Raise `InputError` if suffixes are given for another format than kustomize."""
    if suffixed and form != "kustomize":
        hint = "use -f kustomize; a chart's set has the name of its release, and --name renames a set"
        raise InputError([Finding("overlay-argument", "--name-suffixes is only for kustomize overlays", None, hint)])


def require_version(form: str, version: str | None) -> None:
    """Raise `InputError` if the version of a chart is not one, or is given for another format than Helm."""
    if version is None:
        return
    if form != "helm":
        raise InputError([Finding("chart-version", "--chart-version is only for a chart", None, "use -f helm")])
    if not _VERSION.fullmatch(version):
        message = f"--chart-version {version}: not a semantic version"
        raise InputError([Finding("chart-version", message, None, "write MAJOR.MINOR.PATCH, for example 1.4.0")])


def build_yaml(inputs: Inputs, output: str, *, check: bool) -> int:
    """Write the manifests to `output`; with `check`, return the exit code that says whether it is up to date."""
    made = compiled(inputs.merged(), inputs.catalog)
    inputs.settle(made.metricset.warnings)
    text = dump(made.objects)
    if not check:
        write(text, output)
        return 0
    if output == STDOUT:
        raise InputError([Finding("check", "--check compares with a file, not with stdout", None, "name it with -o")])
    wanted = text.encode()
    up_to_date = is_file(output) and read_regular(output, len(wanted) + 1) == wanted
    return said([] if up_to_date else [output], output)


def build_folder(
    form: str,
    inputs: Inputs,
    output: str | None,
    *,
    check: bool,
    force: bool,
    suffixed: bool = False,
    chart_version: str | None = None,
) -> int:
    """Write a folder format to `output`, a folder (default: the set's name) or an archive; return the exit code.

    `suffixed`: each overlay of a kustomization has a set of its own name.
    """
    from mocompile.cli.archives import is_archive, write_archive
    from mocompile.emit.folder import MARKER, stale, write_folder

    base, overlays = _compiled(inputs, suffixed=suffixed)
    files = folder_of(form, base, overlays, suffixed=suffixed, chart_version=chart_version)
    name = base.metricset.name
    if output is not None and is_archive(output):
        write_archive(files, name, output, check=check)
        return 0
    folder = Path(output or name)
    if check:
        return said([f"{folder}/{path}" for path in stale(files, folder)], str(folder))
    changed = [path for path in write_folder(files, folder, force=force) if path != MARKER]
    tell(f"{folder}: {len(files)} files, {len(changed) or 'none'} changed")
    return 0


def _compiled(inputs: Inputs, *, suffixed: bool) -> tuple[Compiled, Mapping[str, Compiled]]:
    """Return the base and every overlay, compiled. Raises `InputError` with the findings of all of them."""
    base, overlays = inputs.variants()
    findings: list[Finding] = []
    if suffixed:
        findings += (found for name, root in overlays.items() for found in _suffix(name, root))
    done: dict[str, Compiled] = {}
    for name, root in {"": base, **overlays}.items():
        _compile_one(name, root, inputs, done, findings)
    if findings:
        raise InputError(findings)
    inputs.settle(warning for each in done.values() for warning in each.metricset.warnings)
    return done.pop(""), done


def _suffix(name: str, root: Map) -> Iterator[Finding]:
    """Add the overlay's name to the names in its document that two variants must not share."""
    if not _SUFFIX.fullmatch(name):
        message = f"--name-suffixes: the overlay '{name}' cannot be the end of a set's name"
        hint = "write --overlay NAME=FILE, with lower-case letters, digits and '-'"
        yield Finding("overlay-argument", message, None, hint)
        return
    for group, field in (("metadata", "name"), ("spec", "serviceName")):
        held = root.get(group)
        if isinstance(held, Map) and isinstance(written := held.get(field), str) and written:
            held[field] = Plain(f"{written}-{name}")


def _compile_one(name: str, root: Map, inputs: Inputs, done: dict[str, Compiled], findings: list[Finding]) -> None:
    try:
        done[name] = compiled(root, inputs.catalog)
    except InputError as error:
        findings.extend(error.findings)


def said(paths: list[str], output: str) -> int:
    """Print the stale paths; return the exit code of `--check`."""
    for path in paths:
        tell(f"{path} is out of date")
    if paths:
        tell("build again without --check, and commit the changes")
        return 1
    tell(f"{output}: up to date")
    return 0
