"""The language of figures.yaml: what each entry finds, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest
from mocompile.catalog import Catalog
from mocompile.diagnostics.finding import InputError
from mocompile.results import Record, Results, parse

SHEET = """\
name: mine
family: test
summary: a metric of one's own
image: debian
pattern: SingleApplication
program: echo
"""


def _catalog(folder: Path, figures: str) -> Catalog:
    (folder / "mine").mkdir(exist_ok=True)
    (folder / "mine" / "metric.yaml").write_text(SHEET)
    (folder / "mine" / "figures.yaml").write_text(figures)
    return Catalog([folder])


def _results(folder: Path, figures: str, output: str) -> Results:
    log = folder / "raw.log"
    log.write_text(output)
    return parse(log, metric="mine", catalog=_catalog(folder, figures))


def _rows(results: Results) -> list[tuple[object, ...]]:
    return [_row(record) for record in results]


def _row(record: Record) -> tuple[object, ...]:
    return (record.figure, record.value, record.unit, dict(record.context))


FIGURE = (
    "figures: {speed: {unit: MB/s, description: How fast.}, "
    "seconds: {unit: s, format: duration, description: How long.}}\n"
)


def _found(folder: Path, output: str, text: str) -> list[tuple[object, ...]]:
    return _rows(_results(folder, FIGURE + output, text))


@pytest.mark.parametrize(
    ("pattern", "line", "row"),
    [
        ("Max <op>: <speed> MB/sec", "  Max  write:\t12.5 MB/sec ", ("speed", 12.5, "MB/s", {"op": "write"})),
        ("speed <speed> <speed.unit>", "speed 3 GB/s", ("speed", 3, "GB/s", {})),
        ("of <what...>: <speed>", "of a b (c): 1e3", ("speed", 1000.0, "MB/s", {"what": "a b (c)"})),
        ("<_> <speed> ...", "x 5 and more", ("speed", 5, "MB/s", {})),
        ("speed: <speed>", "speed: -.5", ("speed", -0.5, "MB/s", {})),
        ("speed: <speed>", "speed: 1.5D+02", ("speed", 150.0, "MB/s", {})),
        ("'/speed=<speed>;/'", "x speed=7; y", ("speed", 7, "MB/s", {})),
        ("'/(?P<a>\\w+)=(?P<speed>[0-9]+)/'", "-- k=9 --", ("speed", 9, "MB/s", {"a": "k"})),
        ("took <seconds>", "took 1m2.5s", ("seconds", 62.5, "s", {})),
        ("took <seconds>", "took 1:00:02", ("seconds", 3602.0, "s", {})),
        ("c++ [<size>] <speed>?", "c++ [16] 4?", ("speed", 4, "MB/s", {"size": 16})),
    ],
)
def test_a_pattern_is_a_line_with_holes(tmp_path: Path, pattern: str, line: str, row: tuple[object, ...]) -> None:
    quoted = pattern if pattern.startswith("'") else f'"{pattern}"'
    assert _found(tmp_path, f"output: [{{line: {quoted}}}]\n", f"{line}\n") == [row]


@pytest.mark.parametrize("line", ["Max write: fast MB/sec", "Max write: 12.5 MB/sec or so", "so: Max write: 1 MB/sec"])
def test_a_line_that_does_not_match_as_a_whole_holds_nothing(tmp_path: Path, line: str) -> None:
    assert _found(tmp_path, "output: [{line: 'Max <op>: <speed> MB/sec'}]\n", f"{line}\n") == []


def test_a_section_gives_its_context_until_it_ends(tmp_path: Path) -> None:
    output = """
output:
  - section: '## <test...>'
    until: '---'
    number: run
    output: [{line: <size> <speed>}]
"""
    text = "1 1\n## first one\n1 2\nnoise\n2 3\n## second\n1 4\n---\n1 5\n"
    assert _found(tmp_path, output, text) == [
        ("speed", 2, "MB/s", {"test": "first one", "run": 0, "size": 1}),
        ("speed", 3, "MB/s", {"test": "first one", "run": 0, "size": 2}),
        ("speed", 4, "MB/s", {"test": "second", "run": 1, "size": 1}),
    ]


def test_a_kept_line_is_context_of_those_below(tmp_path: Path) -> None:
    output = "output: [{line: '<phase>:', carry: true}, {line: 'speed <speed>'}]\n"
    assert _found(tmp_path, output, "Set:\nspeed 1\nSolve:\nspeed 2\n") == [
        ("speed", 1, "MB/s", {"phase": "Set"}),
        ("speed", 2, "MB/s", {"phase": "Solve"}),
    ]


def test_lines_are_counted_by_their_context(tmp_path: Path) -> None:
    output = "output: [{line: 'object <kind>', count: speed}]\n"
    assert _found(tmp_path, output, "object a\nobject b\nobject a\n") == [
        ("speed", 2, "MB/s", {"kind": "a"}),
        ("speed", 1, "MB/s", {"kind": "b"}),
    ]


def test_a_table_is_read_by_the_words_at_its_top(tmp_path: Path) -> None:
    output = "output: [{table: 'Device ...', columns: {Device: device, MB/s: speed}}]\n"
    text = "Device other MB/s\nvda 1 2.5\nvdb - 3\nnoise\nvdc 4 -\n\nvdd 5 6\n"
    assert _found(tmp_path, output, text) == [
        ("speed", 2.5, "MB/s", {"device": "vda"}),
        ("speed", 3, "MB/s", {"device": "vdb"}),
    ]


def test_the_last_column_of_names_may_have_spaces(tmp_path: Path) -> None:
    output = "output: [{table: '# speed Command', columns: {Command: command, speed: speed}}]\n"
    assert _found(tmp_path, output, "# speed Command\n4 mpirun -np 2\n") == [
        ("speed", 4, "MB/s", {"command": "mpirun -np 2"})
    ]


def test_json_is_read_by_paths(tmp_path: Path) -> None:
    output = """
output:
  - json: [jobs, <index>, <direction>]
    only: {direction: [read, write]}
    where: [bytes]
    figures: {speed: [bw]}
    context: {jobname: [.., name]}
"""
    text = 'noise\n{"jobs": [\n{"name": "a", "read": {"bw": 1, "bytes": 2}, "write": {"bw": 3, "bytes": 0}},\n'
    text += '{"name": "b", "trim": {"bw": 9, "bytes": 9}, "write": {"bw": "4.5", "bytes": 1}}]}\nnoise\n'
    assert _found(tmp_path, output, text) == [
        ("speed", 1, "MB/s", {"index": 0, "direction": "read", "jobname": "a"}),
        ("speed", 4.5, "MB/s", {"index": 1, "direction": "write", "jobname": "b"}),
    ]


def test_json_that_is_cut_or_broken_is_reported_and_gives_nothing(tmp_path: Path) -> None:
    output = FIGURE + "output: [{json: [], figures: {speed: [bw]}}]\n"
    for text in ('{"bw": 1,\n"a": [\n', '{"bw": 1,\nnoise\n}\n'):
        results = _results(tmp_path, output, text)
        assert not results.records
        assert "the JSON that begins here" in results.problems[0].message
        assert results.problems[0].line == 1


def test_a_matrix_is_read_by_row_and_column(tmp_path: Path) -> None:
    output = """
output:
  - section: START
    until: END
    output: [{matrix: speed, axes: [from, to]}]
"""
    assert _found(tmp_path, output, "1,2\nSTART\n1.5, 2\n3,4\nEND\n") == [
        ("speed", 1.5, "MB/s", {"from": 0, "to": 0}),
        ("speed", 2, "MB/s", {"from": 0, "to": 1}),
        ("speed", 3, "MB/s", {"from": 1, "to": 0}),
        ("speed", 4, "MB/s", {"from": 1, "to": 1}),
    ]


def test_a_line_that_says_failure_makes_all_figures_no_results(tmp_path: Path) -> None:
    results = _results(
        tmp_path, FIGURE + "output: [{line: speed <speed>}, {failure: 'it broke...'}]\n", "speed 1\nit broke: x\n"
    )
    assert [record.status for record in results] == ["failed"]
    assert [problem.message for problem in results.problems] == ["the run failed: it broke: x"]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("output: [{line: a, section: b, output: []}]", (2, 10), "output[0]: 'line' and 'section' do not go together"),
        ("output: [{carry: true}]", (2, 10), "output[0]: nothing says what it is"),
        ("output: [{line: '/(/'}]", (2, 17), "not a regular expression"),
        ("output: [{line: <source>}]", (2, 17), "the name 'source' is taken by every record"),
        ("output: [{line: a, count: sped}]", (2, 27), "there is no figure 'sped'"),
        ("output: [{section: a}]", (2, 10), "output[0]: 'output' is missing"),
        ("output: [{line: a, until: b}]", (2, 20), "'until' does not go with 'line'"),
        ("output: [{table: a}]", (2, 10), "output[0]: 'columns' is missing"),
        ("output: [{json: [a]}]", (2, 10), "output[0]: 'figures' or 'failed' is missing"),
        (
            "output: [{section: a, output: [{line: b, lines: c}]}]",
            (2, 42),
            "output[0].output[0]: unknown field 'lines'",
        ),
        ("output: [{section: a, output: [{failure: b, carry: true}]}]", (2, 45), "'carry' does not go with 'failure'"),
        ("output: [a]", (2, 10), "output[0]: expected a mapping, not 'a'"),
        ("output: [{line: a}]\nplots: [{figures: [x]}]", (3, 20), "there is no figure 'x'"),
        ("output: []\noutputs: []", (3, 1), "outputs"),
    ],
)
def test_a_wrong_sheet_is_a_message_with_its_place(
    tmp_path: Path, text: str, place: tuple[int, int], message: str
) -> None:
    with pytest.raises(InputError) as error:
        _results(tmp_path, f"{FIGURE}{text}\n", "")
    findings = [finding for finding in error.value.findings if message in finding.message]
    assert findings, [finding.message for finding in error.value.findings]
    found = findings[0].place
    assert found is not None
    assert found.source.endswith("mine/figures.yaml")
    assert (found.line, found.column) == place


@pytest.mark.parametrize(
    ("text", "place", "new"),
    [
        ("output: [{line: <a>, keep: true}]", "3:22", "carry"),
        ("output: [{line: <a>, set: {b: 1}}]", "3:22", "constants"),
        ("output: [{after: a, output: []}]", "3:11", "section"),
        ("output: [{fails: a}]", "3:11", "failure"),
        ("figures: {a: {description: A., expected: true}}\noutput: []", "3:32", "required"),
        ("figures: {a: {description: A., better: more}}\noutput: []", "3:40", "higher"),
        ("figures: {a: {description: A., better: less}}\noutput: []", "3:40", "lower"),
    ],
)
def test_a_key_that_had_another_name_is_an_error_that_says_the_new_one(
    tmp_path: Path, text: str, place: str, new: str
) -> None:
    with pytest.raises(InputError) as error:
        _results(tmp_path, f"# A sheet\n# of old.\n{text}\n", "")
    (found,) = (each for each in error.value.findings if "now" in each.hint)
    assert found.hint == f"it is called '{new}' now: write {new}"
    assert found.place is not None
    assert f"{found.place.line}:{found.place.column}" == place
