"""Tells JSON lines of figures, as `mocompile results parse` writes them, from logs."""

from __future__ import annotations

import gzip
import os
import zlib
from json import loads
from pathlib import Path
from typing import BinaryIO

_ENDINGS = (".jsonl", ".jsonl.gz")
_LINE = 1024 * 1024  # a line of a log may be longer than what it takes to see that it is no figure


def has_figures(file: Path) -> bool:
    """Whether the file is named as figures are, and is not JSON lines of something else: those of a log collector."""
    if not file.name.lower().endswith(_ENDINGS) or not os.path.isfile(file):  # noqa: PTH113
        return False
    try:
        with opened(file) as stream:
            first = loads(stream.readline(_LINE) or b"null")
    except (OSError, EOFError, zlib.error, ValueError, RecursionError):
        return True  # reading it says what is wrong
    return not isinstance(first, dict) or "figure" in first or "problem" in first


def opened(file: Path) -> BinaryIO:
    """The file for reading, unpacked where its name ends in `.gz`."""
    if file.suffix.lower() == ".gz":
        return gzip.open(file)  # type: ignore[return-value]  # it has all of it
    return file.open("rb")
