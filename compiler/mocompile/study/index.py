"""`study.json`: the sets of a study with their parameters, in the order in which they are to run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.files import is_folder, read_regular, reason_of

if TYPE_CHECKING:
    from mocompile.study.compile import CompiledStudy, StudySet

NAME = "study.json"
_MOST_BYTES = 64 * 1024 * 1024  # 2,000 sets of 16 parameters with 4,096 characters are the most
_HINT = f"name a {NAME}, or the folder that `mocompile build` wrote from a study"


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


def read_index(path: str) -> dict[str, Any]:
    """Return the index at `path`, a file or the folder with it: plain data with `study`, `repeats` and `points`.

    Each of the points has `id`, `name` and `parameters`. Raises `InputError` if there is no index, or if it is broken.
    """
    file = Path(path) / NAME if is_folder(path) else Path(path)
    try:
        data = json.loads(read_regular(file, _MOST_BYTES))
    except OSError as error:
        raise InputError([Finding("study", f"cannot read {file}: {reason_of(error)}", None, _HINT)]) from None
    except (ValueError, RecursionError):
        raise InputError(
            [Finding("study", f"{file} is not the index of a study: it is not JSON", None, _HINT)]
        ) from None
    if not _is_index(data):
        raise InputError([Finding("study", f"{file} is not the index of a study", None, _HINT)])
    return dict(data)


def _is_index(data: object) -> bool:
    if not isinstance(data, dict) or not isinstance(data.get("study"), str) or not isinstance(data.get("repeats"), int):
        return False
    points = data.get("points")
    return isinstance(points, list) and all(
        isinstance(each, dict)
        and isinstance(each.get("id"), str)
        and isinstance(each.get("name"), str)
        and isinstance(each.get("parameters"), dict)
        and all(isinstance(value, str | int | float) for value in each["parameters"].values())
        for each in points
    )
