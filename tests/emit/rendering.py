"""Runs the real tools on outputs of mocompile, and says when what they render is what the YAML output holds.

Equal means equal as parsed objects, numbers with their type. Set aside is only what the format itself brings: the hash
that kustomize puts behind the name of a generated ConfigMap, and behind a name by content; of a chart the namespace,
which the release has, and Helm's own labels on the two objects, where the user has not set them.
"""

from __future__ import annotations

import copy
import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import yaml
from mocompile.emit.folder import with_marker

from tests.expression.scratch_chart import different
from tests.tools import need

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

HELMS = ("helm", "helm4")
KUSTOMIZES = ("kustomize", "kubectl")
# The arguments with which each builds a kustomization.
_BUILD = {"kustomize": ("build",), "kubectl": ("kustomize",)}
_HELM_LABELS = re.compile(r"(helm\.sh|app\.kubernetes\.io)/.*")
_HASH = re.compile(r"-[bcdfghkmt2-9456789]{10}$")
_HASH_LENGTH = 11
# `-` and 8 hexadecimal digits.
CONTENT_SUFFIX = 9


class _Reader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads as Kubernetes does: `y` and `n` are booleans too. A key that is there twice is an error."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key is there twice: {keys}"
        return super().construct_mapping(node, deep)


_Reader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^[yYnN]$"), list("yYnN"))
_Reader.add_constructor("tag:yaml.org,2002:bool", lambda _, node: node.value.lower() in ("y", "yes", "on", "true"))
# `=` alone is text to Go's readers; PyYAML knows YAML 1.1's tag for it, and makes nothing of it.
_Reader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


class ToolError(Exception):
    """A tool refused. The message is the tool's."""


def parsed(text: str) -> list[Any]:
    """The documents of a YAML stream, as Kubernetes reads them; empty ones left out."""
    return [each for each in yaml.load_all(text, Loader=_Reader) if each is not None]


def tool(program: str, *arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Return the output of the program. Raises `ToolError` if it fails."""
    words = [need(program), *map(str, arguments)]
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise ToolError(done.stderr)
    return done.stdout


def helm_template(helm: str, chart: Path, release: str, *arguments: object) -> list[Any]:
    """The objects that Helm renders."""
    return parsed(tool(helm, "template", release, chart, *arguments))


def kustomize_build(program: str, folder: Path) -> list[Any]:
    """The objects that kustomize, or kubectl's own kustomize, builds of a folder."""
    return parsed(tool(program, *_BUILD[program], folder))


def assert_chart_renders(rendered: list[Any], expected: Iterable[Any]) -> None:
    """Require that Helm renders the objects of mocompile, apart from the metadata that a chart adds."""
    wanted = _by_kind(copy.deepcopy(list(expected)))
    found = _by_kind(rendered)
    for kind, obj in wanted.items():
        obj["metadata"].pop("namespace", None)
        labels = found.get(kind, {}).get("metadata", {}).get("labels", {})
        own = obj["metadata"].get("labels", {})
        for key in [key for key in labels if _HELM_LABELS.fullmatch(key) and key not in own]:
            del labels[key]
        if not labels:
            found.get(kind, {}).get("metadata", {}).pop("labels", None)
    _require_equal(found, wanted)


def assert_kustomization_builds(built: list[Any], expected: Iterable[Any]) -> None:
    """Require that kustomize builds the objects of mocompile, with kustomize's hashes in all uses of names."""
    wanted = _by_kind(copy.deepcopy(list(expected)))
    found = _by_kind(built)
    config_map, job_set = wanted["ConfigMap"], wanted["JobSet"]
    end = job_set["metadata"]["name"][-CONTENT_SUFFIX:] if config_map.get("immutable") else ""
    name = config_map["metadata"]["name"]
    hashed = found["ConfigMap"]["metadata"]["name"]
    assert without_hash(hashed) == name.removesuffix(end)
    config_map["metadata"]["name"] = hashed
    for volume in volumes(job_set):
        if volume.get("configMap", {}).get("name") == name:
            volume["configMap"]["name"] = hashed
    if end:
        hashed = found["JobSet"]["metadata"]["name"]
        assert without_hash(hashed) == name.removesuffix(end)
        job_set["metadata"]["name"] = hashed
        network = job_set["spec"]["network"]
        if "subdomain" in network:
            network["subdomain"] = network["subdomain"].removesuffix(end) + hashed[-_HASH_LENGTH:]
    _require_equal(found, wanted)


def content_of(objects: list[Any]) -> Any:
    """Return the part of the objects that cannot change in the cluster: equal in two sets that must have one name."""
    by_kind = _by_kind(copy.deepcopy(objects))
    config_map, job_set = by_kind["ConfigMap"], by_kind["JobSet"]
    spec, annotations = job_set["spec"], job_set["metadata"]["annotations"]
    for volume in volumes(job_set):
        if volume.get("configMap", {}).get("name") == config_map["metadata"]["name"]:
            volume["configMap"]["name"] = ""
    subdomain = spec["network"].get("subdomain")
    if subdomain is not None:
        spec["network"]["subdomain"] = subdomain.rpartition("-")[0]
    running = {key: value for key, value in annotations.items() if key.startswith("alpha.jobset.sigs.k8s.io/")}
    may_change = ("suspend", "ttlSecondsAfterFinished")
    rest = {key: value for key, value in spec.items() if key not in may_change}
    return (config_map["data"], running, rest)


def without_hash(name: str) -> str:
    """Return the name without the hash that kustomize put behind it. Fails if there is no hash."""
    found = _HASH.search(name)
    assert found, f"no hash of kustomize is in the name {name}"
    return name.removesuffix(found[0])


def pods(job_set: Any) -> Iterable[Any]:
    """The pod templates of a JobSet."""
    return (job["template"]["spec"]["template"] for job in job_set["spec"]["replicatedJobs"])


def volumes(job_set: Any) -> Iterable[Any]:
    """The volumes of all pods of a JobSet."""
    return (volume for pod in pods(job_set) for volume in pod["spec"].get("volumes", []))


def write(files: Mapping[str, str], folder: Path) -> Path:
    """The files of a folder format, as `build` leaves them."""
    for path, text in with_marker(files).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return folder


def json_of(data: object) -> str:
    """Data as JSON that every reader of YAML reads: without surrogates, and no line break of YAML's as it is."""
    text = json.dumps(data, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def json_file(path: Path, data: object) -> Path:
    """A file with the data."""
    path.write_text(json_of(data), "utf-8")
    return path


def _by_kind(objects: list[Any]) -> dict[str, Any]:
    by_kind = {obj["kind"]: obj for obj in objects}
    assert len(by_kind) == len(objects), [obj["kind"] for obj in objects]
    return by_kind


def _require_equal(found: Any, wanted: Any) -> None:
    unequal = different(_flat(found), _flat(wanted))
    assert not unequal, f"rendered, and wanted, where they differ: {unequal}"


def _flat(data: Any, path: str = "") -> dict[str, Any]:
    """Every leaf by its path, so that a failed test shows where the difference is."""
    children: list[tuple[str, Any]] = []
    if isinstance(data, dict):
        children = [(f"{path}/{key!r}", child) for key, child in data.items()]
    elif isinstance(data, list):
        children = [(f"{path}/{position}", child) for position, child in enumerate(data)]
    if not children:
        return {path: data}
    return {key: leaf for child_path, child in children for key, leaf in _flat(child, child_path).items()}
