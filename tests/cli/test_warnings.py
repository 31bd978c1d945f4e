"""A warning is printed beside the output, which it does not stop; `--strict` takes it for an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import run

SET = """\
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: study}
spec:
  pods: 16
  metrics: [{name: app-lammps}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set with a warning, and an overlay with another."""
    (tmp_path / "metrics.yaml").write_text(SET)
    (tmp_path / "more.yaml").write_text("spec: {metrics: [{name: io-fio}]}\n")
    return tmp_path


def test_a_build_with_warnings_prints_the_manifests_and_the_warnings(folder: Path) -> None:
    ran = run("build", cwd=folder)
    assert ran.code == 0
    assert ran.stdout.startswith("---\napiVersion: v1\n")
    assert ran.stderr.startswith("metrics.yaml:6:20: warning: app-lammps starts 2 tasks")


@pytest.mark.parametrize("form", ["yaml", "kustomize", "helm"])
def test_strict_builds_nothing_and_says_all_at_once(form: str, folder: Path) -> None:
    ran = run("build", "-f", form, "-o", "out", "--strict", "--overlay", "more.yaml", cwd=folder)
    assert (ran.code, ran.stdout) == (1, "")
    assert "warning" not in ran.stderr
    assert "metrics.yaml:6:20: error: app-lammps starts 2 tasks" in ran.stderr
    assert "more.yaml:1:25: error: this overlay adds the metric 'io-fio'; the base has app-lammps;" in ran.stderr
    assert not (folder / "out").exists()


def test_an_overlay_that_changes_a_metric_is_no_warning(folder: Path) -> None:
    (folder / "more.yaml").write_text("spec: {pods: 2, metrics: [{name: app-lammps, repetitions: 3}]}\n")
    ran = run("build", "--strict", "--overlay", "more.yaml", cwd=folder)
    assert (ran.code, ran.stderr) == (0, "")


def test_errors_and_warnings_stand_in_one_report(folder: Path) -> None:
    ran = run("build", "--set", "spec.jobset.order=Backwards", cwd=folder)
    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr.endswith("1 error, 1 warning\n")


def test_validate_counts_warnings_and_fails_only_where_it_is_strict(folder: Path) -> None:
    ran = run("validate", cwd=folder)
    assert ran.code == 0
    assert ran.stderr.endswith("1 MetricSet checked, 1 warning\n")
    assert run("validate", "--strict", cwd=folder).code == 1


def test_machines_read_the_level(folder: Path) -> None:
    ran = run("validate", "--error-format", "json", cwd=folder)
    assert ran.code == 0
    assert [each["level"] for each in json.loads(ran.stdout)] == ["warning"]
    ran = run("build", "--error-format", "json", cwd=folder)
    assert [each["level"] for each in json.loads(ran.stderr)] == ["warning"]
