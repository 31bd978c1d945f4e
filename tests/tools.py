"""Programs that tests need: a test whose program is missing is skipped on a person's machine, and fails in CI."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

INSTALL = "bash tests/run.sh"
# Where the install command puts programs that it builds.
BUILT = Path(__file__).resolve().parent.parent / ".cache" / "bin"


def missing(reason: str) -> NoReturn:
    """Skip the test for that reason; where the environment has CI set, fail it."""
    text = f"{reason}; `{INSTALL}` installs what the tests need"
    if os.environ.get("CI"):
        pytest.fail(text, pytrace=False)
    pytest.skip(text)


def need(*programs: str) -> str:
    """Path of the first of the programs; all of them must be there."""
    search = f"{BUILT}:{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"
    found = [shutil.which(program, path=search) for program in programs]
    absent = [program for program, path in zip(programs, found, strict=True) if path is None]
    if absent:
        missing(f"not installed: {', '.join(absent)}")
    return str(found[0])
