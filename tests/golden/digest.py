"""Outputs by digest: a text that is a file of the repository is stored as that file's path, and its digest once a case.

    out/scripts.sha256      a line for each script in the outputs but version.sh, which a release changes
                            (`sha256sum -c` reads it in the root of the repository)
    out/<name>.yaml         `entrypoint.sh: <templates/pod/entrypoint.sh>` in place of the script's text
    out/*/.mocompile.json   the path in place of the digest of a script or of a common file

The folders are stored without scripts, and without the files that are the same in every case: `golden/common/` has
those. The stored outputs still pin every byte: a text is replaced only where it is found whole, exactly once, and is
the same as the repository's file. In all other cases `NotAsStoredError` is raised.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import indent
from typing import cast

import yaml
from mocompile.emit.folder import MARKER

from tests.paths import ROOT

COMMON = ROOT / "golden" / "common"
DIGESTS = "scripts.sha256"
_VERSION = "version.sh"
_SCRIPTS = ("kustomize/base/scripts/", "helm/scripts/")
# The same bytes in every output of that format, whatever the input.
CONSTANT = (
    "helm/.helmignore",
    "helm/templates/_helpers.tpl",
    "helm/templates/_mocompile.tpl",
    "kustomize/base/kustomizeconfig.yaml",
)


class NotAsStoredError(Exception):
    """A text in an output is not byte for byte the file of the repository, so that the path cannot replace it."""


@dataclass(frozen=True)
class Digested:
    """The stored form of the outputs of a case: its own files, and its common files, both by path."""

    files: Mapping[str, str]
    common: Mapping[str, str]


@cache
def script_files() -> Mapping[str, Path]:
    """Every script of the repository that may be in an output, by the name that it has there."""
    found = [(path.name, path) for path in (ROOT / "templates" / "pod").glob("*.sh")]
    found += [(f"measure-{path.parent.name}.sh", path) for path in ROOT.glob("templates/metrics/*/measure.sh")]
    for path in ROOT.glob("addons/*/*.sh"):
        script = "" if path.name == "addon.sh" else f"-{path.stem}"
        found.append((f"addon-{path.parent.name}{script}.sh", path))
    by_name = dict(found)
    assert len(by_name) == len(found), "two scripts have the same name in outputs"
    return by_name


def scripts_in(output: str) -> Mapping[str, str]:
    """The scripts in a YAML output: what its ConfigMap holds, name to text."""
    objects = yaml.load_all(output, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    (data,) = [each["data"] for each in objects if each["kind"] == "ConfigMap"]
    return cast("Mapping[str, str]", data)


def digested(outputs: Mapping[str, str]) -> Digested:
    """Return the stored form of these outputs, given by their path below `out`.

    Raises `NotAsStoredError` where a script in them is not the repository's file, or a digest in a marker is wrong.
    """
    files, scripts, common = dict(outputs), set[str](), {path: outputs[path] for path in CONSTANT}
    for path in CONSTANT:
        _leave_out(files, path, COMMON / path)
    for path, text in outputs.items():
        if "/" not in path and path.endswith(".yaml"):
            files[path] = _without_scripts(path, text)
            scripts.update(scripts_in(text))
        elif path.startswith(_SCRIPTS):
            name = path.rpartition("/")[2]
            file = _script_file(path, name)
            _require_text(path, text, file)
            _leave_out(files, path, file)
            scripts.add(name)
    files[DIGESTS] = _digests(script_files()[name] for name in scripts if name != _VERSION)
    return Digested(files, common)


def _without_scripts(path: str, output: str) -> str:
    for name, text in scripts_in(output).items():
        file = _script_file(path, name)
        _require_text(f"{name} in {path}", text, file)
        output = _replaced(path, output, f"  {name}: |\n{indent(text, '    ')}", f"  {name}: {_reference(file)}\n")
    return output


def _require_text(what: str, text: str, file: Path) -> None:
    if text.encode() != file.read_bytes():
        raise NotAsStoredError(f"{what} is not the text of {file.relative_to(ROOT)}")


def _leave_out(files: dict[str, str], path: str, file: Path) -> None:
    """Take the file at the path out of the files. The marker of its folder, which has its digest, names `file`."""
    folder, _, below = path.partition("/")
    marker = f"{folder}/{MARKER}"
    entry = f'"{below}": "{_sha256(files.pop(path).encode())}"'
    files[marker] = _replaced(marker, files[marker], entry, f'"{below}": "{_reference(file)}"')


def _replaced(path: str, text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise NotAsStoredError(f"{path} holds this {text.count(old)} times, not once:\n{old[:200]}")
    return text.replace(old, new)


def _script_file(path: str, name: str) -> Path:
    if name not in script_files():
        raise NotAsStoredError(f"{path} holds {name}, which is no script of the repository")
    return script_files()[name]


def _reference(file: Path) -> str:
    return f"<{file.relative_to(ROOT).as_posix()}>"


def _digests(files: Iterable[Path]) -> str:
    return "".join(f"{_sha256(file.read_bytes())}  {file.relative_to(ROOT).as_posix()}\n" for file in sorted(files))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
