"""The example log beside each figures.yaml, and `mocompile catalog check`, which reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import run
from tests.paths import ROOT

FOLDERS = sorted(
    [path.parent for path in (*ROOT.glob("templates/metrics/*/figures.yaml"), *ROOT.glob("addons/*/figures.yaml"))]
)
SHEET = """\
name: mine
family: test
summary: a metric of one's own
image: debian
pattern: SingleApplication
program: echo speed 3 MB/s
"""
FIGURES = """\
figures:
  speed:
    unit: MB/s
    better: higher
    description: How fast.
output:
  - line: speed <speed> MB/s of <device>
"""
JSONL = "example.figures.jsonl"
LOG = "speed 3 MB/s of sda\nspeed 4 MB/s of sdb\n"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_shipped_example_log_holds_exactly_its_figures(folder: Path) -> None:
    assert (folder / "example.log").is_file(), "run `mocompile catalog check --update` when it is there"
    ran = run("catalog", "check", str(folder))
    assert (ran.code, ran.stdout) == (0, ""), ran.stderr
    assert ran.stderr == "1 data sheet checked, nothing wrong\n"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_shipped_example_is_small(folder: Path) -> None:
    assert (folder / "example.log").stat().st_size < 16_000


def test_every_shipped_sheet_is_checked_at_once() -> None:
    ran = run("catalog", "check", "templates/metrics", "addons", cwd=ROOT)
    assert ran.code == 0, ran.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a catalog `own` of one metric, `mine`, and its example."""
    _write(tmp_path, "metric.yaml", SHEET)
    _write(tmp_path, "figures.yaml", FIGURES)
    _write(tmp_path, "example.log", LOG)
    assert run("catalog", "check", "own", "--update", cwd=tmp_path).code == 0
    return tmp_path


def _write(folder: Path, name: str, text: str) -> None:
    path = folder / "own" / "mine" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_update_writes_the_figures_of_the_log_once(folder: Path) -> None:
    path = folder / "own" / "mine" / "example.figures.jsonl"
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"figure": "speed", "value": value, "unit": "MB/s", "context": {"device": device}, "status": "ok"}
        for value, device in ((3, "sda"), (4, "sdb"))
    ]
    before = path.stat().st_mtime_ns
    again = run("catalog", "check", "own", "--update", cwd=folder)
    assert (again.code, again.stderr) == (0, "1 data sheet checked, nothing wrong\n")
    assert path.stat().st_mtime_ns == before
    assert run("catalog", "check", "own/mine", cwd=folder).code == 0
    assert run("catalog", "check", ".", cwd=folder / "own" / "mine").code == 0


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("example.log", "speed 4", "speed 5", f"{JSONL}:2:1: error: line 2 of example.log gives another: value is 5"),
        ("example.log", "speed 4 MB/s of sdb\n", "", f"{JSONL}:2:1: error: example.log does not give this figure"),
        ("example.log", "sdb\n", "sdb\nspeed 6 MB/s of sdc\n", "example.log:3:1: error: example.figures.jsonl lacks"),
        ("example.log", "speed", "pace", "example.log:1:1: error: no figure of 'mine' is in the log"),
        ("figures.yaml", "better: higher", "better: more", "figures.yaml:4:13: error: "),
        ("figures.yaml", "<speed>", "<sped>", f"{JSONL}:1:1: error: "),
        ("metric.yaml", "name: mine", "name: yours", "metric.yaml:1:7: error: "),
        (JSONL, '{"figure"', '{"figur"', f"{JSONL}:1:1: error: not an object of figure, value, unit, context, status"),
        (JSONL, '{"figure"', '{figure"', f"{JSONL}:1:1: error: not JSON"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(folder: Path, name: str, old: str, new: str, said: str) -> None:
    path = folder / "own" / "mine" / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    ran = run("catalog", "check", "own", cwd=folder)
    assert (ran.code, ran.stdout) == (1, "")
    assert f"own/mine/{said}" in ran.stderr


def test_script_that_no_shell_reads_is_an_error_with_its_line(folder: Path) -> None:
    _write(folder, "measure.sh", "measure_before() {\n  echo a\n}\nif then\n")
    ran = run("catalog", "check", "own", cwd=folder)
    assert ran.code == 1
    assert "own/mine/measure.sh:4:1: error: not a shell script: " in ran.stderr


def test_findings_come_as_json_too(folder: Path) -> None:
    _write(folder, "example.log", "speed 3 MB/s of sda\n")
    ran = run("catalog", "check", "own", "--error-format", "json", cwd=folder)
    assert ran.code == 1
    (found,) = json.loads(ran.stdout)
    assert (found["rule"], found["file"], found["line"]) == ("example", "own/mine/example.figures.jsonl", 2)


def test_figures_without_an_example_are_named_and_a_folder_without_sheets_is_an_error(folder: Path) -> None:
    (folder / "own" / "mine" / "example.log").unlink()
    ran = run("catalog", "check", "own", cwd=folder)
    assert (ran.code, ran.stderr.splitlines()[-1]) == (0, "figures.yaml without an example.log: mine")
    for name, said in (("nowhere", "no such folder"), (".", "there is no")):
        ran = run("catalog", "check", name, cwd=folder)
        assert ran.code == 1, ran.stderr
        assert f"{name}:1:1: error: {said}" in ran.stderr
