"""Serves a stand-in for the API server on loopback."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def served(handler: type[BaseHTTPRequestHandler], cluster: Any, folder: Path) -> Iterator[str]:
    """Serve `cluster` by requests to `handler`; yield the path of a kubeconfig, which is in `folder`.

    The handler has the cluster as its attribute `cluster`. At the end the cluster's `closed` is set.
    """
    bound = type("Handler", (handler,), {"cluster": cluster})
    with ThreadingHTTPServer(("127.0.0.1", 0), bound) as http:
        http.daemon_threads = True
        threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        config = folder / "kubeconfig"
        text = {
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{http.server_address[1]}"}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "bench"}}],
            "users": [{"name": "u", "user": {"token": "secret"}}],
            "current-context": "c",
        }
        config.write_text(json.dumps(text))
        try:
            yield str(config)
        finally:
            cluster.closed = True
            http.shutdown()
