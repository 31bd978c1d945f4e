"""Programs and packages that tests need: without one, a test is skipped on a person's machine, and fails in CI."""

from __future__ import annotations

import os
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import pytest

INSTALL = "bash tests/run.sh"
# Where the install command puts programs that it builds.
BUILT = Path(__file__).resolve().parent.parent / ".cache" / "bin"


# Whether the test that runs now is of the quick lane, which has no programs. `conftest` sets it.
quick = False


def missing(reason: str) -> NoReturn:
    """Skip the test (at its top, the whole module) for that reason; where the environment has CI set, fail it."""
    text = f"{reason}; `{INSTALL}` installs what the tests need"
    if os.environ.get("CI"):
        pytest.fail(text, pytrace=False)
    pytest.skip(text, allow_module_level=True)


def need(*programs: str) -> str:
    """Path of the first of the programs; all of them must be there. Fails a test of the quick lane."""
    if quick:
        pytest.fail(f"a test of the quick lane asks for {', '.join(programs)}: give it a lane in tests/conftest.py")
    search = f"{BUILT}:{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"
    found = [shutil.which(program, path=search) for program in programs]
    absent = [program for program, path in zip(programs, found, strict=True) if path is None]
    if absent:
        missing(f"not installed: {', '.join(absent)}")
    return str(found[0])


def need_module(name: str) -> Any:
    """The Python module `name`, of a package of the extra `test`."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        missing(f"not installed: {name}")
