"""Runs the command line and turns what can go wrong into messages and exit codes: 0 done, 1 the input is wrong, 2 the
call is wrong, 70 our bug."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

_BUG = 70
_INTERRUPTED = 130


def main() -> NoReturn:
    """The entry point of the command `mocompile`."""
    sys.exit(_run())


def _run() -> int:
    from mocompile.cli.app import app

    _open_what_is_closed()
    try:
        app(prog_name="mocompile")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing to say, and Python must not complain about it at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return _bug(error)
    return 0


def _open_what_is_closed() -> None:
    """Puts something in the place of streams that the caller closed (`>&-`).

    Without them a message for stderr would stand among the data on stdout, and a file could take their place.
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
