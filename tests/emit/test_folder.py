"""A folder is written whole or not at all, and never over what somebody else made or changed."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from mocompile.emit.folder import MARKER

from tests.archives import unpack
from tests.command import run, run_process, unprivileged

SET = """\
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: disk}
spec:
  metrics: [{name: io-fio}]
"""
FORMS = ("kustomize", "helm")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "metrics.yaml").write_text(SET)
    (tmp_path / "two.yaml").write_text("spec: {pods: 2}\n")
    return tmp_path


def contents(path: Path) -> dict[str, bytes]:
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def beside(folder: Path) -> list[str]:
    """Return the entries of the folder that are neither input nor output."""
    return sorted({path.name for path in folder.iterdir()} - {"metrics.yaml", "two.yaml", "disk"})


@pytest.mark.parametrize("form", FORMS)
def test_files_no_longer_made_go_away_and_unchanged_ones_keep_their_time(folder: Path, form: str) -> None:
    assert run("build", "-f", form, "--overlay", "two.yaml", cwd=folder).code == 0
    before = contents(folder / "disk")
    assert [path for path in before if "two" in path]
    for path in before:
        os.utime(folder / "disk" / path, (1, 1))
    assert run("build", "-f", form, cwd=folder).code == 0
    after = contents(folder / "disk")
    assert not [path for path in after if "two" in path]
    kept = [path for path in after if after[path] == before.get(path)]
    assert len(kept) >= 5
    assert {(folder / "disk" / path).stat().st_mtime for path in kept} == {1}
    assert beside(folder) == []


@pytest.mark.parametrize("form", FORMS)
def test_foreign_and_edited_files_stop_it_unless_forced(folder: Path, form: str) -> None:
    assert run("build", "-f", form, cwd=folder).code == 0
    clean = contents(folder / "disk")
    (folder / "disk/mine.txt").write_text("mine")
    edited = next(path for path in clean if path.endswith("entrypoint.sh"))
    (folder / "disk" / edited).write_text("edited")
    ran = run("build", "-f", form, "--set", "spec.pods=2", cwd=folder)
    assert ran.code == 1
    assert "mine.txt (not made by mocompile)" in ran.stderr
    assert f"{edited} (edited)" in ran.stderr
    assert contents(folder / "disk") == {**clean, "mine.txt": b"mine", edited: b"edited"}
    assert run("build", "-f", form, "--force", cwd=folder).code == 0
    assert contents(folder / "disk") == clean


def test_a_folder_of_somebody_else_is_left_alone(folder: Path) -> None:
    (folder / "disk").mkdir()
    (folder / "disk/mine.txt").write_text("mine")
    ran = run("build", "-f", "helm", cwd=folder)
    assert (ran.code, "was not made by mocompile" in ran.stderr) == (1, True)
    assert contents(folder / "disk") == {"mine.txt": b"mine"}


@pytest.mark.parametrize("form", FORMS)
def test_a_tar_on_stdout_unpacks_to_the_same_folder(folder: Path, form: str) -> None:
    assert run("build", "-f", form, cwd=folder).code == 0
    command = [sys.executable, "-m", "mocompile", "build", "-f", form, "-o", "-"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        unpack(archive, folder / "unpacked")
    assert contents(folder / "unpacked/disk") == contents(folder / "disk")


@pytest.mark.parametrize("ending", [".tgz", ".tar.gz", ".tar"])
def test_an_archive_unpacks_to_the_same_folder_and_has_the_same_bytes_each_time(folder: Path, ending: str) -> None:
    assert run("build", "-f", "helm", cwd=folder).code == 0
    assert run("build", "-f", "helm", "-o", f"a{ending}", cwd=folder).stderr == f"a{ending}: 18 files\n"
    assert run("build", "-f", "helm", "-o", f"b{ending}", cwd=folder).code == 0
    assert (folder / f"a{ending}").read_bytes() == (folder / f"b{ending}").read_bytes()
    with tarfile.open(folder / f"a{ending}") as archive:
        unpack(archive, folder / "unpacked")
    assert contents(folder / "unpacked/disk") == contents(folder / "disk")
    checked = run("build", "-f", "helm", "-o", f"a{ending}", "--check", cwd=folder)
    assert (checked.code, "name a folder" in checked.stderr) == (1, True)


@pytest.mark.parametrize("form", ["yaml", *FORMS])
def test_check_says_by_its_exit_code_whether_the_output_is_stale(folder: Path, form: str) -> None:
    arguments = ("build", "-f", form, "-o", "out")
    missing = run(*arguments, "--check", cwd=folder)
    assert (missing.code, (folder / "out").exists()) == (1, False)
    assert run(*arguments, cwd=folder).code == 0
    fresh = run(*arguments, "--check", cwd=folder)
    assert (fresh.code, fresh.stdout, "up to date" in fresh.stderr) == (0, "", True)
    stale = run(*arguments, "--check", "--set", "spec.pods=2", cwd=folder)
    assert (stale.code, "is out of date" in stale.stderr) == (1, True)


def test_check_has_nothing_to_compare_on_stdout(folder: Path) -> None:
    for form in ("yaml", *FORMS):
        assert run("build", "-f", form, "-o", "-", "--check", cwd=folder).code == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_symbolic_link_to_the_folder_stays_one(folder: Path, form: str) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "disk").symlink_to("elsewhere")
    assert run("build", "-f", form, cwd=folder).code == 0
    assert (folder / "disk").is_symlink()
    assert (folder / "elsewhere" / MARKER).is_file()


def test_a_folder_that_cannot_be_written_gives_a_message(folder: Path) -> None:
    (folder / "locked").mkdir(mode=0o555)
    ran = run_process("build", "-f", "helm", "-o", "locked/out", cwd=folder, before=unprivileged())
    assert (ran.code, "cannot be written" in ran.stderr) == (1, True)


def test_an_output_below_a_file_gives_a_message(folder: Path) -> None:
    ran = run("build", "-f", "helm", "-o", "metrics.yaml/out", cwd=folder)
    assert (ran.code, "cannot be written" in ran.stderr) == (1, True)


@pytest.mark.parametrize("form", FORMS)
def test_an_interrupt_in_the_middle_leaves_the_old_folder_and_nothing_else(folder: Path, form: str) -> None:
    assert run("build", "-f", form, cwd=folder).code == 0
    before = contents(folder / "disk")
    # Interrupted as the third file is written.
    script = (
        "import os, pathlib, signal, sys\n"
        "write, count = pathlib.Path.write_bytes, iter(range(100))\n"
        "def interrupted(path, data):\n"
        "    if next(count) == 2: os.kill(os.getpid(), signal.SIGINT)\n"
        "    return write(path, data)\n"
        "pathlib.Path.write_bytes = interrupted\n"
        "from mocompile.cli import main\n"
        f"sys.argv = ['mocompile', 'build', '-f', {form!r}, '--overlay', 'two.yaml']\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 128 + signal.SIGINT, done.stderr
    assert contents(folder / "disk") == before
    assert beside(folder) == []


def test_an_overlay_that_a_chart_cannot_offer_is_refused_where_it_stands(folder: Path) -> None:
    (folder / "more.yaml").write_text("spec:\n  metrics:\n    - name: io-sysstat\n")
    (folder / "labels.yaml").write_text("metadata:\n  labels: {team: hpc}\n")
    ran = run("build", "-f", "helm", "--overlay", "more.yaml", "--overlay", "labels.yaml", cwd=folder)
    assert ran.code == 1
    assert "more.yaml:3:7: error: overlay 'more' changes spec.metrics[io-sysstat]" in ran.stderr
    assert "labels.yaml:2:3: error: overlay 'labels' changes metadata.labels" in ran.stderr
    assert ran.stderr.count("move the change into the base, or use kustomize") == 2
    assert not (folder / "disk").exists()


def test_everything_wrong_with_the_overlays_names_is_said_at_once(folder: Path) -> None:
    wrong = ("two.yaml,metrics.yaml", "a b=two.yaml", "two.yaml", "two=two.yaml")
    ran = run("build", "-f", "helm", *(part for each in wrong for part in ("--overlay", each)), cwd=folder)
    assert (ran.code, ran.stderr.count("error: --overlay "), beside(folder)) == (1, 3, [])


def test_a_build_into_the_current_folder_leaves_the_shell_in_it(folder: Path) -> None:
    (folder / "out").mkdir()
    script = '"$0" -m mocompile build ../metrics.yaml -f kustomize -o . && /bin/pwd -P && ls base/jobset.yaml'
    done = subprocess.run(
        ["/bin/sh", "-c", script, sys.executable], cwd=folder / "out", capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, [str(folder / "out"), "base/jobset.yaml"]), done.stderr


def test_force_does_not_replace_the_current_folder_nor_what_holds_it(folder: Path) -> None:
    for output in (".", "..", "/"):
        ran = run("build", "-f", "helm", "-o", output, "--force", cwd=folder)
        assert (ran.code, "--force does not replace it" in ran.stderr) == (1, True)
    assert (folder / "metrics.yaml").read_text() == SET


def test_a_large_folder_of_somebody_else_is_not_walked(folder: Path) -> None:
    ran = run("build", "-f", "kustomize", "-o", "/", cwd=folder)
    assert (ran.code, "/ was not made by mocompile" in ran.stderr) == (1, True)


@pytest.mark.parametrize("arguments", [(), ("--force",)])
def test_a_file_is_never_replaced_by_a_folder(folder: Path, arguments: tuple[str, ...]) -> None:
    ran = run("build", "-f", "helm", "-o", "metrics.yaml", *arguments, cwd=folder)
    assert (ran.code, "metrics.yaml is there, and is no folder" in ran.stderr) == (1, True)
    assert (folder / "metrics.yaml").read_text() == SET


def test_a_build_waits_for_another_and_says_so_if_that_takes_long(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mocompile.emit.folder_change._PATIENCE", 0.1)
    assert run("build", "-f", "helm", cwd=folder).code == 0
    descriptor = os.open(folder / "disk", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    ran = run("build", "-f", "helm", "--set", "spec.pods=2", cwd=folder)
    os.close(descriptor)
    assert (ran.code, "another build is writing into disk" in ran.stderr) == (1, True)
    assert run("build", "-f", "helm", "--check", cwd=folder).code == 0


def test_a_full_disk_leaves_the_old_folder_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("build", "-f", "helm", cwd=folder).code == 0
    before = contents(folder / "disk")
    left = iter(range(100))
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if next(left) == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    ran = run("build", "-f", "helm", "--set", "spec.pods=2", cwd=folder)
    assert (ran.code, "disk cannot be written: No space left on device" in ran.stderr) == (1, True)
    assert contents(folder / "disk") == before
    fresh = run("build", "-f", "helm", "-o", "new/chart", cwd=folder)
    assert (fresh.code, beside(folder)) == (0, ["new"])
