"""Tables show every figure once, fit where they must, and whatever a log held is seen and does nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mocompile.diagnostics.wording import width
from mocompile.results.analyse.selection import select
from mocompile.results.formats.csv import original
from mocompile.results.present.table import render_tables, tables, tables_as_json, write_csv
from mocompile.results.present.text_layout import escaped, format_number
from mocompile.results.record import Record

from tests.results.records import HOSTILE, record, records, series


def shown(some: Sequence[Record], form: str = "text", columns: int = 100, **options: Any) -> str:
    """The records as tables."""
    return render_tables(tables(some, **options), form, columns)


def rows(some: Sequence[Record], **options: Any) -> list[dict[str, str]]:
    """The records as CSV tables."""
    stream = io.BytesIO()
    write_csv(stream, tables(some, **options))
    return list(csv.DictReader(io.StringIO(stream.getvalue().decode(), newline="")))


def test_figures_are_columns_with_units_and_contexts_are_rows() -> None:
    some = [
        each
        for size, latency, bandwidth in ((1, 1.75, 4.5), (1024, 12.5, 1200), (2**20, 250, 9876.54321))
        for each in (record(latency, size=size), record(bandwidth, "bandwidth", "MB/s", better="higher", size=size))
    ]
    assert shown(some) == (
        "network-osu-benchmark\n"
        "pods 2\n"
        "   size  latency (us)  bandwidth (MB/s)\n"
        "      1          1.75              4.5\n"
        "   1024         12.5            1200\n"
        "1048576        250              9876.54\n"
    )


def test_repeated_values_are_their_median_with_spread_and_number() -> None:
    some = [*(record(value, size=1, timepoint=i) for i, value in enumerate([3.0, 1.0, 2.0])), record(5, size=2)]
    assert shown(some) == (
        "network-osu-benchmark\n"
        "pods 2\n"
        "median ± half of the interquartile range of n values\n"
        "size  n  latency (us)\n"
        "   1  3        2 ±0.5\n"
        "   2  1        5\n"
    )


def test_one_row_stands_upright() -> None:
    some = [
        record(0.073, "ns_per_day", "ns/day", metric="app-lammps"),
        record(96.4, "cpu_use", "%", metric="app-lammps"),
    ]
    assert shown(some) == (
        "app-lammps\npods 2\nfigure       value  unit\nns_per_day   0.073  ns/day\ncpu_use     96.4    %\n"
    )


def test_every_value_is_listed_on_demand_with_where_it_is_from() -> None:
    some = [*series([3, 1]), record(7, timepoint=1), record(9, source="other.log")]
    assert shown(some, every=True) == (
        "network-osu-benchmark\n"
        "pods 2\n"
        "source     timepoint  latency (us)\n"
        "run.log            0             3\n"
        "run.log            1             1\n"
        "run.log            1             7\n"
        "other.log          0             9\n"
    )


def test_rows_are_kept_apart_by_what_is_asked_for() -> None:
    some = [*series([3, 1]), record(9, source="other.log")]
    assert shown(some, by=["source"]).splitlines()[3:] == [
        "source     n  latency (us)",
        "run.log    2        2 ±0.5",
        "other.log  1        9",
    ]


def test_other_numbers_of_pods_are_no_repetition_and_stand_in_their_order() -> None:
    assert shown([record(4, pods=16), record(8, pods=2), record(6, pods=4)]) == (
        "network-osu-benchmark\npods  latency (us)\n   2             8\n   4             6\n  16             4\n"
    )


def test_each_kind_of_context_and_each_metric_has_a_table() -> None:
    some = [
        record(1, size=8),
        record(2, device="sda"),
        record(3, metric="io-fio", size=8),
        record(4, "bandwidth", "MB/s", size=16),
    ]
    assert [(table.metric, table.keys[2:-1], table.columns) for table in tables(some)] == [
        ("network-osu-benchmark", ("size",), (("latency", "us"),)),
        ("network-osu-benchmark", ("size",), (("bandwidth", "MB/s"),)),
        ("network-osu-benchmark", ("device",), (("latency", "us"),)),
        ("io-fio", ("size",), (("latency", "us"),)),
    ]


def test_units_that_differ_in_a_prefix_are_one_column_and_others_are_not() -> None:
    some = [record(5, "rate", "katom-step/s"), record(0.007, "rate", "Matom-step/s"), record(1, "rate", "%")]
    (table,) = tables(select(some).records)
    assert table.columns == (("rate", "katom-step/s"), ("rate", "%"))
    assert table.rows[0].cells["rate", "katom-step/s"].numbers == [5, 7]


def test_text_among_numbers_is_shown() -> None:
    assert shown([*series([1.5, 2.5]), record("nan"), record("nan")]).splitlines()[-1] == (
        "latency  4  2 ±0.25 (2 of 4: nan)  us"
    )


def test_figures_of_failed_runs_are_left_out_with_a_note_or_marked() -> None:
    some = [record(1), record(2, status="failed"), record(3, status="cut"), record(4, status="cut")]
    chosen = select(some)
    assert chosen.records == (some[0],)
    assert chosen.note == ("3 figures left out: 2 of logs that begin or end inside them, 1 of runs that failed")
    assert shown(select(some, failed=True).records).splitlines()[2:] == [
        "median ± half of the interquartile range of n values",
        "status  n  latency (us)",
        "        1     1",
        "failed  1     2",
        "cut     2     3.5 ±0.25",
    ]


def test_figures_are_chosen_by_name_or_pattern_and_metric() -> None:
    some = [record(1, "r/s"), record(2, "w/s"), record(3, "[x]"), record(4, "r/s", metric="other")]
    assert [each.value for each in select(some, ["*/s"]).records] == [1, 2, 4]
    assert [each.value for each in select(some, ["[x]"]).records] == [3]
    assert [each.value for each in select(some, ["r/s"], "other").records] == [4]


def test_wide_table_goes_on_below_with_its_keys_repeated_and_drops_nothing() -> None:
    some = [record(i, f"figure_number_{i}", "us", device=device) for device in ("sda", "sdb") for i in range(12)]
    text = shown(some, columns=60)
    assert max(map(len, text.splitlines())) <= 60
    assert set(re.findall(r"\w+", text)) >= {f"figure_number_{i}" for i in range(12)}
    assert text.count("sda") == text.count("device") == 6


def test_long_text_is_folded_and_not_cut() -> None:
    some = [record(i, command=f"{i}{'x' * 100}") for i in range(2)]
    text = shown(some, columns=80)
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("x") == 200


@given(st.lists(records, max_size=6), st.integers(30, 120))
def test_any_record_is_shown_and_acts_on_no_terminal(some: list[Record], columns: int) -> None:
    for form in ("text", "markdown"):
        text = shown(some, form, columns)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


@given(st.lists(records, max_size=8))
def test_every_value_is_in_one_cell(some: list[Record]) -> None:
    for every in (False, True):
        cells = [values for table in tables(some, every=every) for row in table.rows for values in row.cells.values()]
        assert sum(values.n for values in cells) == len(some)
        assert not every or all(values.n == 1 for values in cells)


@given(st.lists(records, max_size=6))
def test_markdown_tables_have_as_many_cells_in_every_row(some: list[Record]) -> None:
    for block in re.split(r"\n\n+", shown(some, "markdown")):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines}) <= 1


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("a|b", r"a\|b"),
        ("`x`", r"\`x\`"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("a\nb", r"a\\nb"),
        ("wall_MFLOPS", "wall_MFLOPS"),
        ("_x_", r"\_x\_"),
        ("[a](b) ~s~ *i* $x$", r"\[a\](b) \~s\~ \*i\* \$x\$"),
        ("\\|", r"\\\|"),
        ("\x1b[31m", r"\\x1b\[31m"),
    ],
)
def test_markdown_shows_text_as_it_is(text: str, markdown: str) -> None:
    assert escaped(text) == markdown


def test_markdown_table_is_whole() -> None:
    assert shown([record(1.5, device="a|b"), record(2, device="`c`")], "markdown") == (
        "### network-osu-benchmark\n\n"
        "pods 2\n\n"
        "| device | latency (us) |\n"
        "|---|---:|\n"
        "| a\\|b | 1.5 |\n"
        "| \\`c\\` | 2 |\n"
    )


def test_csv_has_a_row_for_each_figure_and_context() -> None:
    some = [*(record(value, size=8) for value in (1, 2, 6)), record("nan", device="=1")]
    first, second = rows(some)
    assert {name: cell for name, cell in first.items() if cell} == {
        "metric": "network-osu-benchmark",
        "pods": "2",
        "size": "8",
        "figure": "latency",
        "unit": "us",
        "n": "3",
        "median": "2",
        "spread": "1.25",
        "min": "1",
        "max": "6",
    }
    assert (second["value"], second["n"], second["device"], second["median"]) == ("nan", "1", "'=1", "")


def test_json_has_a_row_for_each_context_with_its_figures() -> None:
    some = [*(record(value, size=8) for value in (1, 2, 6)), record(float("inf"), size=16)]
    (table,) = json.loads(tables_as_json(tables(some)))
    first, second = table["rows"]
    assert (table["metric"], first["of"]["size"], first["of"]["pods"]) == ("network-osu-benchmark", 8, 2)
    assert first["figures"] == [
        {"figure": "latency", "unit": "us", "value": "", "n": 3, "median": 2, "spread": 1.25, "min": 1, "max": 6}
    ]
    assert (second["of"]["size"], second["figures"][0]["value"]) == (16, "inf")


@given(st.lists(records, max_size=6))
def test_json_of_tables_is_json(some: list[Record]) -> None:
    text = tables_as_json(tables(some, every=True))
    assert sum(
        len(row["figures"]) for table in json.loads(text, parse_constant=pytest.fail) for row in table["rows"]
    ) == len(some)


@given(st.lists(records, max_size=6))
def test_csv_holds_every_value_when_all_are_listed(some: list[Record]) -> None:
    assert len(rows(some, every=True)) == len(some)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (170075.741182, "170076"),
        (1234567.8, "1234568"),
        (3219128320, "3219128320"),
        (0.168312, "0.168312"),
        (1e-7, "1e-07"),
        (-0.0, "0"),
        (5.0, "5"),
        (1e20, "1e+20"),
        (999999.5, "1000000"),
        (-2.5, "-2.5"),
        (float("inf"), "inf"),
    ],
)
def test_number_has_six_significant_digits_and_all_before_the_point(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_columns_stand_below_each_other_whatever_they_hold(text: str) -> None:
    head, *lines = shown([record(1, a=text, b="x"), record(2, a="plain", b="yy")], columns=2000).splitlines()[2:]
    at = width(head[: head.index("b")])
    for line, mark in zip(lines, ("x ", "yy"), strict=True):
        position = next(i for i in range(len(line)) if width(line[:i]) == at)
        assert line[position:].startswith(mark)
    assert original("'=1") == "=1"
