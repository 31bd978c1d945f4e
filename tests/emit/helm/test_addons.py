"""Helm prints values of addons as Python does: keys of a ConfigMap, pull secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mocompile.expression.nodes import Const, InstallValue
from mocompile.expression.to_data import python_value
from mocompile.expression.tree import KeyPaths, Present, PullSecrets

from tests.expression.scratch_chart import Chart, different

if TYPE_CHECKING:
    from pathlib import Path

    from mocompile.expression.tree import Tree

ITEMS = InstallValue(("items",), "object")
WRITTEN, ONE, OTHER = (
    InstallValue(("written",), "array"),
    InstallValue(("one",), "string"),
    InstallValue(("other",), "string"),
)
TREE: dict[str, Tree] = {
    "items": KeyPaths(ITEMS),
    "given": Present(KeyPaths(ITEMS)),
    "known": KeyPaths({"b": "c/d", "a": "{{ e }}"}),
    "secret": Present(PullSecrets(WRITTEN, (ONE,))),
    "secrets": Present(PullSecrets(WRITTEN, (ONE, OTHER, Const("fixed")))),
    "bare": PullSecrets(WRITTEN, (ONE, OTHER)),
    "fixed": Present(PullSecrets([], (Const("x"), Const("x"), Const("")))),
    "none": Present(PullSecrets([], (Const(""),))),
}
VALUES: list[dict[str, Any]] = [
    {"items": {"a": "x", "A.b_": 'y "q" {{ 1 }}\n', "é": "y"}, "written": [], "one": "", "other": ""},
    {"items": {}, "written": [{"name": "a"}], "one": "a", "other": "b"},
    {"items": {"n": "012"}, "written": [{"name": "a"}, {"name": "b"}], "one": "c", "other": "c"},
]


@pytest.mark.parametrize("values", VALUES, ids=range(len(VALUES)))
def test_both_printers_say_the_same(tmp_path: Path, values: dict[str, Any]) -> None:
    assert different(Chart(tmp_path).render(TREE, values), python_value(TREE, values)) == {}


def test_secrets_stand_once_each_and_those_of_the_pod_first() -> None:
    assert python_value(TREE, VALUES[1])["secrets"] == [{"name": "a"}, {"name": "b"}, {"name": "fixed"}]
