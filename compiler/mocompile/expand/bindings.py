"""The names that the templates of a data sheet can read, as expressions: `pods`, `options.size` and so on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from mocompile.catalog.model import Computed, Option
from mocompile.catalog.template_names import TemplateNames, option_value, template_names
from mocompile.check.metricset import AddonUse
from mocompile.expression.nodes import EXPRESSIONS, And, Compare, Const, EnvRef, Expr, If, InstallValue, Join, Not, Or
from mocompile.schema.option_groups import Group
from mocompile.template.bind import bind
from mocompile.template.parse import Template

if TYPE_CHECKING:
    from mocompile.check.metricset import MetricUse
    from mocompile.expression.tree import Tree

_AS_TEXT: Mapping[str, Any] = {"shell": "line"}


def names_of(use: MetricUse | AddonUse) -> TemplateNames:
    """The names that the templates of its data sheet may read."""
    fixed = _fixed(use) if isinstance(use, AddonUse) else None
    return template_names(use.sheet.options, use.path, fixed, use.pods_path)


def setting(use: MetricUse | AddonUse, group: Group, name: str) -> InstallValue:
    """One option of `use`, as a value that may change at install time."""
    return option_value(use.sheet.options[group][name], use.path)


def option_value_of(metric: MetricUse, name: str) -> Expr:
    """Return the value of one single option of a metric: as it is given, or as the sheet computes it."""
    given = setting(metric, "options", name)
    if name not in _computed(metric):
        return given
    return If(_is_computed(metric, name), scalar(metric.sheet.computed[name].text, metric), given)


def computes(metric: MetricUse) -> Expr | None:
    """Return the condition under which an option is computed; None: none can be.

    Where it does not hold, options that are only there to compute others have no effect, and the container lacks them.
    """
    computed = [_is_computed(metric, name) for name in _computed(metric)]
    return _any(computed) if computed else None


def _computed(metric: MetricUse) -> Mapping[str, Computed]:
    """Return the options that may be computed at install time.

    One that the user wrote, without those that it is computed of, is not: a chart would offer them for nothing.
    """

    def is_given(name: str) -> bool:
        return metric.settings["options"][name] != metric.sheet.options["options"][name].default

    found = metric.sheet.computed.items()
    return {name: each for name, each in found if not is_given(name) or any(is_given(read) for read in each.reads)}


def _is_computed(metric: MetricUse, name: str) -> Expr:
    given = _any(Not(_has_default(metric, read)) for read in metric.sheet.computed[name].reads)
    return And(_has_default(metric, name), given)


def _has_default(metric: MetricUse, name: str) -> Expr:
    default = metric.sheet.options["options"][name].default
    assert isinstance(default, str | int), f"{name} is a single option"
    return Compare("==", setting(metric, "options", name), Const(default))


def _any(tests: Iterable[Expr]) -> Expr:
    return reduce(Or, tests)


def addon_setting(addon: AddonUse, name: str) -> InstallValue | Const:
    """Return one single option of an addon; as a constant if it decides the kind of containers and volumes."""
    return _fixed(addon).get(name) or setting(addon, "options", name)


def bound(template: Template, use: MetricUse | AddonUse) -> Tree:
    """`template` with the options of `use`."""
    return bind(template, names_of(use))


def scalar(template: Template, use: MetricUse | AddonUse) -> Expr:
    """Bind a `template` of one scalar to the options of `use`."""
    return as_expr(bound(template, use))


def shell_line(template: Template, use: MetricUse) -> Expr:
    """Bind a shell line of a data sheet so that it contains variables, not values.

    The kubelet inserts the user's shell text (`$(MO_OPT_COMMAND)`); data is a quoted variable (`"$MO_OPT_SIZE"`).
    """
    variables = {setting(use, "options", name).path: option for name, option in use.sheet.options["options"].items()}
    return _in_shell(scalar(template, use), variables)


def shell_option(use: MetricUse, name: str) -> Expr:
    """An option of the metric as `shell_line` puts it into a line."""
    option = use.sheet.options["options"][name]
    return _in_shell(setting(use, "options", name), {setting(use, "options", name).path: option})


def environment_text(template: Template, use: MetricUse) -> Expr:
    """Bind pod text so that it refers to the variables of options, and each value is written once."""
    variables = {setting(use, "options", name).path: option for name, option in use.sheet.options["options"].items()}
    return _in_shell(scalar(template, use), {path: replace(option, **_AS_TEXT) for path, option in variables.items()})


def as_expr(tree: Tree) -> Expr:
    """Return the bound template of one scalar as an expression."""
    if isinstance(tree, EXPRESSIONS):
        return tree
    if tree is None:
        return Const("")
    assert isinstance(tree, str | int | float), f"expected a scalar, not {tree!r}"
    return Const(tree)


def _in_shell(expr: Expr, variables: Mapping[tuple[str, ...], Option]) -> Expr:
    match expr:
        case InstallValue(path, _) if path in variables:
            option = variables[path]
            return EnvRef(f"MO_{option.variable}") if option.shell != "data" else Const(f'"$MO_{option.variable}"')
        case Join(parts):
            return Join(tuple(_in_shell(part, variables) for part in parts))
        case If(test, then, otherwise):
            return If(test, _in_shell(then, variables), _in_shell(otherwise, variables))
    return expr


def _fixed(addon: AddonUse) -> dict[str, Const]:
    """The options that decide the kind of containers and volumes."""
    constants = {}
    for name in addon.sheet.options["options"].keys() & addon.sheet.fixed:
        value = addon.settings["options"][name]
        assert isinstance(value, str | int)
        constants[name] = Const(value)
    return constants
