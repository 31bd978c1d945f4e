"""Limits on the size of the output.

- `kubectl apply` keeps the whole object, as JSON, in one of its annotations, and an object has at most 256 KiB of
  annotations (apimachinery, ValidateAnnotationsSize); Argo CD applies in the same way. A user's value is repeated in
  every replicated job that uses it, so the size of the input says little. The limit of a request, 1.5 MiB, is far.
- Linux takes at most 128 KiB in one argument and in one `NAME=value` of the environment, including the final NUL
  (MAX_ARG_STRLEN). The kubelet can join several values into one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from mocompile.diagnostics.finding import Finding
from mocompile.expand.plan import Variable
from mocompile.expression.nodes import InstallValue

if TYPE_CHECKING:
    from mocompile.check.metricset import MetricSet
    from mocompile.check.source_map import Written
    from mocompile.expand.plan import Container, Job, Plan

MAX_ANNOTATIONS = 256 * 1024
# Room for later additions: a namespace, kustomize's prefixes, the labels of Helm and Argo CD.
ROOM = 4 * 1024
MAX_STRING = 128 * 1024 - 1

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# Go's JSON writes these as six characters: \u003c.
_ESCAPED = re.compile("[<>&\u2028\u2029]")
# The references that the kubelet expands in env, command and args: `$$` and `$(NAME)`.
_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")
_HINT = "move long text into an image or a ConfigMap of your own"


def findings(metricset: MetricSet, plan: Plan, objects: Sequence[Any]) -> Iterator[Finding]:
    """Yield a finding for each object that is too large and each string that is too long to start a process with.

    `objects` are the objects of `plan` with its own values.
    """
    config_map, job_set = objects
    if stored_size(config_map) > MAX_ANNOTATIONS - ROOM:
        yield _scripts_too_large(config_map, metricset)
    if stored_size(job_set) > MAX_ANNOTATIONS - ROOM:
        heaviest = metricset.places.heaviest()
        message = f"the JobSet is {_kept(stored_size(job_set))}"
        hint = f"most of it is {_named(heaviest)}, repeated in each job that uses it: {_HINT}"
        yield Finding("limit-object", message, heaviest.place, hint)
    made = {job["name"]: job["template"]["spec"]["template"]["spec"] for job in job_set["spec"]["replicatedJobs"]}
    for job in plan.jobs:
        if job.name in made:
            yield from _long_strings(metricset, job, made[job.name])


def stored_size(obj: Mapping[str, Any]) -> int:
    """Return the bytes that the annotations of `obj` take after `kubectl apply`."""
    text = json.dumps(obj, ensure_ascii=False, separators=(",", ":"))
    more = sum(6 - _size(character) for character in _ESCAPED.findall(text))
    annotations: Mapping[str, str] = obj["metadata"].get("annotations", {})
    own = sum(_size(key) + _size(value) for key, value in annotations.items())
    return own + len(_LAST_APPLIED) + _size(text) + more + len("\n")


def _kept(size: int) -> str:
    return f"{size:,} bytes; `kubectl apply` keeps at most {MAX_ANNOTATIONS - ROOM:,}"


def _scripts_too_large(config_map: Mapping[str, Any], metricset: MetricSet) -> Finding:
    """Return the finding for a large ConfigMap. Only scripts of a user's own catalog can be so large."""
    name, text = max(config_map["data"].items(), key=lambda item: _size(item[1]))
    message = f"the ConfigMap with the scripts is {_kept(stored_size(config_map))}"
    hint = f"the largest script is {name}, {_size(text):,} bytes: move long scripts into the image"
    return Finding("limit-object", message, metricset.places.place(("spec", "metrics")), hint)


def _long_strings(metricset: MetricSet, job: Job, pod: Mapping[str, Any]) -> Iterator[Finding]:
    containers = (*job.init_containers, *job.containers)
    # A patch may add or remove containers: the place in a message is a guess then.
    for container, made in zip_longest(containers, (*pod.get("initContainers", ()), *pod["containers"])):
        if made is None:
            return
        for what, size, names in _strings(made):
            if size > MAX_STRING:
                own = None if container is None else _longest(metricset, container, names, made)
                longest = own or metricset.places.heaviest()
                message = f"{what} of container '{made['name']}' is {size:,} bytes; Linux takes {MAX_STRING:,}"
                hint = f"most of it is {_named(longest)}: {_HINT}"
                yield Finding("limit-string", message, longest.place, hint)


def _strings(container: Mapping[str, Any]) -> Iterator[tuple[str, int, set[str]]]:
    """Yield each string that a container starts with: a name for messages, its bytes, and the variables in it."""
    known: dict[str, str] = {}
    for entry in container.get("env", ()):
        name, written = entry["name"], entry.get("value", "")
        known[name] = _expanded(written, known)
        yield f"the variable {name}", _size(name) + len("=") + _size(known[name]), _references(written)
    for word in (*container.get("command", ()), *container.get("args", ())):
        yield "an argument", _size(_expanded(word, known)), _references(word)


def _expanded(text: str, known: Mapping[str, str]) -> str:
    return _REFERENCE.sub(lambda match: "$" if match[1] is None else known.get(match[1], match[0]), text)


def _references(text: str) -> set[str]:
    return {match[1] for match in _REFERENCE.finditer(text) if match[1] is not None}


def _longest(metricset: MetricSet, container: Container, names: set[str], made: Mapping[str, Any]) -> Written | None:
    """Return where the longest of these variables was written; None if none of them is a user's value."""
    sizes = {entry["name"]: _size(entry.get("value", "")) for entry in made.get("env", ())}
    written = {
        entry.name: ("spec", *entry.value.path)
        for entry in container.env
        if isinstance(entry, Variable) and entry.name in names and isinstance(entry.value, InstallValue)
    }
    longest = max(written, key=lambda name: sizes.get(name, 0), default=None)
    return None if longest is None else metricset.places.written(written[longest])


def _named(part: Written) -> str:
    return f"`{part.path}`" if part.path else "the document"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
