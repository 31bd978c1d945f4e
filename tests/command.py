"""Runs the command line as a user does, in this process: quick enough to do so hundreds of times."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from mocompile.cli.app import app
from typer.testing import CliRunner


@dataclass(frozen=True)
class Ran:
    """The output of a command, and its exit code."""

    stdout: str
    stderr: str
    code: int


def run(*arguments: str, cwd: Path | None = None, stdin: str | bytes | None = None) -> Ran:
    """`mocompile ARGUMENTS` in the folder `cwd`."""
    before = Path.cwd()
    if cwd is not None:
        os.chdir(cwd)
    try:
        result = CliRunner().invoke(app, list(arguments), input=stdin, prog_name="mocompile")
    finally:
        os.chdir(before)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.stdout, result.stderr, result.exit_code)


def unprivileged() -> tuple[str, ...]:
    """The command that runs another without root's right to read everything; skips where there is none."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root may read everything, and there is no setpriv")
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")


def run_process(
    *arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None, before: tuple[str, ...] = ()
) -> Ran:
    """`python -m mocompile ARGUMENTS` as a process of its own; `before` is a command that runs it."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "mocompile", *arguments],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return Ran(done.stdout, done.stderr, done.returncode)
