"""A command that asks for some figures reads only those: it shows the same numbers, statuses and problems."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mocompile.catalog import Catalog
from mocompile.results import Record, Results
from mocompile.results.analyse.compare import compare
from mocompile.results.analyse.selection import select
from mocompile.results.formats.json_lines import line
from mocompile.results.load_figures import load
from mocompile.results.read.labels import labels
from mocompile.results.wanted import Wanted

from tests.paths import LOGS
from tests.results import golden_logs
from tests.results.logs import lammps, log

CASES = [
    pytest.param(path, id=f"{path.parent.name}/{path.stem}")
    for path in (*sorted(LOGS.glob("*/*.log")), *(case / "pod.log" for case in golden_logs.CASES))
]


# Reading the sheets takes longer than reading a log.
CATALOG = Catalog()


def _asked(results: Results) -> Iterator[Wanted]:
    """One figure, some by a pattern, all of one metric."""
    names = sorted({(record.metric, record.figure) for record in results})
    if names:
        metric, figure = names[len(names) // 2]
        yield Wanted(None, (figure,))
        yield Wanted(metric, (f"{names[-1][1][:3]}*", names[0][1]))
        yield Wanted(metric, ())


@pytest.mark.parametrize("path", CASES)
def test_a_log_gives_the_same_records_of_the_figures_that_are_asked_for(path: Path) -> None:
    whole = load([path], catalog=CATALOG)
    for wanted in _asked(whole):
        some = load([path], catalog=CATALOG, keep=False, wanted=wanted)
        assert some.problems == whole.problems
        assert [(run.source, run.collection, run.configuration) for run in some.runs] == [
            (run.source, run.collection, run.configuration) for run in whole.runs
        ]
        for failed in (False, True):
            chosen = select(whole, wanted.figures, wanted.metric, failed=failed)
            assert select(some, wanted.figures, wanted.metric, failed=failed) == chosen
        assert len(some) == len([each for each in whole if wanted.has(each.metric, each.figure)])


def test_json_lines_give_the_same(tmp_path: Path) -> None:
    file = tmp_path / "figures.jsonl"
    file.write_text(
        "".join(
            line(record) for path in sorted(LOGS.glob("app-lammps/*.log")) for record in load([path], catalog=CATALOG)
        )
    )
    whole = load([file])
    some = load([file], wanted=Wanted(None, ("loop_*",)))
    assert some.records == tuple(record for record in whole if record.figure.startswith("loop_"))
    assert some.problems == whole.problems
    assert some.records


def test_a_label_that_matches_only_another_figures_log_is_no_missing_label(tmp_path: Path) -> None:
    first, second = (tmp_path / f"{size}-nodes.log" for size in (2, 4))
    first.write_text(log(lammps(1)))
    second.write_text(log("fio-3.33\n", metric="io-fio"))
    file = tmp_path / "figures.jsonl"
    records = [*load([first]).records, *load([second]).records]
    file.write_text("".join(line(record) for record in records))
    given = labels((), ["{nodes}-nodes.log"])
    whole = load([file], labels=given)
    some = load([file], labels=given, wanted=Wanted("io-fio", ()))
    assert some.problems == whole.problems


def test_two_logs_of_a_pod_are_one_only_if_all_of_their_figures_are_equal(tmp_path: Path) -> None:
    first, second, copy = (tmp_path / f"{name}.jsonl" for name in ("a", "b", "c"))
    records = load([LOGS / "app-lammps" / "5-local-2025.log"]).records
    first.write_text("".join(line(record) for record in records))
    second.write_text("".join(line(record) for record in records if record.figure != "ns_per_day"))
    copy.write_text(first.read_text())
    wanted = Wanted(None, ("loop_time",))
    different = select(load([first, second], wanted=wanted), wanted.figures)
    assert different == select(load([first, second]), wanted.figures)
    assert len(different.records) == 2
    same = load([first, copy], wanted=wanted)
    assert len(select(same, wanted.figures).records) == 1
    assert same.problems == load([first, copy]).problems


def test_a_comparison_is_the_same(tmp_path: Path) -> None:
    sides: list[dict[bool, tuple[Record, ...]]] = []
    wanted = Wanted("app-lammps", ("*time*",))
    for name, seconds in (("a", (1, 2, 3)), ("b", (2, 3, "nan"))):
        path = tmp_path / name
        path.write_text(log(*map(lammps, seconds)))
        sides.append({some: load([path], wanted=wanted if some else Wanted()).records for some in (False, True)})
    whole, some = (
        compare(sides[0][each], sides[1][each], figures=wanted.figures, metric=wanted.metric) for each in (False, True)
    )
    assert [(each.subject, each.verdict, each.a.numbers, each.b.numbers, each.b.texts) for each in some.changes] == [
        (each.subject, each.verdict, each.a.numbers, each.b.numbers, each.b.texts) for each in whole.changes
    ]
    assert (some.a, some.b, some.only_a, some.only_b) == (whole.a, whole.b, whole.only_a, whole.only_b)
    assert whole.changes
