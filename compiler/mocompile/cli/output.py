"""Writes text to stdout, or to a file that is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mocompile.diagnostics.finding import Finding, InputError

STDOUT = "-"


def write(text: str | bytes, output: str) -> None:
    """`text` to `output`; a file is written beside and moved into place. Raises `InputError` where that fails."""
    with writing(output) as stream:
        stream.write(text.encode() if isinstance(text, str) else text)


@contextmanager
def writing(output: str) -> Iterator[BinaryIO]:
    """A stream to `output`, for what is too much to hold. A file is replaced in the end; not after an exception.

    Raises `InputError` where it cannot be written.
    """
    try:
        with _stdout() if output == STDOUT else _beside(Path(output)) as stream:
            yield stream
    except BrokenPipeError:
        raise  # the reader has what it wants
    except OSError as error:
        name = "stdout" if output == STDOUT else output
        reason = error.strerror or str(error)
        raise InputError(
            [Finding("output", f"{name} cannot be written: {reason}", None, "name another file with -o")]
        ) from None


def write_bytes(data: bytes) -> None:
    """`data` to stdout, as it stands."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def require_new(output: str) -> None:
    """Raises `InputError` where `output` is a file that is there."""
    if output != STDOUT and Path(output).exists():
        raise InputError(
            [Finding("output", f"{output} is there already", None, "name another file with -o, or say --force")]
        )


@contextmanager
def _stdout() -> Iterator[BinaryIO]:
    sys.stdout.flush()
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    """A stream to a file beside `path`, which takes its place in the end."""
    if path.is_dir():
        raise IsADirectoryError(0, "it is a folder")
    if path.exists() and not path.is_file():  # a pipe, /dev/stdout
        with path.open("wb") as stream:
            yield stream
        return
    target = path.resolve()
    descriptor, beside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
        Path(beside).chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
        Path(beside).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(beside).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
