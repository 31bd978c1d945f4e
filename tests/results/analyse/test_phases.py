"""The phases of a set as figures: each that of the slowest pod, and only where the time is known of all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mocompile.results import parse
from mocompile.results.analyse.phases import FIGURES, PHASES, phases
from mocompile.results.read.lifetimes import lifetimes_of

from tests import command
from tests.results.collected_set import at, pod, set_json, write
from tests.results.logs import lammps, log

TWO = [pod("l"), pod("w")]
WHOLE = {"schedule": 3, "start": 10, "pull": 8.5, "hosts": 2.5, "measure": 11.25, "total": 31}


def found(folder: Path) -> dict[str, Any]:
    """The values by figure, of a set with one metric."""
    records = phases(lifetimes_of([folder]), parse(folder).runs)
    assert {(each.metric, each.unit, each.better, each.set) for each in records} <= {(PHASES, "s", "lower", "set")}
    assert len({each.figure for each in records}) == len(records)
    return {each.figure: each.value for each in records}


def without(*figures: str) -> dict[str, float]:
    return {name: value for name, value in WHOLE.items() if name not in figures}


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        (TWO, WHOLE),
        # The others wait for the slowest.
        ([pod("l"), pod("w"), pod("w", 1, scheduled=at("00:00:09"))], {**WHOLE, "schedule": 9}),
        ([pod("l"), pod("w", started=at("00:00:23"))], {**WHOLE, "start": 20}),
        # What is not known of one pod is no figure of the set.
        ([pod("l"), pod("w", scheduled=None)], without("schedule", "start")),
        ([pod("l"), pod("w", pulls=None)], without("pull")),
        ([pod("l", hostsReady=None), pod("w")], without("hosts")),
        ([pod("l", measured=None), pod("w")], without("measure")),
        ([pod("l", measured="soon"), pod("w", created=5)], without("measure", "schedule")),
        ([pod("l", created="2030-01-01T00:00:00"), pod("w")], without("schedule")),  # of which zone?
        # Clocks of two machines, in whole seconds: a second is nothing, more is wrong.
        ([pod("l", started=at("00:00:02")), pod("w", started=at("00:00:03"))], {**WHOLE, "start": 0}),
        ([pod("l", started=at("00:00:01"))], without("start")),
        # An image that is there takes no time; where none was pulled, there is nothing to compare.
        ([pod("l"), pod("w", pulls=[{"image": "i", "present": True}])], WHOLE),
        ([pod("l", pulls=[{"image": "i", "present": True}])], without("pull")),
        ([pod("l", pulls=[{"image": "i", "seconds": 1.5}, {"image": "j", "seconds": 9}])], {**WHOLE, "pull": 10.5}),
        ([pod("l", pulls=[{"image": "i", "seconds": -1}])], without("pull")),
        # JobSet had begun the set anew, or a Job had replaced a pod: the last of them counts.
        (
            [pod("l", attempt=0, scheduled=at("00:00:50"), pod="set-l-0-0-old"), pod("l", attempt=1)],
            WHOLE,
        ),
        (
            [pod("l", measuring=at("00:00:01"), pod="set-l-0-0-old"), pod("l", created=at("00:00:01"))],
            {**WHOLE, "schedule": 2},
        ),
    ],
)
def test_a_phase_is_that_of_the_slowest_pod(
    tmp_path: Path, pods: list[dict[str, Any]], expected: dict[str, float]
) -> None:
    assert found(write(tmp_path / "set", set_json(pods))) == expected


def test_a_set_that_waited_in_a_queue_says_how_long(tmp_path: Path) -> None:
    times = {"created": at("00:00:00"), "resumed": at("00:04:00"), "finished": at("00:04:31")}
    assert found(write(tmp_path / "set", set_json(TWO, times=times))) == {**WHOLE, "queue": 240, "total": 271}


def test_phases_of_a_set_with_two_metrics_are_those_of_each(tmp_path: Path) -> None:
    second = pod("l2", metric="again", measuring=at("00:00:20"))
    folder = write(tmp_path / "set", set_json([pod("l"), second]))
    records = phases(lifetimes_of([folder]), parse(folder).runs)
    measured = {str(each.context["metric_id"]): each.value for each in records if each.figure == "measure"}
    assert measured == {"app-lammps": 11.25, "again": 7.25}
    assert [each.context for each in records if each.figure == "total"] == [{"metric_id": "again, app-lammps"}]


def test_phases_have_the_settings_of_the_runs(tmp_path: Path) -> None:
    write(tmp_path / "two" / "set", set_json([pod("l")]))
    four = {"set-l-0-0": log(lammps(), pods=4)}
    write(tmp_path / "four" / "set", set_json([pod("l", measured=at("00:00:20"))]), four)
    records = phases(lifetimes_of([tmp_path]), parse(tmp_path).runs)
    assert {(each.pods, each.value) for each in records if each.figure == "measure"} == {(2, 11.25), (4, 4)}


@pytest.mark.parametrize(("state", "status"), [("Completed", "ok"), ("Failed", "failed"), ("Running", "cut")])
def test_phases_of_a_set_that_did_not_complete_are_no_results(tmp_path: Path, state: str, status: str) -> None:
    folder = write(tmp_path / "set", set_json(TWO, state=state))
    assert {each.status for each in phases(lifetimes_of([folder]), ())} == {status}


def test_a_folder_without_times_has_no_phases(tmp_path: Path) -> None:
    folder = write(tmp_path / "set", set_json([pod("l")]))
    data = json.loads((folder / "set.json").read_text())
    for key in ("times", "pods"):
        del data[key]
    (folder / "set.json").write_text(json.dumps(data))
    assert found(folder) == {}
    ran = command.run("results", "table", "--phases", str(folder))
    assert ran.code == 1
    assert "there are no times of pods beside" in ran.stderr


def test_phases_are_shown_only_where_they_are_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "set", set_json(TWO))
    for arguments, shown in (((), False), (("--phases",), True)):
        table = command.run("results", "table", *arguments, "set", cwd=tmp_path)
        assert table.code == 0, table.stderr
        assert ("phases" in table.stdout) is shown
        parsed = command.run("results", "parse", *arguments, "set", cwd=tmp_path)
        flat = [json.loads(line) for line in parsed.stdout.splitlines()]
        assert ({each["figure"] for each in flat if each["metric"] == PHASES} == set(WHOLE)) is shown
        compared = command.run("results", "compare", *arguments, "--all", "set", "set", cwd=tmp_path)
        assert compared.code == 0, compared.stderr
        assert ("phases" in compared.stdout) is shown
    (tmp_path / "figures.jsonl").write_text(parsed.stdout)
    again = command.run("results", "parse", "figures.jsonl", cwd=tmp_path)
    assert [json.loads(line) for line in again.stdout.splitlines()] == flat


def test_the_report_has_the_phases_and_does_not_count_them_as_a_metric(tmp_path: Path) -> None:
    write(tmp_path / "set", set_json(TWO))
    ran = command.run("results", "report", "--no-plots", "-o", "-", "set", cwd=tmp_path)
    assert ran.code == 0, ran.stderr
    assert '<h2 id="sets">Phases</h2>' in ran.stdout
    assert ">11.25</td>" in ran.stdout
    assert "<dt>metric</dt><dd>app-lammps</dd>" in ran.stdout


def test_every_phase_is_documented() -> None:
    from tests.paths import ROOT

    text = (ROOT / "docs" / "results-collect.md").read_text()
    assert [name for name in FIGURES if f"| `{name}` |" not in text] == []
