"""Our records have all figures that the metricsoperator package reads in the reference logs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mocompile.catalog.figures.number import duration
from mocompile.results import Results, parse

from tests.paths import LOGS
from tests.tools import need_module

# Those for which the package has a parser. Of any other metric it gives the lines back.
METRICS = (
    "app-amg",
    "app-lammps",
    "io-fio",
    "io-sysstat",
    "network-netmark",
    "network-osu-benchmark",
    "perf-sysstat",
)

# What is no figure of the benchmark: in the package's result, a key at any depth.
_SETTINGS = "a setting of the run, not a result; METADATA has it"
_CLOCK = "a time of day"
_NODE = "what the node is, not what it did"
_WHO = "whose process it is: another one in each run"
EXCEPTIONS: dict[str, dict[str, str]] = {
    "app-amg": {
        "driver_params": _SETTINGS,
    },
    "app-lammps": {
        "processor_grids": "how LAMMPS laid out the ranks; their number is context",
        "atoms": "the size of the input, before it is replicated; that of the run is context",
        "velocities": "the size of the input, as the atoms",
        "time_step": _SETTINGS,
    },
    "io-fio": {
        "fio version": "a version",
        "timestamp": _CLOCK,
        "timestamp_ms": _CLOCK,
        "time": _CLOCK,
        "global options": _SETTINGS,
        "job options": _SETTINGS,
        "groupid": _SETTINGS,
        "eta": "fio's guess of the time left, of no use at the end",
        "command": _SETTINGS,
    },
    "io-sysstat": {
        "nodename": _NODE,
        "release": _NODE,
        "number-of-cpus": _NODE,
        "date": _CLOCK,
        "timestamp": _CLOCK,
    },
    "network-netmark": {
        "setup": _SETTINGS,
        "ranks": "where each rank ran",
    },
    "network-osu-benchmark": {
        "command": _SETTINGS,
        "header": "title and settings of the test; they are context with us",
    },
    "perf-sysstat": {
        "time": _CLOCK,
        "uid": _WHO,
        "pid": _WHO,
        "tgid": _WHO,
        "tid": _WHO,
        "cpu": "the number of the processor on which it ran last",
        "command": "the command line that was watched",
    },
}

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_WITH_UNIT = re.compile(rf"\s*(?:.*[:=]\s*)?({_NUMBER.pattern})(?:\s+\S+)?\s*")
_DURATION = re.compile(r"(?:\d+h)?\d+m[\d.]+s")
_LIST = re.compile(rf"\s*{_NUMBER.pattern}(?:\s*[,\n]\s*{_NUMBER.pattern})+\s*")

CASES = [
    pytest.param(metric, path, id=f"{metric}/{path.stem}")
    for metric in METRICS
    for path in sorted(LOGS.glob(f"{metric}/*.log"))
]


@pytest.mark.parametrize(("metric", "path"), CASES)
def test_what_the_package_extracts_is_in_ours(metric: str, path: Path) -> None:
    metrics = need_module("metricsoperator.metrics")
    text = path.read_text()
    try:
        result = metrics.get_metric(metric)().parse_log(text)
    except Exception as error:  # what it cannot read, it cannot extract
        pytest.skip(f"the package stops: {type(error).__name__}: {error}")
    theirs = Counter(_numbers(result.get("data", []), EXCEPTIONS.get(metric, {})))
    given = None if "METADATA START" in text else metric
    ours = _ours(parse(path, metric=given))
    # 0 is what it has for what was not measured.
    missing = {number: count - ours[number] for number, count in theirs.items() if number and count > ours[number]}
    assert missing == {}, f"{len(missing)} numbers are missing: {missing}"


def test_exceptions_are_only_those_that_are_needed() -> None:
    assert set(EXCEPTIONS) <= set(METRICS)
    assert all(reason for reasons in EXCEPTIONS.values() for reason in reasons.values())


def _numbers(value: Any, exceptions: dict[str, str]) -> Iterator[float]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in exceptions:
                yield from _numbers(each, exceptions)
    elif isinstance(value, list):
        for each in value:
            yield from _numbers(each, exceptions)
    elif isinstance(value, str):
        if _DURATION.fullmatch(value):
            yield duration(value) or 0.0
        elif _LIST.fullmatch(value):
            yield from map(float, _NUMBER.findall(value))
        elif (match := _WITH_UNIT.fullmatch(value)) is not None:
            yield float(match[1])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def _ours(results: Results) -> Counter[float]:
    """Our values, and the numbers among what sets them apart, as often as they are there."""
    return Counter(
        float(value)
        for record in results
        for value in (record.value, *record.context.values())
        if isinstance(value, int | float)
    )
