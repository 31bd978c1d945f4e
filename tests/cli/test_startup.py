"""Nothing is imported that is not used: start-up time is a feature. `benchmarks/startup.py` says what it comes to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PLAIN = """
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: disk}
spec:
  metrics:
    - name: io-fio
      addons:
        - name: volume-empty
          options: {name: scratch, path: /scratch}
"""
WRONG = PLAIN.replace("path:", "paht:")
OVERLAY = "spec: {pods: 2}\n"

# Packages that cost more than all of a build, or that nothing of ours wants.
NEVER = {
    "pydantic",
    "rich",
    "pygments",
    "email",
    "asyncio",
    "http",
    "multiprocessing",
    "unittest",
    "importlib.metadata",
}
# What only some builds need.
SOMETIMES = {"fractions", "jinja2", "deepmerge", "mocompile.diagnostics.report", "mocompile.expression.to_helm"}


def imported(*arguments: str, folder: Path) -> set[str]:
    """The modules that `mocompile ARGUMENTS` imports, and the packages they are in."""
    command = [sys.executable, "-X", "importtime", "-m", "mocompile", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    assert done.returncode in (0, 1), done.stderr[-1000:]
    modules = {line.rpartition("|")[2].strip() for line in lines}
    parts = [module.split(".") for module in modules]
    return {".".join(words[:end]) for words in parts for end in range(1, len(words) + 1)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a good input, a wrong one, and an overlay."""
    (tmp_path / "metrics.yaml").write_text(PLAIN)
    (tmp_path / "wrong.yaml").write_text(WRONG)
    (tmp_path / "overlay.yaml").write_text(OVERLAY)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        "build",
        "build --overlay overlay.yaml",
        "build --set spec.pods=2",
        "build wrong.yaml",
        "validate",
        "--help",
        "-h",
    ],
)
def test_no_command_imports_what_none_needs(arguments: str, folder: Path) -> None:
    assert imported(*arguments.split(), folder=folder) & NEVER == set()


def test_good_build_imports_nothing_for_findings_overlays_or_other_formats(folder: Path) -> None:
    assert imported("build", folder=folder) & SOMETIMES == set()


@pytest.mark.parametrize("line", ["build", "build --set spec.pods=2 -o out.yaml", "build -f kustomize -o out"])
def test_plain_good_build_imports_neither_typer_nor_jsonschema(line: str, folder: Path) -> None:
    assert imported(*line.split(), folder=folder) & {"typer", "click", "jsonschema", "attr", "referencing"} == set()


def test_build_imports_one_output_format(folder: Path) -> None:
    modules = imported("build", folder=folder)
    assert {name for name in modules if name.startswith(("mocompile.emit.kustomize", "mocompile.emit.helm"))} == set()


def test_good_build_imports_no_other_command(folder: Path) -> None:
    others = {f"mocompile.cli.{name}" for name in ("validate", "explain", "listing", "starter")}
    assert imported("build", folder=folder) & others == set()


def test_deepmerge_comes_with_the_first_overlay_only(folder: Path) -> None:
    assert "deepmerge" in imported("build", "--overlay", "overlay.yaml", folder=folder)


def test_version_imports_no_typer(folder: Path) -> None:
    assert imported("--version", folder=folder) & {"typer", "click", "mocompile.cli.app"} == set()


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_import_no_stage(argument: str, folder: Path) -> None:
    modules = imported(argument, folder=folder)
    stages = {"document", "check", "expand", "emit", "catalog", "pipeline"}
    assert modules & {"jsonschema", "yaml", "jinja2", *(f"mocompile.{stage}" for stage in stages)} == set()
