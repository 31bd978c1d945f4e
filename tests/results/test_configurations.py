"""Pairs of logs that differ in one thing: table, plot, report and compare never pool them, and name what differs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from mocompile.results.load_figures import load
from mocompile.results.present.plot import plan
from mocompile.results.read.lines import COLLECTED

from tests.command import run


@dataclass(frozen=True)
class Side:
    """A log of LAMMPS, and what is known of it."""

    options: Mapping[str, Any] = field(default_factory=dict)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    addons: Sequence[Mapping[str, Any]] = ()
    pods: int = 2
    image: str = "lammps:1"
    set: str = "lammps"
    folder: str = "x"
    atoms: int = 2432

    def write(self, folder: Path, values: Sequence[float]) -> Path:
        """The log in a folder, with what the cluster said beside it."""
        place = folder / self.folder
        place.mkdir(parents=True)
        metadata: dict[str, Any] = {"pods": self.pods, "metricName": "app-lammps", "metricOptions": self.options}
        metadata |= {"metricListOptions": self.lists} if self.lists else {}
        metadata |= {"parameters": self.parameters} if self.parameters else {}
        lines = [f"METADATA START {json.dumps(metadata)}", "METADATA END"]
        for addon in self.addons:
            lines += [f"ADDON METADATA START {json.dumps(addon)}", "ADDON METADATA END"]
        lines.append("METRICS OPERATOR COLLECTION START")
        for value in values:
            lines += ["METRICS OPERATOR TIMEPOINT"]
            lines += [f"Loop time of {value} on 2 procs for 100 steps with {self.atoms} atoms"]
        lines.append("METRICS OPERATOR COLLECTION END")
        (place / "a.log").write_text("".join(f"{line}\n" for line in lines))
        container = {"file": "a.log", "pod": f"{self.set}-l-0-0", "image": self.image, "container": "l", "exitCode": 0}
        (place / COLLECTED).write_text(json.dumps({"set": self.set, "containers": [container]}))
        return place


PAIRS: dict[str, tuple[Side, Side, str]] = {
    "option": (Side({"bs": "4k"}), Side({"bs": "128k"}), "bs 4k → 128k"),
    "option of one side": (Side(), Side({"bs": "4k"}), "bs (not known) → 4k"),
    "list option": (Side(lists={"cmd": ["a"]}), Side(lists={"cmd": ["a", "b"]}), "cmd a → a, b"),
    "addon": (Side(), Side(addons=[{"name": "volume-empty"}]), "addons (not known) → volume-empty"),
    "option of an addon": (
        Side(addons=[{"name": "flux", "options": {"workers": 2}}]),
        Side(addons=[{"name": "flux", "options": {"workers": 4}}]),
        "addon.flux.options.workers 2 → 4",
    ),
    "image": (Side(), Side(image="lammps:2"), "image lammps:1 → lammps:2"),
    "set": (Side(), Side(set="other"), "set lammps → other"),
    "parameter": (Side(parameters={"node": "c7g"}), Side(parameters={"node": "hpc6a"}), "node c7g → hpc6a"),
    "point of an edited study": (
        Side(parameters={"n": 1}, set="s-0123abcd-r1"),
        Side(parameters={"n": 1}, set="s-f9abcdef-r1"),
        "point 0123abcd → f9abcdef",
    ),
    "point of an edited study, named by content": (
        Side(parameters={"n": 1}, set="s-0123abcd-r1-00000001"),
        Side(parameters={"n": 1}, set="s-f9abcdef-r1-00000002"),
        "point 0123abcd → f9abcdef",
    ),
    "content of a point that may be the end of the study's name": (
        Side(parameters={"n": 1}, set="s-0123abcd-00000001"),
        Side(parameters={"n": 1}, set="s-0123abcd-00000002"),
        "point 0123abcd-00000001 → 0123abcd-00000002",
    ),
    "label": (Side(folder="cloud-aws"), Side(folder="cloud-gke"), "cloud aws → gke"),
    "pods": (Side(), Side(pods=4), "pods 2 → 4"),
    "printed size": (Side(), Side(atoms=4864), "atoms 2432 → 4864"),
}
LABELS = ("--label-from", "cloud-{cloud}")


def logs(tmp_path: Path, sides: tuple[Side, Side]) -> tuple[Path, Path]:
    """The logs of both sides, with three values each."""
    return sides[0].write(tmp_path / "a", [10.0, 10.1, 10.2]), sides[1].write(tmp_path / "b", [20.0, 20.1, 20.2])


@pytest.mark.parametrize("name", PAIRS)
def test_what_differs_is_never_pooled_and_is_named(name: str, tmp_path: Path) -> None:
    *sides, difference = PAIRS[name]
    places = logs(tmp_path, (sides[0], sides[1]))
    labels = LABELS if name == "label" else ()
    given = [*map(str, places), *labels]

    table = run("results", "table", *given)
    assert re.findall(r"10\.1 +±0\.05", table.stdout)
    assert re.findall(r"20\.1 +±0\.05", table.stdout)
    shown = difference.partition(" ")[0]
    assert re.search(rf"(?:^| ){re.escape(shown)} ", table.stdout, re.MULTILINE)

    report = run("results", "report", *given, "--no-plots", "-o", "-").stdout
    (row_a, row_b) = re.findall(r"<tr>(?:(?!</tr>).)*loop_time</td>(?:(?!</tr>).)*</tr>", report, re.DOTALL)
    assert ">10.1<" in row_a
    assert ">20.1<" in row_b
    assert f'">{shown}</th>' in report

    compared = run("results", "compare", *map(str, places), *labels)
    assert f"differs: {difference}" in compared.stdout
    alike = name not in ("pods", "printed size")
    assert ("B/A" in compared.stdout, compared.code) == (alike, 0 if alike else 1)


@pytest.mark.parametrize("name", [name for name in PAIRS if name != "label"])
def test_a_picture_keeps_apart_what_differs(name: str, tmp_path: Path) -> None:
    *sides, _ = PAIRS[name]
    results = load(logs(tmp_path, (sides[0], sides[1])))
    (chart,) = plan(results).charts
    points = [
        (low, high)
        for panel in chart.panels
        for each in panel.series
        if each.role == "measured"
        for low, high in zip(each.low, each.high, strict=True)
    ]
    assert sorted(set(points)) in (
        [(10.0, 10.2), (20.0, 20.2)],
        sorted((v, v) for v in (10.0, 10.1, 10.2, 20.0, 20.1, 20.2)),
    )


@pytest.mark.parametrize("ends", [("-r0", "-r1"), ("-r1-00000001", "-r2-00000002")])
def test_runs_that_differ_in_nothing_are_pooled_in_all_commands_with_the_same_numbers(
    ends: tuple[str, str], tmp_path: Path
) -> None:
    values = [10.0, 10.1, 10.2, 20.0, 20.1, 20.2]
    first, second = (Side(parameters={"n": 1}, set=f"s-0123abcd{end}") for end in ends)
    places = logs(tmp_path, (first, second))
    given = list(map(str, places))
    assert re.search(r"loop_time +6 +15\.1 ±5", run("results", "table", *given).stdout)
    report = run("results", "report", *given, "--no-plots", "-o", "-").stdout
    (row,) = re.findall(r"<tr><td>loop_time</td>.*?</tr>", report)
    assert [cell for cell in re.findall(r">([^<>]+)<", row) if cell[0].isdigit()][-4:] == ["6", "15.1", "10", "20.2"]
    (chart,) = plan(load(places), {"app-lammps": []}, figures=["loop_time"]).charts
    drawn = sorted(low for panel in chart.panels for each in panel.series for low in each.low)
    assert drawn in ([10.0], values)
    compared = run("results", "compare", str(tmp_path), str(tmp_path), "--all").stdout
    assert re.search(r"loop_time +15\.1 ±5 +15\.1 ±5", compared)
    assert "differs" not in compared


def test_pooling_on_purpose_is_said(tmp_path: Path) -> None:
    *sides, _ = PAIRS["option"]
    places = logs(tmp_path, (sides[0], sides[1]))
    done = run("results", "table", *map(str, places), "--pool", "bs")
    assert "pooled over bs (2 values)" in done.stdout
    assert re.search(r"loop_time +6 ", done.stdout)
    unknown = run("results", "table", *map(str, places), "--pool", "block")
    names = "atoms, image, loop, option.bs, pods, procs, set, steps"
    assert unknown.code == 1
    assert unknown.stderr == f"error: --pool block: no figure has such a name; there are: {names}\n"


def test_json_lines_give_the_same_table_as_the_logs(tmp_path: Path) -> None:
    *sides, _ = PAIRS["option of an addon"]
    logs(tmp_path, (sides[0], sides[1]))
    run("results", "parse", "a", "b", "-o", "all.jsonl", cwd=tmp_path)
    assert (
        run("results", "table", "all.jsonl", cwd=tmp_path).stdout
        == run("results", "table", "a", "b", cwd=tmp_path).stdout
    )
