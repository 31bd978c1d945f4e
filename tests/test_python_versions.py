"""The outputs are the same under the system's own Python, whose patch release may be an early one."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.golden.cases import cases
from tests.paths import ROOT

_SYSTEM = Path("/usr/bin/python3")
_VERSION = "import sys, json; print(json.dumps(sys.version_info[:3]))"
_BUILD = """
import json, sys
from pathlib import Path
from mocompile.pipeline import compile_yaml
from mocompile.document.load import load_file
print(json.dumps({path: compile_yaml(load_file(Path(path)).root) for path in sys.argv[1:]}))
"""


def _system_python() -> Path:
    """An interpreter that can use the packages of this one, and is of another patch release."""
    if not _SYSTEM.is_file():
        pytest.skip(f"there is no {_SYSTEM}")
    version = tuple(json.loads(_ran(_SYSTEM, _VERSION)))
    if version[:2] != sys.version_info[:2]:
        pytest.skip(f"{_SYSTEM} is {version}: another minor version, which cannot load the packages installed here")
    if version == sys.version_info[:3]:
        pytest.skip(f"{_SYSTEM} is the version that runs the tests")
    return _SYSTEM


def _ran(python: Path, code: str, *arguments: str) -> str:
    packages = Path(str(find_spec("jsonschema").origin)).parents[1]  # type: ignore[union-attr]
    environment = {"PYTHONPATH": f"{ROOT / 'compiler'}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python), "-c", code, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_every_golden_input_gives_the_same_manifests_under_the_systems_python() -> None:
    every = list(cases())
    built = json.loads(_ran(_system_python(), _BUILD, *(str(case.input) for case in every)))
    differ = [case.name for case in every if built[str(case.input)] != case.outputs()["base.yaml"]]
    assert differ == []
