"""Every figure that a real log is known to hold is read from it: number, unit, and what sets it apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from mocompile.catalog.figures.number import duration
from mocompile.results import Record, Results, parse

from tests.paths import LOGS

# Units in which the log has a duration, which is seconds with us.
_DURATIONS = ("H:MM:SS", "XmY.YYYs")
# Contexts of the reference that are no part of the log's text, or that are ours in another way.
_OTHER_CONTEXTS = {"run", "line", "index", "timepoint", "summary", "when", "table"}
# How often a timer was started differs between runs: it sets no figure apart, it is one.
_COUNTS = {"app-kripke": {"count"}, "app-quicksilver": {"calls"}}


CASES = [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in sorted(LOGS.glob("*/*.yaml"))]


def _read(path: Path) -> tuple[Mapping[str, Any], Results]:
    known = yaml.safe_load(path.read_text())
    log = path.with_suffix(".log")
    # A log names its metric in its METADATA; some are without.
    metric = None if "METADATA START" in log.read_text() else known["metric"]
    return known, parse(log, metric=metric)


def _only_its_end(path: Path) -> bool:
    text = path.with_suffix(".log").read_text()
    return "COLLECTION END" in text and "COLLECTION START" not in text


@pytest.mark.parametrize("path", CASES)
def test_every_listed_figure_is_found_with_its_unit_and_context(path: Path) -> None:
    known, results = _read(path)
    left = list(results.records)
    missing = []
    for figure in known.get("figures") or ():
        ours = _OTHER_CONTEXTS | _COUNTS.get(known["metric"], set())
        found = next((record for record in left if _same(record, figure, ours)), None)
        if found is None:
            missing.append(figure)
        else:
            left.remove(found)
    assert not missing, f"{len(missing)} figures are missing, the first: {missing[:3]}"


@pytest.mark.parametrize("path", CASES)
def test_a_log_of_a_failed_run_says_so_and_no_other_does(path: Path) -> None:
    known, results = _read(path)
    errors = [problem for problem in results.problems if problem.level == "error"]
    if known.get("failed"):
        assert errors, "the run failed, and nothing was reported"
        assert all(record.status != "ok" for record in results.records)
    elif _only_its_end(path):
        assert "the beginning of the log is missing" in {error.message for error in errors}
    else:
        assert [str(error) for error in errors] == []


def _same(record: Record, figure: Mapping[str, Any], ours: set[str]) -> bool:
    value, unit = figure["value"], figure["unit"]
    if unit in _DURATIONS:
        value, unit = duration(str(value)), "s"
    if record.value != value or record.unit != unit:
        return False
    context = {name: each for name, each in (figure.get("context") or {}).items() if name not in ours}
    shown = " ".join(map(str, record.context.values()))
    return all(str(each) in shown for each in context.values())
