"""The project's own checks of its text: style, types, shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

CODE = ("compiler", "tests", "benchmarks")
SCRIPTS = [path for folder in ("templates", "addons", "tests") for path in (ROOT / folder).rglob("*.sh")]
SHELL = sorted([*SCRIPTS, ROOT / ".ci" / "run"])


def passes(*command: str | Path) -> None:
    """Fails with the tool's own words where it finds something."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        pytest.fail(done.stdout, pytrace=False)


def tool(name: str) -> Path:
    """A program that was installed with the tests' dependencies."""
    return Path(sys.executable).parent / name


def test_code_passes_ruff() -> None:
    passes(tool("ruff"), "check", "--quiet", *CODE)


def test_code_is_formatted() -> None:
    passes(tool("ruff"), "format", "--quiet", "--diff", *CODE)


def test_types_hold_under_mypy_strict() -> None:
    passes(tool("mypy"))


@pytest.mark.parametrize("path", SHELL, ids=lambda path: str(path.relative_to(ROOT)))
def test_script_passes_shellcheck(path: Path) -> None:
    passes(tool("shellcheck"), path)


def test_scripts_are_found() -> None:
    assert ROOT / "templates" / "pod" / "entrypoint.sh" in SHELL
