"""Checks the data sheets of a folder: their form, their scripts, and the figures of their example logs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from mocompile.catalog.catalog import Catalog, folders_of
from mocompile.catalog.model import SheetKind
from mocompile.cli.catalog.example import LOG, check_example, write_example
from mocompile.cli.catalog.syntax import syntax_findings
from mocompile.cli.findings import print_findings
from mocompile.cli.output import tell
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.place import Place
from mocompile.files import is_file, is_folder

_KINDS: tuple[SheetKind, ...] = ("metric", "addon")
_FIGURES = "figures.yaml"


def check_folders(folders: tuple[str, ...], beside: tuple[str, ...], form: str, *, update: bool) -> int:
    """Print all errors in the sheets of `folders`: text to stderr, machine formats to stdout.

    `beside` are the catalogs that the sheets refer to. With `update` the example figures are written again. Returns
    the exit code: 0 or 1.
    """
    sheets = list(_sheets(folders))
    catalog = Catalog([*folders_of(beside), *dict.fromkeys(str(folder.parent) for _, folder in sheets)])
    findings = [finding for folder in folders for finding in _nothing_in(folder)]
    lines: dict[str, tuple[str, ...]] = {}
    without = []
    for kind, folder in sheets:
        found = list(_of_sheet(kind, folder, catalog))
        found += syntax_findings(folder, lines)
        if is_file(folder / _FIGURES):
            if not is_file(folder / LOG):
                without.append(folder.name)
            elif not found:
                found += (write_example if update else check_example)(folder, catalog, lines)
        findings += found
    findings = list(InputError(findings).findings)
    if findings or form != "text":
        sources = {**lines, **catalog.sources}
        print_findings(findings, sources, form, sys.stderr if form == "text" else sys.stdout)
    if not findings:
        tell(f"{len(sheets)} data sheet{'' if len(sheets) == 1 else 's'} checked, nothing wrong")
    if without:
        tell(f"figures.yaml without an {LOG}: {', '.join(without)}")
    return 1 if findings else 0


def _sheets(folders: Iterable[str]) -> Iterator[tuple[SheetKind, Path]]:
    """Yield the kind and folder of each sheet once: `folders` contain folders of sheets, or are such a folder."""
    seen = set()
    for folder in map(Path, folders):
        for kind in _KINDS:
            own = (
                [folder] if is_file(folder / f"{kind}.yaml") else sorted(each.parent for each in _within(folder, kind))
            )
            for each in own:
                # The name of `.` is that of the folder.
                whole = each if each.name else each.resolve()
                if (kind, whole) not in seen:
                    seen.add((kind, whole))
                    yield kind, whole


def _within(folder: Path, kind: SheetKind) -> Iterator[Path]:
    return folder.glob(f"*/{kind}.yaml")


def _nothing_in(folder: str) -> Iterator[Finding]:
    if not is_folder(folder):
        message = f"no such folder: '{folder}'"
        yield Finding("catalog-folder", message, Place(folder, 1, 1), "name a folder that contains NAME/metric.yaml")
    elif not list(_sheets([folder])):
        message = f"there is no metric.yaml and no addon.yaml in '{folder}'"
        yield Finding("catalog-folder", message, Place(folder, 1, 1), "name the folder that contains NAME/metric.yaml")


def _of_sheet(kind: SheetKind, folder: Path, catalog: Catalog) -> Iterator[Finding]:
    """Return the findings for the sheet and its figures."""
    read = catalog.metric if kind == "metric" else catalog.addon
    for step in (read, catalog.figures):
        try:
            step(folder.name)
        except InputError as error:
            yield from error.findings
