"""`mocompile argocd`: what a config management plugin of Argo CD runs in the folder of an Application.

The variables: https://argo-cd.readthedocs.io/en/stable/operator-manual/config-management-plugins/
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from mocompile.cli.inputs import Inputs
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.files import is_file

if TYPE_CHECKING:
    from collections.abc import Sequence

_PARAMETERS = "ARGOCD_APP_PARAMETERS"
_SOURCE_PATH = "ARGOCD_APP_SOURCE_PATH"
# A variable `plugin.env` of an Application, for each parameter: a text, or a text with one entry on each line.
_VARIABLES = "ARGOCD_ENV_"
# Parameters, and the key of a parameter's value in the JSON.
KINDS = {"file": "string", "name": "string", "overlays": "array", "set": "map", "only": "array"}


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of an Application. `settings` has `PATH=VALUE`, as `--set` takes them."""

    file: str
    name: str | None
    overlays: tuple[str, ...]
    settings: tuple[str, ...]
    only: tuple[str, ...]


def write_manifests(inputs: Inputs, parameters: Parameters) -> None:
    """Write the manifests of the set or the study to stdout. Raises `InputError`."""
    from mocompile.cli.building import build_yaml, require_no_study
    from mocompile.cli.studies import build_study

    if inputs.is_study():
        build_study(inputs, "yaml", None, parameters.only, (None, None, None), check=False, force=False)
        return
    require_no_study({"the parameter 'only'": parameters.only})
    build_yaml(inputs, "-", check=False)


def inputs_of(parameters: Parameters, environment: Mapping[str, str], folder: Path) -> Inputs:
    """Return the inputs of a build in `folder`, which read no file outside of the Application's repository."""
    within = _repository(folder, environment.get(_SOURCE_PATH, ""))
    return Inputs(parameters.file, parameters.overlays, parameters.settings, name=parameters.name, within=within)


def _repository(folder: Path, path: str) -> Path:
    """Return the root of the repository: `folder` without the Application's path; `folder` where it does not end so."""
    parts = [part for part in PurePosixPath(path).parts if part not in {".", "/"}]
    found = Path(os.path.realpath(folder))
    if ".." in parts or not parts or list(found.parts[-len(parts) :]) != parts:
        return found
    return Path(*found.parts[: -len(parts)])


def parameters_of(environment: Mapping[str, str], folder: Path) -> Parameters:
    """Return the parameters of the environment. The file is by default the `study.yaml` of `folder`, or `metrics.yaml`.

    A parameter of the Application replaces the variable of the same name; entries of lists and maps are added.
    Raises `InputError` with everything that is wrong with the parameters.
    """
    findings: list[Finding] = []
    given: dict[str, Any] = {}
    for name, kind in KINDS.items():
        text = environment.get(_VARIABLES + name.upper(), "")
        if text:
            given[name] = text if kind == "string" else [line for line in text.splitlines() if line.strip()]
    for name, value in _announced(environment.get(_PARAMETERS) or "[]", findings):
        given[name] = [*given.get(name, ()), *value] if isinstance(value, list) else value
    if findings:
        raise InputError(findings)
    return Parameters(
        given.get("file") or ("study.yaml" if is_file(folder / "study.yaml") else "metrics.yaml"),
        given.get("name") or None,
        tuple(given.get("overlays", ())),
        tuple(given.get("set", ())),
        tuple(given.get("only", ())),
    )


def _announced(text: str, findings: list[Finding]) -> Iterator[tuple[str, str | Sequence[str]]]:
    """Yield name and value of each parameter; a map becomes a list of `KEY=VALUE`."""
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        findings.append(_wrong(f"{_PARAMETERS} is not JSON: {error}"))
        return
    if entries is None:  # an Application without parameters
        return
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        findings.append(_wrong(f"{_PARAMETERS} is not a list of parameters"))
        return
    for entry in entries:
        name = entry.get("name")
        if name not in KINDS:
            findings.append(_wrong(f"unknown parameter {json.dumps(name)}", f"known: {', '.join(KINDS)}"))
            continue
        kind = KINDS[name]
        value = entry.get(kind)
        texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        if texts if kind == "array" else kind == "string" and isinstance(value, str):
            yield name, value
        elif kind == "map" and isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
            yield name, [f"{key}={value[key]}" for key in sorted(value)]
        else:
            findings.append(_wrong(f"the parameter '{name}' has no `{kind}` of texts", _example(name)))


def _example(name: str) -> str:
    values: dict[str, Any] = {"string": "metrics.yaml", "array": ["large.yaml"], "map": {"spec.pods": "8"}}
    return f"write {json.dumps({'name': name, KINDS[name]: values[KINDS[name]]})}"


def _wrong(message: str, hint: str = "") -> Finding:
    return Finding("argocd", message, None, hint)
