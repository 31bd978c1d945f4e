"""Finds the set of a command: by its name, by its metrics.yaml, or by its manifests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.document.load import load_text
from mocompile.document.source import FOLDER_FILE, STDIN
from mocompile.document.tree import Map
from mocompile.results.collect.facts import is_name

if TYPE_CHECKING:
    from mocompile.cli.inputs import Inputs


def named_set(inputs: Inputs) -> tuple[str, str | None]:
    """Return the JobSet's name, and its namespace if one is written. Raises `InputError`.

    A word that is not a file, and not a folder with a metrics.yaml, is a name.
    """
    target = inputs.path
    if _is_a_name(target):
        if inputs.overlays or inputs.settings:
            hint = f"remove them, or name the metrics.yaml instead of '{target}'"
            raise InputError([Finding("set", "--overlay and --set change a metrics.yaml", None, hint)])
        return _checked(target, inputs.namespace)
    found = _jobsets(load_text(inputs.source(target).data, inputs.source(target).name))
    if not found:
        from mocompile.pipeline import compile_objects

        found = [each for each in compile_objects(inputs.merged(), inputs.catalog) if each.get("kind") == "JobSet"]
    if len(found) > 1:
        names = ", ".join(str(each["metadata"].get("name")) for each in found[:5])
        message = f"{inputs.source(target).name} has {len(found)} JobSets ({names})"
        raise InputError([Finding("set", message, None, "name one of them instead of the file")])
    metadata = found[0]["metadata"]
    return _checked(metadata.get("name"), inputs.namespace or metadata.get("namespace"))


def _is_a_name(target: str) -> bool:
    if target == STDIN or not is_name(target):
        return False
    path = Path(target)
    if path.is_dir():
        return not (path / FOLDER_FILE).exists()
    return not path.exists() and not target.endswith((".yaml", ".yml", ".json"))


def _jobsets(documents: Sequence[Any]) -> list[Any]:
    roots = [document.root for document in documents]
    return [root for root in roots if root.get("kind") == "JobSet" and isinstance(root.get("metadata"), Map)]


def _checked(name: object, namespace: object) -> tuple[str, str | None]:
    for value, what in ((name, "set"), (namespace, "namespace")):
        if not is_name(value) and not (what == "namespace" and value is None):
            raise InputError([Finding("set", f"{value!r} cannot be the name of a {what}", None, "")])
    return str(name), None if namespace is None else str(namespace)
