"""Writes text to stdout or to a file; a file is complete or does not exist. Failures become messages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.wording import visible
from mocompile.files import is_file, is_folder, is_there, reason_of, replacing

STDOUT = "-"


def write(text: str | bytes, output: str = STDOUT) -> None:
    """Write `text` to `output`; a file is written beside it and moved into place. Raises `InputError` if that fails."""
    with writing(output) as stream:
        stream.write(text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text)


@contextmanager
def writing(output: str) -> Iterator[BinaryIO]:
    """Return a stream to `output`, for large output. A file is replaced at the end, but not after an exception.

    Raises `InputError` if it cannot be written. The `OSError` of another file passes: it has that file's name.
    """
    of_another: OSError | None = None
    try:
        with _stdout() if output == STDOUT else _beside(Path(output)) as stream:
            try:
                yield stream
            except OSError as error:
                of_another = error if error.filename is not None else None
                raise
    except BrokenPipeError:
        raise  # the reader needs no more output
    except OSError as error:
        if error is of_another:
            raise
        name = "stdout" if output == STDOUT else output
        message = f"{name} cannot be written: {reason_of(error)}"
        raise InputError([Finding("output", message, None, "name another file with -o")]) from None


def tell(line: str) -> None:
    """Print a line to stderr. It can contain the user's names, so control characters are escaped."""
    print(visible(line), file=sys.stderr)


def require_new(output: str) -> None:
    """Raise `InputError` if `output` is an existing file."""
    if output != STDOUT and is_there(output):
        raise InputError(
            [Finding("output", f"{output} already exists", None, "name another file with -o, or add --force")]
        )


def os_error_finding(error: OSError) -> Finding:
    """Return the message for an `OSError` that no caller handles."""
    if error.filename is None:
        return Finding("system", f"a file cannot be read or written: {reason_of(error)}")
    return Finding("system", f"'{error.filename}' cannot be read or written: {reason_of(error)}")


@contextmanager
def _stdout() -> Iterator[BinaryIO]:
    sys.stdout.flush()
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    """Return a stream to a file beside `path`, which replaces `path` at the end."""
    if is_folder(path):
        raise IsADirectoryError(0, "it is a directory")
    if path.exists() and not is_file(path):  # a pipe, /dev/stdout
        with path.open("wb") as stream:
            yield stream
        return
    with replacing(path) as stream:
        yield stream
