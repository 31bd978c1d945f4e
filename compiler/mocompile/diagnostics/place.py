"""A place in a source: line, column and length; and the names of sources that are not files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something was written: 1-based line and column, and how many characters it spans (on that line)."""

    source: str
    line: int
    column: int
    length: int = 1


# The names of settings as sources begin with this. No file's name does: its path would be written `./--set …`.
SET = "--set "

STDIN_NAME = "<stdin>"
