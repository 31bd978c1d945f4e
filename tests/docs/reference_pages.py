"""The reference pages of docs/: made from the data sheets and their schemas, by Jinja templates beside this file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from mocompile.catalog import AddonSheet, Catalog, MetricSheet, Option
from mocompile.catalog.example import of_addon, of_metric
from mocompile.cli.explain import limits, type_of
from mocompile.emit.yaml import dump
from mocompile.schema.files import read

from tests.docs import sheet_keys

HERE = Path(__file__).resolve().parent
DOCS = HERE.parents[1] / "docs"
_TITLES = {"options": "option", "listOptions": "list option", "mapOptions": "map option"}


def _metrics() -> str:
    catalog = Catalog()
    sheets = [catalog.metric(name) for name in catalog.metric_names]
    return _render("metrics.md.jinja", sheets=sheets, catalog=catalog)


def _addons() -> str:
    catalog = Catalog()
    sheets = [catalog.addon(name) for name in catalog.addon_names]
    return _render("addons.md.jinja", sheets=sheets, catalog=catalog)


def _images() -> str:
    catalog = Catalog()
    return _render("images.md.jinja", sheets=[catalog.metric(name) for name in catalog.metric_names])


def _sheets() -> str:
    return _render(
        "sheets.md.jinja",
        tables=sheet_keys.tables,
        option_tables=sheet_keys.option_tables,
        entry_tables=sheet_keys.entry_tables,
        entries_by_key=sheet_keys.entries_by_key,
        entry_about=read("figures")["$defs"]["entry"]["description"],
    )


# Makes the text of every reference page, by its path.
PAGES: Mapping[Path, Callable[[], str]] = {
    DOCS / "reference-metrics.md": _metrics,
    DOCS / "reference-addons.md": _addons,
    DOCS / "reference-images.md": _images,
    DOCS / "reference-sheets.md": _sheets,
}


def _render(template: str, **names: Any) -> str:
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.globals.update(
        rows=rows, example=example, figures=figures, settings=settings, cell=_cell, without_effect=without_effect
    )
    return environment.get_template(template).render(**names)


def rows(sheet: MetricSheet | AddonSheet) -> list[dict[str, str]]:
    """The options of a sheet, required ones first."""
    every = ((group, option) for group, each in sheet.options.items() for option in each.values())
    options = [(group, option) for group, option in every if not option.deprecated]
    options.sort(key=lambda entry: (not entry[1].required, list(sheet.options).index(entry[0]), entry[1].name))
    return [
        {
            "name": option.name,
            "kind": _TITLES[group],
            "type": type_of(option),
            "default": _default(option),
            "description": _cell(_sentence(option)),
        }
        for group, option in options
    ]


def without_effect(sheet: MetricSheet | AddonSheet) -> list[tuple[str, str]]:
    """Why options have no effect, with their names as Markdown."""
    reasons: dict[str, list[str]] = {}
    for option in sheet.options["options"].values():
        if option.deprecated:
            reasons.setdefault(option.deprecated, []).append(f"`{option.name}`")
    return [(why, ", ".join(names)) for why, names in reasons.items()]


def figures(catalog: Catalog, sheet: MetricSheet | AddonSheet) -> list[dict[str, str]]:
    """The figures that `mocompile results` finds in its output, in the order of figures.yaml."""
    found = catalog.figures(sheet.name)
    return [
        {
            "name": each.name,
            "unit": _cell(each.unit),
            "better": each.better,
            "description": _cell(each.description),
        }
        for each in (found.figures.values() if found else ())
    ]


def settings(catalog: Catalog, sheet: MetricSheet | AddonSheet) -> str:
    """The names of the settings in its output; empty where it prints none."""
    found = catalog.figures(sheet.name)
    return ", ".join(f"`{name}`" for name in (found.settings if found else ()))


def example(catalog: Catalog, sheet: MetricSheet | AddonSheet) -> str:
    """The `metrics:` of an example that compiles."""
    if isinstance(sheet, MetricSheet):
        document = of_metric(sheet)
    else:
        document = of_addon(sheet, catalog.metric("io-fio" if sheet.family == "volume" else "app-lammps"))
    return dump([document]).removeprefix("---\n")


def _default(option: Option) -> str:
    return "required" if option.required else f"`{_cell(json.dumps(option.default, ensure_ascii=False))}`"


def _sentence(option: Option) -> str:
    return " ".join([str(option.schema.get("description", "")), *(f"{limit}." for limit in limits(option))])


def _cell(text: str) -> str:
    return text.replace("\n", " ").replace("|", "\\|")
