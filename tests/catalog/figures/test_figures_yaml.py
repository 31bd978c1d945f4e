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


def test_the_last_column_may_have_spaces(tmp_path: Path) -> None:
    output = "output: [{table: '# speed Command', columns: {Command: command..., speed: speed}}]\n"
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
        ("output: [{carry: true}]", (2, 10), "output[0]: no key says which kind of entry this is"),
        ("output: [{line: '/(/'}]", (2, 17), "invalid regular expression"),
        ("output: [{line: <source>}]", (2, 17), "the name 'source' is taken by every record"),
        ("output: [{line: a, count: sped}]", (2, 27), "unknown figure 'sped'"),
        ("output: [{section: a}]", (2, 10), "output[0]: missing field 'output'"),
        ("output: [{line: a, until: b}]", (2, 20), "'until' does not go with 'line'"),
        ("output: [{table: a}]", (2, 10), "output[0]: missing field 'columns'"),
        ("output: [{json: [a]}]", (2, 10), "output[0]: missing 'figures' or 'failed'"),
        (
            "output: [{section: a, output: [{line: b, lines: c}]}]",
            (2, 42),
            "output[0].output[0]: unknown field 'lines'",
        ),
        ("output: [{section: a, output: [{failure: b, carry: true}]}]", (2, 45), "'carry' does not go with 'failure'"),
        ("output: [a]", (2, 10), "output[0]: expected a mapping, not 'a'"),
        ("output: [{line: a}]\nplots: [{figures: [x]}]", (3, 20), "unknown figure 'x'"),
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


def test_a_name_that_is_at_the_top_twice_has_a_list_of_names(tmp_path: Path) -> None:
    output = "output: [{table: Op ..., columns: {Op: op, Rate: speed, Dev: [dev_1, dev_2]}}]\n"
    assert _found(tmp_path, output, "Op Rate Dev Ops Dev\nread 3 1 7 2\n") == [
        ("speed", 3, "MB/s", {"op": "read", "dev_1": 1, "dev_2": 2})
    ]
    assert _found(tmp_path, output, "Op Rate Dev Ops\nread 3 1 7\n") == [
        ("speed", 3, "MB/s", {"op": "read", "dev_1": 1})
    ]


def test_cells_may_have_a_separator_between_them(tmp_path: Path) -> None:
    output = "output: [{table: 'op,rate', separator: ',', columns: {op: op, rate: speed}}]\n"
    assert _found(tmp_path, output, "op,rate\nread all, 3\nwrite,4,5\n") == [("speed", 3, "MB/s", {"op": "read all"})]


def test_tables_samples_and_rows_that_are_alike_are_counted(tmp_path: Path) -> None:
    output = (
        "output: [{table: Time ..., number: table, sample: sample, alike: nth, "
        "columns: {Command: command..., rate: speed}}]\n"
    )
    text = "Time rate Command\n1:01 1 a b\n1:01 2 a b\n1:02 3 a b\n\nTime rate Command\n1:02 4 c\n1:03 5 c\n"
    assert [(value, context) for _, value, _, context in _found(tmp_path, output, text)] == [
        (1, {"command": "a b", "table": 0, "sample": 0, "nth": 0}),
        (2, {"command": "a b", "table": 0, "sample": 0, "nth": 1}),
        (3, {"command": "a b", "table": 0, "sample": 1, "nth": 0}),
        (4, {"command": "c", "table": 1, "sample": 1, "nth": 0}),
        (5, {"command": "c", "table": 1, "sample": 2, "nth": 0}),
    ]


def test_a_row_with_a_cell_that_is_no_number_is_told(tmp_path: Path) -> None:
    figures = "figures: {a: {description: A.}, b: {description: B.}}\noutput: [{table: 'a b', columns: {a: a, b: b}}]\n"
    results = _results(tmp_path, figures, "a b\n1 2,5\n3 4\nno row\n")
    assert [record.value for record in results] == [3, 4]
    assert [(each.line, each.message) for each in results.problems] == [
        (2, "this row of the table is not read: b is '2,5', which is not a number")
    ]


def test_numbers_with_letters_are_in_the_figure_s_unit(tmp_path: Path) -> None:
    figures = (
        "figures: {rate: {unit: kB/s, suffixes: 1024, description: A rate.}, "
        "count: {suffixes: 1000, description: A count.}, share: {unit: '%', description: A share.}}\n"
        "output: [{table: rate count share, columns: {rate: rate, count: count, share: share}}]\n"
    )
    results = _results(tmp_path, figures, "rate count share\n1.5M 12k 5.5%\n512B 7 6\n3k 1.5G 0%\n")
    assert [(record.value, record.printed) for record in results] == [
        (1536.0, "1.5M"),
        (12000, "12k"),
        (5.5, ""),
        (0.5, "512B"),
        (7, ""),
        (6, ""),
        (3, "3k"),
        (1500000000.0, "1.5G"),
        (0, ""),
    ]


def test_units_out_of_the_line_hold_for_several_figures_and_for_a_section(tmp_path: Path) -> None:
    output = """
output:
  - section: 'in <_unit>:'
    units: {speed: <_unit>}
    output:
      - line: '/^row/'
        each: '/<size>:<speed>/'
      - line: '/^other (?P<_own>\\w+) <speed>$/'
        units: {speed: <_own>}
"""
    assert _found(tmp_path, output, "in GB:\nrow 1:2 4:8\nother TB 16\n") == [
        ("speed", 2, "GB", {"size": 1}),
        ("speed", 8, "GB", {"size": 4}),
        ("speed", 16, "TB", {}),
    ]


def test_a_report_that_is_printed_again_takes_the_place_of_the_earlier_one(tmp_path: Path) -> None:
    output = """
output:
  - section: 'job <name> pid <_pid>'
    number: index
    again: _pid
    output: [{line: rate <speed>}]
"""
    text = "job a pid 1\nrate 1\njob b pid 2\nrate 2\njob a pid 1\nrate 3\njob b pid 2\nrate 4\njob a pid 7\nrate 5\n"
    assert [(value, context) for _, value, _, context in _found(tmp_path, output, text)] == [
        (3, {"name": "a", "index": 0}),
        (4, {"name": "b", "index": 1}),
        (5, {"name": "a", "index": 2}),
    ]


def test_a_line_may_be_passed_on(tmp_path: Path) -> None:
    output = """
output:
  - {line: '/^ios=<speed>\\//', constants: {direction: read}, passOn: true}
  - {line: '/^ios=\\d+\\/<speed>$/', constants: {direction: write}}
  - {line: 'ios=<what...>'}
"""
    assert _found(tmp_path, output, "ios=3/4\n") == [
        ("speed", 3, "MB/s", {"direction": "read"}),
        ("speed", 4, "MB/s", {"direction": "write"}),
    ]


def test_the_line_of_a_section_may_hold_figures(tmp_path: Path) -> None:
    output = "output: [{section: '/^(?P<op>\\w+): /', output: [{line: '/: rate <speed>$/'}]}]\n"
    assert _found(tmp_path, output, "read: rate 3\n") == [("speed", 3, "MB/s", {"op": "read"})]


def test_what_is_in_the_output_as_text_and_as_json_is_read_from_the_json(tmp_path: Path) -> None:
    output = """
output:
  - {section: text, alsoJson: true, output: [{line: <op> <speed>}]}
  - {line: other <op> <speed>}
  - {json: [<op>], figures: {speed: [rate]}}
"""
    results = _results(tmp_path, FIGURE + output, 'text\nread 3\nwrite 4\n{"read": {"rate": 3.2}}\n')
    assert _rows(results) == [("speed", 4, "MB/s", {"op": "write"}), ("speed", 3.2, "MB/s", {"op": "read"})]
    assert [(each.level, each.message) for each in results.problems] == [
        ("note", "the output has figures both as text and as JSON; they are read from the JSON: 1")
    ]


def test_a_form_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    figures = (
        "figures: {a: {description: A., required: true}}\n"
        "output: [{unreadable: '/^bin/', reason: This is binary.}, {line: b <a>}]\n"
    )
    results = _results(tmp_path, figures, "bin 1\nbin 2\nb 3\n")
    assert [each.message for each in results.problems] == ["This is binary."]
    assert [record.status for record in results] == ["cut"]


def test_another_figure_makes_up_for_a_required_one(tmp_path: Path) -> None:
    figures = (
        "figures: {a: {description: A., required: true, unless: [b]}, b: {description: B.}}\n"
        "output: [{line: a <a>}, {line: b <b>}]\n"
    )
    assert [record.status for record in _results(tmp_path, figures, "b 1\n")] == ["ok"]


def test_a_number_that_says_that_there_is_none_is_no_figure(tmp_path: Path) -> None:
    figures = "figures: {a: {description: A., noValue: -1}}\noutput: [{line: a <a>}, {json: [x], figures: {a: [a]}}]\n"
    results = _results(tmp_path, figures, 'a -1.00\na 2\n{"x": {"a": -1}}\n')
    assert [record.value for record in results] == [2]
    assert [(each.level, each.message) for each in results.problems] == [
        ("note", "a is '-1.00' here: the tool had no value"),
        ("note", "a is '-1' here: the tool had no value"),
    ]


def test_text_in_a_document_is_read_and_does_not_break_it(tmp_path: Path) -> None:
    output = "output: [{json: [x], figures: {speed: [a]}}, {line: b <speed>}]\n"
    assert _found(tmp_path, output, '{\n"x":\nb 7\n{"a": 3}\n}\n') == [
        ("speed", 7, "MB/s", {}),
        ("speed", 3, "MB/s", {}),
    ]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{line: <speed>, each: a <speed>}", "output[0].each: this is no regular expression"),
        ("{line: <speed>, units: {speed: <_u>}}", "output[0].units.speed: there is no <_u> in the pattern"),
        ("{line: <name> <speed>, context: run, owner: job}", "output[0].owner: there is no 'job' in the pattern"),
        ("{line: <name> <speed>, context: run, lone: set}", "output[0].lone: the name 'set' is taken by every record"),
        ("{section: a, again: _pid, output: []}", "output[0].again: there is no '_pid' in the pattern"),
        ("{table: a, columns: {a: [speed, value]}}", "output[0].columns.a: the name 'value' is taken by every record"),
        ("{table: a, sample: line, columns: {a: speed}}", "output[0].sample: the name 'line' is taken by every record"),
    ],
)
def test_what_does_not_fit_together_is_said(tmp_path: Path, entry: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        _found(tmp_path, f"output: [{entry}]\n", "")
    assert message in str(error.value)
