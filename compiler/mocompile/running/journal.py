"""`run.json`: the state of each point of a run, in the run's folder, replaced at each change, whole or not at all.

A second run reads it, and does what is missing.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.files import is_there, kind_of, read_regular, reason_of, replacing
from mocompile.results.read.lines import RUN, RUN_RESULTS
from mocompile.running.model import State

NAME = RUN
RESULTS = RUN_RESULTS
_FORMAT = 1
_MOST_BYTES = 64 << 20
_STATES = ("missing", "running", "completed", "failed")


@dataclass(frozen=True, slots=True)
class Entry:
    """The state of a point. `uid` is that of its JobSet, `kind` and `reason` say why it failed.

    `here`: its objects may be in the cluster. Times are in UTC.
    """

    name: str
    digest: str = ""
    state: State = "missing"
    uid: str = ""
    attempts: int = 0
    here: bool = False
    kind: str = ""
    reason: str = ""
    lines: tuple[str, ...] = ()
    started: str = ""
    finished: str = ""


class Journal:
    """The journal of the folder. One process at a time has it: others are refused."""

    def __init__(self, folder: Path, namespace: str, server: str) -> None:
        """Raises `InputError` if the folder is not a run's, is of another namespace, or another run works in it."""
        self.folder = folder
        self.namespace = namespace
        self.earlier_server = ""
        self._server = server
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self.run_id = secrets.token_hex(4)
        try:
            self._open()
        except OSError as error:
            raise _wrong(f"{folder} cannot be used: {reason_of(error)}", "name another folder with -o") from None

    def _open(self) -> None:
        if is_there(self.folder) and not self.folder.is_dir():
            what = kind_of(self.folder.lstat().st_mode)
            raise _wrong(f"{self.folder} is {what}, not a folder", "name another with -o")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._held = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            hint = "wait until it is done, or name another folder with -o"
            raise _wrong(f"another `mocompile run` works in {self.folder}", hint) from None
        if (self.folder / NAME).exists():
            self._read()
        elif any(not each.name.startswith(f".{NAME}.") for each in self.folder.iterdir()):
            message = f"{self.folder} was not made by `mocompile run`: it has no {NAME}"
            raise _wrong(message, "name another folder with -o")
        else:
            self._write()

    def _read(self) -> None:
        hint = "name another folder with -o"
        try:
            data = json.loads(read_regular(self.folder / NAME, _MOST_BYTES))
            if data["mocompileRun"] != _FORMAT:
                raise _wrong(f"{self.folder / NAME} is of another version of mocompile", hint)
            self.run_id, namespace = str(data["run"]), str(data["namespace"])
            self._entries = {each["name"]: _entry(each) for each in data["points"]}
            self.earlier_server = str(data["server"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _wrong(f"{self.folder / NAME} is damaged: it is not a journal of `mocompile run`", hint) from None
        if namespace != self.namespace:
            message = f"{self.folder} is of a run in the namespace '{namespace}', not in '{self.namespace}'"
            raise _wrong(message, f"add -n {namespace}, or name another folder with -o")

    def close(self) -> None:
        """Let other processes have the folder."""
        os.close(self._held)

    def entry(self, name: str) -> Entry:
        """Return what is known of a point."""
        return self._entries.get(name) or Entry(name)

    def entries(self) -> Iterable[Entry]:
        """Return what is known of all points, also those that the input no longer has."""
        return tuple(self._entries.values())

    def update(self, name: str, **changes: Any) -> Entry:
        """Write changes of a point's entry, and return the entry. Raises `OSError`."""
        with self._lock:
            entry = self._entries[name] = replace(self.entry(name), **changes)
            self._write()
        return entry

    def results(self, name: str) -> Path:
        """Return the folder of a point's logs."""
        return self.folder / RESULTS / name

    def _write(self) -> None:
        data = {
            "mocompileRun": _FORMAT,
            "run": self.run_id,
            "namespace": self.namespace,
            "server": self._server,
            "points": [asdict(each) for each in self._entries.values()],
        }
        with replacing(self.folder / NAME) as stream:
            stream.write(json.dumps(data, indent=1).encode("ascii") + b"\n")


def states_in(folder: Path) -> dict[str, State]:
    """Return the state of each point in the `run.json` of a folder; none if there is none, or it is damaged.

    A run may be working in the folder: the file is whole at any time.
    """
    try:
        data = json.loads(read_regular(folder / NAME, _MOST_BYTES))
        entries = [_entry(each) for each in data["points"]] if data["mocompileRun"] == _FORMAT else []
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {each.name: each.state for each in entries}


def is_worked_in(folder: Path) -> bool:
    """Whether a run works in the folder now."""
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(held)
    return False


def _entry(data: dict[str, Any]) -> Entry:
    """Return an entry of the file. Raises `ValueError` if a value has the wrong type."""
    known = {each.name for each in fields(Entry)}
    entry = Entry(**{key: value for key, value in data.items() if key in known})
    texts = (entry.name, entry.digest, entry.uid, entry.kind, entry.reason, entry.started, entry.finished)
    if not all(isinstance(each, str) for each in texts) or entry.state not in _STATES:
        raise ValueError(entry.name)
    if not isinstance(entry.attempts, int) or not isinstance(entry.here, bool):
        raise ValueError(entry.name)
    return replace(entry, lines=tuple(map(str, entry.lines)))


def _wrong(message: str, hint: str) -> InputError:
    return InputError([Finding("output", message, None, hint)])
