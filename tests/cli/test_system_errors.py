"""An error of the system becomes a message and exit code 1: names, permissions, full disks, readers who leave."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.command import run, run_process, unprivileged

SET = """\
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: disk}
spec:
  metrics: [{name: io-fio}]
"""
LOG = """\
METADATA START {"pods":1,"completions":1,"metricName":"app-lammps","metricOptions":{}}
METADATA END
METRICS OPERATOR COLLECTION START
METRICS OPERATOR TIMEPOINT
Loop time of 11.5 on 2 procs for 100 steps with 2432 atoms
METRICS OPERATOR COLLECTION END
"""
NAMING = (
    "validate {}",
    "build m.yaml --overlay {}",
    "build m.yaml --set spec.pods=2 --catalog {}",
    "build m.yaml -o {}",
    "build m.yaml -o {} --check",
    "build m.yaml -f helm -o {}",
    "build m.yaml -f kustomize -o {} --check",
    "build m.yaml -f kustomize -o {} --force",
    "images {}",
    "list --catalog {}",
    "explain io-fio --catalog {}",
    "schema -o {}",
    "init io-fio -o {}",
    "results parse {}",
    "results parse a.log -o {}",
    "results table {}",
    "results report a.log --no-plots -o {}",
    "results compare a.log {}",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.yaml").write_text(SET)
    (tmp_path / "a.log").write_text(LOG)
    return tmp_path


def arguments_of(command: str, name: str) -> list[str]:
    return [word.format(name) for word in command.split()]


@pytest.mark.parametrize("command", NAMING)
def test_a_name_that_no_file_can_have_gives_a_message(folder: Path, command: str) -> None:
    ran = run(*arguments_of(command, "a" * 5000), cwd=folder)
    compared = "--check" in command or "report" in command
    assert (ran.code, ran.stdout) == (1, "")
    assert "error: " in ran.stderr or compared
    assert sorted(path.name for path in folder.iterdir()) == ["a.log", "m.yaml"]


@pytest.mark.parametrize("command", NAMING)
def test_what_is_below_a_folder_that_may_not_be_entered_gives_a_message(folder: Path, command: str) -> None:
    (folder / "closed").mkdir(mode=0o000)
    ran = run_process(*arguments_of(command, "closed/x"), cwd=folder, before=unprivileged())
    (folder / "closed").chmod(0o700)
    assert (ran.code, ran.stdout) == (1, "")
    assert "closed/x" in ran.stderr
    assert "internal error" not in ran.stderr


def test_a_folder_of_logs_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o000)
    ran = run_process("results", "parse", "closed", cwd=folder, before=unprivileged())
    (folder / "closed").chmod(0o700)
    assert ran.code == 1
    assert "closed" in ran.stderr
    assert "stdout" not in ran.stderr


def test_a_search_says_which_folder_it_could_not_read(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o000)
    ran = run_process("validate", ".", cwd=folder, before=unprivileged())
    (folder / "closed").chmod(0o700)
    assert (ran.code, "'./closed' cannot be read" in ran.stderr) == (1, True)


@pytest.mark.parametrize(
    "command",
    [
        "build m.yaml",
        "build m.yaml -f helm -o -",
        "build m.yaml -f kustomize -o -",
        "list",
        "list --format json",
        "explain io-fio",
        "images m.yaml",
        "schema",
        "init io-fio -o -",
        "validate m.yaml --error-format json",
        "results parse a.log",
        "results table a.log",
        "results table a.log --format csv",
        "results compare a.log a.log",
        "results report a.log --no-plots -o -",
        "--version",
        "--help",
        "build --help",
        "results --help",
    ],
)
def test_a_full_disk_behind_stdout_gives_a_message(folder: Path, command: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mocompile", *command.split()],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    said = [line for line in done.stderr.splitlines() if "stdout cannot be written: No space left on device" in line]
    assert (done.returncode, len(said)) == (1, 1), done.stderr
    assert "internal error" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize(
    "command", ["build m.yaml", "list", "schema", "explain io-fio", "results parse a.log", "--help"]
)
def test_a_reader_who_leaves_ends_every_command_alike(folder: Path, command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "mocompile", *command.split()],
        cwd=folder,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_loop_of_links_gives_a_message(folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    for form in ("yaml", "helm", "kustomize"):
        ran = run("build", "m.yaml", "-f", form, "-o", "loop", cwd=folder)
        assert (ran.code, ran.stderr.startswith("error: loop ")) == (1, True)
    assert (folder / "loop").readlink() == Path("loop")


def test_a_tar_takes_long_names(folder: Path) -> None:
    name = "a" * 200
    command = [sys.executable, "-m", "mocompile", "build", "m.yaml", "-f", "kustomize", "--overlay", f"{name}=m.yaml"]
    done = subprocess.run([*command, "-o", "-"], cwd=folder, capture_output=True, check=True)
    (folder / "out.tar").write_bytes(done.stdout)
    with tarfile.open(folder / "out.tar") as archive:
        assert any(name in member for member in archive.getnames())


def test_a_search_passes_over_pipes(folder: Path) -> None:
    os.mkfifo(folder / "pipe.yaml")
    ran = run_process("validate", ".", cwd=folder)
    assert (ran.code, ran.stderr) == (0, "1 MetricSet checked, nothing wrong\n")


def test_our_own_lines_do_not_act_on_a_terminal(folder: Path) -> None:
    name = "h\x1b[31mred"
    said = [
        run("build", "m.yaml", "-f", "helm", "-o", name, cwd=folder).stderr,
        run("build", "m.yaml", "-o", f"{name}.yaml", "--check", cwd=folder).stderr,
        run("init", "-o", f"{name}.init", cwd=folder).stderr,
        run("results", "report", "a.log", "--no-plots", "-o", f"{name}.html", cwd=folder).stderr,
    ]
    assert all("h\\x1b[31mred" in text and "\x1b" not in text for text in said)
