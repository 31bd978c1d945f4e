"""The packages that users install: the wheel, and the sdist that a wheel can be built from.

Nothing here needs the network.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path, PurePosixPath

import mocompile
import pytest

from tests.archives import unpack
from tests.paths import ROOT

EXAMPLE = ROOT / "examples" / "io-fio" / "metrics.yaml"
SHIPPED = ("schemas", "templates", "addons", "charts")


def build(kind: str, source: Path, folder: Path) -> Path:
    """The `wheel` or `sdist` of a source tree."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", folder], cwd=source, check=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist of this checkout."""
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel_of_sdist(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built from the sdist."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        unpack(archive, folder)
    (source,) = folder.iterdir()
    return build("wheel", source, tmp_path_factory.mktemp("wheel-of-sdist"))


def names(wheel: Path) -> set[str]:
    """The files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def shipped() -> set[str]:
    """Return the files that the wheel must have beside the code: every file of the shipped folders."""
    files = (path for folder in SHIPPED for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in files}


def installed(wheel: Path, folder: Path) -> Path:
    """The `bin` of a new environment with the wheel in it, and only the dependencies of ours to be seen."""
    venv.create(folder, with_pip=False, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    dependencies = packages / "dependencies.pth"
    # A path here is a path only: the editable install's own .pth, in that folder, is not read.
    dependencies.write_text(f"{sysconfig.get_path('purelib')}\n")
    command: list[str | Path] = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install"]
    flags = ["--quiet", "--no-deps", "--no-index", "--ignore-installed", "--disable-pip-version-check"]
    subprocess.run([*command, *flags, wheel], check=True)
    return folder / "bin"


@pytest.mark.parametrize("which", ["wheel", "wheel_of_sdist"])
def test_installed_wheel_builds_in_a_folder_that_holds_only_the_input(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    binaries = installed(request.getfixturevalue(which), tmp_path / "venv")
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "metrics.yaml").write_bytes(EXAMPLE.read_bytes())
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    commands: tuple[list[str | Path], ...] = ([binaries / "mocompile"], [binaries / "python", "-m", "mocompile"])
    outputs = [
        subprocess.run([*command, "build"], cwd=folder, env=environment, stdout=subprocess.PIPE, check=True).stdout
        for command in commands
    ]
    ours = subprocess.run([sys.executable, "-m", "mocompile", "build", EXAMPLE], stdout=subprocess.PIPE, check=True)
    assert outputs == [ours.stdout, ours.stdout]

    where: list[str | Path] = [binaries / "python", "-c", "import mocompile; print(mocompile.__file__)"]
    file = subprocess.run(where, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert Path(file).is_relative_to(tmp_path), "the wheel was installed, and something else was run"


def test_wheel_and_sdist_give_the_same_files(wheel: Path, wheel_of_sdist: Path) -> None:
    assert names(wheel) == names(wheel_of_sdist)


def test_wheel_holds_every_data_sheet_script_schema_and_chart(wheel: Path) -> None:
    assert {f"mocompile/shipped/{name}" for name in shipped()} <= names(wheel)


def test_wheel_says_that_it_is_typed_and_under_which_licence(wheel: Path) -> None:
    found = names(wheel)
    assert "mocompile/py.typed" in found
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in found)


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    code = {
        path.relative_to(ROOT / "compiler").as_posix()
        for path in (ROOT / "compiler").rglob("*")
        if path.suffix in (".py", ".j2") or path.name == "py.typed"
    }
    # Modules that start fast are beside their sources, for type checkers: `wheelbuild`.
    made = {f"{name}i" for name in code if name.endswith(".py")} | {
        "mocompile/_written_out.py",
        "mocompile/_version.py",
    }
    wanted = code | made | {f"mocompile/shipped/{name}" for name in shipped()}
    wanted |= {name for name in names(wheel) if name.startswith(("mocompile/_sheets/", "mocompile/_texts/"))}
    stray = {name for name in names(wheel) - wanted if not PurePosixPath(name).parts[0].endswith(".dist-info")}
    assert stray == set()


def test_sdist_holds_what_the_tests_need(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        found = {str(PurePosixPath(*PurePosixPath(name).parts[1:])) for name in archive.getnames()}
    assert {"tests/run.sh", "pyproject.toml", "LICENSE", "README.md", "examples/io-fio/metrics.yaml"} <= found
    assert not [name for name in found if name.startswith((".venv", ".cache", ".git/"))]


def test_the_scripts_say_the_version_of_the_package() -> None:
    script = (ROOT / "templates" / "pod" / "version.sh").read_text()
    assert f"\nmo_version={mocompile.__version__}\n" in script
