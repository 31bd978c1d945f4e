"""Runs points, a few at a time, until all have ended or a person stops the run."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from mocompile.running.model import RunPoint, State
from mocompile.running.patience import Stopped


def run_all(points: Sequence[RunPoint], run: Callable[[RunPoint], State], parallel: int, stop: threading.Event) -> bool:
    """Call `run` for each point in turn, in `parallel` threads. Returns False if a person stopped the run.

    An interruption sets `stop`, and the points that run keep what they have. The first exception of `run` stops the
    others, too, and is raised.
    """
    waiting = deque(points)
    ended: SimpleQueue[Exception | None] = SimpleQueue()

    def work() -> None:
        problem: Exception | None = None
        while not stop.is_set():
            try:
                point = waiting.popleft()
            except IndexError:
                break
            try:
                run(point)
            except Stopped:
                break
            except Exception as error:
                problem = error
                break
        ended.put(problem)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(min(parallel, len(points)))]
    for worker in workers:
        worker.start()
    stopped = False
    first: Exception | None = None
    left = len(workers)
    while left:
        try:
            problem = ended.get()
        except KeyboardInterrupt:
            if stopped:
                raise  # a person who is in a hurry
            stopped = True
            stop.set()
            continue
        left -= 1
        if problem is not None:
            first = first or problem
            stop.set()
    if first is not None:
        raise first
    return not stopped
