"""The output folder: logs, and `set.json`, which names each. It is a folder to read at any time while logs come in.

A folder of an earlier collection makes way, and comes back where nothing takes its place. Where it was of the same run
of the set, the logs that the cluster no longer has stay.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.results.collect.api import JSONObject
from mocompile.results.read.lines import COLLECTED

_FORMAT = 1
_TEMPORARY = f".{COLLECTED}."


class Folder:
    """The folder at `path`: `begin` makes it, `write` brings `set.json` up to date, `end` lets go of the old one."""

    def __init__(self, path: Path, *, force: bool = False) -> None:
        """Raises `InputError` where something stands there that no collection made (unless `force`)."""
        self.path = path
        self._old: Path | None = None
        self._made = False
        self._before: JSONObject = {}
        if not os.path.lexists(path):
            return
        if not path.is_dir() or path.is_symlink():
            raise _refused(f"{path} is there, and is no folder", "name another with -o")
        inside = {each.name for each in path.iterdir()}
        self._before = _read(path / COLLECTED)
        if inside and not force:
            files = {COLLECTED, *(str(each.get("file", "")) for each in _entries(self._before))}
            if not self._before:
                hint = f"name another with -o, or replace it with --force (it has no {COLLECTED} of a collection)"
                raise _refused(f"{path} was not made by `results collect`", hint)
            if strange := sorted(each for each in inside - files if not each.startswith(_TEMPORARY)):
                hint = "move them elsewhere, or replace the folder with --force"
                raise _refused(f"{path} holds {', '.join(map(repr, strange[:5]))}, which no collection made", hint)

    def begin(self) -> None:
        """An empty folder. Raises `InputError` where there can be none."""
        target = self.path.absolute()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
                target.rename(beside / "old")
                self._old = beside / "old"
            target.mkdir()
            self._made = True
        except OSError as error:
            self.restore()
            reason = error.strerror or str(error)
            raise _refused(f"{self.path} cannot be written: {reason}", "name another with -o") from None

    def restore(self) -> None:
        """Nothing was collected: what was there before comes back."""
        target = self.path.absolute()
        if self._made:
            shutil.rmtree(target, ignore_errors=True)
        with contextlib.suppress(OSError):
            if self._old is not None:
                self._old.rename(target)
                self._old.parent.rmdir()
        self._old, self._made = None, False

    def write(self, data: JSONObject) -> None:
        """`set.json`, at once or not at all."""
        descriptor, beside = tempfile.mkstemp(prefix=_TEMPORARY, dir=self.path)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                json.dump({"mocompile": _FORMAT, **data}, stream, indent=1)
                stream.write("\n")
            Path(beside).chmod(0o644)
            Path(beside).replace(self.path / COLLECTED)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(beside).unlink()
            raise

    def kept(self, uid: str, entries: list[JSONObject]) -> list[JSONObject]:
        """The entries, with those of an earlier collection of the same run that have more; their logs move here."""
        if self._old is None or not uid or self._before.get("uid") != uid:
            return entries
        found = {_key(each): each for each in entries}
        for old in _entries(self._before):
            name = str(old.get("file", ""))
            source = self._old / name
            if not name or Path(name).name != name or not source.is_file():
                continue
            new = found.get(_key(old), {})
            if new.get("complete") or (new.get("file") and not old.get("complete") and _size(old) <= _size(new)):
                continue
            if new.get("file"):
                (self.path / new["file"]).unlink(missing_ok=True)
            source.replace(self.path / name)
            more = {key: value for key, value in new.items() if value not in (None, "", "running")}
            log = {key: old.get(key) for key in ("file", "lines", "bytes", "complete", "notes")}
            found[_key(old)] = {**old, **more, **log}
        return sorted(found.values(), key=lambda each: (str(each.get("pod")), str(each.get("container"))))

    def end(self) -> None:
        """What was there before goes."""
        if self._old is not None:
            shutil.rmtree(self._old.parent, ignore_errors=True)
            self._old = None


def _key(entry: JSONObject) -> tuple[Any, ...]:
    return entry.get("podUID"), entry.get("container"), entry.get("restarts")


def _size(entry: JSONObject) -> int:
    size = entry.get("bytes")
    return size if isinstance(size, int) else 0


def _entries(data: JSONObject) -> list[JSONObject]:
    found = data.get("containers")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _read(path: Path) -> JSONObject:
    """A `set.json` of ours; empty where it is none."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) and "mocompile" in data and "containers" in data else {}


def _refused(message: str, hint: str) -> InputError:
    return InputError([Finding("output", message, None, hint)])
