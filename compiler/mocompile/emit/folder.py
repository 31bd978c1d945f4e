"""Writes an output of several files: whole or not at all, and never over what somebody else made or changed.

A marker file lists what mocompile wrote, with a hash of each. An existing folder is changed only if it has that marker
and nothing in it is foreign or edited; unchanged files keep their time, files that are no longer made go away.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.emit.folder_change import BusyError, apply, change_of, locked
from mocompile.emit.folder_contents import (
    MARKER,
    MOST_ENTRIES,
    STAGING,
    Contents,
    TooManyError,
    foreign,
    has_marker,
    hash_of,
    read_contents,
)
from mocompile.files import is_folder, is_there, reason_of

__all__ = ["MARKER", "Files", "stale", "tar", "with_marker", "write_folder"]

_FORMAT = 1
_MOST_NAMED = 10

# Path inside the folder, with `/`, to text.
Files: TypeAlias = Mapping[str, str]


def with_marker(files: Files) -> dict[str, str]:
    """The files and the marker that lists them, sorted by path."""
    hashes = {path: hash_of(text.encode()) for path, text in sorted(files.items())}
    marker = json.dumps({"mocompile": _FORMAT, "files": hashes}, indent=2) + "\n"
    return dict(sorted({**files, MARKER: marker}.items()))


def write_folder(files: Files, folder: Path, *, force: bool = False) -> list[str]:
    """Write `files` as `folder`. The paths that were written or removed, sorted.

    Raises `InputError` where the folder is not mocompile's, or holds foreign or edited entries (unless `force`), where
    another build writes into it, or where it cannot be written.
    """
    target = _target(folder)
    try:
        with locked(target):
            contents = _own_contents(target, folder, force=force)
            change = change_of(_encoded(files), contents)
            if change.written or change.removed or STAGING in contents.modes:
                apply(change, contents)
    except BusyError:
        hint = "build again when it is done"
        raise _refused(f"another build is writing into {folder}", hint) from None
    except OSError as error:
        raise _refused(f"{folder} cannot be written: {_reason(error, target)}", "name another with -o") from None
    return sorted({*change.written, *_files_below(change.removed, contents)})


def stale(files: Files, folder: Path) -> list[str]:
    """The paths in which `folder` is not what would be written now, sorted; none where it is up to date.

    Raises `InputError` where it cannot be read.
    """
    wanted = _encoded(files)
    if not is_there(folder):
        _require_possible(folder)
        return sorted(wanted)
    if not is_folder(folder):
        raise _refused(f"{folder} is there, and is no folder", "name another with -o")
    if not has_marker(folder):
        return sorted(wanted)
    try:
        contents = read_contents(folder)
        change = change_of(wanted, contents)
    except TooManyError:
        raise _too_many(folder) from None
    except OSError as error:
        raise _refused(f"{folder} cannot be read: {_reason(error, folder)}", "name another with -o") from None
    return sorted({*change.written, *change.removed, *([STAGING] if STAGING in contents.modes else [])})


def tar(files: Files, top: str) -> bytes:
    """The files below the folder `top` as a tar stream, the same bytes for the same files."""
    stream = io.BytesIO()
    # A name of more than 100 bytes needs PAX; any other is written as in USTAR.
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, text in with_marker(files).items():
            data = text.encode()
            entry = tarfile.TarInfo(f"{top}/{path}")
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def _encoded(files: Files) -> dict[str, bytes]:
    return {path: text.encode() for path, text in with_marker(files).items()}


def _target(folder: Path) -> Path:
    """Where the folder is, with the link resolved that it may be. Raises `InputError` for what can be no folder."""
    if is_there(folder) and not is_folder(folder) and not _leads_nowhere(folder):
        raise _refused(f"{folder} is there, and is no folder", "name another with -o")
    _require_possible(folder)
    return Path(os.path.realpath(folder))


def _leads_nowhere(path: Path) -> bool:
    """Whether it is a link to a place where a folder could be made."""
    return path.is_symlink() and not os.path.lexists(os.path.realpath(path))


def _require_possible(folder: Path) -> None:
    """Raises `InputError` for a name that no folder can have, or below a folder that may not be entered."""
    try:
        folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return  # making it says what is wrong
    except OSError as error:
        raise _refused(f"{folder} cannot be written: {reason_of(error)}", "name another with -o") from None
    except ValueError:
        raise _refused(f"{str(folder)!r} cannot be the name of a folder", "name another with -o") from None


def _own_contents(target: Path, folder: Path, *, force: bool) -> Contents:
    """Return the contents of the folder. Raises `InputError` if mocompile may not change them."""
    if not has_marker(target) and any(target.iterdir()):
        _require_forced(target, folder, force=force)
    try:
        contents = read_contents(target)
    except TooManyError:
        raise _too_many(folder) from None
    strange = [] if force else foreign(contents)
    if force and contents.unreadable:
        strange = [f"{path} (it cannot be read: {reason})" for path, reason in sorted(contents.unreadable.items())]
        raise _refused(f"{folder} holds {_named(strange)}", "remove them first: they cannot be replaced")
    if strange:
        hint = "move them elsewhere, or replace the folder with --force"
        raise _refused(f"{folder} holds {_named(strange)}", hint)
    return contents


def _require_forced(target: Path, folder: Path, *, force: bool) -> None:
    """Raises `InputError` for a folder without a marker, unless `force` replaces it, and it is one to replace."""
    if not force:
        hint = f"name another with -o, or replace it with --force (it has no {MARKER})"
        raise _refused(f"{folder} was not made by mocompile", hint)
    if any(Path(os.path.realpath(each)).is_relative_to(target) for each in (".", os.path.expanduser("~"))):  # noqa: PTH111
        hint = "name a folder of its own with -o"
        message = f"{folder} was not made by mocompile, and is or holds the current folder or the home folder"
        raise _refused(f"{message}: --force does not replace it", hint)


def _files_below(removed: tuple[str, ...], contents: Contents) -> list[str]:
    """The entries that went away and are no folders."""
    return [
        path
        for path in contents.outside_staging()
        if not contents.is_folder(path) and any(path == each or path.startswith(f"{each}/") for each in removed)
    ]


def _named(strange: list[str]) -> str:
    more = len(strange) - _MOST_NAMED
    return ", ".join(strange[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _reason(error: OSError, folder: Path) -> str:
    """Why; with the entry of the folder about which the system complains."""
    if isinstance(error.filename, str | Path) and Path(error.filename) != folder:
        return f"{reason_of(error)} ({error.filename})"
    return reason_of(error)


def _too_many(folder: Path) -> InputError:
    hint = "name another with -o; an output of mocompile has some dozens of files"
    return _refused(f"{folder} has more than {MOST_ENTRIES} entries", hint)


def _refused(message: str, hint: str) -> InputError:
    return InputError([Finding("output", message, None, hint)])
