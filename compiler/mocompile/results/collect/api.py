"""The requests that collecting and running make.

The package `kubernetes` knows kubeconfigs, certificates, proxies and exec plugins. Its typed methods are not used: they
hold an answer in memory, have no `sinceTime` for logs, and change their signatures between releases.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.results.extra import need
from mocompile.results.read.set_json import shown

JSONObject = dict[str, Any]

_CONNECT_SECONDS = 20
_ANSWER_SECONDS = 60
_CHUNK = 1 << 16
_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class ApiError(Exception):
    """The API server said no: an HTTP status, and its words."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(shown(message))


class Broken(Exception):  # noqa: N818  # a state of things, as often as not
    """No answer, or one that broke off."""


class Api:
    """A cluster's API server, for any number of threads."""

    def __init__(self, kubeconfig: str | None = None, context: str | None = None, streams: int = 1) -> None:
        """Raises `MissingExtra` without the package, `InputError` where no cluster can be made out."""
        # It reads KUBECONFIG when it is first imported, which may be long ago.
        file = kubeconfig or os.environ.get("KUBECONFIG") or None
        config = need("kubernetes.config")
        client = need("kubernetes.client")
        configuration = client.Configuration()
        try:
            if file is None and not Path("~/.kube/config").expanduser().exists() and _ACCOUNT.exists():
                config.load_incluster_config(client_configuration=configuration)
                self.namespace = (_ACCOUNT / "namespace").read_text().strip()
            else:
                config.load_kube_config(config_file=file, context=context, client_configuration=configuration)
                self.namespace = _namespace(config, file, context)
        except (config.ConfigException, OSError, ValueError, TypeError) as error:
            hint = "name one with --kubeconfig or KUBECONFIG, and a context of it with --context"
            raise InputError([Finding("kubeconfig", f"no cluster: {shown(str(error))}", None, hint)]) from None
        configuration.connection_pool_maxsize = streams + 4
        configuration.retries = False  # ours, or a log's lines would come twice
        self.host = str(configuration.host)
        self._configuration = configuration
        self._pool = client.ApiClient(configuration).rest_client.pool_manager
        self._lock = threading.Lock()

    def get(self, path: str, **query: str) -> JSONObject:
        """The object or list at `path`. Raises `ApiError`, `Broken`."""
        return self._answered("GET", path, None, query)

    def exists(self, path: str) -> None:
        """Raises `ApiError` (404: no) if there is no object at `path`, `Broken`. Its content is not fetched."""
        with _told_apart():
            answer = self._open(path, {}, _ANSWER_SECONDS, accept=_METADATA)
            answer.release_conn()

    def create(self, path: str, thing: Mapping[str, Any], **query: str) -> JSONObject:
        """Create an object in the list at `path`, and return it. Raises `ApiError` (409: it exists), `Broken`."""
        return self._answered("POST", path, thing, query)

    def delete(self, path: str, uid: str, **query: str) -> None:
        """Delete the object at `path`, if it is the one with this uid. Raises `ApiError`, `Broken`."""
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
        self._answered("DELETE", path, options, query)

    def _answered(self, method: str, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str]) -> JSONObject:
        with _told_apart():
            answer = self._open(path, query, _ANSWER_SECONDS, method, body)
            try:
                found = json.loads(answer.data)
            except ValueError:
                raise Broken("the answer is not JSON") from None
        if not isinstance(found, dict):
            raise Broken("the answer is not a JSON object")
        return found

    def watch(self, path: str, version: str, seconds: int, **query: str) -> Iterator[JSONObject]:
        """Yield the changes of the list at `path` from `version` on, for that long. Raises `ApiError`, `Broken`."""
        asked = {"watch": "true", "resourceVersion": version, "timeoutSeconds": str(seconds), **query}
        rest = b""
        for data in self._stream(path, {**asked, "allowWatchBookmarks": "true"}, seconds + _ANSWER_SECONDS):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                try:
                    event = json.loads(line)
                except ValueError:
                    raise Broken("an event is not JSON") from None
                yield event

    def log(self, path: str, seconds: float, **query: str) -> Iterator[bytes]:
        """The bytes of a log as they come; silence of `seconds` breaks it off. Raises `ApiError`, `Broken`."""
        yield from self._stream(path, query, seconds)

    def _stream(self, path: str, query: Mapping[str, str], seconds: float) -> Iterator[bytes]:
        with _told_apart():
            answer = self._open(path, query, seconds)
            try:
                yield from answer.stream(_CHUNK, decode_content=False)
            finally:
                with suppress(Exception):  # of a connection that is given up
                    answer.close()

    def _open(
        self,
        path: str,
        query: Mapping[str, str],
        seconds: float,
        method: str = "GET",
        body: Mapping[str, Any] | None = None,
        accept: str = "",
    ) -> Any:
        urllib3 = need("urllib3")
        url = f"{self.host.rstrip('/')}{quote(path)}" + (f"?{urlencode(query)}" if query else "")
        timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=seconds)
        headers = self._headers() | ({"Accept": accept} if accept else {})
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        answer = self._pool.request(
            method, url, body=data, headers=headers, timeout=timeout, preload_content=False, retries=False
        )
        if not 200 <= answer.status < 300:
            data = answer.data
            answer.release_conn()
            raise ApiError(answer.status, _message(data, answer.status))
        return answer

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json, */*", "User-Agent": "mocompile"}
        with self._lock:  # an exec plugin is asked for a new token where the old one has run out
            for each in self._configuration.auth_settings().values():
                if each["in"] == "header" and each["value"]:
                    headers[each["key"]] = each["value"]
        return headers


class _told_apart:  # noqa: N801  # reads as the function that it is
    """Turns every way in which a connection fails into `Broken`."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        errors = need("urllib3.exceptions")
        if isinstance(error, errors.HTTPError | OSError | ValueError):
            raise Broken(shown(str(error))) from None


def _namespace(config: Any, file: str | None, context: str | None) -> str:
    contexts, active = config.list_kube_config_contexts(file)
    chosen = next((each for each in contexts if each["name"] == context), active) or {}
    return str(chosen.get("context", {}).get("namespace") or "default")


def _message(data: bytes, status: int) -> str:
    try:
        return str(json.loads(data)["message"])
    except (ValueError, KeyError, TypeError):
        return data[:300].decode("utf-8", "replace").strip() or f"HTTP status {status}"
