"""Completion for shells: names of metrics, addons, options and fields. Nothing is imported until a shell asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from mocompile.catalog import Catalog


def metrics(context: typer.Context, incomplete: str) -> list[str]:
    """Names of metrics."""
    return sorted(name for name in _catalog(context).metric_names if name.startswith(incomplete))


def explained(context: typer.Context, incomplete: str) -> list[str]:
    """Names that `explain` knows: metrics and addons; after a dot their options; fields of a metrics.yaml."""
    catalog = _catalog(context)
    if "." not in incomplete:
        known = ["spec", "metadata", *catalog.metric_names, *catalog.addon_names]
    else:
        known = [*_options(catalog, incomplete.partition(".")[0]), *_fields(incomplete)]
    return sorted(name for name in known if name.startswith(incomplete))


def _catalog(context: typer.Context) -> Catalog:
    """The catalog of the command line so far; without its folders if one is wrong, since completion says nothing."""
    from mocompile.catalog.catalog import Catalog, folders_of
    from mocompile.diagnostics.finding import InputError

    try:
        return Catalog(folders_of(tuple(context.params.get("catalog") or ())))
    except InputError:
        return Catalog()


def _options(catalog: Catalog, name: str) -> Iterator[str]:
    if catalog.has("metric", name) or catalog.has("addon", name):
        sheet = catalog.metric(name) if catalog.has("metric", name) else catalog.addon(name)
        yield from (f"{name}.{group}.{option}" for group, options in sheet.options.items() for option in options)


def _fields(incomplete: str) -> Iterator[str]:
    from mocompile.cli.explain_field import fields_below

    above = incomplete.rpartition(".")[0]
    yield from (f"{above}.{name}" for name in fields_below(above))
