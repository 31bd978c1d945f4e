"""A written-out class behaves as the dataclass that it is made from."""

from __future__ import annotations

import ast
import copy
import dataclasses
import pickle
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wheelbuild.classes import NotPlainError, written_out

SHARED = Path(__file__).parents[2] / "wheelbuild" / "written_out.py"

SOURCE = """
@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 2
    more: dict[str, int] = field(default_factory=dict)

    def moved(self) -> Point:
        return replace(self, x=self.x + 1)


@dataclass(frozen=True, slots=True)
class Named(Point):
    name: str = "n"
    note: str = field(default="", compare=False, repr=False)


@dataclass(slots=True)
class Open:
    text: str
    starts: list[int] = field(init=False)
    seen: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.starts = [len(self.text)]


@dataclass(frozen=True, slots=True, order=True)
class Ordered:
    a: int
    b: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Same:
    a: int


@dataclass(frozen=True, slots=True)
class Empty:
    pass
"""
MADE = [
    "Point(1)",
    "Point(1, 2)",
    "Point(1, 3, {'k': 1})",
    "Point(x=1, more={})",
    "Named(1, 2, {}, 'n', 'seen')",
    "Named(1)",
    "Open('abc')",
    "Open('abc', [1])",
    "Ordered(1)",
    "Ordered(2, 'b')",
    "Empty()",
]


def classes(*, quick: bool) -> types.ModuleType:
    """A module with the classes, as dataclasses or written out."""
    tree = ast.parse(SOURCE)
    head = ""
    if quick:
        known: dict[str, Any] = {}
        body: list[ast.stmt] = []
        for node in tree.body:
            assert isinstance(node, ast.ClassDef)
            made, known[node.name] = written_out(node, known)
            body.append(made)
        tree = ast.Module(body, [])
        head += SHARED.read_text("utf-8")
        head += "\n_MadeRecord, _MadeFrozen, _made_set, _made_unset = Record, Frozen, object.__setattr__, object()\n"
    else:
        head += "from __future__ import annotations\nfrom dataclasses import dataclass, field, replace\n"
    module = types.ModuleType(f"made_{'quick' if quick else 'plain'}")
    sys.modules[module.__name__] = module
    exec(head + ast.unparse(ast.fix_missing_locations(tree)), module.__dict__)
    return module


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[types.ModuleType, types.ModuleType]]:
    """The classes written out, and as dataclasses."""
    made = classes(quick=True), classes(quick=False)
    yield made
    for module in made:
        del sys.modules[module.__name__]


Both = tuple[types.ModuleType, types.ModuleType]


def answer(module: types.ModuleType, expression: str) -> object:
    """The repr of a value, or the type and the text of the exception."""
    names = {"copy": copy, "dataclasses": dataclasses, "pickle": pickle}
    try:
        return repr(eval(expression, {**names, **module.__dict__}))
    except Exception as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize(
    "form",
    [
        "{0}",
        "hash({0}) == hash({0})",
        "copy.copy({0})",
        "copy.deepcopy({0}) == {0}",
        "pickle.loads(pickle.dumps({0})) == {0}",
        "[each.name for each in dataclasses.fields({0})]",
        "[each.init for each in dataclasses.fields({0})]",
        "dataclasses.asdict({0})",
        "dataclasses.is_dataclass({0})",
        "dataclasses.replace({0})",
        "type({0}).__match_args__",
        "{0}.__eq__(1)",
        "{0} == 1",
        "hasattr({0}, '__dict__')",
        "setattr({0}, {0}.__match_args__[0], 1)",
        "delattr({0}, {0}.__match_args__[0])",
        "{0}.moved()",
    ],
)
def test_written_out_class_answers_as_the_dataclass(made: str, form: str, both: Both) -> None:
    quick, plain = both
    assert answer(quick, form.format(made)) == answer(plain, form.format(made))


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("left", [*MADE, "Same(1)"])
def test_comparisons_are_those_of_the_dataclass(left: str, operator: str, both: Both) -> None:
    quick, plain = both
    for right in [*MADE, "Same(1)", "7"]:
        assert answer(quick, f"{left} {operator} {right}") == answer(plain, f"{left} {operator} {right}"), right


@pytest.mark.parametrize(
    "wrong",
    ["Point()", "Point(1, 2, {}, 4)", "Point(1, z=2)", "Open('a', starts=[1])",
     "dataclasses.replace(Open('a'), starts=[])", "dataclasses.replace(Point(1), z=1)",
     "hash(Open('a'))", "dataclasses.fields(dataclasses)"],
)  # fmt: skip
def test_wrong_use_is_refused_as_by_the_dataclass(wrong: str, both: Both) -> None:
    quick, plain = both
    refused, wanted = answer(quick, wrong), answer(plain, wrong)
    assert isinstance(refused, tuple)
    assert isinstance(wanted, tuple)
    assert refused[0] == wanted[0]


def test_defaults_are_not_shared_between_objects(both: Both) -> None:
    quick, _ = both
    first, second = quick.Point(1), quick.Open("a")
    assert first.more is not quick.Point(1).more
    assert second.seen is not quick.Open("a").seen


def test_own_replace_is_that_of_dataclasses(both: Both) -> None:
    quick, plain = both
    for expression in ("replace(Point(1), y=5)", "replace(Named(1, note='n'), name='m').note", "replace(Ordered(1))"):
        assert answer(quick, expression) == answer(plain, expression)
    assert quick.replace(plain.Point(1), y=7) == plain.Point(1, 7)


@pytest.mark.parametrize(
    "source",
    [
        "@dataclass(frozen=True)\nclass WithoutSlots:\n    a: int",
        "@dataclass(slots=True, kw_only=True)\nclass KeywordsOnly:\n    a: int",
        "@dataclass(slots=True)\nclass Shared:\n    a: ClassVar[int] = 1",
        "@dataclass(slots=True)\nclass Derived(Unknown):\n    a: int",
        "@dataclass(slots=True)\nclass Keyed:\n    a: int = field(metadata={})",
        "@other\n@dataclass(slots=True)\nclass Decorated:\n    a: int",
        "@dataclass(slots=True)\nclass Attribute:\n    a: int\n    b = 1",
    ],
)
def test_what_cannot_be_written_out_is_refused(source: str) -> None:
    (node,) = ast.parse(source).body
    assert isinstance(node, ast.ClassDef)
    with pytest.raises(NotPlainError):
        written_out(node, {})
