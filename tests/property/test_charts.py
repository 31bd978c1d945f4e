"""Whatever records there are, charts are planned and a page is made: no traceback, and bounds that hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from mocompile.catalog.figures.model import Plot
from mocompile.results.present.html import report
from mocompile.results.present.plot.bar_charts import BARS
from mocompile.results.present.plot.plan_charts import plan
from mocompile.results.present.plot.series import LINES, PANELS
from mocompile.results.record import Configuration, Origin, Record, Results

from tests.property.examples import examples
from tests.tools import need_module

NAMES = st.sampled_from(["size", "device", "pods", "run", "", "a$b", "\x1b[1m", "x" * 300, "\ud800", "timepoint"])
WORDS = st.one_of(NAMES, st.text(max_size=8))
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from([0, 1, 2, 4, 8, 1024, 0.0, -1.0, 1e-320, 1e308, float("nan"), float("inf")]),
)
SCALARS = st.one_of(NUMBERS, WORDS)
RECORDS = st.builds(
    Record,
    figure=st.sampled_from(["f", "g", "h$"]),
    value=SCALARS,
    unit=st.sampled_from(["s", "MB/s", "", "$"]),
    metric=st.sampled_from(["m", "n"]),
    timepoint=st.one_of(st.none(), st.integers(0, 5)),
    origin=st.builds(Origin, source=WORDS, pod=WORDS, job=WORDS),
    context=st.dictionaries(NAMES, SCALARS, max_size=3),
    better=st.sampled_from(["", "higher", "lower"]),
    configuration=st.builds(
        Configuration,
        st.one_of(st.none(), st.integers(0, 9)),
        st.dictionaries(st.sampled_from(["image", "option.size", "label.$", "parameter.run"]), SCALARS, max_size=2),
    ),
    collection=st.integers(0, 1),
    status=st.sampled_from(["ok", "ok", "ok", "failed", "cut"]),
)
PLOTS = st.builds(
    Plot,
    title=WORDS,
    figures=st.lists(st.sampled_from(["f", "g", "h$"]), min_size=1, max_size=3, unique=True).map(tuple),
    x=NAMES,
    log=st.sampled_from(["", "x", "y", "both"]),
    by=st.lists(NAMES, max_size=2).map(tuple),
)


@examples(300)
@given(st.lists(RECORDS, max_size=60), st.lists(PLOTS, max_size=2))
def test_any_records_are_planned_within_bounds(records: list[Record], plots: list[Plot]) -> None:
    charts = plan(Results(tuple(records)), {"m": plots}).charts
    assert len({chart.name for chart in charts}) == len(charts)
    for chart in charts:
        assert 1 <= len(chart.panels) <= PANELS
        for panel in chart.panels:
            assert 1 <= len([series for series in panel.series if series.role != "ideal"]) <= LINES
            assert all(series.x for series in panel.series)
            assert chart.kind != "bars" or len(panel.series[0].x) <= BARS


@examples(25, part=20)
@given(st.lists(RECORDS, max_size=30))
def test_any_records_make_a_page(records: list[Record]) -> None:
    need_module("matplotlib")
    report(Results(tuple(records))).encode()
