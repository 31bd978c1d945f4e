"""Names by content: the end of the objects' names is a hash of what cannot change after they are created.

A JobSet cannot change: applied under its own name, a changed set is refused. Under a name by content it is another
JobSet. The hash is over:

- the JobSet's `spec` without `suspend` and `ttlSecondsAfterFinished`, which may change, and with its own name empty;
- the scripts;
- the annotations that change how JobSet runs the set.

The chart computes the same digits (charts/_helpers.tpl). kustomize computes a hash of its own, from the same parts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mocompile.check.rules import CONTENT_SUFFIX
from mocompile.emit.objects import objects
from mocompile.expression.to_data import python_value

if TYPE_CHECKING:
    from mocompile.expand.plan import Plan

# Annotations with this prefix change how JobSet runs a set.
RUNNING = "alpha.jobset.sigs.k8s.io/"
# Fields of a JobSet's `spec` that may change after its creation.
MUTABLE = ("suspend", "ttlSecondsAfterFinished")
_DIGITS = len(CONTENT_SUFFIX) - len("-")
# Go's JSON escapes these two, also where it leaves all other text as it is.
_ESCAPED = {"\u2028": "\\u2028", "\u2029": "\\u2029"}


def is_named_by_content(plan: Plan) -> bool:
    """Return whether the user asks for names by content."""
    jobset = plan.values.get("jobset")
    return isinstance(jobset, Mapping) and jobset.get("nameSuffix") == "content"


def named_objects(plan: Plan) -> list[Any]:
    """Return the objects as plain data, under their final names."""
    return plain_objects(plan, suffix(plan) if is_named_by_content(plan) else "")


def plain_objects(plan: Plan, end: str = "") -> list[Any]:
    """Return the objects as plain data; their names end with `end`."""
    return [python_value(each, plan.values) for each in objects(plan, suffix=end)]


def suffix(plan: Plan) -> str:
    """Return the end of the names, `-` and 8 hexadecimal digits: equal for equal content."""
    config_map, job_set = plain_objects(replace(plan, name=""))
    content = {
        "annotations": running_annotations(job_set),
        "scripts": config_map["data"],
        "spec": {key: value for key, value in job_set["spec"].items() if key not in MUTABLE},
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    for character, escaped in _ESCAPED.items():
        text = text.replace(character, escaped)
    import hashlib

    return f"-{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def running_annotations(job_set: Mapping[str, Any]) -> dict[str, str]:
    """Return the annotations of a JobSet that change how it runs."""
    annotations: Mapping[str, str] = job_set["metadata"].get("annotations", {})
    return {key: value for key, value in annotations.items() if key.startswith(RUNNING)}
