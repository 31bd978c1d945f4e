"""Results of a study: parameters are names for rows, axes and sides, and repeats of a point are repetitions."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from mocompile.catalog.figures.model import Plot
from mocompile.results import parse
from mocompile.results.load_figures import load
from mocompile.results.present.plot import plan
from mocompile.results.read.labels import labels

from tests import command
from tests.results.logs import lammps, log

ATOMS = {1: 304, 2: 608}
SPEED = {"slow": 1.0, "fast": 0.5}


def seconds(pods: int, x: int, kind: str, repeat: int) -> float:
    """How long a run takes."""
    return round(100 * x / pods * SPEED[kind] + repeat / 10, 3)


def write(folder: Path, *, index: bool, repeats: int = 2) -> Path:
    """The logs of a study over pods, x and node; with set.json beside each, or as logs alone."""
    for pods in (1, 2, 4):
        for x in (1, 2):
            for kind in SPEED:
                for repeat in range(1, repeats + 1):
                    _write_one(folder, pods, x, kind, repeat, index=index)
    return folder


def _write_one(folder: Path, pods: int, x: int, kind: str, repeat: int, *, index: bool) -> None:
    run = f"mpirun -np {pods} lmp -v x {x}"
    parameters = {"command": run, "pods": pods, "x": x, "node": kind}
    metadata = {
        "pods": pods,
        "completions": pods,
        "metricName": "app-lammps",
        "metricOptions": {"command": run},
        "parameters": parameters,
    }
    text = lammps(seconds(pods, x, kind, repeat)).replace("2432 atoms", f"{ATOMS[x]} atoms")
    log = (
        f"METADATA START {json.dumps(metadata)}\nMETADATA END\n"
        "METRICS OPERATOR COLLECTION START\nMETRICS OPERATOR TIMEPOINT\n"
        f"{text.replace('on 2 procs', f'on {pods} procs')}METRICS OPERATOR COLLECTION END\n"
    )
    name = f"scaling-{pods:04x}{x:02x}{list(SPEED).index(kind):02x}-r{repeat}"
    home = folder / name if index else folder
    home.mkdir(parents=True, exist_ok=True)
    file = f"{name}.log"
    (home / file).write_text(log)
    if index:
        entry = {"file": file, "pod": f"{name}-l-0-0-abcde", "container": "launcher", "node": f"host-{pods}{repeat}"}
        (home / "set.json").write_text(json.dumps({"set": name, "containers": [entry]}))


def rows(folder: Path, *arguments: str) -> list[dict[str, str]]:
    """The table of loop times as CSV."""
    done = command.run("results", "table", str(folder), "--figure", "loop_time", "--format", "csv", *arguments)
    assert done.code == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout, newline="")))


def text(folder: Path, command_name: str, *arguments: str) -> str:
    """Return the lines about loop times that a command prints."""
    done = command.run("results", command_name, str(folder), "--figure", "loop_time", *arguments)
    assert done.code == 0, done.stderr
    return done.stdout


def test_points_that_differ_in_the_base_alone_are_named_apart_and_their_repeats_are_pooled(tmp_path: Path) -> None:
    write(tmp_path, index=True)
    for home in sorted(tmp_path.glob("scaling-000101*")):
        edited = home.with_name(home.name.replace("scaling-0001", "scaling-ffff"))
        edited.mkdir()
        for file in home.iterdir():
            content = file.read_text().replace(home.name, edited.name)
            (edited / file.name.replace(home.name, edited.name)).write_text(content)
    found = rows(tmp_path, "--by", "pods,x,parameter.node")
    assert len(found) == 14
    assert {row["n"] for row in found} == {"2"}
    twice = [row for row in found if (row["pods"], row["parameter.x"]) == ("1", "1")]
    assert [row["study.point"] for row in twice] == ["00010101", "ffff0101", "00010100", "ffff0100"]
    assert "the study changed between its builds" in text(tmp_path, "table")
    assert len(rows(tmp_path, "--by", "pods,x,parameter.node", "--pool", "point")) == 12
    planned = plan(parse(tmp_path), figures=["loop_time"], x="x")
    notes = [note for chart in planned.charts for note in chart.notes]
    assert any("the study changed between its builds" in note for note in notes)
    counts = {n for c in planned.charts for panel in c.panels for each in panel.series for n in each.counts}
    assert counts == {2}


def test_points_that_changed_between_two_folders_are_compared_and_named(tmp_path: Path) -> None:
    old, new = write(tmp_path / "old", index=True), write(tmp_path / "new", index=True)
    for file in sorted(new.glob("scaling-0002*/set.json")):
        file.write_text(file.read_text().replace('"set": "scaling-0002', '"set": "scaling-eeee'))
    done = command.run("results", "compare", str(old), str(new), "--figure", "loop_time", "--all")
    assert done.code == 0, done.stderr
    assert "12 figures compared: 0 worse, 0 better, 12 same" in done.stdout
    assert "differs: point 00020100, 00020101, 00020200, 00020201 → eeee0100, eeee0101" in done.stdout


@pytest.mark.parametrize("command_name", ["table", "report", "compare", "plot"])
def test_numbers_in_the_paths_of_logs_are_in_the_order_of_their_size(tmp_path: Path, command_name: str) -> None:
    for nodes in (32, 64, 128, 256):
        home = tmp_path / f"size{nodes}"
        home.mkdir()
        (home / "a.log").write_text(log(lammps(seconds(nodes, 1, "slow", 0)).replace("100 steps", f"{nodes} steps")))
    given = ["--label-from", "size{nodes}"]
    sizes = ["32", "64", "128", "256"]
    if command_name == "plot":
        results = load([tmp_path], labels=labels((), ["size{nodes}"]))
        (chart,) = plan(results, {"app-lammps": (Plot("", ("loop_time",)),)}).charts
        assert [name.partition(" ")[2] for name in chart.panels[0].series[0].names] == sizes
        return
    if command_name == "compare":
        done = command.run("results", "compare", str(tmp_path), "--by", "nodes", "--pool", "steps", *given)
        assert re.findall(r"nodes (\d+) against nodes 32", done.stdout) == sizes[1:]
        return
    more = ["--no-plots", "-o", "-"] if command_name == "report" else []
    done = command.run("results", command_name, str(tmp_path), *given, *more)
    assert done.code == 0, done.stderr
    cells = r"<td>loop_time</td><td[^>]*>(\d+)</td>" if command_name == "report" else r"(?m)^ *(\d+) .*\d$"
    assert re.findall(cells, done.stdout)[:4] == sizes


def grid(html: str) -> list[list[str]]:
    """The cells of the coverage grid, row by row, the heads first."""
    part = html.partition('<table class="grid">')[2].partition("</table>")[0]
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", part)]


def index_of(folder: Path, *, more: bool) -> Path:
    """The study.json of the study in a folder, with a point that has no logs if `more`."""
    points = [
        {
            "id": f"{pods:04x}{x:02x}{at:02x}",
            "name": f"scaling-{pods:04x}{x:02x}{at:02x}-r{repeat}",
            "repeat": repeat,
            "parameters": {"command": f"mpirun -np {pods} lmp -v x {x}", "pods": pods, "x": x, "node": kind},
        }
        for pods in ((1, 2, 4, 8) if more else (1, 2, 4))
        for x in (1, 2)
        for at, kind in enumerate(SPEED)
        for repeat in (1, 2)
    ]
    folder.mkdir()
    (folder / "study.json").write_text(json.dumps({"study": "scaling", "repeats": 2, "points": points}))
    return folder


@pytest.mark.parametrize("with_sets", [True, False])
def test_a_report_has_the_study_and_a_grid_of_its_points(tmp_path: Path, with_sets: bool) -> None:
    logs, study = write(tmp_path / "logs", index=with_sets), index_of(tmp_path / "study", more=True)
    for file in logs.glob("*/set.json"):
        file.write_text(json.dumps({**json.loads(file.read_text()), "status": {"state": "Completed"}}))
    lost = next(logs.glob("**/scaling-00010100-r2.log"))
    lost.unlink()
    failed = next(logs.glob("**/scaling-00020201-r1.log"))
    failed.write_text(failed.read_text().replace("METRICS OPERATOR COLLECTION END\n", ""))
    for path in (study, study / "study.json"):
        done = command.run("results", "report", str(logs), "--no-plots", "--study", str(path), "-o", "-")
        assert done.code == 0, done.stderr
        rows = grid(done.stdout)
        assert rows[0] == ["x", "node", "pods 1", "pods 2", "pods 4", "pods 8"]
        missing = "0 of 2, 2 missing"
        short = "1 of 2, 1 failed" if with_sets else "1 of 2, 1 missing"
        assert rows[1:] == [
            ["1", "fast", "2 of 2", "2 of 2", "2 of 2", missing],
            ["1", "slow", short, "2 of 2", "2 of 2", missing],
            ["2", "fast", "2 of 2", "1 of 2, 1 failed", "2 of 2", missing],
            ["2", "slow", "2 of 2", "2 of 2", "2 of 2", missing],
        ]
        for fact in (">scaling<", ">16<", ">2<", ">32<", ">1, 2, 4, 8<", ">fast, slow<", ">00020201<"):
            assert fact in done.stdout


def test_without_a_study_the_grid_has_the_parameters_of_the_logs(tmp_path: Path) -> None:
    write(tmp_path, index=True)
    rows = grid(command.run("results", "report", str(tmp_path), "--no-plots", "-o", "-").stdout)
    assert rows[0] == ["x", "node", "pods 1", "pods 2", "pods 4"]
    assert {cell for row in rows[1:] for cell in row[2:]} == {"2 runs"}


def test_runs_of_another_build_are_not_runs_of_the_study(tmp_path: Path) -> None:
    logs, study = write(tmp_path / "logs", index=True), index_of(tmp_path / "study", more=False)
    for file in logs.glob("scaling-000101*/set.json"):
        file.write_text(file.read_text().replace('"set": "scaling-0001', '"set": "scaling-ffff'))
    html = command.run("results", "report", str(logs), "--no-plots", "--study", str(study), "-o", "-").stdout
    assert "4 runs are not of this study" in html
    assert "0 of 2, 2 missing" in html


@pytest.mark.parametrize("content", [None, "{", "[]", '{"study": "s", "repeats": 1, "points": [{"id": 3}]}'])
def test_what_is_no_index_of_a_study_is_an_error(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "a.log").write_text(log(lammps()))
    file = tmp_path / "study.json"
    if content is not None:
        file.write_text(content)
    done = command.run("results", "report", str(tmp_path / "a.log"), "--no-plots", "--study", str(file), "-o", "-")
    assert done.code == 1
    assert "study.json" in done.stderr
    assert "mocompile build" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("index", [True, False])
def test_repeats_of_a_point_are_repetitions_with_and_without_set_json(tmp_path: Path, index: bool) -> None:
    found = rows(write(tmp_path, index=index), "--by", "pods,x,parameter.node")
    assert len(found) == 12
    for row in found:
        times = [seconds(int(row["pods"]), int(row["parameter.x"]), row["parameter.node"], at) for at in (1, 2)]
        assert (row["n"], float(row["median"])) == ("2", sum(times) / 2)
        assert row["set"] == ("scaling" if index else "")


def test_rows_by_parameters_come_first_in_their_order_and_name_what_follows(tmp_path: Path) -> None:
    shown = text(write(tmp_path, index=False), "table", "--by", "node,x,pods")
    head = next(line for line in shown.splitlines() if line.startswith("node"))
    assert head.split() == ["node", "x", "pods", "n", "loop_time", "(s)"]
    assert "one value for each node, x, pods: " in shown
    assert "atoms" in shown


def test_what_differs_besides_the_names_asked_for_stays_a_column(tmp_path: Path) -> None:
    found = rows(write(tmp_path, index=False), "--by", "pods")
    assert len(found) == 12
    shown = text(tmp_path, "table", "--by", "pods")
    assert next(line for line in shown.splitlines() if line.startswith("pods ")).split()[:4] == [
        *("pods", "parameter.command", "x", "node")
    ]


def test_an_unknown_name_and_one_of_several_say_the_candidates(tmp_path: Path) -> None:
    write(tmp_path, index=False)
    wrong = command.run("results", "table", str(tmp_path), "--by", "nodes")
    assert (wrong.code, "did you mean 'node'" in wrong.stderr) == (1, True), wrong.stderr
    several = command.run("results", "table", str(tmp_path), "--by", "x", "--label", "x=3")
    assert several.code == 1
    assert "write one of parameter.x, label.x" in several.stderr


def test_a_comparison_by_a_parameter_is_within_one_folder_and_per_remaining_parameter(tmp_path: Path) -> None:
    write(tmp_path, index=False)
    done = command.run(*("results", "compare", str(tmp_path), "--by", "node", "--base", "slow"), "--format", "json")
    assert done.code == 0, done.stderr
    (comparison,) = json.loads(done.stdout)
    assert (comparison["a"], comparison["b"]) == ("node slow", "node fast")
    times = [each for each in comparison["figures"] if each["figure"] == "loop_time"]
    assert len(times) == 6
    for each in times:
        pods, x = each["pods"], each["settings"]["parameter.x"]
        for side, kind in (("a", "slow"), ("b", "fast")):
            expected = (seconds(pods, x, kind, 1) + seconds(pods, x, kind, 2)) / 2
            assert each[side]["median"] == pytest.approx(expected)
        assert each["verdict"] == "better"


def test_a_comparison_by_a_size_sets_aside_what_follows_it_and_says_so(tmp_path: Path) -> None:
    shown = text(write(tmp_path, index=False), "compare", "--by", "x")
    assert "differs: atoms 304 → 608" in shown
    assert "6 figures compared: 6 worse" in shown
    assert "x 2 against x 1" in shown


def test_each_value_is_compared_with_the_first_and_a_gate_holds_for_all(tmp_path: Path) -> None:
    write(tmp_path, index=False)
    shown = text(tmp_path, "compare", "--by", "pods")
    assert "pods 2 against pods 1" in shown
    assert "pods 4 against pods 1" in shown
    back = command.run(*("results", "compare", str(tmp_path), "--by", "pods", "--base", "4"), "--threshold", "5%")
    assert back.code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is nothing to compare with"),
        (["b", "--by", "node"], "--by compares within A"),
        (["b", "--base", "slow"], "--base is the value of a name"),
        (["--by", "node", "--base", "c7g"], "--base c7g: no figure has it"),
        (["--by", "node,x"], "--by node,x has several names"),
        (["--by", "steps"], "all figures have one steps: steps 100; there is nothing to compare"),
    ],
)
def test_a_comparison_without_two_sides_says_how_to_name_them(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    write(tmp_path, index=False)
    done = command.run("results", "compare", str(tmp_path), *arguments, "--figure", "loop_time")
    assert done.code in (1, 2)
    assert message in done.stderr


def test_a_plot_has_a_line_for_each_value_and_the_ideal_of_strong_scaling(tmp_path: Path) -> None:
    (chart,) = plan(parse(write(tmp_path, index=True)), figures=["loop_time"], x="pods", by=["x,node"]).charts
    lines = [each for panel in chart.panels for each in panel.series]
    measured = {each.name: each for each in lines if each.role == "measured"}
    assert set(measured) == {f"x {x}, node {kind}" for x in (1, 2) for kind in SPEED}
    assert {each.name for each in lines if each.role == "ideal"} == {"ideal strong scaling"}
    for x, kind in ((1, "slow"), (2, "fast")):
        expected = tuple((seconds(pods, x, kind, 1) + seconds(pods, x, kind, 2)) / 2 for pods in (1, 2, 4))
        assert measured[f"x {x}, node {kind}"].y == pytest.approx(expected)


def test_a_plot_over_a_parameter_that_changes_the_command_joins_its_points(tmp_path: Path) -> None:
    (chart,) = plan(parse(write(tmp_path, index=False)), figures=["loop_time"], x="x").charts
    lines = [each for panel in chart.panels for each in panel.series]
    assert {each.x for each in lines} == {(1.0, 2.0)}
    assert len(lines) == 6
    assert any("command" in note for note in chart.notes)


def test_speed_up_and_efficiency_are_per_line_and_rows_of_other_problems_have_none(tmp_path: Path) -> None:
    write(tmp_path, index=True)
    for row in rows(tmp_path, "--scaling", "pods"):
        if row["figure"] != "loop_time speed-up":
            continue
        x, kind = int(row["parameter.x"]), row["parameter.node"]
        base, own = ((seconds(pods, x, kind, 1) + seconds(pods, x, kind, 2)) / 2 for pods in (1, int(row["pods"])))
        assert float(row["value"]) == pytest.approx(base / own)
    shown = text(tmp_path, "table", "--scaling", "pods")
    assert "strong scaling over pods" in shown
    alone = command.run("results", "table", str(tmp_path), "--figure", "cpu_use", "--scaling", "pods")
    assert (alone.code, "nothing scales over pods" in alone.stderr) == (1, True)
