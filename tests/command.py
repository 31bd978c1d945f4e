"""Runs the command line as a user does, in this process: quick enough to do so hundreds of times."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from mocompile.cli.app import app
from typer.main import get_command
from typer.testing import CliRunner

# Made once: typer reads the signature of every command for it, which takes longer than most commands.
_COMMAND = get_command(app)


@dataclass(frozen=True)
class Ran:
    """The output of a command, and its exit code."""

    stdout: str
    stderr: str
    code: int


def run(*arguments: str, cwd: Path | None = None, stdin: str | bytes | None = None) -> Ran:
    """`mocompile ARGUMENTS` in the folder `cwd`."""
    with contextlib.chdir(cwd or "."), CliRunner().isolation(input=stdin) as (stdout, stderr, _):
        with pytest.raises(SystemExit) as ended:
            _COMMAND.main(args=arguments, prog_name="mocompile")
        sys.stdout.flush()
        sys.stderr.flush()
        code = ended.value.code
        assert code is None or isinstance(code, int)
        return Ran(_text(stdout), _text(stderr), code or 0)


def _text(stream: io.BytesIO) -> str:
    return stream.getvalue().decode("utf-8", "replace").replace("\r\n", "\n")


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
