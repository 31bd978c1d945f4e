"""A cluster as the tests see it: kubectl for what a user does, and a recorder of all that happens in a namespace.

Pods of a JobSet go away when it is done, so every state of theirs and every line of their logs is taken down at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import pytest

JSONObject = dict[str, Any]
SET = "jobset.sigs.k8s.io/jobset-name"
JOB = "jobset.sigs.k8s.io/replicatedjob-name"
INDEX = "batch.kubernetes.io/job-completion-index"
# On all that the tests make outside of a namespace: which run of them made it, and in which process.
LABEL = "mocompile-e2e"
PROCESS = "mocompile-e2e-process"
_JOBSETS = "/apis/jobset.x-k8s.io/v1alpha2"
_STAMP = re.compile(r"^(\S+Z) ?", re.MULTILINE)


def find_kubectl() -> str:
    """Its path: that of the machine, or the one that the one-node cluster keeps beside its programs."""
    cache = os.environ.get("MOC_CLUSTER_CACHE", str(Path.home() / ".cache" / "one-node-cluster"))
    found = shutil.which("kubectl", path=f"{os.environ.get('PATH', '')}:{cache}/bin")
    if found is None:
        text = "not installed: kubectl, as new as the cluster (https://kubernetes.io/docs/tasks/tools/)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(text)
    return found


@dataclass(frozen=True)
class Ran:
    """The output of kubectl, and its exit code."""

    stdout: str
    stderr: str
    code: int


@dataclass(frozen=True)
class Line:
    """A line of a log, and when the node took it down (seconds since 1970)."""

    time: float
    text: str


def stamp(text: str) -> float:
    """Seconds since 1970 of a time as Kubernetes writes it."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    seconds = datetime.fromisoformat(f"{whole}+00:00").timestamp()
    return seconds + float(f"0.{fraction or 0}")


@dataclass
class Pod:
    """A pod of a set: its last state, its logs by container, and when it was seen to go."""

    object: JSONObject
    logs: dict[str, bytearray] = field(default_factory=dict)
    readers: dict[str, threading.Thread] = field(default_factory=dict)
    gone: float | None = None

    @property
    def name(self) -> str:
        name: str = self.object["metadata"]["name"]
        return name

    @property
    def labels(self) -> Mapping[str, str]:
        labels: Mapping[str, str] = self.object["metadata"].get("labels", {})
        return labels

    @property
    def index(self) -> int:
        return int(self.labels.get(INDEX, 0))

    @property
    def phase(self) -> str:
        phase: str = self.object["status"].get("phase", "Pending")
        return phase

    def status(self, container: str | None = None) -> JSONObject:
        """The container's status, empty where there is none yet; that of the first one where none is named."""
        statuses: list[JSONObject] = self.object["status"].get("containerStatuses", [])
        wanted = container or self.object["spec"]["containers"][0]["name"]
        return next((each for each in statuses if each["name"] == wanted), {})

    def ended(self, container: str | None = None) -> JSONObject:
        """How the container ended: exitCode, reason, finishedAt; empty where it has not."""
        ended: JSONObject = self.status(container).get("state", {}).get("terminated", {})
        return ended

    def lines(self, container: str | None = None) -> list[Line]:
        """The container's log; that of the first one where none is named."""
        wanted = container or self.object["spec"]["containers"][0]["name"]
        reader = self.readers.get(wanted)
        if reader and (self.ended(wanted) or self.gone):
            reader.join(10)
        text = bytes(self.logs.get(wanted, b"")).decode(errors="replace")
        # A line without a time is the kubelet's own, of a log that it no longer has.
        pairs = (each.partition(" ") for each in text.split("\n") if _STAMP.match(each))
        return [Line(stamp(time), rest) for time, _, rest in pairs]

    def log(self, container: str | None = None) -> str:
        """The container's log as `kubectl logs` prints it."""
        return "".join(f"{line.text}\n" for line in self.lines(container))

    def said(self, text: str, container: str | None = None) -> float:
        """When the first line with that text was written."""
        return next(line.time for line in self.lines(container) if text in line.text)


class Cluster:
    """A cluster with JobSet, through `kubectl` and a `kubectl proxy`."""

    def __init__(self, kubeconfig: str) -> None:
        self.environment = {**os.environ, "KUBECONFIG": kubeconfig}
        self.kubectl_path = find_kubectl()
        self._proxy: subprocess.Popen[str] | None = None
        self._url = ""

    def __enter__(self) -> Self:
        command = [self.kubectl_path, "proxy", "--port=0"]
        self._proxy = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=self.environment)
        assert self._proxy.stdout is not None
        self._url = "http://" + self._proxy.stdout.readline().split()[-1]
        return self

    def __exit__(self, *exception: object) -> None:
        if self._proxy is not None:
            self._proxy.terminate()
            self._proxy.communicate()

    def kubectl(self, *arguments: str, stdin: str = "", namespace: str | None = None, check: bool = True) -> Ran:
        """`kubectl ARGUMENTS`, in at most a minute."""
        where = ["--namespace", namespace] if namespace else []
        done = subprocess.run(
            [self.kubectl_path, *where, "--request-timeout=30s", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            env=self.environment,
            check=False,
        )
        # kubectl of one release speaks of servers of another; that is not what a test is about.
        stderr = "".join(line for line in done.stderr.splitlines(True) if "version difference" not in line)
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {done.returncode}\n{done.stdout}{stderr}")
        return Ran(done.stdout, stderr, done.returncode)

    def open(self, path: str, **query: str) -> Any:
        """The answer of the API server, to be read."""
        return urllib.request.urlopen(f"{self._url}{path}?{urllib.parse.urlencode(query)}")

    def get(self, path: str, **query: str) -> JSONObject:
        """An object or list of the API server; empty where there is none."""
        try:
            with self.open(path, **query) as answer:
                found: JSONObject = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return {}
            raise


class Namespace:
    """A namespace of a case's own, and the record of its pods and JobSets."""

    def __init__(self, cluster: Cluster, name: str, labels: Mapping[str, str] | None = None) -> None:
        self.cluster = cluster
        self.name = name
        self.labels = dict(labels or {})
        # When a test last asked about it; it is then what a failure is about.
        self.asked = 0.0
        self._changed = threading.Condition()
        self._closed = False
        self._pods: dict[str, Pod] = {}
        self._jobsets: dict[str, JSONObject] = {}

    def __enter__(self) -> Self:
        manifest = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": self.name, "labels": self.labels},
        }
        self.kubectl("create", "-f", "-", stdin=json.dumps(manifest))
        self._record(f"/api/v1/namespaces/{self.name}/pods", self._on_pod)
        self._record(f"{_JOBSETS}/namespaces/{self.name}/jobsets", self._on_jobset)
        # Without it, pods are refused; the controller manager makes it a moment later.
        until(lambda: self.get("/api/v1", "serviceaccounts", "default"), 30, "no service account")
        return self

    def __exit__(self, *exception: object) -> None:
        self._closed = True
        self.cluster.kubectl("delete", "namespace", self.name, "--wait=false", "--ignore-not-found")

    def kubectl(self, *arguments: str, stdin: str = "", check: bool = True) -> Ran:
        """kubectl in this namespace."""
        self.asked = time.time()
        return self.cluster.kubectl(*arguments, stdin=stdin, namespace=self.name, check=check)

    def apply(self, manifests: str) -> Ran:
        """`kubectl apply -f -`"""
        return self.kubectl("apply", "-f", "-", stdin=manifests)

    def get(self, group: str, kind: str, name: str = "") -> JSONObject:
        """An object, or all of a kind."""
        return self.cluster.get(f"{group}/namespaces/{self.name}/{kind}" + (f"/{name}" if name else ""))

    # --- what was seen -------------------------------------------------------------------------------------------

    def jobset(self, name: str) -> JSONObject:
        """The JobSet's last state; empty before it was seen."""
        return self._jobsets.get(name, {})

    def pods(self, name: str, job: str | None = None) -> list[Pod]:
        """The pods that there were of a set, or of one of its jobs, by job and index."""
        self.asked = time.time()
        found = [
            pod
            for pod in list(self._pods.values())
            if pod.labels.get(SET) == name and job in (None, pod.labels.get(JOB))
        ]
        return sorted(found, key=lambda pod: (pod.labels[JOB], pod.index, pod.object["metadata"]["creationTimestamp"]))

    def pod(self, name: str, job: str, index: int = 0) -> Pod:
        """The last pod of that index."""
        return [pod for pod in self.pods(name, job) if pod.index == index][-1]

    # --- waiting -------------------------------------------------------------------------------------------------

    def wait(self, test: Callable[[], Any], seconds: float, what: str) -> None:
        """Until the test holds; looks whenever something changed."""
        self.asked = time.time()
        deadline = time.monotonic() + seconds
        with self._changed:
            while not test():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{self.name}: not within {seconds} s: {what}")
                self._changed.wait(min(left, 1))

    def end(self, name: str, seconds: float = 240) -> str:
        """How the JobSet ended, `Completed` or `Failed`; its pods' containers have ended by then too."""
        self.wait(lambda: self._state(name), seconds, f"JobSet {name} Completed or Failed")
        self.wait(lambda: all(map(_is_over, self.pods(name))), 40, f"pods of {name} ended")
        return self._state(name)

    def running(self, name: str, count: int, seconds: float = 60) -> list[Pod]:
        """That many pods of the set, when they run."""

        def found() -> list[Pod]:
            return [pod for pod in self.pods(name) if pod.phase == "Running" and not pod.gone]

        self.wait(lambda: len(found()) >= count, seconds, f"{count} running pods of {name}")
        return found()

    def until_log(self, name: str, job: str, text: str, seconds: float = 60, index: int = 0) -> Pod:
        """The pod of that job and index, once the log of its first container has that text."""

        def found() -> bool:
            return any(text in pod.log() for pod in self.pods(name, job) if pod.index == index)

        self.wait(found, seconds, f"{text!r} in the log of {name}-{job}-0-{index}")
        return self.pod(name, job, index)

    def _state(self, name: str) -> str:
        state: str = self.jobset(name).get("status", {}).get("terminalState", "")
        return state

    # --- the record ----------------------------------------------------------------------------------------------

    def _record(self, path: str, take: Callable[[str, JSONObject], None]) -> None:
        def follow() -> None:
            while not self._closed:
                with contextlib.suppress(OSError, ValueError, KeyError):
                    listed = self.cluster.get(path)
                    for each in listed["items"]:
                        self._take(take, "ADDED", each)
                    version = listed["metadata"]["resourceVersion"]
                    with self.cluster.open(path, watch="1", resourceVersion=version) as events:
                        for line in events:
                            event = json.loads(line)
                            if event["type"] == "ERROR":
                                break
                            self._take(take, event["type"], event["object"])

        threading.Thread(target=follow, daemon=True).start()

    def _take(self, take: Callable[[str, JSONObject], None], kind: str, found: JSONObject) -> None:
        with self._changed:
            take(kind, found)
            self._changed.notify_all()

    def _on_jobset(self, _kind: str, found: JSONObject) -> None:
        self._jobsets[found["metadata"]["name"]] = found

    def _on_pod(self, kind: str, found: JSONObject) -> None:
        pod = self._pods.setdefault(found["metadata"]["uid"], Pod(found))
        pod.object = found
        if kind == "DELETED":
            pod.gone = time.time()
        for status in found["status"].get("containerStatuses", []):
            name = status["name"]
            if name not in pod.readers and {"running", "terminated"} & set(status["state"]):
                pod.logs[name] = bytearray()
                pod.readers[name] = threading.Thread(target=self._follow_log, args=(pod, name), daemon=True)
                pod.readers[name].start()

    def _follow_log(self, pod: Pod, container: str) -> None:
        path = f"/api/v1/namespaces/{self.name}/pods/{pod.name}/log"
        with (
            contextlib.suppress(OSError, ValueError),
            self.cluster.open(path, container=container, follow="true", timestamps="true") as log,
        ):
            for line in log:
                pod.logs[container] += line
                with self._changed:
                    self._changed.notify_all()

    # --- for a person ----------------------------------------------------------------------------------------------

    def describe(self) -> str:
        """Events, JobSets' status, and each pod with its log: what one needs to see why a case failed."""
        parts = [f"namespace {self.name}"]
        listed = self.get("/api/v1", "events").get("items", [])
        for event in sorted(listed, key=lambda each: str(each.get("lastTimestamp") or each.get("eventTime"))):
            about = event["involvedObject"]
            parts.append(f"  {event['type']} {about['kind']}/{about.get('name')} {event['reason']}: {event['message']}")
        for name, jobset in self._jobsets.items():
            parts.append(f"JobSet {name}: {json.dumps(jobset.get('status', {}))}")
        for pod in self._pods.values():
            parts.append(f"pod {pod.name}: {pod.phase}{' (gone)' if pod.gone else ''}")
            for status in pod.object["status"].get("containerStatuses", []):
                parts.append(f"--- {status['name']}: {json.dumps(status['state'])}")
                parts.append(_STAMP.sub("", bytes(pod.logs.get(status["name"], b"")).decode(errors="replace"))[-6000:])
        return "\n".join(parts)


def _is_over(pod: Pod) -> bool:
    return pod.gone is not None or pod.phase in ("Succeeded", "Failed")


def until(test: Callable[[], Any], seconds: float, what: str, told: Callable[[], str] = str) -> Any:
    """Return the first true value of `test`, asked for five times a second; `told` adds to the message of a failure."""
    deadline = time.monotonic() + seconds
    while True:
        if found := test():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}\n{told()}".rstrip())
        time.sleep(0.2)


def events(namespace: Namespace, about: str) -> Iterator[str]:
    """`REASON: MESSAGE` of the events of the objects whose name begins like that."""
    for event in namespace.get("/api/v1", "events").get("items", []):
        if event["involvedObject"].get("name", "").startswith(about):
            yield f"{event['reason']}: {event['message']}"


def dry_run(namespace: Namespace, objects: Sequence[JSONObject]) -> tuple[int, str]:
    """The code and messages of a strict dry run on the server, of all of them in one call."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    ran = namespace.kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-", stdin=text, check=False)
    return ran.code, ran.stderr
