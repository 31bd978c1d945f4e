"""`mocompile diff`: the objects of two inputs, and how they differ."""

from __future__ import annotations

import difflib
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from mocompile.cli.inputs import Inputs
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.place import STDIN_NAME, Place
from mocompile.diagnostics.wording import visible
from mocompile.document.source import STDIN
from mocompile.emit.changes import ABSENT, MAX_VALUES, Change, Field, TooMuchError, changes, identity
from mocompile.files import is_folder, read_regular, reason_of
from mocompile.pipeline import compile_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ENDINGS = (".yaml", ".yml")
_SETS = {"MetricSet", "MetricStudy"}
# What a folder of another format holds. Its objects come out of that format's own tool.
_OTHERS = {
    "Chart.yaml": "a Helm chart: helm template NAME {} | mocompile diff - …",
    "kustomization.yaml": "a kustomization: kustomize build {} | mocompile diff - …",
}
_MAX_BYTES = 64 << 20
_WIDTH = 100


def difference(old: str, new: str, catalogs: tuple[str, ...]) -> list[Change]:
    """Return how the objects of two inputs differ. Raises `InputError` with the findings of both."""
    if old == new == STDIN:
        raise InputError([Finding("diff", "only one of the two inputs can be stdin", None, "name a file")])
    sides: list[list[Any]] = []
    findings: list[Finding] = []
    for path in (old, new):
        try:
            sides.append(_once(list(_objects(path, catalogs)), path))
        except InputError as error:
            findings += error.findings
    if findings:
        raise InputError(findings)
    try:
        return changes(*sides)
    except (TooMuchError, RecursionError):
        message = f"the inputs have more than {MAX_VALUES} values, or are nested too deeply"
        raise InputError([Finding("too-large", message, None, "compare fewer files")]) from None


def _once(objects: list[Any], path: str) -> list[Any]:
    """Return the objects. Raises `InputError` if two are the same one: what is compared would be a matter of chance."""
    counts = Counter(identity(each) for each in objects)
    twice = [
        Finding("diff", f"'{path}' has {kind}/{name} {count} times", None, "compare files that have each object once")
        for (kind, _, name), count in counts.items()
        if count > 1
    ]
    if twice:
        raise InputError(twice)
    return objects


def _objects(path: str, catalogs: tuple[str, ...]) -> Iterator[Any]:
    """Return the Kubernetes objects of `path`: manifests, or a set or a study, which is compiled."""
    if not is_folder(path):
        yield from _of_file(path, catalogs)
        return
    for name, form in _OTHERS.items():
        if Path(path, name).is_file():
            message = f"'{path}' is {form.format(path)}"
            raise InputError([Finding("diff", message, None, "compare the manifests that this command writes")])
    files = [path] if Path(path, "metrics.yaml").is_file() else _manifests(Path(path))
    if not files:
        raise InputError([Finding("diff", f"'{path}' has no YAML files", None, "name a file or another folder")])
    for file in files:
        yield from _of_file(file, catalogs)


def _manifests(folder: Path) -> list[str]:
    found = []
    for directory, folders, names in os.walk(folder):
        folders.sort()
        found += [str(Path(directory, name)) for name in sorted(names) if name.endswith(_ENDINGS)]
    return found


def _of_file(path: str, catalogs: tuple[str, ...]) -> Iterator[Any]:
    if not is_folder(path):
        documents = _parsed(_stdin() if path == STDIN else _file(path), STDIN_NAME if path == STDIN else path)
        if not _SETS & {each["kind"] for each in documents if isinstance(each["kind"], str)}:
            yield from documents
            return
        if path == STDIN:
            hint = "build the set first, or name its file"
            raise InputError([Finding("diff", "stdin has a set, not manifests", None, hint)])
    inputs = Inputs(path, catalogs=catalogs)
    if inputs.is_study():
        from mocompile.cli.studies import compiled_study

        for each in compiled_study(inputs).sets:
            yield from each.compiled.objects
        return
    yield from compile_objects(inputs.merged(), inputs.catalog)


def _file(path: str) -> bytes:
    try:
        return read_regular(path, _MAX_BYTES + 1)
    except OSError as error:
        hint = "name a file or a folder with manifests, a MetricSet or a study"
        raise InputError([Finding("diff", f"cannot read '{path}': {reason_of(error)}", None, hint)]) from None


def _stdin() -> bytes:
    return sys.stdin.buffer.read(_MAX_BYTES + 1)


def _parsed(data: bytes, name: str) -> list[dict[str, Any]]:
    if len(data) > _MAX_BYTES:
        raise InputError([Finding("too-large", f"'{name}' is larger than {_MAX_BYTES >> 20} MiB", None, "split it")])
    try:
        documents = [each for each in yaml.load_all(data, _Loader) if each is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name, 1, 1)
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise InputError([Finding("yaml", f"invalid YAML: {problem}", place)]) from None
    except (RecursionError, ValueError) as error:
        message = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError([Finding("yaml", f"invalid YAML: {message}", Place(name, 1, 1))]) from None
    wrong = [each for each in documents if not isinstance(each, dict) or "kind" not in each]
    if wrong:
        hint = "a Kubernetes object has `apiVersion` and `kind`"
        raise InputError([Finding("diff", "a document is not a Kubernetes object", Place(name, 1, 1), hint)])
    return documents


def as_text(found: list[Change]) -> Iterator[str]:
    """Return the lines that show the changes: `+`, `-` and `~` for a new, a removed and a changed object."""
    for change in found:
        where = f" (namespace {change.namespace})" if change.namespace else ""
        if not change.old:
            yield visible(f"+ {change.kind}/{change.new}{where}")
        elif not change.new:
            yield visible(f"- {change.kind}/{change.old}{where}")
        else:
            name = change.new if change.old == change.new else f"{change.old} -> {change.new}"
            yield visible(f"~ {change.kind}/{name}{where}")
            for field in change.fields:
                yield from _field(field)


def _field(field: Field) -> Iterator[str]:
    path = visible(field.path)
    if field.old is ABSENT:
        yield f"    + {path}: {_shown(field.new)}"
    elif field.new is ABSENT:
        yield f"    - {path}: {_shown(field.old)}"
    elif _is_block(field.old) or _is_block(field.new):
        yield f"    ~ {path}:"
        lines = difflib.unified_diff(str(field.old).splitlines(), str(field.new).splitlines(), lineterm="", n=1)
        yield from (f"        {visible(line)}" for line in list(lines)[2:])
    else:
        yield f"    ~ {path}: {_shown(field.old)} -> {_shown(field.new)}"


def _is_block(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return visible(text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…")


def as_json(found: list[Change]) -> str:
    """Return the changes as one JSON list. A side that does not have a field is left out."""
    return json.dumps([_as_data(change) for change in found], indent=2, default=str) + "\n"


def _as_data(change: Change) -> dict[str, Any]:
    names = {"old": change.old or None, "new": change.new or None}
    fields = [
        {"path": field.path}
        | ({} if field.old is ABSENT else {"old": field.old})
        | ({} if field.new is ABSENT else {"new": field.new})
        for field in change.fields
    ]
    return {"kind": change.kind, "namespace": change.namespace or None, **names, "fields": fields}
