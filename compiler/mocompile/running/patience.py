"""Requests that are repeated until the API server answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from mocompile.results.collect.api import ApiError, Broken
from mocompile.results.collect.events import FIRST_RETRY, LAST_RETRY, PATIENCE_SECONDS

_Answer = TypeVar("_Answer")

_PASSING = (429, 500, 502, 503, 504)


class Stopped(Exception):  # noqa: N818  # not an error: a person asked for it
    """The run is to end now."""


def patiently(ask: Callable[[], _Answer], stop: threading.Event) -> _Answer:
    """Return the answer of `ask`, which is repeated for three minutes while the API server is out of reach.

    Raises `Stopped` when `stop` is set, and the last `ApiError` or `Broken`.
    """
    until, retry = time.monotonic() + PATIENCE_SECONDS, FIRST_RETRY
    while True:
        try:
            return ask()
        except ApiError as error:
            if error.status not in _PASSING or time.monotonic() > until:
                raise
        except Broken:
            if time.monotonic() > until:
                raise
        if stop.wait(retry):
            raise Stopped
        retry = min(retry * 2, LAST_RETRY)
