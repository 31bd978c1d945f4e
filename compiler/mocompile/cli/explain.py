"""`mocompile explain`: a data sheet as text for its users."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from mocompile.catalog.example import of_addon, of_metric
from mocompile.catalog.model import Option
from mocompile.cli.explain_field import field_data, field_lines, is_field
from mocompile.diagnostics.finding import Finding, InputError, near_name, nearest
from mocompile.emit.yaml import dump_one
from mocompile.schema.option_groups import GROUPS

if TYPE_CHECKING:
    from mocompile.catalog import AddonSheet, Catalog, MetricSheet
    from mocompile.catalog.figures.model import FigureSheet, Sheet

_Part: TypeAlias = "Option | FigureSheet | Mapping[str, Option] | Mapping[str, FigureSheet]"

_WIDTH = 100
_TITLES = {"options": "OPTIONS", "listOptions": "LIST OPTIONS", "mapOptions": "MAP OPTIONS"}


def explanation(catalog: Catalog, name: str) -> str:
    """Return the text for a metric, an addon, or a field (`spec.pods`).

    A part of a sheet has a text, too: an option (`io-fio.options.size`), all options (`io-fio.options`), a figure
    (`io-fio.figures.iops`), all figures (`io-fio.figures`). Raises `InputError` if it is unknown.
    """
    if is_field(name) and not (catalog.has("metric", name) or catalog.has("addon", name)):
        return "".join(_filled(text, " " * indent) or "\n" for indent, text in field_lines(name))
    sheet_name, *rest = name.split(".")
    sheet = _sheet(catalog, sheet_name)
    if rest:
        return "".join(_part_lines(catalog, sheet, rest))
    return "".join(_lines(catalog, sheet))


def explanation_as_json(catalog: Catalog, name: str) -> str:
    """Return the same as JSON: what a sheet says, with its options as JSON Schemas, its figures and its example.

    Raises `InputError` if it is unknown.
    """
    import json

    if is_field(name) and not (catalog.has("metric", name) or catalog.has("addon", name)):
        data: dict[str, Any] = field_data(name)
    else:
        sheet_name, *rest = name.split(".")
        sheet = _sheet(catalog, sheet_name)
        data = {"name": name, **_part_data(catalog, sheet, rest)} if rest else _data(catalog, sheet)
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _data(catalog: Catalog, sheet: MetricSheet | AddonSheet) -> dict[str, Any]:
    from mocompile.catalog.model import MetricSheet

    about = {"name": sheet.name, "kind": "addon", "family": sheet.family, "summary": sheet.summary, "url": sheet.url}
    example = of_addon(sheet, _metric_for(catalog, sheet)) if not isinstance(sheet, MetricSheet) else of_metric(sheet)
    data: dict[str, Any] = about
    if isinstance(sheet, MetricSheet):
        data |= {"kind": "metric", "image": sheet.image, "pattern": sheet.pattern.name}
        data |= {"architectures": list(sheet.architectures)}
        data |= {"minimumPods": sheet.minimum_pods, "jobs": [job.name for job in sheet.jobs]}
    data |= {group: {name: _option_data(each) for name, each in sheet.options[group].items()} for group in GROUPS}
    data["figures"] = {name: _figure_data(each) for name, each in _figures(catalog, sheet).items()}
    return {**data, "needsOneOf": list(sheet.needs_one_of), "example": example}


def _part_data(catalog: Catalog, sheet: MetricSheet | AddonSheet, rest: list[str]) -> dict[str, Any]:
    part = _part(catalog, sheet, rest)
    if not isinstance(part, Mapping):
        return _option_data(part) if isinstance(part, Option) else _figure_data(part)
    return {
        rest[0]: {
            name: _option_data(each) if isinstance(each, Option) else _figure_data(each) for name, each in part.items()
        }
    }


def _figure_data(figure: FigureSheet) -> dict[str, Any]:
    return {"unit": figure.unit, "better": figure.better or None, "description": figure.description}


def _option_data(option: Option) -> dict[str, Any]:
    return {**option.schema, "required": option.required, "shell": option.shell}


def _sheet(catalog: Catalog, name: str) -> MetricSheet | AddonSheet:
    if catalog.has("metric", name):
        return catalog.metric(name)
    if catalog.has("addon", name):
        return catalog.addon(name)
    names = (*catalog.metric_names, *catalog.addon_names)
    hint = near_name(name, names) or "`mocompile list` shows all; your own catalog needs `--catalog DIR`"
    raise InputError([Finding("unknown", f"unknown metric or addon '{name}'", None, hint)])


def _part(catalog: Catalog, sheet: MetricSheet | AddonSheet, rest: list[str]) -> _Part:
    """Return the part of a sheet that `options.size`, `size`, `options`, `figures` or `figures.iops` names.

    Raises `InputError` if there is none.
    """
    figures = _figures(catalog, sheet)
    known: dict[str, _Part] = {name: option for group in GROUPS for name, option in sheet.options[group].items()}
    known |= {f"{group}.{name}": option for group in GROUPS for name, option in sheet.options[group].items()}
    known |= {group: sheet.options[group] for group in GROUPS if sheet.options[group]}
    known |= {f"figures.{name}": figure for name, figure in figures.items()} | ({"figures": figures} if figures else {})
    wanted = ".".join(rest)
    if wanted not in known:
        hint = nearest(wanted, known) or f"`mocompile explain {sheet.name}` shows all"
        raise InputError([Finding("unknown", f"{sheet.name} has no option or figure '{wanted}'", None, hint)])
    return known[wanted]


def _figures(catalog: Catalog, sheet: MetricSheet | AddonSheet) -> Mapping[str, FigureSheet]:
    found = catalog.figures(sheet.name)
    return {} if found is None else found.figures


def _part_lines(catalog: Catalog, sheet: MetricSheet | AddonSheet, rest: list[str]) -> Iterator[str]:
    part = _part(catalog, sheet, rest)
    if isinstance(part, Option):
        yield from _option_lines(part)
    elif not isinstance(part, Mapping):
        yield from _figure_lines(part)
    elif rest == ["figures"]:
        for figure in _figures(catalog, sheet).values():
            yield from _figure_lines(figure)
    else:
        (group,) = (group for group in GROUPS if rest == [group])
        for option in _in_order(sheet.options[group]):
            yield from _option_lines(option)


def _in_order(options: Mapping[str, Option]) -> list[Option]:
    """Return the options that are not deprecated: required ones first, then by name."""
    shown = (option for option in options.values() if not option.deprecated)
    return sorted(shown, key=lambda option: (not option.required, option.name))


def _lines(catalog: Catalog, sheet: MetricSheet | AddonSheet) -> Iterator[str]:
    from mocompile.catalog.model import MetricSheet

    metric = isinstance(sheet, MetricSheet)
    yield f"{sheet.name}  ({'metric' if metric else 'addon'}, family {sheet.family})\n"
    yield _filled(sheet.summary[:1].upper() + sheet.summary[1:].rstrip(".") + ".", "  ")
    yield "\n"
    yield from _facts(sheet)
    for group in GROUPS:
        options = _in_order(sheet.options[group])
        if options:
            yield f"\n{_TITLES[group]}\n"
            for option in options:
                yield from _option_lines(option, "  ")
    yield from _results_lines(catalog.figures(sheet.name))
    yield "\nEXAMPLE\n"
    example = of_metric(sheet) if isinstance(sheet, MetricSheet) else of_addon(sheet, _metric_for(catalog, sheet))
    yield textwrap.indent(dump_one(example), "  ")


def _facts(sheet: MetricSheet | AddonSheet) -> Iterator[str]:
    from mocompile.catalog.model import MetricSheet

    if isinstance(sheet, MetricSheet):
        jobs = ", ".join(f"{job.name} (container {job.container})" for job in sheet.jobs)
        yield f"  image     {sheet.image or 'no default: write `image:` beside its name'}\n"
        if sheet.architectures:
            yield f"  for       {', '.join(sheet.architectures)}\n"
        yield f"  pattern   {sheet.pattern.name}: {sheet.pattern.summary}\n"
        yield f"  jobs      {jobs}\n"
        yield f"  pods      at least {sheet.minimum_pods}\n"
    if sheet.url:
        yield f"  url       {sheet.url}\n"
    if sheet.about.version:
        yield f"  version   {sheet.about.version}\n"
    if sheet.about.license:
        yield f"  license   {sheet.about.license}\n"
    if sheet.about.citation:
        yield f"  cite      {sheet.about.citation}\n"
    if sheet.about.maintainers:
        yield f"  upkeep    {', '.join(sheet.about.maintainers)}\n"
    if sheet.needs_one_of:
        yield f"  needs     one of {', '.join(sheet.needs_one_of)}\n"


def _option_lines(option: Option, indent: str = "") -> Iterator[str]:
    notes = "required" if option.required else f"default {_shown(option.default)}"
    notes += "  deprecated" if option.deprecated else ""
    yield f"{indent}{option.name}  <{type_of(option)}>  {notes}\n"
    yield _filled(str(option.schema.get("description", "")), indent + "    ")
    allowed = ", ".join(limits(option))
    if allowed:
        yield _filled(allowed, indent + "    ")


def _results_lines(sheet: Sheet | None) -> Iterator[str]:
    if sheet is None or not sheet.figures:
        return
    yield "\nFIGURES  (mocompile results)\n"
    for figure in sheet.figures.values():
        yield from _figure_lines(figure, "  ")
    if sheet.settings:
        yield "\nSETTINGS  (printed by the tool; runs with other settings are kept apart)\n"
        yield _filled(", ".join(sheet.settings), "  ")


def _figure_lines(figure: FigureSheet, indent: str = "") -> Iterator[str]:
    notes = [figure.unit, f"{figure.better} is better" if figure.better else ""]
    yield f"{indent}{figure.name}  {', '.join(note for note in notes if note)}".rstrip() + "\n"
    yield _filled(figure.description, indent + "    ")


def type_of(option: Option) -> str:
    """Return the type of a value in words."""
    if option.kind == "array":
        return f"list of {option.schema['items']['type']}"
    if option.kind == "object":
        return f"mapping of name to {option.schema['additionalProperties']['type']}"
    return option.kind


def limits(option: Option) -> Iterator[str]:
    """Return the limits of a value in words, each without a full stop."""
    schema = option.schema.get("items", option.schema)
    if "enum" in schema:
        yield "One of: " + ", ".join(str(value) for value in schema["enum"])
    largest = 2**53 - 1
    if schema.get("minimum", -largest) > -largest:
        yield f"At least {schema['minimum']}"
    if schema.get("maximum", largest) < largest:
        yield f"At most {schema['maximum']}"
    if option.shell != "data":
        yield "Shell, run as written"


def _shown(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _filled(text: str, indent: str) -> str:
    filled = textwrap.fill(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return f"{filled}\n" if text else ""


def _metric_for(catalog: Catalog, sheet: AddonSheet) -> MetricSheet:
    """Return a metric that shows the addon's purpose."""
    return catalog.metric("io-fio" if sheet.family == "volume" else "app-lammps")
