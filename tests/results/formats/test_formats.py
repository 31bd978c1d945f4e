"""Every format gives back what the records hold, whatever a log had in it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mocompile.diagnostics.wording import visible
from mocompile.results.formats import FORMATS, format_of, writer
from mocompile.results.formats.csv import original
from mocompile.results.formats.jsonl import read_jsonl
from mocompile.results.record import FIRST, Configuration, Origin, Problem, Record, Run, columns

from tests.results.records import HOSTILE, record, records
from tests.tools import need_module


def written(form: str, *parts: Iterable[Record], **rest: Any) -> bytes:
    """The parts in that format."""
    stream = io.BytesIO()
    out = writer(form, stream)
    for part in parts:
        out.write(part)
    out.close(**rest)
    return stream.getvalue()


def read(data: bytes) -> list[Record | Problem]:
    """The records of JSON lines."""
    return list(read_jsonl(io.BytesIO(data), "figures.jsonl"))


def rows(data: bytes) -> list[list[str]]:
    """The cells of CSV."""
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


@given(st.lists(records))
def test_json_lines_give_back_the_same_records(some: list[Record]) -> None:
    assert read(written("jsonl", some)) == some


@given(st.lists(records), st.lists(records))
def test_parts_are_written_as_the_whole(some: list[Record], more: list[Record]) -> None:
    for form in ("json", "jsonl", "csv"):
        assert written(form, some, more) == written(form, [*some, *more])


@given(st.lists(records))
def test_json_lines_and_json_hold_nothing_that_acts_on_a_terminal(some: list[Record]) -> None:
    for form in ("json", "jsonl"):
        text = written(form, some).decode("ascii")
        assert all(character == "\n" or character.isprintable() for character in text)


def text_of(cell: object) -> str:
    """Return the cell for a value."""
    if isinstance(cell, str):
        return visible(cell)
    return "" if cell is None else repr(cell)


@given(st.lists(records))
def test_csv_gives_back_every_cell(some: list[Record]) -> None:
    names = columns(some)
    header, *body = rows(written("csv", some))
    assert [original(name) for name in header] == [text_of(name) for name in names]
    assert [[original(cell) for cell in row] for row in body] == [
        [text_of(each.flat().get(name)) for name in names] for each in some
    ]


@given(st.lists(records))
def test_csv_holds_nothing_that_acts_on_a_terminal_and_a_line_a_row(some: list[Record]) -> None:
    text = written("csv", some).decode()
    assert len(text.split("\r\n")) == len(some) + 2
    assert all(visible(line) == line for line in text.split("\r\n"))


def test_csv_has_a_column_that_only_the_last_record_has() -> None:
    first, second = record(1, size=8), record(2, device="sda", better="")
    header, *body = rows(written("csv", [first], [second]))
    assert header[6:] == ["size", "device", "collection", "line", "status", "pods", "better"]
    assert [row[6:8] for row in body] == [["8", ""], ["", "sda"]]


def test_csv_ends_lines_as_the_rfc_says() -> None:
    data = written("csv", [record(1)])
    assert data.count(b"\r\n") == data.count(b"\n") == 2


@pytest.mark.parametrize("text", ["=cmd()", "+1+1", "-2+3|calc", "@SUM(A1)", "＝1+1", "-nope"])
def test_csv_cell_from_a_log_is_no_formula(text: str) -> None:
    (_, row) = rows(written("csv", [record(text, unit=text, size=text)]))
    assert [cell for cell in row if cell.endswith(text)] == [f"'{text}"] * 3


@pytest.mark.parametrize("text", ["-5", "+1.5e-3", "-nan", "-inf", "-", "--", "5=6", "a@b"])
def test_csv_leaves_what_is_no_formula(text: str) -> None:
    (_, row) = rows(written("csv", [record(text)]))
    assert row[1] == text


@pytest.mark.parametrize("text", ["-5", "-0.25"])
def test_csv_leaves_negative_numbers(text: str) -> None:
    (_, row) = rows(written("csv", [record(float(text))]))
    assert float(row[1]) == float(text)


def test_json_has_records_problems_and_runs_without_their_lines() -> None:
    metadata = {"pods": 4, "metricOptions": {"size": "1G"}}
    configuration = Configuration(4, {"option.size": "1G"})
    origin = Origin("a.log", pod="m-0")
    run = Run("io-fio", origin, 0, metadata, configuration=configuration, before=("secret",))
    problem = Problem("error", "the log ends early", "a.log", 7)
    data = json.loads(written("json", [record(1, size=8)], runs=[run], problems=[problem]))
    assert list(data) == ["records", "problems", "runs"]
    assert data["records"] == [record(1, size=8).flat()]
    assert data["problems"][0]["message"] == "the log ends early"
    assert data["runs"] == [
        {
            "metric": "io-fio",
            "source": "a.log",
            "collection": 0,
            "metadata": {"pods": 4, "metricOptions": {"size": "1G"}},
            "addons": [],
            "closed": True,
            "pods": 4,
            "pod": "m-0",
            "configuration": {"option.size": "1G"},
        }
    ]


@given(st.lists(records))
def test_json_is_one_object_with_all_records(some: list[Record]) -> None:
    assert json.loads(written("json", some))["records"] == [each.flat() for each in some]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_number_that_json_lacks_is_text(value: float) -> None:
    (back,) = read(written("jsonl", [record(value, size=value)]))
    assert isinstance(back, Record)
    assert (back.value, back.context) == (str(value), {"size": str(value)})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "this line is not JSON; is the file truncated?"),
        (b"[1]", "this line is not a JSON object"),
        (b"{}", "this line is not a figure: it has no 'figure'"),
        (b"[" * 100_000, "this line is not JSON; is the file truncated?"),
        (b"\xff", "this line is not JSON; is the file truncated?"),
        (b'{"figure": 1}', "this line is not a figure: it has no 'value'"),
    ],
)
def test_broken_line_is_named_and_the_others_are_read(line: bytes, said: str) -> None:
    good = written("jsonl", [record(1)])
    assert read(good + line + b"\n\n" + good) == [
        record(1),
        Problem("error", said, "figures.jsonl", 2),
        record(1),
    ]


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("figure", 1, "text"),
        ("value", True, "text or a number"),
        ("value", None, "text or a number"),
        ("value", [], "text or a number"),
        ("timepoint", "0", "a whole number from 0 to 2^63 - 1 or null"),
        ("pods", 1.5, "a whole number from 0 to 2^63 - 1 or null"),
        ("pods", 2**63, "a whole number from 0 to 2^63 - 1 or null"),
        ("line", -1, "a whole number from 0 to 2^63 - 1"),
        ("status", "good", "one of ok, failed, cut"),
        ("better", "bigger", "one of higher, lower"),
        ("size", None, "text or a number"),
        ("size", {}, "text or a number"),
        ("context", {"size": 8}, "left out: its parts are fields of their own"),
    ],
)
def test_field_of_the_wrong_type_is_named(name: str, value: object, kind: str) -> None:
    line = json.dumps({**record(1).flat(), name: value}).encode()
    assert read(line) == [Problem("error", f"'{name}' must be {kind}", "figures.jsonl", 1)]


def test_fields_that_others_left_out_have_their_defaults() -> None:
    least = {"figure": "a", "value": 1, "unit": "s", "metric": "m", "timepoint": None, "source": "x"}
    assert read(json.dumps(least).encode()) == [Record("a", 1, "s", "m", None, Origin("x"))]
    assert tuple(least) == FIRST


def test_file_of_something_else_is_not_read_to_its_end() -> None:
    found = read(b"hello\n" * 1000)
    assert len(found) == 21
    assert isinstance(found[-1], Problem)
    assert found[-1].message == "the first lines have no figures; the rest is not read"


@given(st.lists(st.binary(max_size=40)))
def test_no_bytes_break_the_reader(lines: list[bytes]) -> None:
    for found in read(b"\n".join(lines)):
        assert isinstance(found, Record | Problem)


def parquet(*parts: Iterable[Record]) -> Any:
    """The table that pyarrow reads back."""
    module = need_module("pyarrow.parquet")
    return module.read_table(io.BytesIO(written("parquet", *parts)))


@settings(deadline=None)  # the first call imports pyarrow
@given(st.lists(records))
def test_parquet_takes_any_record(some: list[Record]) -> None:
    assert parquet(some).num_rows == len(some)


def test_parquet_has_numbers_as_doubles_and_text_beside() -> None:
    table = parquet([record(1), record(2.5), record("nan"), record(2**53 + 1)])
    assert table.column("value").to_pylist() == [1.0, 2.5, None, float(2**53)]
    assert table.column("value_text").to_pylist() == [None, None, "nan", str(2**53 + 1)]


def test_parquet_columns_of_records_do_not_depend_on_what_these_hold() -> None:
    few, many = (
        parquet([record(1)]),
        parquet([Record("f", "x", "", "", None, Origin("", set="s", node="n"), printed="p")]),
    )
    assert few.schema.equals(many.schema)


@pytest.mark.parametrize(
    ("values", "kind"),
    [((1, 2), "int64"), ((1, 2.5), "double"), ((1, "a"), "string"), ((2.5, "a"), "string"), ((2**64,), "string")],
)
def test_parquet_context_has_the_narrowest_type_of_all_its_values(values: Sequence[Any], kind: str) -> None:
    table = parquet(*([record(1, size=value)] for value in values), [record(1)])
    assert str(table.schema.field("size").type) == kind
    assert table.column("size").to_pylist() == [
        *(str(value) if kind == "string" else value for value in values),
        None,
    ]


def test_parquet_of_nothing_is_a_table_without_rows() -> None:
    assert parquet().num_rows == 0


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_text_is_taken_by_every_format(form: str) -> None:
    if form == "parquet":
        need_module("pyarrow")
    assert written(form, [Record(text, text, text, text, 0, Origin(text), {f"c{text}": text}) for text in HOSTILE])


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.csv", "csv"), ("x/A.JSONL", "jsonl"), ("a.txt", None), ("csv", None), ("a.parquet", "parquet")],
)
def test_format_is_told_by_the_ending(name: str, form: str | None) -> None:
    assert format_of(name) == form
