"""Distinguishes JSON lines of figures, as `mocompile results parse` writes them, from logs."""

from __future__ import annotations

import gzip
import os
import zlib
from json import loads
from pathlib import Path
from typing import BinaryIO

_ENDINGS = (".jsonl", ".jsonl.gz")
_LINE = 1024 * 1024  # enough to see that a line is not a figure; a line of a log can be longer


def has_figures(file: Path) -> bool:
    """Whether the file has the name of a figures' file, and is not other JSON lines, such as a log collector's."""
    if not file.name.lower().endswith(_ENDINGS) or not os.path.isfile(file):  # noqa: PTH113
        return False
    try:
        with opened(file) as stream:
            first = loads(stream.readline(_LINE) or b"null")
    except (OSError, EOFError, zlib.error, ValueError, RecursionError):
        return True  # the reader reports the error
    return not isinstance(first, dict) or "figure" in first or "problem" in first


def opened(file: Path) -> BinaryIO:
    """Open the file for reading, unpacked if its name ends in `.gz`."""
    if file.suffix.lower() == ".gz":
        return gzip.open(file)  # type: ignore[return-value]  # it has the same methods
    return file.open("rb")
