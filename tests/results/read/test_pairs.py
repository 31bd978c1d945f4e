"""Which two pods a figure is of: the line before the output of a pair, and what is lost with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mocompile.results import Results, parse

from tests.paths import ROOT
from tests.tools import need_module

LOG = (ROOT / "golden" / "logs" / "pairs-osu" / "pod.log").read_text()
MARKER = (
    '# PAIR {"round":0,"a":"bench-w-0-2-xw8tt","a_node":"node-4","b":"bench-l-0-0-h7rzx","b_node":"node-1","code":0}'
)


def read(tmp_path: Path, text: str) -> Results:
    """Return what is read from that log."""
    path = tmp_path / "pod.log"
    path.write_text(text)
    return parse(path)


def test_a_figure_is_of_a_pair_of_pods_and_of_their_nodes(tmp_path: Path) -> None:
    results = read(tmp_path, LOG)
    assert len({(each.context["a"], each.context["b"]) for each in results}) == 4 * 3 - 1
    first = results.records[0].context
    assert [first[name] for name in ("a", "a_node", "b", "b_node")] == [
        *("bench-w-0-2-xw8tt", "node-4", "bench-l-0-0-h7rzx", "node-1")
    ]
    assert "round" not in first


def test_a_pair_that_failed_is_a_problem_of_its_own_and_of_no_other(tmp_path: Path) -> None:
    results = read(tmp_path, LOG)
    (problem,) = results.problems
    assert (problem.level, problem.message) == (
        "error",
        "the run of the pair bench-w-0-1-zq2mf and bench-w-0-2-xw8tt ended with code 1",
    )
    assert {each.status for each in results} == {"ok"}


def test_output_of_a_pair_that_failed_holds_no_figures(tmp_path: Path) -> None:
    results = read(tmp_path, LOG.replace(MARKER, MARKER.replace('"code":0', '"code":7')))
    assert len(results) == len(read(tmp_path, LOG)) - 2
    assert [each.message.rpartition(" ")[2] for each in results.problems] == ["7", "1"]


@pytest.mark.parametrize(
    "cut",
    ['# PAIR {"round":0,"a":"bench-w-0-2-xw8tt","a_no', MARKER.replace('"code":0', '"code":"0"'), "# PAIR {[}"],
)
def test_a_cut_line_leaves_no_figures_without_their_pods(tmp_path: Path, cut: str) -> None:
    results = read(tmp_path, LOG.replace(MARKER, cut))
    assert all("a" in each.context for each in results)
    assert results.problems[0].message == "the line that names the pair is cut: its figures are left out"


def test_figures_whose_line_is_lost_are_no_results(tmp_path: Path) -> None:
    results = read(tmp_path, LOG.replace(f"{MARKER}\n", ""))
    assert [each.status for each in results if "a" not in each.context] == ["cut", "cut"]
    assert results.problems[0].message == "the line that names the pair of these figures is missing"


def test_text_of_that_form_is_text_in_a_run_without_pairs(tmp_path: Path) -> None:
    plain = read(tmp_path, LOG.replace('"pairs":"all"', '"pairs":""'))
    assert all("a" not in each.context for each in plain)
    assert not any("pair" in each.message for each in plain.problems)


def test_metricsoperator_reads_the_output_of_every_pair() -> None:
    metrics: Any = need_module("metricsoperator.metrics")
    read = metrics.get_metric("network-osu-benchmark")().parse_log(LOG)["data"]
    assert len(read) == 4 * 3
    assert [each["matrix"][0][0] for each in read if each["matrix"]] == [1.0] * (4 * 3 - 1)
