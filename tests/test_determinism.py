"""The same input gives the same bytes: on any machine, in any locale, with any hash seed, and any build of PyYAML."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from mocompile.document.load import load_file
from mocompile.document.tree import Map, place_of, walk

from tests.golden.cases import OUTPUTS, Case, cases

CASES = list(cases())
# Those that together hold every kind of thing; all of them on every machine would take minutes.
VARIED = [
    OUTPUTS / name / "metrics.yaml" for name in ("app-lammps", "every-field", "hostile-text", "several-sequential")
]

# Settings of the environment, and flags of Python. Each stands for a kind of machine.
MACHINES: Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]] = {
    "seed-0": ({"PYTHONHASHSEED": "0"}, ()),
    "seed-4711": ({"PYTHONHASHSEED": "4711"}, ()),
    "locale-c": ({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}, ()),
    "locale-c-without-utf8": ({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}, ("-X", "utf8=0")),
    "locale-utf8": ({"LC_ALL": "C.UTF-8", "LANGUAGE": "de"}, ()),
    "ascii-pipes": ({"PYTHONIOENCODING": "ascii"}, ()),
    "far-east": ({"TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "0"}, ()),
    "optimised": ({}, ("-OO",)),
    "narrow-terminal": ({"COLUMNS": "20", "TERM": "dumb", "NO_COLOR": "1"}, ()),
}
# As `python -m mocompile build` does, for each of the inputs, in each format; a folder comes as a tar.
_BUILD = """
import sys
from pathlib import Path
from mocompile.cli import main
for path in map(Path, sys.argv[1:]):
    overlays = [f"--overlay={each}" for each in sorted((path.parent / "overlays").glob("*.yaml"))]
    for arguments in (["-f", "yaml"], ["-f", "kustomize", *overlays], ["-f", "helm"]):
        sys.argv = ["mocompile", "build", str(path), "-o", "-", *arguments]
        try:
            main()
        except SystemExit as end:
            if end.code:
                raise
"""


def built(settings: Mapping[str, str], flags: tuple[str, ...], folder: Path, *, before: str = "") -> bytes:
    """The outputs of some golden inputs, built on such a machine in that folder."""
    command: list[str | Path] = [sys.executable, *flags, "-c", before + _BUILD, *VARIED]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **settings}
    return subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, check=True).stdout


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The same on a machine with no settings at all."""
    return built({}, (), tmp_path_factory.mktemp("here"))


def test_every_format_is_among_them(here: bytes) -> None:
    assert all(name in here for name in (b"kind: JobSet", b"kustomization.yaml", b"Chart.yaml"))


def test_inputs_hold_more_than_ascii() -> None:
    assert any(not path.read_bytes().isascii() for path in VARIED)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_machine_writes_the_same_bytes(machine: str, here: bytes, tmp_path: Path) -> None:
    settings, flags = MACHINES[machine]
    assert built(settings, flags, tmp_path) == here


@pytest.mark.parametrize("path", VARIED, ids=lambda path: path.parent.name)
def test_file_is_the_same_as_stdout_and_stdin_the_same_as_a_file(path: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mocompile", "build"]
    output = tmp_path / "out.yaml"
    subprocess.run([*command, "-", "-o", output], input=path.read_bytes(), check=True)
    done = subprocess.run([*command, path], stdout=subprocess.PIPE, check=True)
    assert output.read_bytes() == done.stdout


def test_pyyaml_without_its_parts_in_c_writes_the_same_bytes(here: bytes, tmp_path: Path) -> None:
    # PyYAML leaves these names out where it was installed without libyaml.
    assert hasattr(yaml, "CSafeDumper"), "this PyYAML has no parts in C: nothing to compare with"
    without = "import yaml\ndel yaml.CSafeLoader, yaml.CSafeDumper\n"
    assert built({}, (), tmp_path, before=without) == here


def described(root: Map) -> Iterator[tuple[object, ...]]:
    """Everything that a tree says: paths, values with their classes, places of keys and values."""
    for path, value in walk(root):
        yield path, type(value), value, place_of(root, path), place_of(root, path, key=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_pyyaml_without_its_parts_in_c_reads_the_same_values_and_places(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = load_file(case.input)
    monkeypatch.delattr(yaml, "CSafeLoader")
    slow = load_file(case.input)
    assert list(described(slow.root)) == list(described(fast.root))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_output_is_read_back_as_the_same_objects_by_both_of_pyyamls_readers(case: Case) -> None:
    text = case.outputs()["base.yaml"]
    fast, slow = (list(yaml.load_all(text, loader)) for loader in (yaml.CSafeLoader, yaml.SafeLoader))
    assert fast == slow
