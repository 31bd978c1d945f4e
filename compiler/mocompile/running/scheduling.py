"""The scheduler's words about a pod without a node, in plain ones.

The words are those of `FitError` in kube-scheduler: `0/3 nodes are available: 1 node(s) had untolerated taint(s), 2
Insufficient cpu. no new claims to deallocate, preemption: ...`
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

_SAID = re.compile(r"0/(\d+) nodes are available: (.*)", re.DOTALL)
_END = re.compile(r"\.(?= |$)|(?:^|, | )(?:preemption: |no new claims)")
_PART = re.compile(r"(\d+) (?:node\(s\) )?(.+)")
_RESOURCE = "Insufficient "
# The beginning of the scheduler's words, and what follows after "N of M nodes: ".
_PLAIN: tuple[tuple[str, str], ...] = (
    ("Too many pods", "no room for one more pod"),
    ("didn't match Pod's node affinity", "another label than its node selector or affinity wants"),
    ("didn't match pod anti-affinity", "a pod that it must not share a node with"),
    ("didn't match pod affinity", "no pod that it must share a node with"),
    ("didn't satisfy existing pods anti-affinity", "a pod that shares its node with no other"),
    ("didn't match pod topology spread", "not allowed by its topologySpreadConstraints"),
    ("didn't have free ports", "the port of its host network is in use"),
    ("were unschedulable", "cordoned"),
    ("had untolerated taint", "a taint that it does not tolerate"),
    ("had volume node affinity conflict", "its volume is out of reach"),
    ("exceed max volume count", "no room for one more volume"),
    ("cannot allocate all claims", "no free device for its resource claims"),
)
_SUFFIXES: Mapping[str, Decimal] = {
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate(("", "k", "M", "G", "T", "P", "E"))},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", 1)},
    "m": Decimal("0.001"),
    "u": Decimal("0.000001"),
    "n": Decimal("0.000000001"),
}
_QUANTITY = re.compile(r"([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)")


def why_no_node(message: str, pod: Mapping[str, Any]) -> str:
    """Return the scheduler's `message` about the pod in plain words; a message of another form as it is."""
    found = _SAID.match(message.strip())
    if found is None:
        return message.strip()
    total = int(found[1])
    said = _END.split(found[2], maxsplit=1)[0]
    parts = [_plain(part, total, pod) for part in re.split(r", (?=\d+ )", said) if part.strip()]
    if not total:
        return "the cluster has no node"
    return "; ".join(parts) or message.strip()


def _plain(part: str, total: int, pod: Mapping[str, Any]) -> str:
    found = _PART.match(part.strip())
    if found is None:
        return part.strip()
    count, words = int(found[1]), found[2]
    nodes = f"{count} of {total} node{'' if total == 1 else 's'}"
    if words.startswith(_RESOURCE):
        resource = words.removeprefix(_RESOURCE)
        asked = requested(pod).get(resource, "")
        return f"{nodes}: too little {resource}" + (f" (it asks for {asked})" if asked else "")
    for start, plain in _PLAIN:
        if words.startswith(start):
            taint = re.search(r"\{.*\}", words)
            return f"{nodes}: {plain}" + (f" {taint[0]}" if taint else "")
    return f"{nodes}: {words}"


def requested(pod: Mapping[str, Any]) -> dict[str, str]:
    """Return what a pod's containers ask for, by resource: the sums, as Kubernetes writes quantities."""
    sums: dict[str, Decimal] = {}
    written: dict[str, list[str]] = {}
    for name, text in _requests(pod):
        amount = quantity(text)
        if amount is not None:
            sums[name] = sums.get(name, Decimal(0)) + amount
            written.setdefault(name, []).append(text)
    return {name: texts[0] if len(texts) == 1 else _text(sums[name]) for name, texts in written.items()}


def _requests(pod: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for container in (pod.get("spec") or {}).get("containers") or []:
        resources = container.get("resources") or {}
        for name, text in {**(resources.get("limits") or {}), **(resources.get("requests") or {})}.items():
            yield str(name), str(text)


def quantity(text: str) -> Decimal | None:
    """Return a quantity of Kubernetes (`100m`, `2Gi`) as a number; None if it is not a quantity."""
    found = _QUANTITY.fullmatch(text.strip())
    if found is None or found[2] not in _SUFFIXES:
        return None
    try:
        return Decimal(found[1]) * _SUFFIXES[found[2]]
    except InvalidOperation:
        return None


def _text(amount: Decimal) -> str:
    for suffix in ("Ti", "Gi", "Mi", "Ki"):
        size = _SUFFIXES[suffix]
        if amount >= size and amount % size == 0:
            return f"{amount / size:f}{suffix}"
    return f"{amount.normalize():f}"
