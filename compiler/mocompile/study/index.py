"""`study.json`: the sets of a study with their parameters, in the order in which they are to run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mocompile.study.compile import CompiledStudy, StudySet

NAME = "study.json"


def index(study: CompiledStudy, form: str, file_of: Callable[[StudySet], str]) -> str:
    """Return the text of the index. `file_of` returns the path of a set, relative to the folder of the index."""
    data = {
        "study": study.name,
        "format": form,
        "namespace": study.study.namespace or study.sets[0].compiled.plan.namespace,
        "parameterNames": list(study.study.parameters),
        "repeats": study.study.repeats,
        "points": [{**_entry(each, form), "file": file_of(each), "digest": each.digest} for each in study.sets],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _entry(each: StudySet, form: str) -> dict[str, Any]:
    """Return the identity of a set. Only kustomize knows the hash that it puts behind a name."""
    return {key: value for key, value in entry(each).items() if form != "kustomize" or key != "jobset"}


def entry(each: StudySet) -> dict[str, Any]:
    """Return the identity of a study's set as plain data. `jobset` is there if the JobSet has another name."""
    return {
        "id": each.id,
        "name": each.name,
        **({"jobset": each.object_name} if each.object_name != each.name else {}),
        "repeat": each.repeat,
        "parameters": dict(each.parameters),
    }
