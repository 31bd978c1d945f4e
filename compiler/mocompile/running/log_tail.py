"""The last lines of a program's log."""

from __future__ import annotations

import re
from pathlib import Path

from mocompile.results.read.set_json import shown

_BYTES = 1 << 16
_LONGEST = 300
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) ")
# Lines of the pod's scripts that say nothing about the program.
_OURS = re.compile(
    r"(METRICS OPERATOR |(ADDON )?METADATA (START|END)|ENVIRONMENT (START|END)|mocompile: the measurement ended)"
)


def last_lines(file: Path, most: int = 5) -> tuple[str, ...]:
    """Return the last lines of a collected log, safe to print, without times and markers; empty if unreadable."""
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - _BYTES))
            data = stream.read()
    except OSError:
        return ()
    lines = data.decode("utf-8", "replace").splitlines()
    if size > _BYTES:
        lines = lines[1:]  # it may be half a line
    texts = (shown(_TIME.sub("", line))[:_LONGEST] for line in lines)
    return tuple(text for text in texts if text and not _OURS.match(text))[-most:]
