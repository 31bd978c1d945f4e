"""A line on stderr that shows the progress, on a terminal only."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping
from typing import Self

from mocompile.results.read.set_json import shown

_CLEAR = "\r\x1b[K"
_EVERY_SECONDS = 0.2


class Terminal:
    """The line, and the messages above it. The cluster's text is printed without control characters."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._live = sys.stderr.isatty()
        self._began = time.monotonic()
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._clear()

    def update(self, state: str, pods: Mapping[str, int], lines: int) -> None:
        """Show the state of the set, the number of pods by state, and the number of lines."""
        now = time.monotonic()
        if not self._live or now - self._last < _EVERY_SECONDS:
            return
        self._last = now
        counts = ", ".join(f"{count} {kind}" for kind, count in pods.items() if count) or "none yet"
        minutes, seconds = divmod(int(now - self._began), 60)
        text = f"{self._name}: {state.lower()} · pods: {counts} · {lines:,} lines · {minutes}:{seconds:02}"
        print(_CLEAR + text[: shutil.get_terminal_size().columns - 1], end="", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Print a message that a person should know now."""
        self._clear()
        print(shown(text), file=sys.stderr, flush=True)

    def _clear(self) -> None:
        if self._live:
            print(_CLEAR, end="", file=sys.stderr, flush=True)
