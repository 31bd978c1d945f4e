"""Facts about the nodes of a set's pods: type, zone, topology."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mocompile.results.collect import facts
from mocompile.results.collect.api import Api, ApiError, Broken

if TYPE_CHECKING:
    from mocompile.results.collect.api import JSONObject
    from mocompile.results.collect.events import Progress

_AT_ONCE = 20  # requests between two looks at what the set does
_LABELS = {
    "instanceType": "node.kubernetes.io/instance-type",
    "zone": "topology.kubernetes.io/zone",
    "region": "topology.kubernetes.io/region",
}
_INFO = {
    "architecture": "architecture",
    "kernel": "kernelVersion",
    "os": "osImage",
    "runtime": "containerRuntimeVersion",
    "kubelet": "kubeletVersion",
}


class NodeFacts:
    """The nodes of a set, as entries of `nodes` in `set.json`.

    A user may not have the right to read nodes: the first refusal is said, and ends the reading.
    """

    def __init__(self, api: Api, progress: Progress) -> None:
        self._api = api
        self._progress = progress
        self._found: dict[str, JSONObject | None] = {}
        self._refused = False

    def look(self, names: Iterable[str], *, most: int = _AT_ONCE) -> None:
        """Read nodes that are not known yet, at most that many."""
        for name in [each for each in dict.fromkeys(names) if each and each not in self._found][:most]:
            if self._refused:
                return
            try:
                self._found[name] = node_entry(self._api.get(f"/api/v1/nodes/{name}"))
            except ApiError as error:
                self._found[name] = None
                if error.status in (401, 403):
                    self._refused = True
                    self._progress.say(f"the types of the nodes are not known: {error}")
            except Broken:
                return

    @property
    def entries(self) -> list[JSONObject]:
        """The known nodes, by name."""
        return [entry for _, entry in sorted(self._found.items()) if entry is not None]


def node_entry(node: Mapping[str, Any]) -> JSONObject:
    """Return an entry of `nodes`. Labels about the topology are kept as they are."""
    metadata, status = facts.map_in(node, "metadata"), facts.map_in(node, "status")
    labels, info, capacity = (
        facts.map_in(metadata, "labels"),
        facts.map_in(status, "nodeInfo"),
        facts.map_in(status, "capacity"),
    )
    return {
        "name": str(metadata.get("name", "")),
        **{name: str(labels.get(label, "")) for name, label in _LABELS.items()},
        "labels": {str(key): str(value) for key, value in sorted(labels.items())},
        "topology": {str(key): str(value) for key, value in sorted(labels.items()) if _is_topology(str(key))},
        **{name: str(info.get(key, "")) for name, key in _INFO.items()},
        "capacity": {str(key): str(value) for key, value in sorted(capacity.items())},
    }


def _is_topology(label: str) -> bool:
    return "topology" in label and label not in _LABELS.values()
