"""IOR of five versions, with -v, as CSV and as JSON. The logs are described in logs/README.md."""

# ruff: noqa: E501  # lines as they are printed

from __future__ import annotations

from pathlib import Path

import pytest

from tests.results.metric_logs import errors, read, read_log, values


def test_each_column_of_the_summary_is_read_by_its_name(tmp_path: Path) -> None:
    # The form of ubccr/akrr: tests/unit_tests/appkernelsparsers/test_ior/v30/appstdout, whose ninth word is tasks per node.
    results = read(
        tmp_path,
        "io-ior",
        """\
        Summary of all tests:
        Operation   Max(MiB)   Min(MiB)  Mean(MiB)     StdDev    Mean(s) Test# #Tasks tPN reps fPP reord reordoff reordrand seed segcnt blksiz xsize aggsize API RefNum
        write        1897.97    1699.69    1798.83      99.14    0.00112 0 24 12 2 0 0 1 0 0 1 1048576 262144 2097152 POSIX 0
        """,
    )
    assert values(results, "stddev_ops") == []
    assert values(results, "stddev_bandwidth", "tasks", "tasks_per_node") == [(99.14, "MiB/s", 24, 12)]
    assert values(results, "mean_time") == [(0.00112, "s")]
    assert values(results, "aggregate_bytes") == [(2097152, "bytes")]


@pytest.mark.parametrize(
    ("name", "write", "reading", "removed"),
    [
        ("ior-3.0.1-v.log", [1699.69, 1897.97], [7412, 7850], [0.000319, 0.000288]),
        ("ior-4.0.0-v.log", [2234.58, 2976.79], [6533, 7818], [0.000161, 0.000132]),
    ],
)
def test_rows_behind_empty_lines_and_messages_are_read(
    name: str, write: list[float], reading: list[float], removed: list[float]
) -> None:
    results = read_log("io-ior", name)
    assert errors(results) == []
    bandwidth = values(results, "bandwidth", "operation", "iteration")
    assert [(value, number) for value, _, operation, number in bandwidth if operation == "write"] == [
        (write[0], 0),
        (write[1], 1),
    ]
    assert [value for value, _, operation, _ in bandwidth if operation == "read"] == reading
    assert [
        value for value, _, operation in values(results, "total_time", "operation") if operation == "remove"
    ] == removed


def test_the_summary_of_ior_4_has_both_deviations() -> None:
    results = read_log("io-ior", "ior-4.0.0-v.log")
    assert values(results, "stddev_bandwidth", "operation") == [(371.11, "MiB/s", "write"), (642.36, "MiB/s", "read")]
    assert values(results, "stddev_ops", "operation") == [(1484.43, "OPs", "write"), (2569.43, "OPs", "read")]
    assert values(results, "stonewall_time") == []


def test_the_summary_of_ior_2() -> None:
    results = read_log("io-ior", "ior-2.10.3-v.log")
    assert errors(results) == []
    assert values(results, "mean_bandwidth", "operation") == [(2085.67, "MiB/s", "write"), (8782.0, "MiB/s", "read")]
    assert values(results, "stddev_ops", "operation") == [(2245.4, "OPs", "write"), (12344.94, "OPs", "read")]
    assert values(results, "mean_time", "operation") == [(0.00103, "s", "write"), (0.00026, "s", "read")]


def test_the_iterations_of_ior_2_are_not_mixed_with_its_summary() -> None:
    results = read_log("io-ior", "ior-2.10.3-vv.log")
    assert errors(results) == []
    assert values(results, "bandwidth", "operation", "iteration") == [
        (1969.47, "MiB/s", "write", 0),
        (7200, "MiB/s", "read", 0),
        (2285.82, "MiB/s", "write", 1),
        (14360, "MiB/s", "read", 1),
    ]
    assert values(results, "max_bandwidth", "operation") == [(2285.82, "MiB/s", "write"), (14360.49, "MiB/s", "read")]


def test_a_seconds_column_that_touches_the_one_before_it(tmp_path: Path) -> None:
    # %10.2f%10.5f of IOR 2.10.3's src/C/IOR.c, from 1000 seconds on.
    line = "write  12.00  10.00  11.00  1.00  48.00  40.00  44.00      4.001234.56789   2 2 2 0 0 1 0 0 1 1 1 1 -1 POSIX EXCEL\n"
    results = read(tmp_path, "io-ior", line)
    assert values(results, "stddev_ops") == [(4.0, "OPs")]
    assert values(results, "mean_time") == [(1234.56789, "s")]


def test_csv() -> None:
    results = read_log("io-ior", "ior-4.0.0-v-csv.log")
    assert errors(results) == []
    assert values(results, "bandwidth", "operation", "iteration", "tasks") == [
        (2038.5439, "MiB/s", "write", 0, 2),
        (14488.0967, "MiB/s", "read", 0, 2),
        (2293.8496, "MiB/s", "write", 1, 2),
        (16008.7939, "MiB/s", "read", 1, 2),
    ]


def test_csv_without_v() -> None:
    results = read_log("io-ior", "ior-4.0.0-csv.log")
    assert errors(results) == []
    assert values(results, "bandwidth", "operation", "iteration") == [
        (2138.8598, "MiB/s", "write", 0),
        (13684.5155, "MiB/s", "read", 0),
        (2535.0885, "MiB/s", "write", 1),
        (22017.3438, "MiB/s", "read", 1),
    ]


def test_csv_that_does_not_say_what_its_rows_are_is_refused() -> None:
    results = read_log("io-ior", "ior-3.2.1-csv.log")
    assert results.records == ()
    assert errors(results) == [
        "The CSV of IOR 3 does not say which row is of writing and which of reading. Use summaryFormat=JSON, or IOR 4."
    ]


@pytest.mark.parametrize(
    ("name", "write", "iterations"),
    [
        ("ior-4.0.0-json.log", [1869.536, 2278.2749], [None, None]),
        ("ior-3.3.0-json.log", [2092.8996, 2461.1326], [0, 1]),
    ],
)
def test_json(name: str, write: list[float], iterations: list[int | None]) -> None:
    results = read_log("io-ior", name)
    assert errors(results) == []
    bandwidth = [
        each for each in values(results, "bandwidth", "operation", "iteration", "tasks", "api") if each[2] == "write"
    ]
    assert bandwidth == [
        (value, "MiB/s", "write", iteration, 2, "POSIX") for value, iteration in zip(write, iterations, strict=True)
    ]
    assert [
        value for value, _, operation in values(results, "max_bandwidth", "operation") if operation == "write"
    ] == write[1:]


def test_an_error_inside_json_is_told() -> None:
    results = read_log("io-ior", "ior-4.0.0-err-json.log")
    assert results.records == ()
    assert any(message.startswith('the run failed: ERROR: open64("/nonexistent/x"') for message in errors(results))
    assert "the JSON that begins here is truncated, or has other text in it" in errors(results)


def test_a_script_s_tests_are_set_apart() -> None:
    results = read_log("io-ior", "ior-4.0.0-script2.log")
    assert errors(results) == []
    assert [(test, operation) for *_, test, operation in values(results, "bandwidth", "test", "operation")] == [
        (0, "write"),
        (0, "read"),
        (1, "write"),
        (1, "read"),
    ]


def test_a_summary_in_a_file_is_told(tmp_path: Path) -> None:
    results = read(tmp_path, "io-ior", "Writing output to summary.csv\nWriting output to summary.csv\n")
    assert errors(results) == ["IOR wrote its figures to a file (summaryFile). Read that file."]
