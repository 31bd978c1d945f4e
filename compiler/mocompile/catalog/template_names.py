"""The names that the templates of a data sheet can read: `pods`, `options.size`, `listOptions.commands` and so on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from mocompile.catalog.model import Option, Options
from mocompile.expression.nodes import Const, InstallValue

TemplateNames: TypeAlias = Mapping[str, InstallValue | Mapping[str, InstallValue | Const]]


def option_value(option: Option, path: tuple[str, ...] = ()) -> InstallValue:
    """Return the option as a value of the install. `path` is where the values have the options of the entry."""
    return InstallValue((*path, option.group, option.name), option.kind)


def template_names(
    options: Options,
    path: tuple[str, ...] = (),
    fixed: Mapping[str, Const] | None = None,
    pods: tuple[str, ...] = ("pods",),
) -> TemplateNames:
    """Return the names for the templates of a sheet with `options`, each with its expression.

    `path` is where the values have the options of the entry, and `pods` where they have the number of its pods; `fixed`
    has the single options that are constants.
    """
    constants = {} if fixed is None else fixed
    names: dict[str, InstallValue | Mapping[str, InstallValue | Const]] = {"pods": InstallValue(pods, "integer")}
    for group, members in options.items():
        values: dict[str, InstallValue | Const] = {name: option_value(each, path) for name, each in members.items()}
        names[group] = {**values, **constants} if group == "options" else values
    return names
