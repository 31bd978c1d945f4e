"""Completion, explanations of fields, several metrics to start from, and a list on a narrow terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from mocompile.catalog import Catalog
from mocompile.cli.explain_field import fields_below

from tests.command import run


def completed(words: str) -> list[str]:
    """Return the completions that bash shows for the last of the words."""
    environment = {
        **os.environ,
        "COMP_WORDS": f"mocompile {words}",
        "COMP_CWORD": str(len(words.split(" "))),
        "_MOCOMPILE_COMPLETE": "complete_bash",
    }
    command = [sys.executable, "-c", "from mocompile.cli import main; main()"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("explain io-i", ["io-io500", "io-ior"]),
        ("explain volume-em", ["volume-empty"]),
        ("explain io-fio.options.s", ["io-fio.options.size"]),
        ("explain io-fio.figures.bw_b", ["io-fio.figures.bw_bytes"]),
        ("explain spec.jobset.s", ["spec.jobset.suspend"]),
        ("init io-f", ["io-fio"]),
        ("results table --metric app-lam", ["app-lammps"]),
        ("explain no-such.", []),
        ("results table --figure loop_t", ["loop_time"]),
        ("results compare --metric io-ior --figure max_w", ["max_write"]),
        ("build --set sp", ["spec."]),
        ("build --set spec.po", ["spec.pod", "spec.pods"]),
        ("build --set spec.metrics[io-fio].options.s", ["spec.metrics[io-fio].options.size="]),
        ("build --set spec.pods=", []),
    ],
)
def test_a_shell_completes_names(words: str, offered: list[str]) -> None:
    assert completed(words) == offered


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("spec.pods", "spec.pods  <integer>  default 1\n    How many pods each metric runs on;"),
        ("spec.metrics[io-fio].repetitions", "<integer>  default 1\n    The whole measurement this many times"),
        ("metadata.name", "metadata.name  <string>  required\n"),
        ("spec.jobset", "\nFIELDS\n  maxRestarts  <integer>  default 0\n"),
        ("MetricSet", "MetricSet  <mapping>"),
    ],
)
def test_a_field_of_a_set_is_explained(path: str, shown: str) -> None:
    ran = run("explain", path)
    assert (ran.code, ran.stderr) == (0, "")
    assert shown in ran.stdout


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("io-fio.options.size", ["size  <string>"]),
        ("io-fio.size", ["size  <string>"]),
        ("io-fio.options", ["blocksize  <string>", "size  <string>"]),
        ("volume-empty.options", ["name  <string>  required", "path  <string>  required", "medium  <string>"]),
        ("io-fio.figures.iops", ["iops  IOPS, higher is better"]),
        ("io-fio.figures", ["iops  IOPS, higher is better", "bw  KiB/s, higher is better"]),
        ("io-fio", ["SETTINGS", "rw, bs, ioengine"]),
    ],
)
def test_a_part_of_a_sheet_is_explained_alone(name: str, shown: list[str]) -> None:
    ran = run("explain", name)
    assert (ran.code, ran.stderr) == (0, "")
    assert [text for text in shown if text not in ran.stdout] == []
    assert json.loads(run("explain", name, "--format", "json").stdout)["name"] == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("io-fio.optons", "io-fio has no option or figure 'optons'; did you mean 'options'?"),
        ("io-fio.figures.iop", "no option or figure 'figures.iop'; did you mean 'figures.iops'?"),
        ("volume-empty.figures", "volume-empty has no option or figure 'figures'"),
    ],
)
def test_an_unknown_part_of_a_sheet_is_said_with_the_nearest(name: str, said: str) -> None:
    ran = run("explain", name)
    assert (ran.code, ran.stdout) == (1, "")
    assert said in ran.stderr


def fields(path: str) -> list[str]:
    """All fields below the path, by their paths."""
    below = [f"{path}.{name}" for name in fields_below(path)]
    return below + [each for field in below for each in fields(field)]


def test_every_field_of_the_schema_is_explained() -> None:
    every = [*fields("metadata"), *fields("spec")]
    assert len(every) > 60
    for path in every:
        ran = run("explain", path)
        assert (ran.code, ran.stderr) == (0, "")
        assert ran.stdout.startswith(path)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("spec.podz", "'spec' has no field 'podz'; did you mean 'pod'?"),
        ("spec.pods.x", "'spec.pods' has no field 'x'"),
        ("metadata.labels.team", "'metadata.labels' has no field 'team'"),
        ("spec.", "'spec' has no field ''"),
    ],
)
def test_an_unknown_field_is_said_with_the_nearest(path: str, said: str) -> None:
    ran = run("explain", path)
    assert (ran.code, ran.stdout) == (1, "")
    assert said in ran.stderr


def test_several_metrics_begin_one_set_that_compiles(tmp_path: Path) -> None:
    ran = run("init", "network-osu-benchmark", "io-fio", "app-custom", cwd=tmp_path)
    assert ran.code == 0
    spec = yaml.safe_load((tmp_path / "metrics.yaml").read_text("utf-8"))["spec"]
    assert [metric["name"] for metric in spec["metrics"]] == ["network-osu-benchmark", "io-fio", "app-custom"]
    assert spec["pods"] == 2
    assert run("build", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("io-fio", "io-fio"), "the metric 'io-fio' is named twice"),
        (("io-foi", "io-fio", "nope"), "unknown metric 'io-foi'; did you mean 'io-fio'?"),
        (("io-fio", "io-ior", "--study"), "--study begins with one metric"),
    ],
)
def test_metrics_that_cannot_begin_a_set_are_said_and_nothing_is_written(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    ran = run("init", *arguments, cwd=tmp_path)
    assert (ran.code, said in ran.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("columns", [20, 60, 80])
def test_a_list_on_a_narrow_terminal_keeps_every_word_of_a_summary(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # not that of the terminal, or of the program that runs the tests
    wide = run("list", "metrics").stdout
    monkeypatch.setenv("COLUMNS", str(columns))
    narrow = run("list", "metrics").stdout
    for line in wide.splitlines()[1:]:
        name, _, _, summary = line.split(maxsplit=3)
        assert name[: columns - 1] in narrow
        assert summary in " ".join(narrow.split())


def test_a_folder_without_a_set_names_the_files_that_are_sets_first(tmp_path: Path) -> None:
    (tmp_path / "a-overlay.yaml").write_text("spec: {pods: 2}\n")
    (tmp_path / "osu.yaml").write_text("kind: MetricSet\n")
    ran = run("build", str(tmp_path))
    assert ran.code == 1
    assert ran.stderr.index("osu.yaml") < ran.stderr.index("a-overlay.yaml")


def test_the_version_has_a_short_option() -> None:
    assert run("-V").stdout == run("--version").stdout


def test_a_sheet_an_option_and_a_field_are_explained_as_json() -> None:
    sheet = json.loads(run("explain", "io-fio", "--format", "json").stdout)
    assert (sheet["name"], sheet["kind"], sheet["pattern"]) == ("io-fio", "metric", "StorageGeneric")
    assert sheet["options"]["iodepth"]["minimum"] == 1
    assert sheet["figures"]["bw"]["unit"] == "KiB/s"
    assert sheet["example"]["kind"] == "MetricSet"
    addon = json.loads(run("explain", "volume-empty", "--format", "json").stdout)
    assert (addon["kind"], addon["options"]["path"]["required"]) == ("addon", True)
    option = json.loads(run("explain", "io-fio.options.size", "--format", "json").stdout)
    assert (option["name"], option["default"]) == ("io-fio.options.size", "4G")
    field = json.loads(run("explain", "spec.jobset", "--format", "json").stdout)
    assert field["fields"]["maxRestarts"]["type"] == "integer"
    assert run("explain", "spec.jobsett", "--format", "json").code == 1


def test_every_sheet_is_explained_as_json() -> None:
    catalog = Catalog()
    for name in (*catalog.metric_names, *catalog.addon_names):
        assert json.loads(run("explain", name, "--format", "json").stdout)["name"] == name


def test_figures_are_not_written_into_a_file_of_another_format(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("")
    ran = run("results", "parse", "a.jsonl", "-o", "x.xlsx", cwd=tmp_path)
    assert ran.code == 1
    assert ran.stderr.startswith("error: 'x.xlsx': figures are not written as .xlsx; name a .csv, ")
    assert not (tmp_path / "x.xlsx").exists()


@pytest.mark.parametrize("group", ["", "results", "study", "catalog"])
def test_no_line_of_a_list_of_commands_is_cut(group: str) -> None:
    ran = run(*group.split(), "--help")
    assert ran.code == 0
    commands = ran.stdout.partition("Commands:\n")[2].splitlines()
    assert commands
    assert [line for line in commands if line.endswith("...")] == []
