"""Reads the contents of an output folder, and finds entries that mocompile did not write.

The marker lists each file with a hash. Anything else is foreign: other files, links, pipes, folders without a listed
file, whatever cannot be read. While a build writes, the files that it is about to move are in `STAGING`, with the
marker that comes. After a build that was killed, a file may be as either marker says.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mocompile.files import is_there, kind_of, read_regular, reason_of

MARKER = ".mocompile.json"
STAGING = ".mocompile.tmp"
# Below STAGING: the files that come, and those that make way for them.
NEW, OLD = "new", "old"

# An output has some dozens of files. A folder with more entries is not an output, and need not be read to its end.
MOST_ENTRIES = 20_000
_MOST_MARKER = 4 * 1024 * 1024


class TooManyError(Exception):
    """A folder has more entries than an output ever has."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The entries of a folder: path inside it, with `/`, to `st_mode`. Links are not followed.

    `unreadable` has the folders that could not be listed, with the reason.
    """

    folder: Path
    modes: Mapping[str, int]
    unreadable: Mapping[str, str] = field(default_factory=dict)

    def is_file(self, path: str) -> bool:
        """Whether there is a regular file at `path`, reached through no link."""
        return stat.S_ISREG(self.modes.get(path, 0))

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder at `path`, reached through no link."""
        return stat.S_ISDIR(self.modes.get(path, 0))

    def holds(self, path: str, data: bytes) -> bool:
        """Whether the regular file at `path` has exactly these bytes. Raises `OSError`."""
        return self.is_file(path) and read_regular(self.folder / path, len(data) + 1) == data

    def outside_staging(self) -> Iterator[str]:
        """The paths of all entries but those of `STAGING`."""
        return (path for path in self.modes if path != STAGING and not path.startswith(f"{STAGING}/"))


def read_contents(folder: Path) -> Contents:
    """The entries of `folder`. Raises `OSError` where it cannot be listed, `TooManyError` where it has too many."""
    modes: dict[str, int] = {}
    unreadable: dict[str, str] = {}
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(folder / below) as entries:
                for entry in entries:
                    path = f"{below}/{entry.name}" if below else entry.name
                    modes[path] = entry.stat(follow_symlinks=False).st_mode
                    if stat.S_ISDIR(modes[path]):
                        waiting.append(path)
                    if len(modes) > MOST_ENTRIES:
                        raise TooManyError
        except OSError as error:
            if not below:
                raise
            unreadable[below] = reason_of(error)
    return Contents(folder, modes, unreadable)


def has_marker(folder: Path) -> bool:
    """Whether `folder` has a marker, or what a build that was killed left: mocompile wrote it."""
    return is_there(folder / MARKER) or is_there(folder / STAGING)


def foreign(contents: Contents) -> list[str]:
    """Each entry that is not as mocompile left it, with what is strange about it; sorted. Raises `OSError`."""
    markers = [_listed(contents, f"{part}{MARKER}") for part in ("", f"{STAGING}/{NEW}/", f"{STAGING}/{OLD}/")]
    if markers[0] is None and MARKER in contents.modes:
        kind = "" if contents.is_file(MARKER) else f"{kind_of(contents.modes[MARKER])}: "
        return [f"{MARKER} ({kind}it cannot be read as a list of files)"]
    listed = [each for each in markers if each is not None]
    known = {path for each in listed for path in each} | {MARKER}
    found = {**_strange_files(contents, listed, known), **_strange_folders(contents, known)}
    return [f"{path} ({found[path]})" for path in sorted(found)]


def parents_of(paths: Set[str]) -> set[str]:
    """The folders in which the files of `paths` are, at every level."""
    return {str(parent) for path in paths for parent in PurePosixPath(path).parents if str(parent) != "."}


def hash_of(data: bytes) -> str:
    """Return the hash of a file's bytes as the marker has it."""
    return hashlib.sha256(data).hexdigest()


def _strange_files(contents: Contents, listed: list[Mapping[str, str]], known: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, mode in contents.modes.items():
        inside, staged = _without_staging(path)
        if stat.S_ISDIR(mode) or (staged and inside == MARKER and stat.S_ISREG(mode)):
            continue
        if not stat.S_ISREG(mode):
            found[path] = f"{kind_of(mode)}, not made by mocompile"
        elif inside not in known:
            found[path] = "not made by mocompile"
        elif path != MARKER and not staged and not _as_listed(contents, path, listed, found):
            found.setdefault(path, "edited")
    return found


def _strange_folders(contents: Contents, known: set[str]) -> dict[str, str]:
    ours = parents_of(known)
    folders = [path for path, mode in contents.modes.items() if stat.S_ISDIR(mode)]
    found = {
        path: "not made by mocompile"
        for path in folders
        if path not in (STAGING, f"{STAGING}/{NEW}", f"{STAGING}/{OLD}") and _without_staging(path)[0] not in ours
    }
    return {**found, **{path: f"it cannot be read: {reason}" for path, reason in contents.unreadable.items()}}


def _without_staging(path: str) -> tuple[str, bool]:
    """The path of a file of `STAGING` where it is meant to be, and whether it is one."""
    for part in (NEW, OLD):
        if path.startswith(f"{STAGING}/{part}/"):
            return path.removeprefix(f"{STAGING}/{part}/"), True
    return path, False


def _as_listed(contents: Contents, path: str, listed: list[Mapping[str, str]], found: dict[str, str]) -> bool:
    try:
        with (contents.folder / path).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        found[path] = f"it cannot be read: {reason_of(error)}"
        return False
    return any(each.get(path) == digest for each in listed)


def _listed(contents: Contents, marker: str) -> Mapping[str, str] | None:
    """Return the files that a marker lists; None if the marker is missing or invalid."""
    if not contents.is_file(marker):
        return None
    try:
        data = read_regular(contents.folder / marker, _MOST_MARKER)
        files = json.loads(data)["files"]
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        return None
    return files if isinstance(files, dict) else None
