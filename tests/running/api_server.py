"""An API server with a cluster behind it, as `mocompile run` knows one: real HTTP; objects are created, listed, watched
and deleted, and each JobSet gets a pod that ends as a test says."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.api_stand_in import served

JSONObject = dict[str, Any]
_NAMESPACE = "/namespaces/bench/"
LOG = b"2030-01-01T00:00:00.000000000Z line\n"


@dataclass
class Cluster:
    """The objects of the cluster. `outcome` says how a JobSet of a name ends: an exit code, or None for not at all.

    `refusals`: by resource, a status and message for requests to create. `down`: no request is answered.
    """

    objects: dict[tuple[str, str], JSONObject] = field(default_factory=dict)
    changes: list[tuple[str, str, JSONObject]] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    outcome: Callable[[str], int | None] = lambda _: 0
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    answers: dict[str, JSONObject] = field(default_factory=dict)  # by path
    forbidden: set[str] = field(default_factory=set)  # `verb resource`
    webhook: bool = True
    seconds: float = 0.05
    down: bool = False
    closed: bool = False
    suspends: bool = False  # a queue suspends each JobSet, and admits none
    lock: threading.RLock = field(default_factory=threading.RLock)

    def put(self, kind: str, thing: JSONObject, event: str = "MODIFIED") -> None:
        """An object is there, or has changed."""
        with self.lock:
            self.objects[kind, thing["metadata"]["name"]] = thing
            self.changes.append((kind, event, json.loads(json.dumps(thing))))

    def remove(self, kind: str, name: str) -> None:
        """An object is gone."""
        with self.lock:
            self.changes.append((kind, "DELETED", self.objects.pop((kind, name))))

    def names(self, kind: str) -> list[str]:
        """The names of the objects of a kind."""
        with self.lock:
            return [name for each, name in self.objects if each == kind]

    def run(self, name: str) -> None:
        """Do the controllers' work for a JobSet."""
        code = self.outcome(name)
        pod = _pod(name, self.objects["jobsets", name]["metadata"]["uid"])
        self.put("pods", pod, "ADDED")
        if code is None:
            return
        time.sleep(self.seconds)
        ended = {"exitCode": code, "reason": "Error" if code else "Completed", "finishedAt": "2030-01-01T00:01:00Z"}
        pod = json.loads(json.dumps(pod))
        pod["status"] = {
            "phase": "Failed" if code else "Succeeded",
            "containerStatuses": [{"name": "launcher", "restartCount": 0, "state": {"terminated": ended}}],
        }
        with self.lock:
            if ("jobsets", name) not in self.objects:
                return
            self.put("pods", pod)
            jobset = self.objects["jobsets", name]
            self.put("jobsets", {**jobset, "status": {"terminalState": "Failed" if code else "Completed"}})


def _pod(name: str, uid: str) -> JSONObject:
    labels = {
        "jobset.sigs.k8s.io/jobset-name": name,
        "jobset.sigs.k8s.io/jobset-uid": uid,
        "jobset.sigs.k8s.io/replicatedjob-name": "l",
    }
    env = [{"name": "MO_ROLE", "value": "launcher"}]
    return {
        "metadata": {"name": f"{name}-l-0-0", "uid": f"pod-of-{uid}", "labels": labels},
        "spec": {"nodeName": "node-1", "containers": [{"name": "launcher", "image": "image:1", "env": env}]},
        "status": {
            "phase": "Running",
            "containerStatuses": [{"name": "launcher", "restartCount": 0, "state": {"running": {}}}],
        },
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster: Cluster

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _words(self) -> tuple[list[str], dict[str, str]]:
        parts = urlsplit(self.path)
        if self.cluster.down:
            self.close_connection = True
            raise ConnectionResetError
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        return parts.path.partition(_NAMESPACE)[2].split("/"), query

    def do_GET(self) -> None:
        with contextlib.suppress(ConnectionError):
            words, query = self._words()
            path = urlsplit(self.path).path
            if not words[0] or path in self.cluster.answers:
                found = self.cluster.answers.get(path)
                self._json(found or {"message": "not found"}, 200 if found else 404)
            elif words[-1] == "log":
                self._answer(LOG, 200)
            elif query.get("watch"):
                self._watch(words[0], int(query["resourceVersion"]), query)
            elif len(words) > 1:
                found = self.cluster.objects.get((words[0], words[1]))
                self._json(found or {"message": "not found"}, 200 if found else 404)
            else:
                with self.cluster.lock:
                    found_all = [each for (kind, _), each in self.cluster.objects.items() if kind == words[0]]
                    version = str(len(self.cluster.changes))
                wanted = [each for each in found_all if _matches(each, query)]
                self._json({"metadata": {"resourceVersion": version}, "items": wanted})

    def do_POST(self) -> None:
        with contextlib.suppress(ConnectionError):
            words, query = self._words()
            thing = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if thing["kind"] == "SelfSubjectAccessReview":
                asked = thing["spec"]["resourceAttributes"]
                resource = "/".join(filter(None, (asked["resource"], asked["subresource"])))
                self._json({"status": {"allowed": f"{asked['verb']} {resource}" not in self.cluster.forbidden}}, 201)
                return
            kind, name = words[0], thing["metadata"].get("name", "")
            if kind in self.cluster.refusals:
                status, message = self.cluster.refusals[kind]
                self._json({"message": message}, status)
            elif query.get("dryRun"):
                if kind == "jobsets" and self.cluster.webhook:
                    thing["spec"]["replicatedJobs"][0]["template"]["spec"]["completionMode"] = "Indexed"
                self._json(thing, 201)
            elif (kind, name) in self.cluster.objects:
                self._json({"message": "already exists"}, 409)
            else:
                self.cluster.created.append(f"{kind}/{name}")
                thing["metadata"] |= {
                    "namespace": "bench",
                    "uid": f"uid-{len(self.cluster.changes)}",
                    "resourceVersion": str(len(self.cluster.changes) + 1),
                }
                self.cluster.put(kind, thing, "ADDED")
                if kind == "jobsets" and self.cluster.suspends:
                    thing["spec"]["suspend"] = True
                if kind == "jobsets" and not thing["spec"].get("suspend"):
                    threading.Thread(target=self.cluster.run, args=(name,), daemon=True).start()
                self._json(thing, 201)

    def do_DELETE(self) -> None:
        with contextlib.suppress(ConnectionError):
            words, _ = self._words()
            options = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = self.cluster.objects.get((words[0], words[1]))
            if found is None:
                self._json({"message": "not found"}, 404)
            elif found["metadata"]["uid"] != options["preconditions"]["uid"]:
                self._json({"message": "the uid differs"}, 409)
            else:
                self.cluster.remove(words[0], words[1])
                if words[0] == "jobsets" and ("pods", f"{words[1]}-l-0-0") in self.cluster.objects:
                    self.cluster.remove("pods", f"{words[1]}-l-0-0")
                self._json({})

    def _json(self, data: JSONObject, status: int = 200) -> None:
        self._answer(json.dumps(data).encode(), status)

    def _answer(self, body: bytes, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _watch(self, kind: str, since: int, query: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        seen = since
        while not self.cluster.closed and not self.cluster.down:
            for number, (changed, event, found) in enumerate(self.cluster.changes[seen:], seen + 1):
                if changed == kind and _matches(found, query):
                    shown = {**found, "metadata": {**found["metadata"], "resourceVersion": str(number)}}
                    data = json.dumps({"type": event, "object": shown}).encode() + b"\n"
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                    self.wfile.flush()
                seen = number
            time.sleep(0.01)
        self.close_connection = True  # it breaks off


def _matches(thing: JSONObject, query: dict[str, str]) -> bool:
    label, _, value = query.get("labelSelector", "").partition("=")
    field_, _, name = query.get("fieldSelector", "").partition("=")
    metadata = thing["metadata"]
    return (not label or metadata.get("labels", {}).get(label) == value) and (
        field_ != "metadata.name" or metadata["name"] == name
    )


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[Cluster, str]]:
    """A cluster, and the path of a kubeconfig for it."""
    cluster = Cluster()
    with served(_Handler, cluster, folder) as config:
        yield cluster, config
