"""Checks many documents and reports the findings of all of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from mocompile.catalog.catalog import Catalog, folders_of
from mocompile.cli.findings import print_findings
from mocompile.diagnostics.finding import Finding, InputError, as_errors, errors_in
from mocompile.diagnostics.text import counted
from mocompile.document.load import load, read
from mocompile.document.merge import merge
from mocompile.document.source import STDIN
from mocompile.files import is_file, is_folder, reason_of
from mocompile.pipeline import compiled

_ENDINGS = (".yaml", ".yml")


def validate_all(paths: tuple[str, ...], catalogs: tuple[str, ...], form: str, *, strict: bool = False) -> int:
    """The findings of every document to stderr for people, to stdout for machines. The exit code: 0 or 1.

    With `strict` a warning is an error.
    """
    catalog = Catalog(folders_of(catalogs))
    findings: list[Finding] = []
    sources: dict[str, tuple[str, ...]] = {}
    checked = 0
    for path in paths:
        for file, searched in _files(path, findings):
            source = None
            try:
                source = read(file)
                if searched and b"MetricSet" not in source.data:
                    continue
                checked += 1
                findings.extend(compiled(merge(load(source)).root, catalog).metricset.warnings)
            except InputError as error:
                findings.extend(error.findings)
            if source is not None:
                sources[source.name] = source.lines
    if not checked and not findings:
        findings.append(
            Finding("nothing", f"there is no MetricSet in {', '.join(paths)}", None, "name a file, or another folder")
        )
    sources.update(catalog.sources)
    if strict:
        findings = list(as_errors(findings))
    if findings or form != "text":
        print_findings(findings, sources, form, sys.stderr if form == "text" else sys.stdout)
    if errors_in(findings):
        return 1
    said = counted(findings) or "nothing wrong"
    print(f"{checked} MetricSet{'' if checked == 1 else 's'} checked, {said}", file=sys.stderr)
    return 0


def _files(path: str, findings: list[Finding]) -> Iterator[tuple[str, bool]]:
    """The files to check, and whether each was found by a search (and so may be something else than a MetricSet).

    A search passes over pipes and devices, which may never end. `findings` gets the folders that cannot be read.
    """

    def unreadable(error: OSError) -> None:
        findings.append(Finding("unreadable", f"'{error.filename}' cannot be read: {reason_of(error).lower()}"))

    if path == STDIN or not is_folder(path):
        yield path, False
        return
    for folder, folders, files in os.walk(path, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = os.path.normpath(os.path.join(folder, name))  # noqa: PTH118
            if name.endswith(_ENDINGS) and (is_file(file) or not os.path.exists(file)):  # noqa: PTH110
                yield file, True
