"""The names that the templates of a data sheet can read."""

from __future__ import annotations

import pytest
from mocompile.catalog import Catalog
from mocompile.catalog.template_names import template_names
from mocompile.diagnostics.finding import InputError
from mocompile.diagnostics.place import Place
from mocompile.expression.nodes import Const, InstallValue
from mocompile.template.bind import bind
from mocompile.template.parse import parse

CATALOG = Catalog()
PLACE = Place("metric.yaml", 1, 1)


@pytest.mark.parametrize("name", CATALOG.metric_names)
def test_templates_read_every_option_of_every_group_and_the_number_of_pods(name: str) -> None:
    options = CATALOG.metric(name).options
    names = template_names(options, ("metrics", name))
    assert bind(parse("{{ pods }}", PLACE), names) == InstallValue(("pods",), "integer")
    for group, members in options.items():
        for option in members.values():
            bound = bind(parse(f"{{{{ {group}.{option.name} }}}}", PLACE), names)
            assert bound == InstallValue(("metrics", name, group, option.name), option.kind)


def test_a_fixed_option_is_a_constant_and_hides_no_other_option() -> None:
    options = CATALOG.addon("volume-hostpath").options
    names = template_names(options, fixed={"path": Const("/data")})
    assert bind(parse("{{ options.path }}:{{ options.hostPath }}", PLACE), names) == bind(
        parse("/data:{{ hostPath }}", PLACE), {"hostPath": InstallValue(("options", "hostPath"), "string")}
    )


def test_an_option_of_another_group_is_an_unknown_name() -> None:
    names = template_names(CATALOG.metric("app-lammps").options)
    with pytest.raises(InputError, match=r"unknown name .options\.commands."):
        bind(parse("{{ options.commands }}", PLACE), names)
