"""A published scaling study out of its raw logs: the values, the means and the tables are those of its authors."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from statistics import mean

import pytest
from mocompile.results import labels, parse

from tests import command
from tests.paths import ROOT

FOLDER = ROOT / "tests" / "data" / "scaling"
PATTERN = "size{nodes}/results/{app}/*"
NAMES = ("speed-up", "efficiency")
FIGURES = {
    "kripke": ("app-kripke", "grind_time"),
    "amg2023": ("app-amg", "fom"),
    "lammps-reax": ("app-lammps", "atom_steps_per_second"),
}


def published() -> Iterator[dict[str, str]]:
    """The authors' rows: one for each application and number of nodes."""
    with (FOLDER / "published.csv").open(newline="") as file:
        yield from csv.DictReader(file)


@pytest.mark.parametrize("app", FIGURES)
def test_means_by_nodes_are_the_published_ones(app: str) -> None:
    metric, figure = FIGURES[app]
    logs = sorted(FOLDER.glob(f"size*/results/{app}"))
    results = parse(logs, metric=metric, labels=labels(patterns=[PATTERN])).figures(figure)
    wanted = [row for row in published() if row["app"] == app]
    assert [int(row["nodes"]) for row in wanted] == [32, 64, 128, 256]
    for row in wanted:
        found = [each.value for each in results if each.configuration.values["label.nodes"] == int(row["nodes"])]
        assert sorted(found) == sorted(map(float, row["values"].split()))
        assert mean(map(float, found)) == pytest.approx(float(row["mean"]), rel=1e-12)


@pytest.mark.parametrize("app", FIGURES)
def test_a_table_by_nodes_has_the_published_medians_one_row_each(app: str) -> None:
    metric, figure = FIGURES[app]
    logs = map(str, sorted(FOLDER.glob(f"size*/results/{app}")))
    chosen = ("--metric", metric, "--figure", figure, "--label-from", PATTERN, "--by", "nodes", "--format", "csv")
    done = command.run("results", "table", *logs, *chosen)
    assert done.code == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
    wanted = [row for row in published() if row["app"] == app]
    assert [(row["label.nodes"], row["n"]) for row in rows] == [(row["nodes"], row["n"]) for row in wanted]
    for row, expected in zip(rows, wanted, strict=True):
        assert float(row["median"]) == pytest.approx(float(expected["median"]), rel=1e-12)


@pytest.mark.parametrize(
    ("app", "kind", "speedups"),
    [("kripke", "strong", True), ("lammps-reax", "strong", True), ("amg2023", "weak", False)],
)
def test_efficiency_is_by_the_right_ideal(app: str, kind: str, speedups: bool) -> None:
    metric, figure = FIGURES[app]
    logs = [str(each) for each in sorted(FOLDER.glob(f"size*/results/{app}"))]
    chosen = ("--metric", metric, "--figure", figure, "--label-from", PATTERN, "--scaling", "nodes")
    assert f"{kind} scaling over nodes" in command.run("results", "table", *logs, *chosen).stdout
    done = command.run("results", "table", *logs, *chosen, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
    wanted = [row for row in published() if row["app"] == app]
    nodes = [float(row["nodes"]) / 32 for row in wanted]
    medians = [float(row["median"]) for row in wanted]
    better = [medians[0] / each if app == "kripke" else each / medians[0] for each in medians]
    found = {name: [float(row["median"]) for row in rows if row["figure"] == f"{figure} {name}"] for name in NAMES}
    assert found["efficiency"] == pytest.approx([up / more for up, more in zip(better, nodes, strict=True)])
    assert found["speed-up"] == (pytest.approx(better) if speedups else [])
