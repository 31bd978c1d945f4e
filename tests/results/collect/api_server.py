"""An API server of one namespace, as `results collect` knows one: real HTTP, whose streams break where a test says."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.api_stand_in import served

JSONObject = dict[str, Any]
UID = "5e7"
_NAMESPACE = "/namespaces/bench/"
_NODES = "/api/v1/nodes/"


@dataclass
class Container:
    """Its lines with their times, what the node says, and whether it has ended."""

    lines: list[bytes] = field(default_factory=list)
    ended: bool = False
    tail: bytes = b""  # after the last line, without an end
    refused: int = 0  # a status in place of the log


@dataclass
class Server:
    """The objects of the cluster. `breaks` are, one for each request of a log, after how many bytes it breaks off."""

    pods: dict[str, JSONObject] = field(default_factory=dict)
    jobset: JSONObject = field(default_factory=dict)
    logs: dict[tuple[str, str], Container] = field(default_factory=dict)
    events: list[JSONObject] = field(default_factory=list)
    jobs: list[JSONObject] = field(default_factory=list)
    nodes: dict[str, JSONObject] = field(default_factory=dict)
    breaks: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    forbidden: tuple[str, ...] = ()
    closed: bool = False
    changes: list[tuple[str, str, JSONObject]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def change(self, kind: str, event: str, found: JSONObject) -> None:
        """Something has changed: watches say so."""
        with self.lock:
            if kind == "jobsets":
                self.jobset = found
            elif event == "DELETED":
                self.pods.pop(found["metadata"]["name"], None)
            else:
                self.pods[found["metadata"]["name"]] = found
            self.changes.append((kind, event, json.loads(json.dumps(found))))


def jobset(state: str = "", **spec: Any) -> JSONObject:
    """A JobSet `set`, Completed or Failed or neither."""
    return {"metadata": {"name": "set", "uid": UID}, "spec": spec, "status": {"terminalState": state} if state else {}}


def pod(
    name: str, state: JSONObject, *, phase: str = "Running", container: str = "launcher", **more: Any
) -> JSONObject:
    """A pod with one container in that state."""
    labels = {"jobset.sigs.k8s.io/jobset-name": "set", "jobset.sigs.k8s.io/replicatedjob-name": "l"}
    env = [{"name": "MO_ROLE", "value": "launcher"}]
    return {
        "metadata": {"name": name, "uid": f"uid-{name}", "labels": labels, **more.pop("metadata", {})},
        "spec": {"nodeName": "node-1", "containers": [{"name": container, "image": "image:1", "env": env}]},
        "status": {
            "phase": phase,
            "containerStatuses": [{"name": container, "restartCount": 0, "state": state, **more.pop("status", {})}],
            **more,
        },
    }


def terminated(code: int, reason: str = "", **more: Any) -> JSONObject:
    """The state of a container that has ended."""
    reason = reason or ("Error" if code else "Completed")
    return {"terminated": {"exitCode": code, "reason": reason, "finishedAt": "2030-01-01T00:01:00Z", **more}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster: Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        words = parts.path.partition(_NAMESPACE)[2].split("/")
        if parts.path.startswith(_NODES):
            words = ["nodes", parts.path.removeprefix(_NODES)]
        self.cluster.asked.append(self.path)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if words[0] in self.cluster.forbidden:
                self._json({"message": f"{words[0]} is \x1b[31mforbidden"}, 403)
            elif words[0] == "nodes":
                node = self.cluster.nodes.get(words[1])
                self._json(node or {"message": "not found"}, 200 if node else 404)
            elif words[-1] == "log":
                self._log(words[1], query)
            elif query.get("watch"):
                self._watch(words[0])
            elif words[0] == "jobsets" and len(words) > 1:
                there = self.cluster.jobset.get("metadata", {}).get("name") == words[1]
                self._json(self.cluster.jobset if there else {"message": "not found"}, 200 if there else 404)
            else:
                self._json(
                    {"metadata": {"resourceVersion": str(len(self.cluster.changes))}, "items": self._items(words[0])}
                )

    def _items(self, kind: str) -> list[JSONObject]:
        with self.cluster.lock:
            lists = {
                "pods": list(self.cluster.pods.values()),
                "jobsets": [self.cluster.jobset] if self.cluster.jobset else [],
                "events": self.cluster.events,
                "jobs": self.cluster.jobs,
            }
        return lists[kind]

    def _json(self, data: JSONObject, status: int = 200) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _begin(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _watch(self, kind: str) -> None:
        self._begin()
        seen = 0
        while not self.cluster.closed:
            for changed, event, found in self.cluster.changes[seen:]:
                if changed == kind:
                    self._chunk(json.dumps({"type": event, "object": found}).encode() + b"\n")
            seen = len(self.cluster.changes)
            time.sleep(0.02)
        self._chunk(b"")

    def _log(self, name: str, query: dict[str, str]) -> None:
        """The lines from `sinceTime` on, which the node takes in whole seconds."""
        container = self.cluster.logs.get((name, query["container"]))
        if container is None or container.refused:
            self._json({"message": "no such log"}, container.refused if container else 404)
            return
        left = self.cluster.breaks.pop(0) if self.cluster.breaks else 1 << 40
        since = query.get("sinceTime", "").removesuffix("Z").encode()
        self._begin()
        sent = 0
        while not self.cluster.closed:
            ended = container.ended
            lines = container.lines[sent:]
            sent += len(lines)
            data = b"".join(line for line in lines if line[:19] >= since)
            data += container.tail if ended else b""
            if data:
                self._chunk(data[:left])
            left -= len(data)
            if left < 0:  # in the middle of whatever it is
                self.close_connection = True
                return
            if ended or not query.get("follow"):
                break
            time.sleep(0.02)
        self._chunk(b"")


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[Server, str]]:
    """A server, and the path of a kubeconfig for it."""
    cluster = Server(jobset=jobset())
    with served(_Handler, cluster, folder) as config:
        yield cluster, config
