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
    """Names that `explain` knows: metrics and addons; after a dot their options and figures; fields of a set."""
    catalog = _catalog(context)
    if "." not in incomplete:
        known = ["spec", "metadata", *catalog.metric_names, *catalog.addon_names]
    else:
        name = incomplete.partition(".")[0]
        known = [*_options(catalog, name), *_figures(catalog, name), *_fields(incomplete)]
    return sorted(name for name in known if name.startswith(incomplete))


def figures(context: typer.Context, incomplete: str) -> list[str]:
    """Names of figures: of the metric that `--metric` names, else of all metrics and addons."""
    catalog = _catalog(context)
    metric = context.params.get("metric")
    names = [metric] if metric in catalog.metric_names else [*catalog.metric_names, *catalog.addon_names]
    known = {figure for name in names if (sheet := catalog.figures(name)) is not None for figure in sheet.figures}
    return sorted(name for name in known if name.startswith(incomplete))


def settings(context: typer.Context, incomplete: str) -> list[str]:
    """Paths for `--set`, up to the `=`: fields of a metrics.yaml, and options of a metric whose name is in brackets."""
    from mocompile.schema.option_groups import GROUPS

    if "=" in incomplete:
        return []
    above, _, group = incomplete.rpartition(".")[0].rpartition("].")
    name = above.rpartition("[")[2]
    if group in GROUPS:
        of_metric = (each.removeprefix(name) for each in _options(_catalog(context), name))
        known = [f"{above}]{each}=" for each in of_metric if each.startswith(f".{group}.")]
    elif "." in incomplete:
        known = list(_fields(incomplete))
    else:
        known = ["metadata.", "spec."]
    return sorted(path for path in known if path.startswith(incomplete))


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
        for group, options in sheet.options.items():
            yield from (f"{name}.{group}.{each.name}" for each in options.values() if not each.deprecated)


def _figures(catalog: Catalog, name: str) -> Iterator[str]:
    if catalog.has("metric", name) or catalog.has("addon", name):
        sheet = catalog.figures(name)
        yield from (f"{name}.figures.{figure}" for figure in (sheet.figures if sheet else ()))


def _fields(incomplete: str) -> Iterator[str]:
    from mocompile.cli.explain_field import fields_below

    above = incomplete.rpartition(".")[0]
    yield from (f"{above}.{name}" for name in fields_below(above))
