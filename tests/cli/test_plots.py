"""`mocompile results plot` and `report`, as functions of the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import typer
from mocompile.cli.results.plots import plot, report
from typer.testing import CliRunner

from tests.tools import need_module

need_module("matplotlib")

LOG = """METADATA START {"pods":2,"metricName":"app-lammps","metricOptions":{"command":"lmp"},"repetitions":2}
METADATA END
METRICS OPERATOR COLLECTION START
METRICS OPERATOR TIMEPOINT
Loop time of 11.8719 on 2 procs for 100 steps with 2432 atoms

Performance: 0.073 ns/day, 329.776 hours/ns, 8.423 timesteps/s
METRICS OPERATOR TIMEPOINT
Loop time of 12.1 on 2 procs for 100 steps with 2432 atoms

Performance: 0.071 ns/day, 335.1 hours/ns, 8.264 timesteps/s
METRICS OPERATOR COLLECTION END
"""
app = typer.Typer()
app.command()(plot)
app.command()(report)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a log, in which commands run."""
    (tmp_path / "a.log").write_text(LOG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    """The exit code, and what is said."""
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_plot_writes_a_folder_of_pictures(folder: Path) -> None:
    code, said = run("plot", "a.log", "-o", "out")
    assert code == 0, said
    files = sorted((folder / "out").iterdir())
    assert files
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in files)
    assert all(f"written out/{file.name}" in said for file in files)


def test_pictures_are_nothing_for_stdout(folder: Path) -> None:
    code, said = run("plot", "a.log", "-o", "-")
    assert code == 1
    assert "pictures cannot be written to stdout" in said
    assert not (folder / "-").exists()


def test_plot_writes_one_figure_to_one_file(folder: Path) -> None:
    code, said = run("plot", "a.log", "--figure", "loop_time", "-o", "out.svg")
    assert code == 0, said
    assert b"<svg" in (folder / "out.svg").read_bytes()


def test_several_pictures_and_one_file_is_an_error_that_names_them(folder: Path) -> None:
    (folder / "b.log").write_text(LOG.replace('"pods":2', '"pods":4'))
    code, said = run("plot", "a.log", "b.log", "--figure", "loop_time", "--figure", "ns_per_day", "-o", "out.png")
    assert code == 1
    assert "loop_time against pods; ns_per_day against pods" in said
    assert not (folder / "out.png").exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--figure", "loop_tiem"], "did you mean 'loop_time'?"),
        (["-o", "x.png", "--format", "svg", "--figure", "loop_time"], "contradicts"),
        (["-o", "a.log/x"], "cannot create"),
    ],
)
def test_a_wrong_call_says_what_to_write(arguments: list[str], word: str, folder: Path) -> None:
    code, said = run("plot", "a.log", *arguments)
    assert code == 1
    assert word in said


def test_a_log_without_figures_says_that_there_is_nothing_to_draw(folder: Path) -> None:
    (folder / "a.log").write_text(LOG.partition("METRICS")[0])
    code, said = run("plot", "a.log")
    assert code == 1
    assert "nothing to draw" in said


def test_report_writes_a_page(folder: Path) -> None:
    code, said = run("report", "a.log", "-o", "r.html", "--title", "Night run")
    assert code == 0, said
    html = (folder / "r.html").read_text("utf-8")
    assert "<h1>Night run</h1>" in html
    assert "11.8719" in html
    assert "LAMMPS" in html


def test_report_without_matplotlib_says_how_to_install_it_and_how_to_do_without(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, said = run("report", "a.log")
    assert code == 1
    assert "pip install 'mocompile[results]'" in said
    assert "--no-plots" in said
    code, said = run("report", "a.log", "--no-plots")
    assert code == 0, said
    assert "<svg" not in (folder / "report.html").read_text("utf-8")
