"""The output folder: logs, and `set.json`, which names each. It is a folder to read at any time while logs come in.

A folder of an earlier collection makes way, and comes back where nothing takes its place. Where it was of the same run
of the set, the logs that the cluster no longer has stay. The same goes for what a killed collection has left.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.files import is_there, kind_of, reason_of, replacing
from mocompile.results.collect.api import JSONObject
from mocompile.results.read.lines import COLLECTED
from mocompile.results.read.set_json import containers_in, data_of

_FORMAT = 1
_TEMPORARY = f".{COLLECTED}."
# The names of logs, written before there is such a log: after a kill, set.json may not have them yet.
_EXPECTED = f"{_TEMPORARY}logs"
_OLD = "old"


class Folder:
    """The folder at `path`: `begin` makes it, `write` brings `set.json` up to date, `end` lets go of the old one."""

    def __init__(self, path: Path, *, force: bool = False) -> None:
        """Puts back what a killed collection moved away, if nothing took its place.

        Raises `InputError` where something is there that no collection made (unless `force`).
        """
        self.path = path
        self._target = path.absolute()
        self._earlier: list[Path] = []  # folders of earlier collections, the last one first
        self._moved = False  # whether the first of them was at `path`
        self._made = False
        self._locks: list[int] = []
        self._expected = 0
        if not is_there(path):
            self._put_back()
        if not is_there(path):
            return
        mode = path.lstat().st_mode
        if not stat.S_ISDIR(mode):
            raise _refused(f"{path} is {kind_of(mode)}, not a folder", "name another with -o")
        if not force:
            try:
                _require_own(path)
            except OSError as error:
                raise _refused(f"{path} cannot be read: {reason_of(error)}", "name another with -o") from None

    def _put_back(self) -> None:
        for left in _left_over(self._target):
            with contextlib.suppress(OSError):
                if self._lock(left):
                    (left / _OLD).rename(self._target)
                    left.rmdir()
                    break
        self._unlock()

    def begin(self) -> None:
        """An empty folder. Raises `InputError` where there can be none, or another collection writes into it."""
        try:
            self._target.parent.mkdir(parents=True, exist_ok=True)
            left = [each for each in _left_over(self._target) if _read(each / _OLD) and self._lock(each)]
            if is_there(self._target):
                if not self._lock(self._target):
                    hint = "wait until it is done, or name another folder with -o"
                    raise _refused(f"another collection is writing into {self.path}", hint)
                beside = Path(tempfile.mkdtemp(prefix=f".{self._target.name}.", dir=self._target.parent))
                self._lock(beside)
                self._target.rename(beside / _OLD)
                self._earlier, self._moved = [beside / _OLD], True
            self._earlier += [each / _OLD for each in left]
            self._target.mkdir()
            self._made = True
            self._lock(self._target)
        except OSError as error:
            self.restore()
            raise _refused(f"{self.path} cannot be written: {reason_of(error)}", "name another with -o") from None
        except InputError:
            self.restore()
            raise

    def _lock(self, folder: Path) -> bool:
        """Whether this process has the lock of the folder now; a process that is killed loses its locks."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._locks.append(descriptor)
        return True

    def _unlock(self) -> None:
        while self._locks:
            os.close(self._locks.pop())

    def restore(self) -> None:
        """Nothing was collected: what was there before comes back."""
        if self._made:
            shutil.rmtree(self._target, ignore_errors=True)
        if self._moved:
            with contextlib.suppress(OSError):
                self._earlier[0].rename(self._target)
                self._earlier[0].parent.rmdir()
        self._earlier, self._moved, self._made = [], False, False
        self._unlock()

    def expect(self, names: Collection[str]) -> None:
        """Logs of these names will be written: they are known as ours, also if this process is killed."""
        if len(names) > self._expected:
            with replacing(self._target / _EXPECTED) as stream:
                stream.write("".join(f"{name}\n" for name in sorted(names)).encode())
            self._expected = len(names)

    def write(self, data: JSONObject) -> None:
        """`set.json`, at once or not at all."""
        with replacing(self._target / COLLECTED) as stream:
            stream.write(json.dumps({"mocompile": _FORMAT, **data}, indent=1).encode("ascii") + b"\n")

    def kept(self, uid: str, entries: list[JSONObject]) -> list[JSONObject]:
        """The entries, with those of earlier collections of the same run that have more; their logs move here."""
        found = {_key(each): each for each in entries}
        for folder in self._earlier:
            data = _read(folder)
            if uid and data.get("uid") == uid:
                self._keep(folder, containers_in(data), found)
        return sorted(found.values(), key=lambda each: (str(each.get("pod")), str(each.get("container"))))

    def earlier(self, uid: str, key: str) -> list[JSONObject]:
        """Return the entries of that key in the `set.json` of earlier collections of the same run, the oldest first."""
        found = [_read(folder) for folder in reversed(self._earlier)]
        return [
            each
            for data in found
            if uid and data.get("uid") == uid and isinstance(data.get(key), list)
            for each in data[key]
            if isinstance(each, dict)
        ]

    def _keep(self, folder: Path, entries: list[JSONObject], found: dict[tuple[Any, ...], JSONObject]) -> None:
        for old in entries:
            name = str(old.get("file", ""))
            source = folder / name
            if not name or Path(name).name != name or not _is_plain(source):
                continue
            new = found.get(_key(old), {})
            if new.get("complete") or (new.get("file") and not old.get("complete") and _size(old) <= _size(new)):
                continue
            if new.get("file"):
                (self._target / new["file"]).unlink(missing_ok=True)
            source.replace(self._target / name)
            more = {key: value for key, value in new.items() if value not in (None, "", "running")}
            log = {key: old.get(key) for key in ("file", "lines", "bytes", "complete", "notes")}
            found[_key(old)] = {**old, **more, **log}

    def end(self) -> None:
        """Delete the earlier collection."""
        with contextlib.suppress(OSError):
            (self._target / _EXPECTED).unlink()
        for folder in self._earlier:
            shutil.rmtree(folder.parent, ignore_errors=True)
        self._earlier, self._moved = [], False
        self._unlock()


def _left_over(target: Path) -> list[Path]:
    """Folders beside `target` that hold what a collection moved away: the last one first."""
    found = [each for each in target.parent.glob(f".{glob.escape(target.name)}.*") if _holds_old(each)]
    return sorted(found, key=lambda each: each.stat().st_ctime_ns, reverse=True)


def _holds_old(folder: Path) -> bool:
    try:
        inside = list(folder.iterdir()) if stat.S_ISDIR(folder.lstat().st_mode) else []
        return [each.name for each in inside] == [_OLD] and stat.S_ISDIR(inside[0].lstat().st_mode)
    except OSError:
        return False


def _require_own(path: Path) -> None:
    """Raises `InputError` where the folder holds what no collection made, `OSError` where it cannot be read."""
    inside = list(path.iterdir())
    if not inside:
        return
    before = _read(path)
    expected = path / _EXPECTED
    if not before and not _is_plain(expected):
        hint = f"name another with -o, or replace it with --force (it has no {COLLECTED} of a collection)"
        raise _refused(f"{path} was not made by `results collect`", hint)
    own = {COLLECTED, *(str(each.get("file", "")) for each in containers_in(before))}
    if _is_plain(expected):
        own.update(expected.read_text("utf-8", "replace").splitlines())
    strange = sorted(
        each.name
        for each in inside
        if not _is_plain(each) or not (each.name in own or each.name.startswith(_TEMPORARY))
    )
    if strange:
        hint = "move them elsewhere, or replace the folder with --force"
        raise _refused(f"{path} holds {', '.join(map(repr, strange[:5]))}, which no collection made", hint)


def _is_plain(path: Path) -> bool:
    """Whether it is a regular file, and no link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _key(entry: JSONObject) -> tuple[Any, ...]:
    return entry.get("podUID"), entry.get("container"), entry.get("restarts")


def _size(entry: JSONObject) -> int:
    size = entry.get("bytes")
    return size if isinstance(size, int) else 0


def _read(folder: Path) -> JSONObject:
    """The `set.json` of a collection in the folder; empty where there is none."""
    try:
        data = data_of(folder) if _is_plain(folder / COLLECTED) else {}
    except (OSError, ValueError):
        return {}
    return data if "mocompile" in data and "containers" in data else {}


def _refused(message: str, hint: str) -> InputError:
    return InputError([Finding("output", message, None, hint)])
