"""Records to test with: made plainly, or by Hypothesis."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st
from mocompile.catalog.figures.model import is_reserved
from mocompile.catalog.figures.number import Better, Scalar
from mocompile.results.record import Configuration, Origin, Record, Status

# What a log may hold and what breaks naive writers.
HOSTILE = (
    "a\nb",
    "a\r\nb",
    'say "hi"',
    "a|b",
    "`code`",
    "<script>alert(1)</script>",
    "\x1b[31mred\x1b[0m",
    "=cmd()",
    "+1+1",
    "@SUM(A1)",
    "-2+3|calc",
    "'=1",
    "=1",
    "\t=1",
    "größe µs 消息 🙂",
    "a,b;c",
    "NaN",
    "-5",
    "\ud800",
    "\x00",
    "\u202egnp",
    "x" * 300,
    "",
    " ",
    "\\",
    "*bold* _it_ [a](b) ~s~ &amp;",
)


def record(
    value: Scalar = 1.5,
    figure: str = "latency",
    unit: str = "us",
    metric: str = "network-osu-benchmark",
    timepoint: int | None = 0,
    source: str = "run.log",
    better: Better = "lower",
    status: Status = "ok",
    pods: int | None = 2,
    **context: Scalar,
) -> Record:
    """One record, whose context are the other arguments."""
    return Record(
        figure, value, unit, metric, timepoint, Origin(source), context, Configuration(pods), better, status=status
    )


def series(
    values: Iterable[Scalar], figure: str = "latency", unit: str = "us", better: Better = "lower"
) -> list[Record]:
    """The values of one figure at the timepoints 0, 1, …."""
    return [record(value, figure, unit, timepoint=number, better=better) for number, value in enumerate(values)]


texts = st.text(max_size=20) | st.sampled_from(HOSTILE)
numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
scalars: st.SearchStrategy[Scalar] = texts | numbers
names = texts.filter(lambda name: not is_reserved(name))
counts = st.integers(0, 2**40)
betters: st.SearchStrategy[Better] = st.sampled_from(("higher", "lower", ""))
statuses: st.SearchStrategy[Status] = st.sampled_from(("ok", "failed", "cut"))
configurations = st.builds(
    Configuration,
    pods=st.none() | counts,
    values=st.dictionaries(
        st.builds("{}{}".format, st.sampled_from(("option.", "parameter.", "label.", "addon.", "metadata.")), texts)
        | st.sampled_from(("image", "addons")),
        scalars,
        max_size=4,
    ),
)
records = st.builds(
    Record,
    figure=texts,
    value=scalars,
    unit=texts,
    metric=texts,
    timepoint=st.none() | counts,
    origin=st.builds(Origin, source=texts, set=texts, job=texts, pod=texts, container=texts, node=texts),
    context=st.dictionaries(names, scalars, max_size=4),
    better=betters,
    collection=counts,
    line=counts,
    status=statuses,
    configuration=configurations,
    time=texts,
    printed=texts,
)
