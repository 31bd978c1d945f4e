"""Runs the command line and turns errors into messages and exit codes: 0 success, 1 invalid input, 2 invalid arguments,
70 a bug of mocompile."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
from collections.abc import Callable
from typing import NoReturn

_BUG = 70
_INTERRUPTED = 130
# The reader of stdout is gone (`| head`): a shell has this code for a program that SIGPIPE ends.
_READER_IS_GONE = 141
# The variable by which a shell asks for completions.
_COMPLETION = "_MOCOMPILE_COMPLETE"
# Collections of garbage: after so many new objects.
_OBJECTS = 100_000


def main() -> NoReturn:
    """The entry point of the command `mocompile`."""
    code = run()
    _leave_at_once(code)
    sys.exit(code)


def run() -> int:
    """Do what the command line asks for, and return the exit code; stdout is flushed."""
    _open_what_is_closed()
    try:
        code = _code_of(_command)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except OSError as error:
        code = _unusable(error)
    except Exception as error:
        code = _bug(error)
    try:
        sys.stdout.flush()
    except OSError as error:
        code = code or _unusable(error)
        _close_stdout()
    return code


def _leave_at_once(code: int) -> None:
    """End the process, unless somebody has work to do at its end: a thread, a debugger, what `atexit` holds.

    Python would take all objects apart first, one by one: a tenth of a build's time.
    """
    if atexit._ncallbacks() or "threading" in sys.modules or sys.flags.interactive:  # noqa: SLF001 - it is not public
        return
    if sys.gettrace() is None and sys.getprofile() is None:
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        os._exit(code)


def _code_of(command: Callable[[], int]) -> int:
    try:
        return command()
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):
            return _READER_IS_GONE  # typer makes it 1
        if end.code is None:
            return 0
        return end.code if isinstance(end.code, int) else 1


def _command() -> int:
    """Do what the command line asks for. Raises `SystemExit`, or returns the exit code."""
    # Most objects of a short build live to its end: collections would only look at them again and again.
    gc.set_threshold(_OBJECTS, 20, 20)
    if _COMPLETION not in os.environ:
        if sys.argv[1:] == ["--version"]:
            from mocompile import __version__

            print(f"mocompile {__version__}")
            return 0
        from mocompile.cli.plain_build import plain_build

        plain = plain_build(sys.argv[1:])
        if plain is not None:
            from mocompile.cli.build_command import run_build

            return run_build(plain)
    from mocompile.cli.app import app

    app(prog_name="mocompile")
    return 0


def _unusable(error: OSError) -> int:
    """Print the message of a system error, and return its exit code. A reader that is gone (`| head`) gets none."""
    if isinstance(error, BrokenPipeError):
        return _READER_IS_GONE
    reason = error.strerror or str(error)
    name = "stdout" if error.filename is None else repr(error.filename)
    print(f"error: {name} cannot be written: {reason}", file=sys.stderr)
    return 1


def _close_stdout() -> None:
    """Drop unwritten output of stdout: otherwise Python tries again at exit, and reports an error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_what_is_closed() -> None:
    """Replace streams that the caller closed (`>&-`).

    Otherwise a message for stderr could get into the data on stdout, or a file could get their number.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), "r")
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def _bug(error: Exception) -> int:
    if os.environ.get("MOCOMPILE_TRACEBACK"):
        raise error
    print(
        f"mocompile: internal error: {type(error).__name__}: {error}\n"
        "This is a bug in mocompile. Please report it with your metrics.yaml and the traceback that "
        "MOCOMPILE_TRACEBACK=1 shows.",
        file=sys.stderr,
    )
    return _BUG
