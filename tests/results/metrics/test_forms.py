"""Forms that the output of benchmarks has, by version: settings are context, units are as printed, what failed is said.

The forms are in `forms.yaml`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.results.metric_logs import errors, notes, read, values

FORMS = yaml.safe_load(Path(__file__).with_name("forms.yaml").read_text("utf-8"))

START = """\
# nThread 1 nGpus 1 minBytes 8 maxBytes 8 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1 validation: 1 graph: 0
#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
           8             2     float     sum      -1    22.31    0.10    0.20      0    21.95    0.11    0.21      0
"""
END = "# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 0.2\n#\n"


def _cases(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in FORMS[kind]]


@pytest.mark.parametrize("case", _cases("read"))
def test_form(tmp_path: Path, case: dict[str, Any]) -> None:
    results = read(tmp_path, case["metric"], case["text"])
    assert [list(each) for each in values(results, case["figure"], *case["contexts"])] == case["expected"]
    assert errors(results) == []


@pytest.mark.parametrize("case", _cases("failed"))
def test_a_failed_run_says_so(tmp_path: Path, case: dict[str, Any]) -> None:
    results = read(tmp_path, case["metric"], case["text"])
    assert errors(results)[0].startswith("the run failed: ")
    assert "ok" not in {each.status for each in results.records}


@pytest.mark.parametrize("case", _cases("cut"))
def test_a_run_without_a_result_says_so(tmp_path: Path, case: dict[str, Any]) -> None:
    results = read(tmp_path, case["metric"], case["text"])
    assert any("the run did not get that far" in each for each in errors(results))


def test_several_collectives_in_one_log_are_runs_of_their_own(tmp_path: Path) -> None:
    run = f"# Collective test starting: NAME_perf\n{START}{END}# Collective test concluded: NAME_perf\n"
    results = read(tmp_path, "network-nccl-tests", run.replace("NAME", "all_reduce") + run.replace("NAME", "alltoall"))
    assert values(results, "avg_busbw", "collective") == [
        (0.2, "GB/s", "all_reduce_perf"),
        (0.2, "GB/s", "alltoall_perf"),
    ]
    assert [each.collection for each in results.figures("avg_busbw")] == [0, 1]


def test_a_table_of_nccl_that_is_cut_says_so(tmp_path: Path) -> None:
    results = read(tmp_path, "network-nccl-tests", START)
    assert any("the output ends before the line '# Avg bus bandwidth ...'" in each for each in notes(results))
