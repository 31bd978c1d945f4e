"""Changes an output folder in place: one build at a time, and whole or not at all.

In place, because a shell may be in the folder, or a volume may be mounted there. The new files are written into
`STAGING` first, beside copies of those that they replace. Then each is moved, the marker last. Where a move fails, all
are moved back. Where the process is killed, `STAGING` and the two markers tell the next build what is ours.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mocompile.emit.folder_contents import MARKER, NEW, OLD, STAGING, Contents, parents_of

_PATIENCE = 10.0  # seconds for which another build may hold the lock
_PAUSE = 0.02


class BusyError(Exception):
    """Another build writes into the folder."""


@dataclass(frozen=True, slots=True)
class Change:
    """The changes of a folder: `written` maps paths to bytes, `removed` lists entries to delete with all below them."""

    written: Mapping[str, bytes]
    removed: tuple[str, ...]


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Makes `folder` where it is missing, and holds its lock. Yields whether it was made; if so, it goes away again
    after an exception.

    Raises `BusyError` where another build holds the lock for long, `OSError` where there can be no such folder.
    """
    made: list[Path] = []
    while True:
        _make(folder, made)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _lock(descriptor)
            if _is_still(folder, descriptor):
                break
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # another build made it, failed and took it away
    try:
        yield bool(made)
    except BaseException:
        for path in made:
            with contextlib.suppress(OSError):
                path.rmdir()
        raise
    finally:
        os.close(descriptor)


def change_of(wanted: Mapping[str, bytes], contents: Contents) -> Change:
    """Return the change after which a folder of these contents has exactly `wanted`. Raises `OSError`."""
    folders = parents_of(wanted.keys())
    written = {path: data for path, data in wanted.items() if not contents.holds(path, data)}
    extra = {
        path
        for path in contents.outside_staging()
        if (path not in folders if contents.is_folder(path) else path not in wanted or not contents.is_file(path))
    }
    return Change(written, tuple(sorted(path for path in extra if not parents_of({path}) & extra)))


def apply(change: Change, contents: Contents) -> None:
    """Does it. Raises `OSError`; then the folder is as it was."""
    folder = contents.folder
    staging = folder / STAGING
    if STAGING in contents.modes:
        _discard(staging)  # of a build that was killed
    undo: list[Callable[[], object]] = []
    try:
        _stage(change, contents, staging)
        _move(change, folder, staging, undo)
    except BaseException:
        for step in reversed(undo):
            with contextlib.suppress(OSError):
                step()
        with contextlib.suppress(OSError):
            _discard(staging)
        raise
    _discard(staging)


def _discard(staging: Path) -> None:
    """Removes `STAGING`. Its markers go last: killed before that, they still say what the rest is."""
    for part in (NEW, OLD):
        for path in (staging / part).glob("*"):
            if path.name != MARKER:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    shutil.rmtree(staging)


def _stage(change: Change, contents: Contents, staging: Path) -> None:
    (staging / NEW).mkdir(parents=True)
    # The marker first: it says what the other files are.
    for path, data in sorted(change.written.items(), key=lambda item: item[0] != MARKER):
        new, old = staging / NEW / path, staging / OLD / path
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(data)
        if contents.is_file(path):
            old.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(contents.folder / path, old)
    for path in change.removed:
        (staging / OLD / path).parent.mkdir(parents=True, exist_ok=True)


def _move(change: Change, folder: Path, staging: Path, undo: list[Callable[[], object]]) -> None:
    for path in change.removed:
        (folder / path).rename(staging / OLD / path)
        undo.append(lambda path=path: (staging / OLD / path).rename(folder / path))  # type: ignore[misc]
    for path in sorted(change.written, key=lambda path: (path == MARKER, path)):
        target, old = folder / path, staging / OLD / path
        made: list[Path] = []
        _make(target.parent, made)
        undo.extend(each.rmdir for each in reversed(made))
        if old.exists():
            undo.append(lambda old=old, target=target: old.replace(target))  # type: ignore[misc]
        else:
            undo.append(target.unlink)
        (staging / NEW / path).replace(target)


def _make(folder: Path, made: list[Path]) -> None:
    """Makes `folder` and those above it that are missing; `made` gets them, the innermost first."""
    missing = []
    above = folder
    while not above.exists():
        missing.append(above)
        above = above.parent
    for path in reversed(missing):
        with contextlib.suppress(FileExistsError):  # another build was quicker
            path.mkdir()
            made.insert(0, path)


def _lock(descriptor: int) -> None:
    import fcntl

    begun = time.monotonic()
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() - begun > _PATIENCE:
                raise BusyError from None
            time.sleep(_PAUSE)
        except OSError:
            return  # a file system without locks
        else:
            return


def _is_still(folder: Path, descriptor: int) -> bool:
    try:
        there = folder.stat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(there.st_mode) and os.path.samestat(there, os.fstat(descriptor))
