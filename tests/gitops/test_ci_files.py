"""The files for CI in examples/gitops do what they say, in a repository with committed output."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.command import run
from tests.paths import ROOT
from tests.tools import need

FILES = ROOT / "examples" / "gitops"
SET = (ROOT / "examples" / "io-fio" / "metrics.yaml").read_text("utf-8")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a set and its output; the last commit changes both."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    for text in (SET, SET.replace("spec:", "spec:\n  pods: 3", 1)):
        (folder / "metrics.yaml").write_text(text)
        assert run("build", "-o", "disk.yaml", cwd=folder).code == 0
        git(folder, "add", "--all")
        git(folder, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=change")
    return folder


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run([need("git"), *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


def scripts(name: str) -> list[str]:
    """The commands of a file, without the installation."""
    document = yaml.safe_load((FILES / "ci" / name).read_text("utf-8"))
    if name == "gitlab.yaml":
        found = document["benchmarks"]["script"]
    else:
        found = [step["run"] for step in document["jobs"]["output"]["steps"] if "run" in step]
    return [each for each in found if "install" not in each]


def run_all(name: str, repository: Path, tmp_path: Path) -> list[subprocess.CompletedProcess[str]]:
    base = git(repository, "rev-parse", "HEAD~1").strip()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "BASE": base,
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    return [
        subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", each],
            cwd=repository,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        for each in scripts(name)
    ]


@pytest.mark.tools
@pytest.mark.parametrize(
    ("name", "written"), [("github.yaml", "summary.md"), ("gitlab.yaml", "repository/changes.txt")]
)
def test_a_change_is_shown_by_meaning(name: str, written: str, repository: Path, tmp_path: Path) -> None:
    done = run_all(name, repository, tmp_path)
    assert [each.returncode for each in done] == [0] * len(done), done
    assert "spec.replicatedJobs[m].template.spec.completions: 1 -> 3" in (tmp_path / written).read_text()


@pytest.mark.tools
@pytest.mark.parametrize("name", ["github.yaml", "gitlab.yaml"])
def test_output_that_is_out_of_date_fails(name: str, repository: Path, tmp_path: Path) -> None:
    (repository / "metrics.yaml").write_text(SET.replace("spec:", "spec:\n  pods: 4", 1))
    done = run_all(name, repository, tmp_path)
    assert "disk.yaml is out of date" in "".join(each.stderr for each in done)
    assert 1 in [each.returncode for each in done]


@pytest.mark.parametrize("path", sorted(FILES.rglob("*.yaml")), ids=lambda path: str(path.relative_to(FILES)))
def test_every_file_is_yaml(path: Path) -> None:
    assert list(yaml.safe_load_all(path.read_text("utf-8")))
