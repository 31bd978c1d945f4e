"""Compile sets from Python: a file or a text in, Kubernetes objects out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mocompile.catalog.catalog import Catalog, folders_of
from mocompile.diagnostics.finding import InputError
from mocompile.document.load import Document, Source, load, load_file
from mocompile.document.merge import merge
from mocompile.document.set_path import parse_setting
from mocompile.pipeline import compile_objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mocompile.diagnostics.finding import Finding

_TEXT = "<text>"


def compile(  # noqa: A001  # the name that the command line has, too
    source: str | Path,
    *,
    overlays: Iterable[str | Path] = (),
    settings: Iterable[str] = (),
    catalogs: Iterable[str | Path] = (),
) -> list[dict[str, Any]]:
    """Compile one MetricSet into its Kubernetes objects.

    Args:
        source: A path, or the text of a `metrics.yaml`. A string that has a line break is text.
        overlays: Partial documents, merged onto the set in this order; each a path or a text, as `source`.
        settings: Single values, merged last: `spec.pods=4`, as `--set` takes them.
        catalogs: Folders with metrics and addons of your own. Those of `MOCOMPILE_CATALOG` come before them.

    Returns:
        The ConfigMap with the scripts, then the JobSet: plain mappings, lists, strings, numbers and booleans.

    Raises:
        InputError: The input is wrong. `findings` has everything that is wrong with it, each with its place.
    """
    return _compile(source, overlays, settings, _catalog(catalogs))


def compile_many(
    sources: Iterable[str | Path],
    *,
    overlays: Iterable[str | Path] = (),
    settings: Iterable[str] = (),
    catalogs: Iterable[str | Path] = (),
) -> Iterator[list[dict[str, Any]]]:
    """Compile several MetricSets, one after another, and read the catalog and the overlays once.

    Args:
        sources: As `source` of `compile`, each.
        overlays: Merged onto each of the sets.
        settings: Merged onto each of the sets.
        catalogs: As those of `compile`.

    Yields:
        The objects of each set, in the order of `sources`.

    Raises:
        InputError: A set is wrong. It is raised when its turn comes; the sets before it have been yielded.
    """
    catalog = _catalog(catalogs)
    stack, texts = [_document(overlay) for overlay in overlays], tuple(settings)
    for source in sources:
        yield _compile(source, stack, texts, catalog)


def _compile(
    source: str | Path, overlays: Iterable[str | Path | Document], settings: Iterable[str], catalog: Catalog
) -> list[dict[str, Any]]:
    findings: list[Finding] = []
    documents: list[Document] = []
    for each in (source, *overlays):
        try:
            documents.append(each if isinstance(each, Document) else _document(each))
        except InputError as error:
            findings.extend(error.findings)
    parsed = []
    for setting in settings:
        try:
            parsed.append(parse_setting(setting))
        except InputError as error:
            findings.extend(error.findings)
    if findings:
        raise InputError(findings)
    base, *stack = documents
    return compile_objects(merge(base, stack, parsed).root, catalog)


def _document(source: str | Path) -> Document:
    if isinstance(source, Path) or "\n" not in source:
        return load_file(source)
    return load(Source(_TEXT, source.encode("utf-8", "surrogatepass")))


def _catalog(folders: Iterable[str | Path]) -> Catalog:
    return Catalog(folders_of(str(folder) for folder in folders))
