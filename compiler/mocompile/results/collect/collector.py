"""Collects a set: decides what to watch and to read, and when everything is there.

One thread (that of `run`) decides and keeps the state. Other threads only wait for the API server: those of `Watcher`
and of `LogReader`. They report through a queue.
"""

from __future__ import annotations

import threading
import time
from queue import Empty, SimpleQueue

from mocompile.diagnostics.finding import InputError, nearest
from mocompile.results.collect import facts
from mocompile.results.collect.api import Api, ApiError, Broken, JSONObject
from mocompile.results.collect.errors import no_answer, refusal, wrong
from mocompile.results.collect.events import Ended, Judge, Listed, Lost, Observed, Outcome, Progress, Read, Report
from mocompile.results.collect.facts import Instance, Seen
from mocompile.results.collect.folder import Folder
from mocompile.results.collect.log_reader import LogReader
from mocompile.results.collect.nodes import NodeFacts
from mocompile.results.collect.pod_times import PodTimes, with_earlier
from mocompile.results.collect.set_file import SetFile
from mocompile.results.collect.watcher import Watcher
from mocompile.results.read.set_json import container_of, of_data

STREAMS = 256

_JOBSETS = "/apis/jobset.x-k8s.io/v1alpha2/namespaces/{}/jobsets"

_LINGER_SECONDS = 120.0  # for pods that still end when their set is over

_WRITE_SECONDS = 5.0

_TICK = 0.25

# Objects that only say why a set fails: a collection goes on without them.
_CAUSES = ("jobs", "events")


class Collector:
    """Collects the set `name` into `folder`."""

    def __init__(
        self,
        api: Api,
        name: str,
        namespace: str,
        folder: Folder,
        progress: Progress,
        *,
        follow: bool = True,
        streams: int = STREAMS,
        judge: Judge | None = None,
        jobset: JSONObject | None = None,
    ) -> None:
        """With a `judge`, also watch Jobs and warnings for it. `jobset` is the set, if it is known already."""
        self._api = api
        self._name = name
        self._namespace = namespace
        self._folder = folder
        self._progress = progress
        self._follow = follow
        self._queue: SimpleQueue[Report] = SimpleQueue()
        self._stop = threading.Event()
        self._watcher = Watcher(api, self._queue, self._stop, follow=follow)
        self._logs = LogReader(api, namespace, folder.path, self._queue, self._stop, follow=follow, streams=streams)
        self._file = SetFile(name, namespace)
        self._nodes = NodeFacts(api, progress)
        self._times = PodTimes()
        self._judge = judge
        self.observed = Observed(jobset or {})
        self._status = ("", "")
        self._entries: dict[Instance, JSONObject] = {}
        self._said: set[tuple[str, str]] = set()
        self._known: set[str] = set()  # kinds of objects that were listed, or that the cluster does not show
        self._over_since: float | None = None

    def run(self, seconds: float | None = None) -> Outcome:
        """Collect until the set is over and its logs are there, for at most `seconds`.

        An interruption keeps what is there. Raises `InputError` where there is no such set, or the API server refuses
        or does not answer. What had been collected by then is kept, too.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        if not self.observed.jobset:
            self._first_look()
        self._status = facts.set_status(self.observed.jobset)
        self._folder.begin()
        try:
            return self._finish(self._until(deadline))
        except OSError as error:
            reason = error.strerror or str(error)
            self._close()
            raise wrong("output", f"{self._folder.path} cannot be written: {reason}", "make room") from None
        except InputError:
            if self._logs.lines:
                self._finish("failed")
            else:
                self._close()
                self._folder.restore()
            raise

    def _first_look(self) -> None:
        """Find the set. Raises `InputError` where it is not there, or cannot be seen."""
        path = _JOBSETS.format(self._namespace)
        try:
            self.observed.jobset = self._api.get(f"{path}/{self._name}")
        except ApiError as error:
            if error.status != 404:
                raise refusal(error, "jobsets") from None
            raise self._no_set(path) from None
        except Broken as error:
            raise no_answer(self._api.host, error) from None

    def _no_set(self, path: str) -> InputError:
        try:
            names = [str(each["metadata"]["name"]) for each in self._api.get(path)["items"]]
        except ApiError as error:
            if error.status == 404:
                message = f"the cluster {self._api.host} has no JobSet"
                return wrong("no-jobset", message, "docs/cluster.md says how to install it; or name another --context")
            names = []
        except (Broken, KeyError, TypeError):
            names = []
        hint = nearest(self._name, names) or (
            f"there are {', '.join(sorted(names)[:5])}" if names else "name another --namespace or --context"
        )
        return wrong("no-set", f"there is no JobSet '{self._name}' in the namespace '{self._namespace}'", hint)

    def _until(self, deadline: float | None) -> Ended:
        try:
            return self._collect(deadline)
        except KeyboardInterrupt:
            return "interrupted"

    def _collect(self, deadline: float | None) -> Ended:
        self._write()
        written = time.monotonic()
        pods = f"/api/v1/namespaces/{self._namespace}/pods"
        events = f"/api/v1/namespaces/{self._namespace}/events"
        self._watcher.watch("pod", pods, labelSelector=f"{facts.SET_LABEL}={self._name}")
        self._watcher.watch("pull", events, fieldSelector="reason=Pulled")
        if self._judge is not None:
            jobs = f"/apis/batch/v1/namespaces/{self._namespace}/jobs"
            self._watcher.watch("job", jobs, labelSelector=f"{facts.SET_LABEL}={self._name}")
            self._watcher.watch("event", events, fieldSelector="type=Warning")
        if self._follow:
            self._watcher.watch("jobset", _JOBSETS.format(self._namespace), fieldSelector=f"metadata.name={self._name}")
        while True:
            for report in self._reports():
                self._take(report)
            self._folder.expect(self._logs.names)
            self._logs.start()
            self._nodes.look(str(entry["node"]) for entry in self._entries.values())
            self._progress.update(self._status[0], self._counts(), self._logs.lines)
            now = time.monotonic()
            if now - written > _WRITE_SECONDS:
                self._write()
                written = now
            if self._known >= {"pod", "pull"} and self._is_over() and self._is_settled(pods):
                return "done"
            if deadline is not None and now > deadline:
                return "timeout"
            verdict = self._judge.verdict(self.observed) if self._judge is not None else None
            if verdict is not None:
                return verdict

    def _reports(self) -> list[Report]:
        """The reports of the other threads, after a moment at most."""
        found: list[Report] = []
        try:
            found.append(self._queue.get(timeout=_TICK))
            while True:
                found.append(self._queue.get_nowait())
        except Empty:
            return found

    def _is_over(self) -> bool:
        """Whether nothing more will come, as far as is known."""
        if not self._logs.done:
            return False
        if not self._follow:
            return True
        if self._status[0] in ("Running", "Suspended"):
            return False
        self._over_since = self._over_since or time.monotonic()
        left = any(uid not in self.observed.gone and not facts.is_over(pod) for uid, pod in self.observed.pods.items())
        return not left or time.monotonic() - self._over_since > _LINGER_SECONDS

    def _is_settled(self, path: str) -> bool:
        """Whether the API server, asked once more, has nothing new: the watches may be behind."""
        try:
            objects = self._api.get(path, labelSelector=f"{facts.SET_LABEL}={self._name}")["items"]
        except (ApiError, Broken, KeyError):
            return True  # everything that is known is there
        self._take(Listed("pod", objects))
        return self._is_over()

    def _take(self, report: Report) -> None:
        self.observed.changes += 1
        if isinstance(report, Lost):
            if report.what == "pulls" and isinstance(report.error, ApiError):
                self._known.add("pull")
                self._progress.say(f"how long images took to pull is not known: {report.error}")
                return
            if report.what in _CAUSES and isinstance(report.error, ApiError):
                self._progress.say(f"the cluster does not show {report.what}: {report.error}; reasons may be missing")
                return
            if isinstance(report.error, ApiError):
                raise refusal(report.error, report.what)
            if isinstance(report.error, Broken):
                raise no_answer(self._api.host, report.error)
            raise report.error
        if isinstance(report, Read):
            self._logs.ended(report)
        elif isinstance(report, Listed):
            self._known.add(report.kind)
            for each in report.objects:
                self._changed(report.kind, "MODIFIED", each)
            there = {facts.uid(each) for each in report.objects}
            if report.kind == "jobset" and facts.uid(self.observed.jobset) not in there:
                self._set_gone()
            if report.kind == "pod":
                for uid in self.observed.pods.keys() - there:
                    self._pod_gone(uid)
        else:
            self._changed(report.kind, report.event, report.object)

    def _changed(self, kind: str, event: str, found: JSONObject) -> None:
        own = facts.uid(self.observed.jobset)
        if kind == "pull":
            self._times.see_event(found)
            return
        if kind == "event":
            self.observed.events[facts.uid(found)] = found
            return
        if kind == "jobset":
            if facts.uid(found) != own:
                return
            self.observed.jobset = found
            self._status = facts.set_status(found)
            if event == "DELETED":
                self._set_gone()
            return
        if facts.labels_of(found).get(facts.UID_LABEL, own) != own:
            return  # of an earlier set of that name
        if kind == "job":
            self.observed.jobs[facts.uid(found)] = found
            if event == "DELETED":
                self.observed.gone.add(facts.uid(found))
            return
        self.observed.pods[facts.uid(found)] = found
        self._times.see(found)
        for seen in facts.instances(found):
            self._entries[seen.instance] = seen.entry
            self._logs.follow(seen)
            self._warn(seen)
        if event == "DELETED":
            self._pod_gone(facts.uid(found))

    def _set_gone(self) -> None:
        if self._status[0] in ("Running", "Suspended"):
            self._status = ("Deleted", "the JobSet was deleted")
            self.observed.deleted = True

    def _pod_gone(self, uid: str) -> None:
        self.observed.gone.add(uid)
        self._logs.pod_gone(uid)

    def _warn(self, seen: Seen) -> None:
        """Say once why a container does not start: it may never start."""
        entry = seen.entry
        if entry["state"] in ("running", "terminated") or not self._follow or self._judge is not None:
            return
        known = container_of(self._name, entry, {})
        if not entry["reason"] or (entry["pod"], entry["reason"]) in self._said:
            return
        for _, text in known.problems():
            if known.reason in text or known.reason == "Unschedulable":
                self._said.add((entry["pod"], entry["reason"]))
                self._progress.say(f"{known.pod}: {text}")

    def _counts(self) -> dict[str, int]:
        counts = {"running": 0, "waiting": 0, "finished": 0}
        for uid, pod in self.observed.pods.items():
            phase = pod.get("status", {}).get("phase")
            kind = "finished" if uid in self.observed.gone or facts.is_over(pod) else "waiting"
            counts["running" if phase == "Running" and kind == "waiting" else kind] += 1
        return counts

    def _close(self) -> None:
        self._stop.set()
        self._logs.close()

    def _write(self) -> None:
        data = self._file.data(
            self.observed.jobset,
            self._status,
            self._entries,
            self._logs,
            nodes=self._nodes.entries,
            pods=self._times.entries(self._logs.marks),
        )
        self._folder.write(data)

    def _finish(self, ended: Ended) -> Outcome:
        self._close()
        jobs = self._seen_jobs()
        data = self._file.data(
            self.observed.jobset,
            self._status,
            self._entries,
            self._logs,
            ended=ended,
            nodes=self._nodes.entries,
            events=self._seen_events({each["name"] for each in jobs}),
            jobs=jobs,
            pods=self._times.entries(self._logs.marks),
        )
        uid = facts.uid(self.observed.jobset)
        data["containers"] = self._folder.kept(uid, data["containers"])
        data["pods"] = with_earlier(data["pods"], self._folder.earlier(uid, "pods"))
        self._folder.write(data)
        self._folder.end()
        return Outcome(of_data(data), ended, self._logs.lines, self._logs.size)

    def _seen_events(self, jobs: set[str]) -> list[JSONObject]:
        path = f"/api/v1/namespaces/{self._namespace}/events"
        known = {value for entry in self._entries.values() for value in (entry["pod"], entry["jobName"]) if value}
        known |= jobs  # a Job whose pods are refused has no pod
        try:
            found = self._api.get(path, fieldSelector="type=Warning").get("items", [])
        except (ApiError, Broken) as error:
            self._progress.say(f"warnings of the cluster are not in {self._folder.path}: {error}")
            return []
        return facts.event_entries(found, self._name, known)

    def _seen_jobs(self) -> list[JSONObject]:
        path = f"/apis/batch/v1/namespaces/{self._namespace}/jobs"
        try:
            found = self._api.get(path, labelSelector=f"{facts.SET_LABEL}={self._name}").get("items", [])
        except (ApiError, Broken):
            return []  # events name the jobs, too, for an hour
        return [facts.job_entry(each) for each in found]
