"""The files of the wheel that are made from the sources of a checkout."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from wheelbuild.classes import SHARED
from wheelbuild.modules import Package, imports_typer
from wheelbuild.sheets import made_sheets
from wheelbuild.texts import made_texts

_PACKAGE = "mocompile"
# What a user's program imports, and what only reads logs or runs sets, is shipped as it is.
_AS_IT_IS = ("mocompile.api", "mocompile.results", "mocompile.running", "mocompile.catalog.figures")


def made_files(root: Path, version: str) -> Iterator[tuple[str, bytes]]:
    """Each made file of this version of the package: its path in the wheel, and its bytes."""
    sources = {_name(path, root): path for path in sorted((root / "compiler" / _PACKAGE).rglob("*.py"))}
    trees = {name: ast.parse(path.read_bytes()) for name, path in sources.items()}
    quick = frozenset(name for name, tree in trees.items() if _is_quick(name, tree))
    for name, text in Package(trees, quick).made().items():
        path = sources[name].relative_to(root / "compiler").as_posix()
        yield path, text.encode()
        yield f"{path}i", sources[name].read_bytes()
    yield f"{_PACKAGE}/_version.py", f"VERSION = {version!r}\n".encode()
    for path, text in (*made_sheets(root), *made_texts(root)):
        yield path, text.encode()
    yield f"{SHARED.replace('.', '/')}.py", (Path(__file__).parent / "written_out.py").read_bytes()


def _name(path: Path, root: Path) -> str:
    parts = path.relative_to(root / "compiler").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_quick(name: str, tree: ast.Module) -> bool:
    if any(f"{name}.".startswith(f"{each}.") for each in _AS_IT_IS):
        return False
    return not imports_typer(tree)
