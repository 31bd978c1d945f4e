"""The objects of points in the cluster: created once, and deleted only if this run made them.

Objects are created, never updated: a JobSet cannot change while it runs, and an object of the same name that somebody
else made is left alone. A label has the run's id; an annotation has the digest of the point's set.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from mocompile.results.collect.api import Api, ApiError
from mocompile.results.collect.facts import labels_of, uid
from mocompile.running.model import JSONObject, RunPoint
from mocompile.running.patience import Stopped, patiently
from mocompile.study.marks import PREFIX

RUN_LABEL = f"{PREFIX}/run"
DIGEST = f"{PREFIX}/digest"
FIELD_MANAGER = "mocompile-run"

_PATHS: Mapping[str, str] = {
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "JobSet": "/apis/jobset.x-k8s.io/v1alpha2/namespaces/{}/jobsets",
}
_WATCH_SECONDS = 60


class Foreign(Exception):  # noqa: N818  # a state of the cluster
    """An object of that name is in the cluster, and this run did not make it."""

    def __init__(self, kind: str, name: str, run: str) -> None:
        self.kind, self.name = kind, name
        by = f"another run (label {RUN_LABEL}={run})" if run else "something else"
        super().__init__(f"the cluster has a {kind} '{name}' that {by} made; it was left alone")


class Objects:
    """The objects of the run `run_id` in a namespace."""

    def __init__(self, api: Api, namespace: str, run_id: str, stop: threading.Event) -> None:
        self._api = api
        self._namespace = namespace
        self._run_id = run_id
        self._stop = stop

    def bring(self, point: RunPoint) -> tuple[JSONObject, bool]:
        """Return the JobSet of the point in the cluster, and whether it was there already.

        Raises `Foreign`, `ApiError` (the cluster refuses an object), `Broken`, `Stopped`.
        """
        jobset: JSONObject = {}
        there = False
        for each in point.objects:  # the ConfigMap comes first: pods need it when they start
            jobset, there = self._bring(each, point.digest)
        return jobset, there

    def _bring(self, thing: JSONObject, digest: str) -> tuple[JSONObject, bool]:
        kind, name = str(thing["kind"]), str(thing["metadata"]["name"])
        while True:
            found = self._own(kind, name)
            if found is None:
                try:
                    return self._create(kind, thing, digest), False
                except ApiError as error:
                    if error.status != 409 or self._find(kind, name) is None:
                        raise
                    continue  # made by somebody else a moment ago, or by a request whose answer was lost
            metadata = found["metadata"]
            if not metadata.get("deletionTimestamp") and (metadata.get("annotations") or {}).get(DIGEST) == digest:
                return found, True
            self._delete(kind, found)

    def _create(self, kind: str, thing: JSONObject, digest: str) -> JSONObject:
        metadata = thing["metadata"]
        marked = {
            **thing,
            "metadata": {
                **metadata,
                "labels": {**(metadata.get("labels") or {}), RUN_LABEL: self._run_id},
                "annotations": {**(metadata.get("annotations") or {}), DIGEST: digest},
            },
        }
        path = _PATHS[kind].format(self._namespace)
        asked = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"}
        return patiently(lambda: self._api.create(path, marked, **asked), self._stop)

    def found(self, name: str) -> JSONObject | None:
        """Return the run's own JobSet of that name; None if it is not there. Raises `Foreign`, as `bring` otherwise."""
        return self._own("JobSet", name)

    def remove(self, name: str) -> None:
        """Delete the objects of that name, if this run made them, and wait until they are gone. Raises as `bring`."""
        for kind in ("JobSet", "ConfigMap"):
            try:
                found = self._own(kind, name)
            except Foreign:
                continue
            if found is not None:
                self._delete(kind, found)

    def _find(self, kind: str, name: str) -> JSONObject | None:
        path = f"{_PATHS[kind].format(self._namespace)}/{name}"
        try:
            return patiently(lambda: self._api.get(path), self._stop)
        except ApiError as error:
            if error.status != 404:
                raise
            return None

    def _own(self, kind: str, name: str) -> JSONObject | None:
        found = self._find(kind, name)
        if found is not None and labels_of(found).get(RUN_LABEL) != self._run_id:
            raise Foreign(kind, name, labels_of(found).get(RUN_LABEL, ""))
        return found

    def _delete(self, kind: str, found: Mapping[str, Any]) -> None:
        name = str(found["metadata"]["name"])
        path = f"{_PATHS[kind].format(self._namespace)}/{name}"
        # Foreground: the JobSet is there until its Jobs and pods are gone.
        policy = {"propagationPolicy": "Foreground"} if kind == "JobSet" else {}
        try:
            patiently(lambda: self._api.delete(path, uid(found), **policy), self._stop)
        except ApiError as error:
            if error.status not in (404, 409):  # gone, or another one has its name
                raise
            return
        patiently(lambda: self._until_gone(kind, name, uid(found)), self._stop)

    def _until_gone(self, kind: str, name: str, own: str) -> None:
        path = _PATHS[kind].format(self._namespace)
        while not self._stop.is_set():
            found = self._find(kind, name)
            if found is None or uid(found) != own:
                return
            version = str(found["metadata"].get("resourceVersion", ""))
            for event in self._api.watch(path, version, _WATCH_SECONDS, fieldSelector=f"metadata.name={name}"):
                if event.get("type") in ("DELETED", "ERROR") or self._stop.is_set():
                    break
        raise Stopped
