"""The cost of sets: each node is billed once, from its first pod to its last; and none if anything is not known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mocompile.diagnostics.finding import InputError
from mocompile.document.load import load_text
from mocompile.results import parse
from mocompile.results.analyse.cost import COST, cost
from mocompile.results.prices import read_prices
from mocompile.results.read.lifetimes import lifetimes_of

from tests import command
from tests.results.collected_set import LABELS, at, pod, set_json, write
from tests.results.logs import lammps, log

PRICES = """\
currency: USD
nodes:
  - labels: {node.kubernetes.io/instance-type: hpc7g, karpenter.sh/capacity-type: spot}
    perHour: 0.36
  - labels: {node.kubernetes.io/instance-type: hpc7g}
    perHour: 3.6
"""
ON_DEMAND = {"node.kubernetes.io/instance-type": "hpc7g", "karpenter.sh/capacity-type": "on-demand"}


def steps(rate: int) -> str:
    """Return the output of a run with that many steps in a second."""
    return lammps().replace("8.423", str(rate))


def costs(folder: Path, prices: str = PRICES) -> tuple[dict[str, Any], list[str]]:
    """The values with their units by figure, and the problems."""
    (document,) = load_text(prices, "prices.yaml")
    results = parse(folder)
    found, problems = cost(lifetimes_of([folder]), results.runs, results.records, read_prices(document))
    assert {each.metric for each in found} <= {COST}
    return {each.figure: (each.value, each.unit) for each in found}, [each.message for each in problems]


def test_a_node_is_billed_once_from_its_first_pod_to_its_last(tmp_path: Path) -> None:
    """Two pods on one node, one after another; a third on a node of its own. 27 s from 3 to 30, and 10 s more."""
    pods = [
        pod("l", node="a"),
        pod("w", node="a", scheduled=at("00:00:10"), ended=at("00:00:40")),
        pod("w", 1, node="b"),
    ]
    found, problems = costs(write(tmp_path / "set", set_json(pods)))
    assert problems == []
    assert found["node_time"] == (37 + 27, "s")
    assert found["cost"] == (pytest.approx((37 + 27) * 0.36 / 3600), "USD")


def test_the_first_price_whose_labels_a_node_has_counts(tmp_path: Path) -> None:
    data = set_json([pod("l"), pod("w")])
    data["nodes"][1]["labels"] = ON_DEMAND
    found, _ = costs(write(tmp_path / "set", data))
    assert found["cost"] == (pytest.approx(27 * (0.36 + 3.6) / 3600), "USD")


def test_pods_of_earlier_attempts_are_billed_too(tmp_path: Path) -> None:
    first = pod("l", pod="set-l-0-0-old", node="a", attempt=0, scheduled=at("00:00:03"), ended=at("00:00:10"))
    again = pod("l", node="a", attempt=1, scheduled=at("00:00:20"), ended=at("00:00:30"))
    found, _ = costs(write(tmp_path / "set", set_json([first, again])))
    assert found["node_time"] == (27, "s")


def test_the_cost_of_a_unit_is_that_of_the_median_result(tmp_path: Path) -> None:
    text = log(*(steps(rate) for rate in (7, 9, 11)))
    found, _ = costs(write(tmp_path / "set", set_json([pod("l")]), {"set-l-0-0": text}))
    assert found["cost_per_timesteps_per_second"] == (pytest.approx(27 * 0.36 / 3600 / 9), "USD/(timesteps/s)")
    assert "cost_per_loop_time" not in found  # less is better: the cost of the run is that of the result


def test_the_cost_of_a_set_with_two_metrics_is_not_that_of_one(tmp_path: Path) -> None:
    data = set_json([pod("l"), pod("l2", metric="again")])
    text = log(steps(9))
    found, _ = costs(write(tmp_path / "set", data, {"set-l-0-0": text, "set-l2-0-0": text}))
    assert set(found) == {"cost", "node_time"}


def of(**changes: Any) -> dict[str, Any]:
    return set_json([pod("l"), pod("w", **changes)])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            {**of(), "nodes": [{"name": "node-l-0", "labels": LABELS}, {"name": "node-w-0", "labels": {"a": "b"}}]},
            "there is no price for node-w-0 (node.kubernetes.io/instance-type: none, karpenter.sh/capacity-type: none)",
        ),
        (
            {
                **of(),
                "nodes": [
                    {"name": "node-l-0", "labels": LABELS},
                    {"name": "node-w-0", "instanceType": "c7g", "zone": "west-1a"},
                ],
            },
            "there is no price for node-w-0 (node.kubernetes.io/instance-type: c7g, karpenter.sh/capacity-type: none)",
        ),
        ({**of(), "nodes": []}, "set.json has no labels of node-l-0, node-w-0: reading nodes takes the ClusterRole"),
        (of(scheduled=None), "set.json does not say when the pod set-w-0-0 had its node"),
        (of(ended=None), "set.json does not say when the pod set-w-0-0 ended"),
        (of(ended=at("00:00:01")), "the pod set-w-0-0 ended before it had its node"),
        ({**of(), "pods": []}, "set.json does not say which nodes its pods had"),
        (set_json([pod("l")], state="Running"), "it had not ended when its logs were collected"),
    ],
)
def test_without_one_price_or_time_there_is_no_cost_and_why_is_said(
    tmp_path: Path, data: dict[str, Any], said: str
) -> None:
    logs = {"set-l-0-0": log(steps(9))}
    found, problems = costs(write(tmp_path / "set", data, logs))
    assert found == {}
    (problem,) = problems
    assert problem.startswith(f"the cost of the set set is not known: {said}")


def test_the_cost_of_a_set_that_failed_is_no_result(tmp_path: Path) -> None:
    write(tmp_path / "set", set_json([pod("l")], state="Failed"))
    (tmp_path / "prices.yaml").write_text(PRICES)
    arguments = ("results", "table", "set", "--metric", "cost", "--prices", "prices.yaml")
    assert command.run(*arguments, cwd=tmp_path).code == 1
    ran = command.run(*arguments, "--failed", cwd=tmp_path)
    assert ran.code == 0, ran.stderr
    assert "0.0027" in ran.stdout


def test_costs_are_shown_only_where_they_are_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "set", set_json([pod("l")]))
    (tmp_path / "prices.yaml").write_text(PRICES)
    for arguments, shown in (((), False), (("--prices", "prices.yaml"), True)):
        table = command.run("results", "table", *arguments, "set", cwd=tmp_path)
        assert table.code == 0, table.stderr
        assert ("cost (USD)" in table.stdout or "USD" in table.stdout) is shown
        parsed = command.run("results", "parse", *arguments, "set", cwd=tmp_path)
        flat = [json.loads(line) for line in parsed.stdout.splitlines()]
        assert any(each["metric"] == COST for each in flat) is shown
        report = command.run("results", "report", "--no-plots", "-o", "-", *arguments, "set", cwd=tmp_path)
        assert report.code == 0, report.stderr
        assert ("cost (USD)" in report.stdout) is shown
    ran = command.run("results", "table", "--metric", "cost", "set", cwd=tmp_path)
    assert ran.code == 1
    assert "--metric cost needs prices" in ran.stderr


def test_a_node_without_a_price_is_a_problem_of_table_and_report(tmp_path: Path) -> None:
    write(tmp_path / "set", of(node="other"))
    data = json.loads((tmp_path / "set" / "set.json").read_text())
    data["nodes"][1]["labels"] = {}
    (tmp_path / "set" / "set.json").write_text(json.dumps(data))
    (tmp_path / "prices.yaml").write_text(PRICES)
    arguments = ("--prices", "prices.yaml", "set")
    table = command.run("results", "table", *arguments, cwd=tmp_path)
    assert table.code == 0
    assert "set/set.json: error: the cost of the set set is not known: there is no price for other" in table.stderr
    assert "USD" not in table.stdout
    report = command.run("results", "report", "--no-plots", "-o", "-", *arguments, cwd=tmp_path)
    assert "there is no price for other" in report.stdout


# What is written, and the messages with their places: all of them at once.
WRONG = {
    "nodes:\n- labels: {a: b}\n  perHour: -1\n": [
        ("prices.yaml:1:1", "'currency'"),
        ("prices.yaml:3:12", "-1"),
    ],
    "currency: U S\nnodes: []\n": [("prices.yaml:1:11", "currency"), ("prices.yaml:2:8", "nodes")],
    "currency: USD\nnodes:\n- labels: {}\n  perHour: a lot\n  perHuor: 1\n": [
        ("prices.yaml:3:11", "labels"),
        ("prices.yaml:4:12", "a lot"),
        ("prices.yaml:5:3", "perHuor"),
    ],
    "currency: USD\nnodes:\n- labels: {a: b}\n  perHour: 1\n- labels: {a: b, c: d}\n  perHour: 2\n": [
        ("prices.yaml:5:3", "nodes[0] is the price of every node with a: b, c: d"),
    ],
    "currency: [USD]\nnodes: many\n": [("prices.yaml:1:11", "currency"), ("prices.yaml:2:8", "nodes")],
    "a: [\n": [("prices.yaml:", "")],
    "": [("prices.yaml:1:1", "empty")],
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_wrong_prices_are_messages_with_their_places(tmp_path: Path, text: str) -> None:
    write(tmp_path / "set", set_json([pod("l")]))
    (tmp_path / "prices.yaml").write_text(text)
    ran = command.run("results", "table", "set", "--prices", "prices.yaml", cwd=tmp_path)
    assert ran.code == 1
    assert ran.stdout == ""
    lines = [line for line in ran.stderr.splitlines() if line.startswith("prices.yaml:")]
    assert len(lines) == len(WRONG[text]), ran.stderr
    for line, (place, words) in zip(lines, WRONG[text], strict=True):
        assert line.startswith(place), ran.stderr
        assert words in line


def test_a_label_that_looks_like_a_number_is_text() -> None:
    (document,) = load_text("currency: EUR\nnodes: [{labels: {generation: 7, spot: true}, perHour: 1}]\n", "p")
    prices = read_prices(document)
    assert prices.of({"generation": "7", "spot": "true", "more": "x"}) == 1.0
    assert prices.of({"generation": "7"}) is None


def test_prices_that_are_not_there_are_a_message(tmp_path: Path) -> None:
    write(tmp_path / "set", set_json([pod("l")]))
    ran = command.run("results", "table", "set", "--prices", "none.yaml", cwd=tmp_path)
    assert ran.code == 1
    assert "none.yaml" in ran.stderr
    with pytest.raises(InputError):
        read_prices(load_text("a: b", "p")[0])
