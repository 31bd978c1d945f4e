"""The volumes and containers that an addon's data sheet adds to the pods, with the options as written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mocompile.catalog.template_names import template_names
from mocompile.check.context import AddonView, MetricView, mapping, settings, text
from mocompile.document.tree import Path
from mocompile.expression.nodes import EXPRESSIONS, InstallValue
from mocompile.expression.to_data import python_value
from mocompile.template.bind import bind

if TYPE_CHECKING:
    from mocompile.catalog.model import Option
    from mocompile.expression.tree import Tree
    from mocompile.schema.convert import Json
    from mocompile.template.parse import Template

_NOTHING: Mapping[str, Json] = {"string": "", "integer": 0, "boolean": False, "array": [], "object": {}}


@dataclass(frozen=True, slots=True)
class AddonParts:
    """One volume or container of an addon. `tree` has its fields, `values` the options in them."""

    addon: AddonView
    tree: Mapping[str, Tree]
    values: Mapping[str, Any]
    of_view: bool = False

    @property
    def mounts_claim(self) -> bool:
        """Whether it is a volume without a source, which JobSet adds to the pods."""
        return "mountPath" in self.tree and "source" not in self.tree and not self.of_view

    def value(self, key: str) -> Json:
        """Return the field's value; None if the data sheet lacks the field, or an option in it has the wrong type."""
        try:
            value: Json = python_value(self.tree[key], self.values) if key in self.tree else None
        except ValueError:
            return None
        return value

    def path(self, key: str) -> Path:
        """Where the field was written: its option, where it is one and was given; else the addon's name."""
        field = self.tree.get(key)
        if isinstance(field, InstallValue):
            group, name = field.path
            if name in mapping(self.addon.data.get(group)):
                return (*self.addon.path, group, name)
        return (*self.addon.path, "name")


def volumes(addon: AddonView) -> Iterator[AddonParts]:
    """The volumes that `addon` mounts: `name`, `source`, `mountPath`, `readOnly`."""
    yield from _parts(addon, addon.sheet.volumes)
    for part in _parts(addon, addon.sheet.view):
        yield replace(part, tree={"name": _id(addon), "mountPath": part.tree["mount"]}, of_view=True)


def containers(addon: AddonView) -> Iterator[AddonParts]:
    """The containers that `addon` adds: `name`, `image`, `command`, `limits`, `requests` …"""
    yield from _parts(addon, addon.sheet.containers)
    for part in _parts(addon, addon.sheet.view):
        yield replace(part, tree={"name": _id(addon), "image": part.tree["image"]})


def _id(addon: AddonView) -> str:
    """The name of a software view's volume and container."""
    return text(addon.data.get("id")) or addon.sheet.name


def holds(template: Template, entry: MetricView | AddonView) -> bool:
    """Whether the template, a test, is true; not so where an option in it is of the wrong type."""
    try:
        return python_value(bind(template, template_names(entry.sheet.options)), _values(entry)) is True
    except ValueError:
        return False


def _parts(addon: AddonView, template: Template | None) -> Iterator[AddonParts]:
    if template is None:
        return
    values = {"pods": addon.pods, **_values(addon)}
    entries = bind(template, template_names(addon.sheet.options))
    for entry in entries if isinstance(entries, list) else (entries,):
        if isinstance(entry, Mapping) and not isinstance(entry, EXPRESSIONS):
            yield AddonParts(addon, entry, values)


def _values(entry: MetricView | AddonView) -> dict[str, Any]:
    """Every option's value; nothing of its type for one that is required and missing."""
    given = settings(entry.sheet, entry.data)
    return {group: {**_nothing(options), **given[group]} for group, options in entry.sheet.options.items()}


def _nothing(options: Mapping[str, Option]) -> dict[str, Json]:
    return {name: _NOTHING[option.kind] for name, option in options.items()}
