"""Every module that code, tests and documents name is there, also in text that no import reads."""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path

import pytest

from tests.paths import ROOT

FILES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "compiler/**/*.py", "tests/**/*.py", "benchmarks/**/*.py")
    for path in ROOT.glob(pattern)
)
ROOMS = "|".join(
    sorted(path.stem for path in (ROOT / "compiler" / "mocompile").iterdir() if (path / "__init__.py").is_file())
)
# A module below a room, as an import and as a string name it.
_NAME = re.compile(rf"\bmocompile\.(?:{ROOMS})(?:\.[A-Za-z_]\w*)+")


@cache
def exists(name: str) -> bool:
    """Whether the name is a module, or an attribute of one."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_that_a_file_names_is_there(path: Path) -> None:
    missing = {name for name in _NAME.findall(path.read_text("utf-8")) if not exists(name)}
    assert missing == set()
