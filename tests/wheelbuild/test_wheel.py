"""The wheel's own modules do what their sources do: every golden output and every message, from an unpacked wheel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import mocompile
import pytest

from tests.paths import ROOT

_CASES = """
import json, sys
from pathlib import Path
import mocompile
from tests.golden.cases import cases
from tests.golden.studies import study_cases
from tests.messages.cases import cases as messages

def same(text, path):
    return path.read_bytes() == text.encode()

def wrong(case):
    ran = case.build()
    return (ran.code, ran.stdout, ran.stderr) != (1, "", case.expected.read_text("utf-8"))

outputs = [*cases(), *study_cases()]
differ = [str(path) for case in outputs for path, text in case.golden().items() if not same(text, path)]
differ += [case.name for case in messages() if wrong(case)]
print(json.dumps({"from": mocompile.__file__, "cases": len(outputs), "differ": differ}))
"""
_IMPORTED = """
import sys
from mocompile.cli.run import run
sys.argv = ["mocompile", *sys.argv[1:]]
run()
print(*sys.modules, sep="\\n", file=sys.stderr)
"""
# Takes the sheets as code and from their files, and says which are code, and which of these differ.
_SHEETS = """
import json
from mocompile.catalog import Catalog, reader
from mocompile.catalog.compiled import compiled_sheet
from wheelbuild.sheets import Writer

class Names(dict):
    def __missing__(self, path):
        return repr(path)

def texts():
    catalog = Catalog()
    every = [("metric", name, catalog.metric) for name in catalog.metric_names]
    every += [("addon", name, catalog.addon) for name in catalog.addon_names]
    return {f"{kind} {name}": Writer(Names()).record(take(name)) for kind, name, take in every}

found = []
def noted(kind, folder):
    made = compiled_sheet(kind, folder)
    found.extend([f"{kind} {folder.name}"] if made else [])
    return made

reader.compiled_sheet = noted
code = texts()
reader.compiled_sheet = lambda kind, folder: None
files = texts()
print(json.dumps({"all": sorted(code), "code": sorted(found), "differ": [n for n in code if code[n] != files[n]]}))
"""
# What the work at import would need.
NEVER = {
    "dataclasses",
    "inspect",
    "typing",
    "ast",
    "importlib.metadata",
    "typer",
    "jsonschema",
    "email",
    "tempfile",
    "jinja2",
}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with an unpacked wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.iterdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def ran(unpacked: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python with the unpacked wheel before the checkout."""
    environment = {**os.environ, "PYTHONPATH": f"{unpacked}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-P", "-c", code, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done


def test_every_golden_output_and_message_is_the_same_from_the_wheel(unpacked: Path) -> None:
    found = json.loads(ran(unpacked, _CASES).stdout)
    assert Path(found["from"]).is_relative_to(unpacked)
    assert found["cases"] > 50
    assert found["differ"] == []


@pytest.mark.parametrize("example", ["io-fio", "app-lammps"])
@pytest.mark.parametrize("form", ["yaml", "kustomize", "helm"])
def test_build_from_the_wheel_does_no_work_of_dataclasses_or_typing(unpacked: Path, form: str, example: str) -> None:
    path = str(ROOT / "examples" / example / "metrics.yaml")
    modules = set(ran(unpacked, _IMPORTED, "build", path, "-f", form, "-o", "-").stderr.split())
    assert modules & NEVER == set()


def test_types_of_the_wheel_are_those_of_the_sources(unpacked: Path) -> None:
    stubs = {path.relative_to(unpacked): path.read_bytes() for path in unpacked.rglob("*.pyi")}
    assert Path("mocompile/document/tree.pyi") in stubs
    assert stubs == {path: (ROOT / "compiler" / path.with_suffix(".py")).read_bytes() for path in stubs}


def test_every_sheet_of_the_wheel_is_code_and_the_same_as_from_its_files(unpacked: Path) -> None:
    found = json.loads(ran(unpacked, _SHEETS).stdout)
    assert len(found["all"]) > 50
    assert found["code"] == found["all"]
    assert found["differ"] == []


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("templates/metrics/io-fio/metric.yaml", {"metric io-fio"}),
        ("addons/volume-empty/addon.yaml", {"addon volume-empty"}),
        ("schemas/options.schema.json", {"all"}),
    ],
)
def test_sheet_whose_files_have_changed_is_read_from_them(
    path: str, left: set[str], unpacked: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(unpacked, folder)
    file = folder / "mocompile" / "shipped" / path
    file.write_bytes(file.read_bytes() + b"\n")
    found = json.loads(ran(folder, _SHEETS).stdout)
    assert set(found["all"]) - set(found["code"]) == (set(found["all"]) if left == {"all"} else left)


def test_two_wheels_of_a_checkout_have_the_same_made_files() -> None:
    """Otherwise a package is not reproducible: sets have an order of their own in each process."""
    code = "import sys, hashlib; from pathlib import Path; from wheelbuild.sheets import made_sheets\n"
    code += "print(hashlib.sha256(repr(list(made_sheets(Path(sys.argv[1])))).encode()).hexdigest())"
    command = [sys.executable, "-c", code, str(ROOT)]
    seeds = [{**os.environ, "PYTHONHASHSEED": seed} for seed in ("1", "2")]
    digests = {subprocess.run(command, cwd=ROOT, env=each, capture_output=True, check=True).stdout for each in seeds}
    assert len(digests) == 1


def test_wheel_knows_its_version_without_metadata(unpacked: Path) -> None:
    code = "import mocompile, sys; print(mocompile.__version__, 'importlib.metadata' in sys.modules)"
    assert ran(unpacked, code).stdout == f"{mocompile.__version__} False\n"
