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
        "points": [{**entry(each), "file": file_of(each), "digest": each.digest} for each in study.sets],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def entry(each: StudySet) -> dict[str, Any]:
    """Return the identity of a study's set as plain data."""
    return {"id": each.id, "name": each.name, "repeat": each.repeat, "parameters": dict(each.parameters)}
