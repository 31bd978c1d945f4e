"""Writes an output of several files: whole or not at all, and never over what somebody else made or changed.

A marker file lists what mocompile wrote, with a hash of each. An existing folder is replaced only if it has that marker
and nothing in it is foreign or edited; unchanged files keep their time, files that are no longer made go away.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from mocompile.diagnostics.finding import Finding, InputError

MARKER = ".mocompile.json"
_FORMAT = 1

# Path inside the folder, with `/`, to text.
Files: TypeAlias = Mapping[str, str]


def with_marker(files: Files) -> dict[str, str]:
    """The files and the marker that lists them, sorted by path."""
    hashes = {path: _hash(text.encode()) for path, text in sorted(files.items())}
    marker = json.dumps({"mocompile": _FORMAT, "files": hashes}, indent=2) + "\n"
    return dict(sorted({**files, MARKER: marker}.items()))


def write_folder(files: Files, folder: Path, *, force: bool = False) -> list[str]:
    """Write `files` as `folder`. The paths that were written or removed, sorted.

    The new folder is made beside the old one and moved into its place. Raises `InputError` where the old one is not
    mocompile's, or holds foreign or edited files (unless `force`), or where it cannot be written.
    """
    wanted = with_marker(files)
    if folder.exists() and not force:
        _require_ours(folder)
    changed = sorted(_differences(wanted, folder))
    if changed:
        try:
            _replace(wanted, folder)
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(
                [Finding("output", f"{folder} cannot be written: {reason}", None, "name another with -o")]
            ) from None
    return changed


def stale(files: Files, folder: Path) -> list[str]:
    """The paths in which `folder` is not what would be written now, sorted; none where it is up to date."""
    return sorted(_differences(with_marker(files), folder))


def tar(files: Files, top: str) -> bytes:
    """The files below the folder `top` as a tar stream, the same bytes for the same files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, text in with_marker(files).items():
            data = text.encode()
            entry = tarfile.TarInfo(f"{top}/{path}")
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def _require_ours(folder: Path) -> None:
    """Raises `InputError` unless everything in `folder` is as mocompile left it."""
    if not folder.is_dir():
        raise InputError([Finding("output", f"{folder} is there, and is no folder", None, "name another with -o")])
    present = set(_files_in(folder))
    if not present and not any(folder.iterdir()):
        return
    listed = _listed(folder)
    if listed is None:
        hint = f"name another with -o, or replace it with --force (it has no {MARKER})"
        raise InputError([Finding("output", f"{folder} was not made by mocompile", None, hint)])
    strange = [f"{path} (not made by mocompile)" for path in sorted(present - set(listed) - {MARKER})]
    strange += [
        f"{path} (edited)"
        for path in sorted(present & set(listed))
        if _hash((folder / path).read_bytes()) != listed[path]
    ]
    if strange:
        hint = "move them elsewhere, or replace the folder with --force"
        raise InputError([Finding("output", f"{folder} holds {', '.join(strange)}", None, hint)])


def _listed(folder: Path) -> dict[str, str] | None:
    """What the marker of `folder` lists, or None where there is none that can be read."""
    try:
        marker = json.loads((folder / MARKER).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    files = marker.get("files") if isinstance(marker, dict) else None
    return files if isinstance(files, dict) else None


def _files_in(folder: Path) -> Iterator[str]:
    for directory, _, names in os.walk(folder):
        for name in names:
            yield Path(directory, name).relative_to(folder).as_posix()


def _differences(wanted: Files, folder: Path) -> Iterator[str]:
    present = set(_files_in(folder)) if folder.is_dir() else set()
    yield from present - wanted.keys()
    for path, text in wanted.items():
        if path not in present or (folder / path).read_bytes() != text.encode():
            yield path


def _replace(wanted: Files, folder: Path) -> None:
    target = folder.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    old = beside / "old"
    try:
        _fill(wanted, target, beside / "new")
        if target.exists():
            target.rename(old)
        try:
            (beside / "new").rename(target)
        except BaseException:
            if old.exists():
                old.rename(target)
            raise
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(beside)


def _fill(wanted: Files, current: Path, new: Path) -> None:
    for path, text in wanted.items():
        file, before, data = new / path, current / path, text.encode()
        file.parent.mkdir(parents=True, exist_ok=True)
        if before.is_file() and not before.is_symlink() and before.read_bytes() == data:
            shutil.copy2(before, file)  # with its time
        else:
            file.write_bytes(data)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
