"""Watches objects of the API, a thread for each kind, and reports what changes through a queue."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mocompile.results.collect.api import Api, ApiError, Broken, JSONObject
from mocompile.results.collect.events import FIRST_RETRY, LAST_RETRY, PATIENCE_SECONDS, Changed, Listed, Lost, Report

if TYPE_CHECKING:
    from queue import SimpleQueue

_WATCH_SECONDS = 240


class Watcher:
    """Lists and watches objects until `stop` is set. With `follow=False` it lists them once."""

    def __init__(self, api: Api, queue: SimpleQueue[Report], stop: threading.Event, *, follow: bool) -> None:
        self._api = api
        self._queue = queue
        self._stop = stop
        self._follow = follow

    def watch(self, kind: str, path: str, **query: str) -> None:
        """Start a thread that reports the objects at `path` as `kind`: `Listed`, then `Changed`, at last `Lost`."""
        threading.Thread(target=self._watching, args=(kind, path, query), daemon=True).start()

    def _watching(self, kind: str, path: str, query: Mapping[str, str]) -> None:
        failing_since, retry, version, allowed = None, FIRST_RETRY, "", False
        while not self._stop.is_set():
            try:
                if not version:
                    listed = self._api.get(path, **query)
                    allowed = True
                    self._queue.put(Listed(kind, listed.get("items", [])))
                    version = str(listed.get("metadata", {}).get("resourceVersion", ""))
                    if not self._follow:
                        return
                for event in self._api.watch(path, version, _WATCH_SECONDS, **query):
                    if self._stop.is_set():
                        return
                    failing_since, retry = None, FIRST_RETRY
                    version = self._event(kind, event)
                    if not version:  # too old, or broken: list again
                        break
                failing_since, retry = None, FIRST_RETRY
            except (ApiError, Broken) as error:
                status = error.status if isinstance(error, ApiError) else 0
                failing_since = failing_since or time.monotonic()
                # An API server that has just started may refuse, or not know, what it allowed before.
                refused = status in (403, 404) and not allowed
                if refused or time.monotonic() - failing_since > PATIENCE_SECONDS:
                    self._queue.put(Lost(error, f"{kind}s"))
                    return
                if status == 410:
                    version = ""
            except Exception as bug:
                self._queue.put(Lost(bug, f"{kind}s"))
                return
            self._stop.wait(retry)
            retry = min(retry * 2, LAST_RETRY)

    def _event(self, kind: str, event: JSONObject) -> str:
        """Report an event. Returns the version to go on from, or an empty string where there is none."""
        found = event.get("object")
        name = event.get("type")
        if name == "ERROR" or not isinstance(found, dict):
            return ""
        if name != "BOOKMARK":
            self._queue.put(Changed(kind, str(name), found))
        return str(found.get("metadata", {}).get("resourceVersion", ""))
