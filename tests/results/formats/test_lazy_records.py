"""The records of a timepoint are written without being made: each format has the same bytes as with the records."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mocompile.catalog import Catalog
from mocompile.catalog.figures.model import FigureSheet
from mocompile.results import stream
from mocompile.results.formats import writer
from mocompile.results.lazy_records import LazyRecords, Shared, columns_of, sources_of
from mocompile.results.read.found import Found
from mocompile.results.record import Configuration, Origin, Record, Status, columns

from tests.paths import LOGS
from tests.results import golden_logs
from tests.results.records import HOSTILE
from tests.tools import need_module

CATALOG = Catalog()
TEXTS = st.sampled_from(("", "s", "MB/s", "é", 'a "quoted" \\ text', "\u2028", *HOSTILE))
NAMES = st.sampled_from(("size", "µs", "line", "image", "option.x", "printed", "a b"))
VALUES = st.one_of(st.integers(-(2**70), 2**70), st.floats(), TEXTS)
CONTEXTS = st.dictionaries(NAMES, VALUES, max_size=3)


@st.composite
def _lazy(draw: st.DrawFn) -> LazyRecords:
    sheets = [FigureSheet(draw(TEXTS), "s", draw(st.sampled_from(("higher", "lower", ""))), "") for _ in range(2)]
    contexts = draw(st.lists(CONTEXTS, min_size=1, max_size=2))
    configurations = [
        Configuration(draw(st.none() | st.integers(0, 9)), draw(st.dictionaries(NAMES, VALUES, max_size=2)))
        for _ in range(2)
    ]
    found = [
        Found(
            draw(st.sampled_from(sheets)),
            draw(VALUES),
            draw(TEXTS),
            draw(st.integers(1, 3)),
            draw(st.sampled_from(contexts)),
            draw(TEXTS),
        )
        for _ in range(draw(st.integers(0, 5)))
    ]
    origin = Origin(draw(TEXTS), set=draw(TEXTS), pod=draw(TEXTS))
    statuses: tuple[Status, ...] = ("ok", "failed", "cut")
    status = draw(st.sampled_from(statuses))
    shared = Shared(draw(TEXTS), draw(st.none() | st.integers(0, 3)), origin, 1, draw(TEXTS), status, cut_line=2)
    return LazyRecords(found, shared, lambda each: configurations[each.line % 2])


def _written(form: str, *parts: Sequence[Record]) -> bytes:
    stream = io.BytesIO()
    out = writer(form, stream)
    for part in parts:
        out.write(part)
    out.close()
    return stream.getvalue()


@given(_lazy())
def test_json_lines_are_those_of_the_records(lazy: LazyRecords) -> None:
    made = tuple(lazy)
    assert lazy == made
    assert len(lazy) == len(made)
    assert [lazy[index] for index in range(len(lazy))] == list(made)
    assert lazy[1:] == made[1:]
    assert _written("jsonl", lazy) == _written("jsonl", made)
    assert columns_of(lazy) == columns(made)
    assert sources_of(lazy) == sources_of(made)


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "parquet"])
def test_formats_of_real_logs_are_those_of_the_records(form: str) -> None:
    if form == "parquet":
        need_module("pyarrow")
    paths = [case / "pod.log" for case in golden_logs.CASES] + [
        LOGS / "io-fio" / "1-readme-3.28.log",
        LOGS / "app-lammps" / "4-kubecon-killed.log",
    ]
    parts = [part.records for path in paths for part in stream(path, catalog=CATALOG)]
    assert any(isinstance(each, LazyRecords) for each in parts)
    assert _written(form, *parts) == _written(form, *map(tuple, parts))
