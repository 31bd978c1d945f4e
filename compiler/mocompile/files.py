"""Files of this machine: what is there, reading no more than a bound, and writing whole or not at all.

`pathlib` raises for a name that is too long and below a folder that may not be entered. The questions here answer no.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_SHOWN_OF_NAME = 40  # a temporary name must not be too long where the name itself is not
_KINDS = (
    (stat.S_ISREG, "a file"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def kind_of(mode: int) -> str:
    """Return the type of a file with this `st_mode`, in words."""
    return next((words for is_kind, words in _KINDS if is_kind(mode)), "a device")


def is_folder(path: str | Path) -> bool:
    """Whether `path` is a folder, or a link to one. False for a name that no file can have."""
    try:
        return os.path.isdir(path)  # noqa: PTH112
    except ValueError:  # a NUL in the name
        return False


def is_file(path: str | Path) -> bool:
    """Whether `path` is a regular file, or a link to one. False for a name that no file can have."""
    try:
        return os.path.isfile(path)  # noqa: PTH113
    except ValueError:
        return False


def is_there(path: str | Path) -> bool:
    """Whether there is anything at `path`, a link that leads nowhere too. False for a name that no file can have."""
    try:
        return os.path.lexists(path)
    except ValueError:
        return False


def is_within(path: str | Path, folder: str | Path) -> bool:
    """Whether `path` is in `folder` when all links are followed. False for a name that no file can have."""
    try:
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    except ValueError:  # a NUL in the name
        return False


def read_regular(path: str | Path, most: int) -> bytes:
    """The first `most` bytes of a regular file. Raises `OSError`, also for a pipe or a device: it may never end."""
    mode = Path(path).stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, f"it is {kind_of(mode)}, not a file", os.fspath(path))
    with Path(path).open("rb") as stream:
        return stream.read(most)


def reason_of(error: OSError) -> str:
    """Why, in the system's words."""
    return error.strerror or str(error) or type(error).__name__


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A stream to a new file beside `path`, which takes the place of `path` in the end; not after an exception.

    A link stays, and the file that it names is replaced. A file keeps its mode. Raises `OSError`.
    """
    mode = _mode(path)
    target = Path(os.path.realpath(path))
    import tempfile

    descriptor, beside = tempfile.mkstemp(prefix=f".{target.name[:_SHOWN_OF_NAME]}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
        Path(beside).chmod(0o666 & ~_umask() if mode is None else mode & 0o7777)
        Path(beside).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(beside).unlink()
        raise


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
