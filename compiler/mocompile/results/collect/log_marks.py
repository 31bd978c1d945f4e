"""The times of a log's markers: when the pod's script began, reached its hosts, and measured."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Only lines that have one of these are looked at.
_SIGNS = (b"METRICS OPERATOR COLLECTION ", b"mocompile: all ")
_HOSTS = re.compile(rb"mocompile: all \d+ hosts answer")
_START, _END = b"METRICS OPERATOR COLLECTION START", b"METRICS OPERATOR COLLECTION END"


@dataclass(slots=True)
class LogMarks:
    """Times as the node gave them, empty where the log has no such line.

    `script` is the time of the first line, `hosts` when the launcher had reached all hosts, `begun` and `measured` the
    begin and the end of the measurement.
    """

    script: str = ""
    hosts: str = ""
    begun: str = ""
    measured: str = ""

    def take(self, line: bytes) -> None:
        """Take a line of the log that is new: its time, and its text."""
        if not self.script:
            self.script = _time(line)
        if not may_mark(line):
            return
        text = line.partition(b" ")[2].rstrip()
        if text == _START:
            self.begun = self.begun or _time(line)
        elif text == _END:
            self.measured = _time(line) if self.begun else ""
        elif not self.begun and _HOSTS.fullmatch(text):
            self.hosts = _time(line)


def may_mark(data: bytes) -> bool:
    """Whether there may be a marker in these bytes of a log."""
    return any(sign in data for sign in _SIGNS)


def _time(line: bytes) -> str:
    return line.partition(b" ")[0].decode("ascii", "replace")
