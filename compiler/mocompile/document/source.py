"""Reads bytes with a name from a file, a folder or stdin."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mocompile.diagnostics.finding import Finding, InputError, nearest
from mocompile.diagnostics.place import STDIN_NAME
from mocompile.document.text import lines_of

STDIN = "-"

FOLDER_FILE = "metrics.yaml"

MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes, and their name in messages."""

    name: str
    data: bytes

    @property
    def lines(self) -> tuple[str, ...]:
        """The text's lines, for carets. A byte that is not UTF-8 becomes U+FFFD: a broken file has lines too."""
        return lines_of(self.data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"))


def read(path: str | Path, stdin: BinaryIO | None = None) -> Source:
    """The bytes at `path`: a file, a folder's `metrics.yaml`, or stdin where it is `-`.

    `stdin` replaces the process's own. Raises `InputError` if the file is missing, unreadable or too large.
    """
    name = os.fspath(path)
    if name == STDIN:
        return Source(STDIN_NAME, _read_stdin(stdin))
    file = name
    try:
        if Path(name).is_dir():
            file = str(Path(name, FOLDER_FILE))
            _require_in_folder(name, file)
        data = _read_file(file)
    except ValueError:  # a NUL in the name
        raise _error("unreadable", f"'{name}' cannot be the name of a file") from None
    except OSError as error:
        raise InputError([_unreadable(file, error)]) from None
    require_size(len(data), file)
    return Source(file, data)


def _read_file(file: str) -> bytes:
    with Path(file).open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _read_stdin(stdin: BinaryIO | None) -> bytes:
    stream = stdin if stdin is not None else getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise _error("unreadable", "stdin is closed", "name a file: `mocompile build metrics.yaml`")
    if stream.isatty():
        hint = "name a file (`mocompile build metrics.yaml`), or pipe one in (`… | mocompile build -`)"
        raise _error("unreadable", "stdin is a terminal: nothing was piped in", hint)
    try:
        data: bytes = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _error("unreadable", f"stdin cannot be read: {_reason(error)}") from None
    require_size(len(data), STDIN_NAME)
    return data


def require_size(size: int, name: str) -> None:
    """Raise `InputError` if an input of `size` bytes is larger than the limit."""
    if size > MAX_BYTES:
        hint = "a MetricSet is a few KiB: is this the right file?"
        raise _error("too-large", f"'{name}' is larger than {MAX_BYTES // 1024} KiB", hint)


def _require_in_folder(folder: str, file: str) -> None:
    """Raise `InputError`, with the folder's YAML files, if a folder has no `metrics.yaml`."""
    if Path(file).exists():
        return
    beside = sorted(entry.name for entry in Path(folder).iterdir() if entry.suffix in {".yaml", ".yml"})
    # An overlay has no `kind`, or is not the file that is meant.
    beside.sort(key=lambda name: not _names_a_set(Path(folder, name)))
    shown = ", ".join(f"'{Path(folder, name)}'" for name in beside[:3])
    hint = f"name one of its files: {shown}" if shown else "name the file that holds the MetricSet"
    raise _error("not-found", f"the folder '{folder}' has no '{FOLDER_FILE}'", hint)


def _names_a_set(file: Path) -> bool:
    """Whether a file has the kind of a set or a study in it; a pipe, which may never end, is not read."""
    try:
        if not file.is_file():
            return False
        data = _read_file(str(file))
    except OSError:
        return False
    return b"kind: MetricSet" in data or b"kind: MetricStudy" in data


def _unreadable(file: str, error: OSError) -> Finding:
    if isinstance(error, FileNotFoundError):
        hint = _near_file(file) or "name a file or a folder, or `-` for stdin"
        return Finding("not-found", f"there is no file '{file}'", hint=hint)
    return Finding("unreadable", f"'{file}' cannot be read: {_reason(error)}")


def _near_file(file: str) -> str:
    path = Path(file)
    try:
        beside = [entry.name for entry in path.parent.iterdir() if stat.S_ISREG(entry.stat().st_mode)]
    except OSError:
        return ""
    return nearest(path.name, beside)


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _error(rule: str, message: str, hint: str = "") -> InputError:
    return InputError([Finding(rule, message, hint=hint)])
