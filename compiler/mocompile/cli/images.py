"""The images that a set needs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def images_of(objects: Iterable[Any]) -> list[str]:
    """Return every image of the pods in these Kubernetes objects (plain data), each once, sorted."""
    return sorted(
        {
            container["image"]
            for entry in objects
            if entry["kind"] == "JobSet"
            for job in entry["spec"]["replicatedJobs"]
            for key in ("initContainers", "containers")
            for container in job["template"]["spec"]["template"]["spec"].get(key, ())
        }
    )
