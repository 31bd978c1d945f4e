"""`mocompile results pairs`, and what the report says of pairs: logs of an OSU benchmark over pairs of pods."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path

import pytest
from mocompile.results import parse
from mocompile.results.present.html import report

from tests.command import run
from tests.tools import need_module

METADATA = (
    'METADATA START {"pods":6,"completions":1,"metricName":"network-osu-benchmark","metricOptions":{"pairs":"all"}}\n'
    "METADATA END\nMETRICS OPERATOR COLLECTION START\n"
)
END = "METRICS OPERATOR COLLECTION END\n"


def log(
    slow: Mapping[int, float], *, pods: int = 6, sizes: tuple[int, ...] = (8,), nodes: int = 6, name: str = "set"
) -> str:
    """A log of all pairs both ways; the latency of pod N is `slow[N]` times that of the others."""
    rng = random.Random(7)
    text = METADATA
    for a, b in permutations(range(pods), 2):
        about: dict[str, int | str] = {"round": 0}
        for side, pod in (("a", a), ("b", b)):
            about |= {side: f"{name}-w-0-{pod}", f"{side}_node": f"node-{pod % nodes}"}
        text += f"METRICS OPERATOR TIMEPOINT\nmpirun osu\n# PAIR {json.dumps({**about, 'code': 0})}\n"
        text += "# OSU MPI Latency Test v5.8\n# Size          Latency (us)\n"
        for size in sizes:
            latency = 12 * slow.get(a, 1) * slow.get(b, 1) * rng.uniform(0.98, 1.02)
            text += f"{size:<10}{latency:18.2f}\n"
    return text + END


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "slow.log").write_text(log({2: 1.5}))
    (tmp_path / "none.log").write_text(log({}))
    return tmp_path


def test_a_slow_node_is_named_with_the_reason_and_how_sure_that_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    ran = run("results", "pairs", "slow.log", cwd=folder)
    assert (ran.code, ran.stderr) == (0, "")
    first, blank, title, about, least, sure, head, row, *_ = ran.stdout.splitlines()
    assert re.fullmatch(
        r"Suspect: node node-2 \(pod set-w-0-2\): latency, test MPI Latency, run 0, size 8 is 5\d % more than usual "
        r"as [ab] \(5 values with 5 partners, \d+ times the uncertainty\)\.",
        first,
    ), first
    assert (blank, title) == ("", "network-osu-benchmark: latency, test MPI Latency")
    assert about == "us, lower is better; 6 pods, 30 pairs (a and b), 30 values"
    assert re.fullmatch(r"A pod is named from \+1\d % on", least)
    assert sure == "In simulations without a slow pod, fewer than 1 in 100 such tables named one"
    assert head.split("  ")[0] == "pod"
    assert row.startswith("set-w-0-2")
    assert row.endswith("suspect")


def test_with_nothing_slow_none_is_named(folder: Path) -> None:
    ran = run("results", "pairs", "none.log", "--fail", cwd=folder)
    assert (ran.code, ran.stdout.splitlines()[0]) == (0, "No pod, node or link is named.")
    assert "suspect" not in ran.stdout


def test_fail_is_for_scripts_and_slower_says_from_when_on(folder: Path) -> None:
    assert run("results", "pairs", "slow.log", "--fail", cwd=folder).code == 1
    assert run("results", "pairs", "slow.log", "--fail", "--slower", "70%", cwd=folder).code == 0
    assert "is not a percentage" in run("results", "pairs", "slow.log", "--slower", "0.1", cwd=folder).stderr


def test_json_has_the_verdict_and_all_values(folder: Path) -> None:
    data = json.loads(run("results", "pairs", "slow.log", "--format", "json", cwd=folder).stdout)
    (suspect,) = data["suspects"]
    assert (suspect["pod"], suspect["node"], data["links"], data["nodes"]) == ("set-w-0-2", "node-2", [], [])
    (made,) = data["matrices"]
    assert len(made["values"]) == 30
    assert {each["pod"] for each in made["effects"] if each["suspect"]} == {"set-w-0-2"}


def test_markdown_is_a_list_of_sentences_and_tables(folder: Path) -> None:
    text = run("results", "pairs", "slow.log", "--format", "markdown", cwd=folder).stdout
    assert text.startswith("Suspect: node node-2 (pod set-w-0-2)")
    assert "\n| pod | node |" in text


def test_pods_that_share_a_node_are_named_as_pods(tmp_path: Path) -> None:
    (tmp_path / "pod.log").write_text(log({2: 1.5}, nodes=1))
    assert run("results", "pairs", "pod.log", cwd=tmp_path).stdout.startswith(
        "Suspect: pod set-w-0-2 (on node node-0): "
    )
    (tmp_path / "pod.log").write_text(log({0: 1.5, 3: 1.5}, pods=9, nodes=3, name="nine"))
    lines = run("results", "pairs", "pod.log", cwd=tmp_path).stdout.splitlines()
    assert sorted(line.split(":")[1] for line in lines if line.startswith("Suspect")) == [
        *(" pod nine-w-0-0 (on node node-0)", " pod nine-w-0-3 (on node node-0)")
    ]


def test_logs_without_pairs_and_too_few_pods_say_why(tmp_path: Path) -> None:
    (tmp_path / "few.log").write_text(log({2: 3}, pods=4))
    said = run("results", "pairs", "few.log", cwd=tmp_path).stdout
    assert said.startswith("No pod can be named: 4 pods are too few to say what is usual: it takes 5.\n")
    plain = re.sub(r"# PAIR .*\n", "", log({})).replace('"pairs":"all"', '"pairs":""')
    (tmp_path / "plain.log").write_text(plain)
    ran = run("results", "pairs", "plain.log", cwd=tmp_path)
    assert (ran.code, "no figure is of a pair of pods" in ran.stderr) == (1, True)


def test_heat_maps_are_pictures_of_the_same_bytes(folder: Path) -> None:
    need_module("matplotlib")
    assert run("results", "pairs", "slow.log", "--heat-map", "a", cwd=folder).code == 0
    assert run("results", "pairs", "slow.log", "--heat-map", "b.png", cwd=folder).code == 0
    assert (folder / "a" / "pairs-1-latency.png").read_bytes() == (folder / "b.png").read_bytes()
    assert run("results", "pairs", "slow.log", "--heat-map", "c.svg", cwd=folder).code == 0
    assert "<svg" in (folder / "c.svg").read_text()
    (folder / "two.log").write_text(log({2: 1.5}, sizes=(8, 16)))
    wrong = run("results", "pairs", "two.log", "--all", "--heat-map", "d.png", cwd=folder)
    assert (wrong.code, "there are 2 tables, and d.png is one file" in wrong.stderr) == (1, True)


def test_the_report_names_the_node_and_has_a_heat_map(folder: Path) -> None:
    page = report(parse(folder / "slow.log"), plots=False)
    assert "Suspect: node node-2 (pod set-w-0-2)" in page
    assert page.count('<td class="is-worse-4">') + page.count('<td class="is-worse-5">') == 10
    assert '<table class="heat">' in page
    plain = report(parse(folder / "none.log"), plots=False)
    assert "No pod, node or link is named." in plain
    assert "<h3>Pairs</h3>" not in report(parse(folder / "none.log").figures("no-such"), plots=False)


def test_names_from_a_log_are_text_in_the_page(tmp_path: Path) -> None:
    (tmp_path / "pod.log").write_text(log({2: 1.5}, name="<b>x"))
    page = report(parse(tmp_path / "pod.log"), plots=False)
    assert "<b>x" not in page
    assert "&lt;b&gt;x-w-0-2" in page
