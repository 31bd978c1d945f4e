"""The rooms of the package: what may import what.

`cli > running > api > study > pipeline > emit > expand > check > catalog > schema | template > document > diagnostics |
expression`, and `cli > running > results > catalog`. Imports inside functions and under `TYPE_CHECKING` count, too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGE = ROOT / "compiler" / "mocompile"

# A room imports rooms of a lower floor only. Rooms of one floor do not import each other.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"files", "shipped"}),
    frozenset({"diagnostics", "expression"}),
    frozenset({"document"}),
    frozenset({"schema", "template"}),
    frozenset({"catalog"}),
    frozenset({"check"}),
    frozenset({"expand"}),
    frozenset({"emit"}),
    frozenset({"pipeline"}),
    frozenset({"study"}),
    frozenset({"api"}),
    frozenset({"running"}),
    frozenset({"cli"}),
    frozenset({"__init__", "__main__"}),
)
# The results are a wing: only `running` and the command line import them. They know the logs, not how a set is
# compiled.
RESULTS_MAY_IMPORT = frozenset({"catalog", "schema", "document", "diagnostics", "files", "shipped"})
FLOOR: Mapping[str, int] = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}


def room_of(module: str) -> str:
    """The room of a module by its full name: the part after `mocompile`."""
    return [*module.split("."), "__init__"][1]


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Line and full name of each module of the package that the source imports, wherever the import is."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "mocompile" else []
            yield from ((node.lineno, name) for name in names or [node.module or ""])


def broken(room: str, source: str) -> list[str]:
    """The imports in a source of `room` that the floors do not allow."""
    found = []
    for line, module in imports(source):
        other = room_of(module)
        if module.split(".")[0] != "mocompile" or other in {room, "__init__", "__version__"}:
            continue
        if room == "results":
            allowed = other in RESULTS_MAY_IMPORT
        elif other == "results":
            allowed = room in {"cli", "running", "__init__"}
        else:
            allowed = FLOOR[other] < FLOOR[room]
        if not allowed:
            found.append(f"line {line}: {room} imports {module}")
    return found


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_lower_floors_only(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert broken(room, path.read_text("utf-8")) == []


def test_every_room_has_a_floor() -> None:
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert rooms == {*FLOOR, "results"}


@pytest.mark.parametrize(
    "source",
    [
        "from mocompile.check.build import build",
        "def late():\n    from mocompile.check.build import build",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from mocompile.check.build import build",
        "import mocompile.check.build",
        "from mocompile import check",
        "from mocompile.results.record import Record",
    ],
)
def test_an_import_of_a_higher_floor_is_found_wherever_it_is(source: str) -> None:
    assert broken("catalog", source) != []
