"""A comparison says of every figure what changed, and calls nothing a change that is noise."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mocompile.catalog.figures.number import Better, Scalar
from mocompile.results.analyse.compare import Change, Comparison, compare
from mocompile.results.present.comparison import ComparisonView, render_comparison, write_csv
from mocompile.results.record import Record, Results

from tests.results.records import record, records, series

STEADY = [10.0, 10.1, 9.9, 10.05, 9.95]


def one(a: Iterable[Scalar], b: Iterable[Scalar], better: Better = "lower") -> Change:
    """The change of one figure."""
    (change,) = compare(series(a, better=better), series(b, better=better)).changes
    return change


def shown(comparison: Comparison, form: str = "text", columns: int = 120, **view: Any) -> str:
    """The comparison as it is printed."""
    return render_comparison(comparison, ComparisonView("old", "new", **view), form, columns)


@pytest.mark.parametrize(("better", "verdict"), [("lower", "worse"), ("higher", "better"), ("", "changed")])
def test_direction_decides_what_more_is(better: Better, verdict: str) -> None:
    change = one(STEADY, [value * 1.2 for value in STEADY], better)
    assert change.verdict == verdict
    assert change.ratio == pytest.approx(1.2)
    assert change.change == pytest.approx(0.2)
    assert change.p == pytest.approx(2 / 252)


def test_noise_is_the_same() -> None:
    change = one([9, 10, 11, 12, 13], [10, 11, 12, 13, 14])
    assert (change.verdict, change.ratio) == ("same", 12 / 11)


@pytest.mark.parametrize(
    ("a", "b", "verdict"), [([1], [2], "unclear"), ([1], [1], "same"), ([1, 1.01, 1.02], [2, 2.01, 2.02], "worse")]
)
def test_few_values_are_unclear_unless_plain(a: list[float], b: list[float], verdict: str) -> None:
    assert one(a, b).verdict == verdict


def test_change_below_one_percent_is_none_unless_asked_for() -> None:
    a, b = series([100 + i / 100 for i in range(6)]), series([100.5 + i / 100 for i in range(6)])
    assert [each.verdict for each in compare(a, b).changes] == ["same"]
    assert [each.verdict for each in compare(a, b, minimum=0.001).changes] == ["worse"]


def test_zero_and_negative_values_have_a_change_and_no_false_ratio() -> None:
    from_zero = one([0] * 4, [3] * 4)
    assert (from_zero.verdict, from_zero.change, from_zero.ratio) == ("worse", float("inf"), None)
    to_zero = one([3] * 4, [0] * 4)
    assert (to_zero.verdict, to_zero.change, to_zero.ratio) == ("better", -1, 0)
    below = one([-2] * 4, [-1] * 4)
    assert (below.verdict, below.change, below.ratio) == ("worse", 0.5, 0.5)
    across = one([-2] * 4, [1] * 4, "higher")
    assert (across.verdict, across.change, across.ratio) == ("better", 1.5, None)
    assert one([0] * 4, [0] * 4).verdict == "same"


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        (["nan"], ["nan"], "same"),
        (["x"], ["y"], "changed"),
        ([1.0], ["nan"], "changed"),
        (["nan"], [1.0], "changed"),
        ([*STEADY], [*STEADY, "nan"], "changed"),
        ([*STEADY], [*(value / 2 for value in STEADY), "nan"], "changed"),
        ([*STEADY], [*(value * 2 for value in STEADY), "nan"], "worse"),
        ([*STEADY, "nan"], [*STEADY, "nan"], "same"),
        ([float("nan")], [float("nan")], "same"),
        ([float("inf")], [1.0], "changed"),
    ],
)
def test_what_is_no_number_is_never_taken_for_one(a: list[Scalar], b: list[Scalar], verdict: str) -> None:
    assert one(a, b).verdict == verdict


def test_prefix_of_a_unit_is_converted_first() -> None:
    a = [record(value, "rate", "katom-step/s", better="higher") for value in (500, 501, 502, 503)]
    b = [record(value, "rate", "Matom-step/s", better="higher") for value in (0.5, 0.501, 0.502, 0.503)]
    (change,) = compare(a, b).changes
    assert (change.verdict, change.unit, change.ratio) == ("same", "katom-step/s", 1)


def test_units_that_differ_are_said_and_not_compared() -> None:
    comparison = compare([record(1, unit="s", size=8)], [record(2, unit="%", size=8)])
    assert (comparison.changes, comparison.only_a, comparison.only_b) == ((), (), ())
    (mismatch,) = comparison.mismatches
    assert (mismatch.a, mismatch.b) == (("s",), ("%",))
    assert "units differ: latency (metric network-osu-benchmark, pods 2, size 8)" in shown(comparison)


def test_context_metric_and_pods_keep_figures_apart() -> None:
    a = [record(1, size=8), record(1, size="8"), record(1, metric="other", size=8), record(1, pods=4, size=8)]
    assert len(compare(a, a).changes) == 4
    (first, *_) = a
    assert [each.subject for each in compare([first], a).only_b] == [each.subject for each in compare(a[1:], []).only_a]


def test_order_of_the_context_does_not_matter() -> None:
    assert len(compare([record(1, x=1, y=2)], [record(1, y=2, x=1)]).changes) == 1


def test_context_that_never_agrees_can_be_pooled() -> None:
    a, b = [record(i, pods=2, pid=i) for i in range(4)], [record(i, pods=4, pid=90 + i) for i in range(4)]
    assert compare(a, b).changes == ()
    (change,) = compare(a, b, pool=["pid", "pods"]).changes
    assert (change.a.n, change.b.n, change.verdict) == (4, 4, "same")


def test_figures_of_one_side_are_listed() -> None:
    comparison = compare([record(1, "gone")], [record(1, "new", size=8)])
    assert shown(comparison).splitlines()[:2] == [
        "only in old: gone (metric network-osu-benchmark, pods 2)",
        "only in new: new (metric network-osu-benchmark, pods 2, size 8)",
    ]


def test_failed_runs_do_not_count_and_are_said() -> None:
    a, b = series(STEADY), [*series(STEADY), record(99, status="failed"), record(98, status="cut")]
    comparison = compare(a, b)
    assert comparison.changes[0].b.n == 5
    assert "new: 2 figures left out: 1 of logs that begin or end inside them, 1 of runs that failed" in shown(
        comparison
    )
    assert compare(a, b, failed=True).changes[0].b.n == 7


def test_results_are_compared_as_their_records_are() -> None:
    assert compare(Results(tuple(series(STEADY))), Results(tuple(series(STEADY)))).counts["same"] == 1


def sized(size: int, values: Sequence[float], factor: float = 1) -> list[Record]:
    """Latencies of one message size."""
    return [record(value * factor, timepoint=number, size=size) for number, value in enumerate(values)]


def mixed() -> Comparison:
    """Two worse, one better, one the same, one unclear."""
    a = [each for size in (1, 2, 4, 8) for each in sized(size, STEADY)] + sized(16, [1])
    factors = {1: 1.1, 2: 1.5, 4: 0.8, 8: 1.0}
    b = [each for size, factor in factors.items() for each in sized(size, STEADY, factor)] + sized(16, [2])
    return compare(a, b)


def test_worst_stand_first_and_a_summary_last() -> None:
    assert shown(mixed(), threshold=0.2) == (
        "new against old\n"
        "A is old, B is new; median ± half of the interquartile range (of how many values)\n"
        "metric network-osu-benchmark, pods 2\n"
        "          change  figure              A              B  B/A  unit  of\n"
        "worse     +50.0%  latency  10 ±0.05 (5)  15 ±0.075 (5)  1.5  us    size 2\n"
        "worse     +10.0%  latency  10 ±0.05 (5)  11 ±0.055 (5)  1.1  us    size 1\n"
        "better    -20.0%  latency  10 ±0.05 (5)   8 ±0.04  (5)  0.8  us    size 4\n"
        "unclear  +100.0%  latency   1       (1)   2        (1)  2    us    size 16\n"
        "\n"
        "5 figures compared: 2 worse, 1 better, 1 unclear, 1 same (--all lists them)\n"
        "unclear: too few values to tell from noise; 4 or more on both sides are enough (`repetitions: 5` in the set)\n"
        "worse by more than 20%: 1\n"
        "worse by more than 20%, but unclear, and so not counted: 1\n"
    )


def test_what_all_have_is_said_once() -> None:
    lines = shown(compare(series(STEADY), series([20, *STEADY[1:]])), every=True).splitlines()
    assert lines[:3] == [
        "new against old",
        "A is old, B is new; median ± half of the interquartile range of 5 values each",
        "metric network-osu-benchmark, pods 2",
    ]
    assert lines[3].split() == ["change", "figure", "A", "B", "B/A", "unit"]
    assert "one value each\n" in shown(compare([record(1)], [record(2)]))


def test_many_figures_are_said_to_differ_by_chance() -> None:
    a = [each for size in range(40) for each in sized(size, STEADY)]
    b = [each for size in range(40) for each in sized(size, STEADY, 1.0 if size else 2.0)]
    line = "by chance alone, about 2 of 40 figures would differ; choose some with --figure\n"
    assert line in shown(compare(a, b))
    assert line not in shown(compare(a, a))


def test_what_is_no_number_is_shown_beside_the_numbers() -> None:
    line = shown(compare(series([1, 2, 3, "nan"]), series([1, 2, 3]))).splitlines()[4]
    assert line == "changed    0.0%  latency  2 ±0.5 (3 of 4, else nan)  2 ±0.5 (3)    1  us"


def test_threshold_counts_what_is_worse_by_more_than_noise_only() -> None:
    comparison = mixed()
    assert [each.subject.context["size"] for each in comparison.beyond(0.05)] == [2, 1]
    assert [each.subject.context["size"] for each in comparison.beyond(0.1001)] == [2]
    assert comparison.beyond(0.5001) == ()


def test_json_holds_all() -> None:
    data = json.loads(shown(mixed(), "json", threshold=0.2))
    assert data["summary"]["worse"] == 2
    assert data["summary"]["beyond_threshold"] == 1
    assert [each["verdict"] for each in data["figures"]] == ["worse", "worse", "better", "unclear", "same"]
    assert data["figures"][3] == {
        "metric": "network-osu-benchmark",
        "figure": "latency",
        "pods": 2,
        "context": {"size": 16},
        "settings": {},
        "unit": "us",
        "better": "lower",
        "verdict": "unclear",
        "change": 1,
        "ratio": 2,
        "p": None,
        "a": {"n": 1, "median": 1, "spread": 0, "min": 1, "max": 1, "text": []},
        "b": {"n": 1, "median": 2, "spread": 0, "min": 2, "max": 2, "text": []},
    }


def test_csv_has_a_row_for_each_figure_and_those_of_one_side() -> None:
    comparison = compare([*series([1, 2, 3]), record(1, size=9)], [*series([1, 2, 3]), record(1, device="x")])
    stream = io.BytesIO()
    write_csv(stream, [(comparison, ComparisonView("old", "new"))])
    rows = list(csv.DictReader(io.StringIO(stream.getvalue().decode(), newline="")))
    assert [(row["verdict"], row["size"], row["device"], row["a_n"], row["b_median"]) for row in rows] == [
        ("same", rows[0]["size"], "", "3", "2"),
        ("only in a", "9", "", "", ""),
        ("only in b", "", "x", "", ""),
    ]
    assert {(row["a"], row["b"], row["figure"], row["unit"]) for row in rows} == {("old", "new", "latency", "us")}


def test_markdown_is_a_table_and_a_list() -> None:
    text = shown(mixed(), "markdown")
    assert "| worse | +50.0% | latency | 10 ±0.05 (5) | 15 ±0.075 (5) | 1.5 | us | size 2 |\n" in text
    assert text.splitlines()[-1].startswith("- unclear: too few values to tell from noise; 4 or more on both sides")


def test_many_that_one_side_lacks_are_counted_unless_all_are_wanted() -> None:
    comparison = compare([record(1, size=size) for size in range(50)], [])
    assert shown(comparison).count("only in old") == 21
    assert "only in old: 30 more (--all lists them)" in shown(comparison)
    assert shown(comparison, every=True).count("only in old") == 50


@given(st.lists(records, max_size=5), st.lists(records, max_size=5))
def test_any_records_are_compared_and_act_on_no_terminal(a: list[Record], b: list[Record]) -> None:
    comparison = compare([*a, *b], [*b, *a][::-1], failed=True)
    assert {each.verdict for each in comparison.changes} <= {"same"}
    for form in ("text", "markdown", "json"):
        text = shown(compare(a, [*b, *a[:2]], failed=True), form, every=True)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
