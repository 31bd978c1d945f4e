"""One point: from its objects in the cluster to its logs in the folder and its state in the journal.

The order of the steps is what makes a run survive a kill at any moment: the journal says `running` before there is an
object, `completed` before the objects are deleted, and an object without a word in the journal is found by its label.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.results.collect.api import Api, ApiError, Broken
from mocompile.results.collect.collector import Collector
from mocompile.results.collect.errors import no_answer
from mocompile.results.collect.facts import time_text, uid
from mocompile.results.collect.folder import Folder
from mocompile.results.read.set_json import of_folder
from mocompile.running import reason as reasons
from mocompile.running.asked import jobset_of
from mocompile.running.log_tail import last_lines
from mocompile.running.model import Display, RunPoint, Settings, Stage, State
from mocompile.running.objects import Foreign, Objects
from mocompile.running.reason import Reason

if TYPE_CHECKING:
    from mocompile.results.collect.events import Ended, Observed, Outcome
    from mocompile.running.journal import Entry, Journal

# Streams of logs of one point at a time.
STREAMS = 64

_SAY_SECONDS = 3.0  # a pod that has just begun to start may wait for a moment


class Attempt:
    """Runs the points that a thread gives it, one after another."""

    def __init__(
        self,
        api: Api,
        journal: Journal,
        objects: Objects,
        settings: Settings,
        display: Display,
        stop: threading.Event,
    ) -> None:
        self._api = api
        self._journal = journal
        self._objects = objects
        self._settings = settings
        self._display = display
        self._stop = stop

    def run(self, point: RunPoint) -> State:
        """Run the point to its end, and return its state in the journal.

        Raises `InputError` where the run cannot go on, `OSError` if the folder cannot be written, `Stopped`.
        """
        try:
            return self._run(point)
        except Broken as error:
            raise no_answer(self._api.host, error) from None
        except ApiError as error:
            message = f"{point.name}: the cluster says {error.status}: {error}"
            raise InputError(
                [Finding("cluster", message, None, "docs/running.md has the Role that a run needs")]
            ) from None

    def _run(self, point: RunPoint) -> State:
        entry = self._journal.entry(point.name)
        if entry.state == "running" and self._is_collected(entry):
            return self._completed(point, entry)
        if entry.state == "failed":
            self._objects.remove(point.name)  # of the attempt before
        attempts = entry.attempts + (entry.state != "running")
        started = entry.started if entry.state == "running" else _now()
        self._journal.update(
            point.name,
            digest=point.digest,
            state="running",
            here=True,
            attempts=attempts,
            started=started,
            finished="",
            kind="",
            reason="",
            lines=(),
        )
        try:
            jobset, there = self._objects.bring(point)
        except Foreign as error:
            return self._failed(point, Reason("refused", str(error)), here=False)
        except ApiError as error:
            self._objects.remove(point.name)
            return self._failed(point, reasons.refusal(str(error), "its objects"), here=False)
        if entry.uid not in ("", uid(jobset)):
            # The JobSet of the run before is gone, and nobody knows how it ended.
            self._journal.update(point.name, attempts=entry.attempts + 1, started=_now())
        entry = self._journal.update(point.name, uid=uid(jobset))
        self._display.begun(point.name, again=there)
        return self._followed(point, jobset)

    def _is_collected(self, entry: Entry) -> bool:
        """Whether the set completed and all its logs are in the folder: only the journal does not say so yet."""
        collected = of_folder(self._journal.results(entry.name))
        return collected is not None and bool(entry.uid) and collected.uid == entry.uid and collected.succeeded

    def _followed(self, point: RunPoint, jobset: dict[str, object]) -> State:
        folder = Folder(self._journal.results(point.name))
        suspends = jobset_of(point)["spec"].get("suspend") is True
        judge = _Judge(point.name, self._settings.patience, self._display, self._stop, input_suspends=suspends)
        collector = Collector(
            self._api,
            point.name,
            self._journal.namespace,
            folder,
            judge,
            streams=STREAMS,
            judge=judge,
            jobset=jobset,
        )
        outcome = collector.run(self._settings.timeout)
        if outcome.ended == "interrupted":
            return "running"
        if outcome.ended == "timeout":
            reason = judge.gave_up or reasons.timed_out(
                collector.observed, f"it did not end within {_duration(self._settings.timeout or 0)}"
            )
            self._objects.remove(point.name)  # or it would disturb the points after it
            return self._failed(point, reason, here=False)
        if outcome.collected.succeeded:
            return self._completed(point, self._journal.entry(point.name))
        return self._failed(point, self._why(outcome, collector.observed, point.name), here=True)

    def _why(self, outcome: Outcome, observed: Observed, name: str) -> Reason:
        if outcome.collected.state == "Completed":
            missing = [each for each in outcome.collected.containers if not each.file or not each.complete]
            if not missing:
                return reasons.failed(observed, self._lines(outcome, name))
            where = ", ".join(f"{each.container} of pod {each.pod}" for each in missing[:3])
            return Reason("logs", f"it completed, but the log is not complete: {where or 'there is no pod'}")
        return reasons.failed(observed, self._lines(outcome, name))

    def _lines(self, outcome: Outcome, name: str) -> reasons.Lines:
        folder = self._journal.results(name)
        files = {(each.pod_uid, each.container): each.file for each in outcome.collected.containers}

        def lines(pod_uid: str, container: str) -> tuple[str, ...]:
            file = files.get((pod_uid, container))
            return last_lines(folder / file) if file else ()

        return lines

    def _completed(self, point: RunPoint, entry: Entry) -> State:
        self._journal.update(point.name, state="completed", finished=_now())
        self._display.ended(point.name, "completed", None)
        if not self._settings.keep and entry.here:
            self._objects.remove(point.name)
            self._journal.update(point.name, here=False)
        return "completed"

    def _failed(self, point: RunPoint, reason: Reason, *, here: bool) -> State:
        self._journal.update(
            point.name,
            state="failed",
            finished=_now(),
            here=here,
            kind=reason.kind,
            reason=reason.text,
            lines=reason.lines,
        )
        self._display.ended(point.name, "failed", reason)
        return "failed"


class _Judge:
    """Shows the progress of a point, says why it cannot start, and gives up after a time."""

    def __init__(
        self, name: str, patience: float, display: Display, stop: threading.Event, *, input_suspends: bool
    ) -> None:
        self.gave_up: Reason | None = None
        self._name = name
        self._patience = patience
        self._display = display
        self._stop = stop
        self._changes = -1
        self._reason: Reason | None = None
        self._since = 0.0
        self._said = False
        self._stage: Stage = "created"
        self._input_suspends = input_suspends
        self._waits_for = ""

    def update(self, state: str, pods: Mapping[str, int], lines: int) -> None:
        """Show the numbers of the collection."""
        if state == "Suspended":
            self._stage = "queued"
        elif state != "Running":
            self._stage = "ended"
        elif not pods["running"] and not pods["finished"]:
            self._stage = "starting" if pods["waiting"] else "created"
        else:
            self._stage = "starting" if pods["waiting"] else "running"
        self._display.progress(self._name, self._stage, pods, lines)

    def say(self, text: str) -> None:
        """Print a message of the collection."""
        self._display.say(self._name, text)

    def verdict(self, observed: Observed) -> Ended | None:
        """Return how the collection ends now; None if it goes on."""
        if self._stop.is_set():
            return "interrupted"
        if observed.changes != self._changes:
            self._changes = observed.changes
            self._look(observed)
        if self._reason is None:
            return None
        waited = time.monotonic() - self._since
        if not self._said and not self._reason.final and waited > _SAY_SECONDS:
            self._said = True
            self._display.say(self._name, f"waits: {self._reason.text}")
        if self._reason.final or waited > self._patience:
            text = self._reason.text
            if not self._reason.final:
                text += f" (given up after {_duration(self._patience)})"
            self.gave_up = Reason(self._reason.kind, text, self._reason.lines, self._reason.final)
            return "timeout"
        return None

    def _look(self, observed: Observed) -> None:
        self._say_turn(reasons.turn(observed))
        found = reasons.suspended(observed) if self._input_suspends else None
        found = found or reasons.blocked(observed)
        if found is None:
            self._reason = None
        elif self._reason is None or found.kind != self._reason.kind:
            if self._reason is None:
                self._since = time.monotonic()
            self._reason, self._said = found, False

    def _say_turn(self, waits_for: str) -> None:
        """Say once what a set that is suspended waits for; a reason says so of one that its input suspends."""
        if waits_for and waits_for != self._waits_for and not (self._input_suspends and waits_for == reasons.SOMEBODY):
            self._display.say(self._name, f"waits, without a bound unless --timeout sets one: {waits_for}")
        self._waits_for = waits_for


def _now() -> str:
    return time_text(datetime.now(UTC))


def _duration(seconds: float) -> str:
    whole = int(seconds)
    for size, unit in ((3600, "h"), (60, "m")):
        if whole >= size and whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"
