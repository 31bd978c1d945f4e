"""A quick module is the same code without work at import."""

from __future__ import annotations

import ast
import textwrap

import pytest

from wheelbuild.modules import Package

ONCE = "from functools import cache as _made_once\n\n@_made_once\n"


def made(**sources: str) -> dict[str, str]:
    """The text of each module; one whose name begins with `plain` stays as it is."""
    trees = {f"mocompile.{name}": ast.parse(textwrap.dedent(text)) for name, text in sources.items()}
    quick = frozenset(name for name in trees if ".plain" not in name)
    return {name.partition(".")[2]: text.partition("\n")[2] for name, text in Package(trees, quick).made().items()}


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("from __future__ import annotations\nx: int = 1", "x = 1"),
        ("from typing import Any\ndef f(a: Any, *b: Any, c: Any = 1, **d: Any) -> Any:\n    e: Any = a\n    return e",
         "def f(a, *b, c=1, **d):\n    e = a\n    return e"),
        ("'''About.'''\ndef f():\n    '''More.'''", "def f():\n    pass"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\nelse:\n    import b\nb.c()",
         "import b\nb.c()"),
        ("from typing import TypeAlias\nA: TypeAlias = dict[str, int]", "A = 'dict[str, int]'"),
        ("from typing import TypeAlias\nA: TypeAlias = str | int\ndef f(a):\n    return isinstance(a, A)",
         "A = str | int\n\ndef f(a):\n    return isinstance(a, A)"),
        ("from typing import TypeVar\nT = TypeVar('T')\ndef f(a: T) -> T:\n    return a", "def f(a):\n    return a"),
        ("from typing import cast\nx = cast('int', 1)", "x = 1"),
        ("from typing import Protocol\nclass P(Protocol):\n    '''About.'''", "class P:\n    pass"),
        ("from mocompile.other import A, b\nx: A = b", "from mocompile.other import b\nx = b"),
        ("from typing import get_args, Literal\nx = get_args(Literal[1])",
         "from typing import get_args, Literal\nx = get_args(Literal[1])"),
        ("class C:\n    x: int\n    y: int = 1", "class C:\n    pass\n    y = 1"),
        ("import re\n_A = re.compile('a', re.I)\n\ndef f(t):\n    return _A.match(t)",
         f"import re\n{ONCE}def _A():\n    return re.compile('a', re.I)\n\ndef f(t):\n    return _A().match(t)"),
        ("import re\n_A = re.compile('a')\nx = _A.match('a')", "import re\n_A = re.compile('a')\nx = _A.match('a')"),
        ("import re\nA = re.compile('a')\n\ndef f():\n    return A",
         "import re\nA = re.compile('a')\n\ndef f():\n    return A"),
        ("import re\n_A = re.compile('a')\n\ndef f(p=_A):\n    return p",
         "import re\n_A = re.compile('a')\n\ndef f(p=_A):\n    return p"),
    ],
)  # fmt: skip
def test_work_at_import_goes(source: str, wanted: str) -> None:
    assert made(module=source)["module"].strip() == wanted


def test_name_that_another_module_imports_stays() -> None:
    texts = made(
        a="from mocompile.c import X, Y\nimport re\n_P = re.compile('p')",
        b="from mocompile.a import X, _P\nprint(X, _P)",
        c="X = Y = 1",
    )
    assert texts["a"].splitlines()[0] == "from mocompile.c import X"
    assert "_P = re.compile('p')" in texts["a"]


def test_alias_stays_a_type_for_a_module_that_makes_another_of_it() -> None:
    alias = "from typing import TypeAlias\nA: TypeAlias = str | int"
    assert "A = str | int" in made(a=alias, plain="from mocompile.a import A\nB: TypeAlias = A | None")["a"]
    assert "A = str | int" in made(a=alias, plain="import typer\nfrom mocompile.a import A\ndef f(a: A): pass")["a"]
    assert "A = 'str | int'" in made(a=alias, plain="from mocompile.a import A\ndef f(a: A): pass")["a"]


def test_dataclasses_are_written_out_with_their_bases_of_other_modules() -> None:
    texts = made(
        z="from dataclasses import dataclass\n\n@dataclass(frozen=True, slots=True)\nclass Base:\n    a: int",
        a="from dataclasses import dataclass, field, replace\nfrom mocompile.z import Base\n\n"
        "@dataclass(frozen=True, slots=True)\nclass Derived(Base):\n    field: list = field(default_factory=list)\n\n"
        "def f(field):\n    return replace(field)",
    )
    assert "dataclasses" not in texts["a"] + texts["z"]
    assert "from mocompile._written_out import replace" in texts["a"]
    assert "def __init__(self, a, field=_made_unset)" in texts["a"]


def test_dataclass_that_cannot_be_written_out_stays_one() -> None:
    source = "from dataclasses import dataclass\n\n@dataclass\nclass C:\n    a: int"
    assert made(a=source)["a"].strip() == source


def test_name_that_wheelbuild_needs_is_refused_in_a_source() -> None:
    with pytest.raises(ValueError, match="_made_set"):
        made(a="def f():\n    _made_set = 1")
