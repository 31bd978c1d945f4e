"""The progress of `mocompile run` on stderr: a line for each event; on a terminal also a bar for each point."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

from mocompile.diagnostics.wording import visible

if TYPE_CHECKING:
    from mocompile.running.model import Stage, State
    from mocompile.running.reason import Reason

_EVERY_SECONDS = 0.2
_BAR = 20
# The part of a bar that is filled when a point reaches the stage.
_FILLED: Mapping[str, float] = {"created": 0.05, "queued": 0.05, "starting": 0.2, "running": 0.6, "ended": 0.95}


@dataclass(slots=True)
class _Active:
    began: float
    stage: Stage = "created"
    pods: Mapping[str, int] | None = None
    lines: int = 0


class RunDisplay:
    """The progress of a run of `total` points, `done` of which had ended before."""

    def __init__(self, total: int, done: int) -> None:
        self._total = total
        self._done = done
        self._live = sys.stderr.isatty()
        self._active: dict[str, _Active] = {}
        self._lock = threading.Lock()
        self._shown = 0  # lines of bars on the screen
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._clear()

    def begun(self, point: str, *, again: bool) -> None:
        """A point has its objects in the cluster; `again`: it had them from an earlier run."""
        with self._lock:
            self._active[point] = _Active(time.monotonic())
            self._print(f"{point}: {'taken up again' if again else 'begins'}")

    def say(self, point: str, text: str) -> None:
        """Print something about a point that a person should know now."""
        with self._lock:
            self._print(f"{point}: {text}")

    def progress(self, point: str, stage: Stage, pods: Mapping[str, int], lines: int) -> None:
        """Show how far a point is."""
        if not self._live:
            return
        with self._lock:
            active = self._active.setdefault(point, _Active(time.monotonic()))
            active.stage, active.pods, active.lines = stage, dict(pods), lines
            if time.monotonic() - self._last > _EVERY_SECONDS:
                self._draw()

    def ended(self, point: str, state: State, reason: Reason | None) -> None:
        """A point has completed or failed."""
        with self._lock:
            self._done += 1
            active = self._active.pop(point, None)
            took = f" after {_clock(time.monotonic() - active.began)}" if active else ""
            why = f": {reason.text}" if reason else ""
            self._print(f"{point}: {state}{took} ({self._done} of {self._total}){why}")

    def _print(self, text: str) -> None:
        self._clear()
        print(f"{datetime.now().astimezone():%H:%M:%S} {visible(text)}", file=sys.stderr, flush=True)
        if self._live:
            self._draw()

    def _draw(self) -> None:
        self._clear()
        self._last = time.monotonic()
        width = shutil.get_terminal_size().columns - 1
        lines = [_line(name, active, self._last) for name, active in self._active.items()]
        lines.append(f"{self._done} of {self._total} ended")
        print("".join(f"{visible(line)[:width]}\n" for line in lines), end="", file=sys.stderr, flush=True)
        self._shown = len(lines)

    def _clear(self) -> None:
        if self._shown:
            print(f"\x1b[{self._shown}A\r\x1b[J", end="", file=sys.stderr, flush=True)
            self._shown = 0


def _line(name: str, active: _Active, now: float) -> str:
    pods = active.pods or {}
    part = _FILLED[active.stage]
    total = sum(pods.values())
    if active.stage == "starting" and total:
        part += (_FILLED["running"] - part) * (total - pods.get("waiting", 0)) / total
    filled = round(part * _BAR)
    bar = "#" * filled + "." * (_BAR - filled)
    counts = ", ".join(f"{count} {kind}" for kind, count in pods.items() if count) or "none yet"
    return f"[{bar}] {name}  {active.stage}  {_clock(now - active.began)}  pods: {counts}  {active.lines:,} lines"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
