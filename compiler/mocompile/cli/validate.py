"""Checks many documents and reports the findings of all of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from mocompile.catalog.catalog import Catalog, folders_of
from mocompile.check.document_kind import STUDY_KIND
from mocompile.cli.findings import print_findings
from mocompile.diagnostics.finding import Finding, InputError, as_errors, errors_in
from mocompile.diagnostics.text import counted
from mocompile.document.load import Document, load, read
from mocompile.document.merge import merge
from mocompile.document.source import STDIN
from mocompile.files import is_file, is_folder, reason_of
from mocompile.pipeline import compiled

_ENDINGS = (".yaml", ".yml")
_KINDS = (b"MetricSet", b"MetricStudy")


def validate_all(paths: tuple[str, ...], catalogs: tuple[str, ...], form: str, *, strict: bool = False) -> int:
    """Print the findings of every document: text to stderr, machine formats to stdout. Returns the exit code: 0 or 1.

    With `strict`, a warning is an error.
    """
    catalog = Catalog(folders_of(catalogs))
    findings: list[Finding] = []
    sources: dict[str, tuple[str, ...]] = {}
    checked = studies = 0
    for path in paths:
        for file, searched in _files(path, findings):
            source = None
            try:
                source = read(file)
                if searched and not any(kind in source.data for kind in _KINDS):
                    continue
                checked += 1
                found, is_study = _check(load(source), catalog, sources)
                findings.extend(found)
                studies += is_study
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
    nouns = (("MetricSet", "MetricSets", checked - studies), ("study", "studies", studies))
    counts = " and ".join(f"{count} {one if count == 1 else many}" for one, many, count in nouns if count)
    print(f"{counts} checked, {said}", file=sys.stderr)
    return 0


def _check(
    document: Document, catalog: Catalog, sources: dict[str, tuple[str, ...]]
) -> tuple[tuple[Finding, ...], bool]:
    """Return the warnings, and whether the document is a study.

    Raises `InputError` with the errors of a set, or of any point of a study.
    """
    if document.root.get("kind") != STUDY_KIND:
        return tuple(compiled(merge(document).root, catalog).metricset.warnings), False
    from mocompile.study.compile import compile_study
    from mocompile.study.read import read_study

    def loaded(path: str) -> Document:
        source = read(path)
        sources[source.name] = source.lines
        return load(source)

    return compile_study(read_study(document, loaded), catalog).warnings, True


def _files(path: str, findings: list[Finding]) -> Iterator[tuple[str, bool]]:
    """Yield the files to check, and whether each was found by a search (then it may be something else).

    A search skips pipes and devices, which may never end. `findings` gets the folders that cannot be read.
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
