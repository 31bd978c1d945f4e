"""The language of figures.yaml for the lines of a log."""

from __future__ import annotations

from pathlib import Path

from tests.results.sheet_of import extracted


def test_a_line_can_have_figures_in_a_unit_of_its_own(tmp_path: Path) -> None:
    sheet = """
        figures:
          rate: {unit: segments/s, description: Segments for each second.}
        output:
          - line: Rate <rate> [Mega]
            units: {rate: Msegments/s}
          - line: Rate <rate>
    """
    found = extracted(tmp_path, sheet, "Rate 3 [Mega]\nRate 4\n").found
    assert [(each.value, each.unit) for each in found] == [(3, "Msegments/s"), (4, "segments/s")]


def test_a_line_that_says_that_the_run_failed_says_so_once_and_can_hold_a_figure(tmp_path: Path) -> None:
    sheet = """
        figures:
          residual: {description: What is left.}
        output:
          - failure: '/FAILED$/'
          - failure: '/^residual .* FAILED$/'
          - line: residual <residual> <result>
    """
    extractor = extracted(tmp_path, sheet, "residual 3 FAILED\n")
    assert [(each.value, each.context) for each in extractor.found] == [(3, {"result": "FAILED"})]
    assert [remark.failed for remark in extractor.remarks] == [True]


def test_the_context_of_a_run_or_a_section_reaches_the_figures_above_it_too(tmp_path: Path) -> None:
    sheet = """
        figures:
          rate: {description: A rate.}
          total: {description: A total.}
        output:
          - line: ranks <ranks>
            context: run
          - section: block <rate>
            number: block
            output:
              - line: rate <rate>
              - line: steps <steps>
                context: section
          - line: total <total>
        """
    log = "block 1\nrate 2\nsteps 10\ntotal 5\nblock 3\nrate 4\nsteps 20\nrate 6\nranks 8\nranks 9\n"
    found = extracted(tmp_path, sheet, log).found
    assert [(each.value, dict(each.context)) for each in found] == [
        (1, {"ranks": "8,9", "steps": 10, "block": 0}),
        (2, {"ranks": "8,9", "steps": 10, "block": 0}),
        (5, {"ranks": "8,9"}),
        (3, {"ranks": "8,9", "steps": 20, "block": 1}),
        (4, {"ranks": "8,9", "steps": 20, "block": 1}),
        (6, {"ranks": "8,9", "steps": 20, "block": 1}),
    ]


def test_many_values_of_one_run_are_counted(tmp_path: Path) -> None:
    sheet = """
        figures:
          rate: {description: A rate.}
        output:
          - {line: atoms <atoms>, context: run}
          - line: rate <rate>
        """
    (found,) = extracted(tmp_path, sheet, "rate 1\n" + "".join(f"atoms {n}\n" for n in range(6))).found
    assert found.context == {"atoms": "0,1,2,3,... (6 values)"}


def test_a_second_line_of_heads_is_context_of_the_columns(tmp_path: Path) -> None:
    sheet = """
        figures:
          took: {description: A time.}
        output:
          - table: '/^Kernel,/'
            separator: ","
            headings: [tuning]
            columns: {Kernel: kernel, '/(?P<variant>[A-Z]\\w*_\\w+)/': took}
    """
    log = "Kernel, Base_Seq, RAJA_Seq, RAJA_Seq\n , default, small, large\nDAXPY, 1.5, 2.5, Not run\nCOPY, 3, 4, 5\n"
    found = extracted(tmp_path, sheet, log).found
    assert [(each.value, each.context) for each in found] == [
        (1.5, {"kernel": "DAXPY", "variant": "Base_Seq", "tuning": "default"}),
        (2.5, {"kernel": "DAXPY", "variant": "RAJA_Seq", "tuning": "small"}),
        (3, {"kernel": "COPY", "variant": "Base_Seq", "tuning": "default"}),
        (4, {"kernel": "COPY", "variant": "RAJA_Seq", "tuning": "small"}),
        (5, {"kernel": "COPY", "variant": "RAJA_Seq", "tuning": "large"}),
    ]


def test_the_number_of_lines_can_be_context_of_the_run(tmp_path: Path) -> None:
    sheet = """
        figures:
          rate: {description: A rate.}
        output:
          - line: "rank <_number> on ..."
            count: ranks
            context: run
          - line: rate <rate>
    """
    found = extracted(tmp_path, sheet, "rank 0 on a\nrate 5\nrank 1 on b\nrank 2 on b\n").found
    assert [(each.value, dict(each.context)) for each in found] == [(5, {"ranks": 3})]


def test_a_context_is_left_out_where_a_better_one_says_the_same(tmp_path: Path) -> None:
    sheet = """
        figures:
          rate: {description: A rate.}
        contexts:
          host: {description: The name of a host., unless: [number]}
        output:
          - line: host <number>
            carry: true
          - line: to <host>
            carry: true
          - line: rate <rate>
    """
    assert [dict(each.context) for each in extracted(tmp_path, sheet, "to a\nrate 1\n").found] == [{"host": "a"}]
    assert [dict(each.context) for each in extracted(tmp_path, sheet, "host 0\nto a\nrate 1\n").found] == [
        {"number": 0}
    ]
