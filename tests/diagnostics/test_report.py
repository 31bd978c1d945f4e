"""Report: what people see, and what machines read, of the same findings."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mocompile.diagnostics.finding import Finding
from mocompile.diagnostics.place import Place
from mocompile.diagnostics.report import FORMATS, render

LINES = ("spec:", "  metrics:", "    - name: app-lamps")
UNKNOWN = Finding(
    "unknown-metric", "unknown metric 'app-lamps'", Place("metrics.yaml", 3, 13, 9), "did you mean 'app-lammps'?"
)
MISSING = Finding("required", "spec.pods is missing", Place("metrics.yaml", 1, 1, 4))
ARGUMENT = Finding("type", "'x' is not an integer", Place("--set spec.pods=x", 1, 11, 1))
NOWHERE = Finding("not-found", "there is no file 'x'", hint="name a file")
SOURCES = {"metrics.yaml": LINES, "--set spec.pods=x": ("spec.pods=x",)}


def excerpt(line: str, column: int, length: int = 1) -> tuple[str, str]:
    """The line and the caret below it, as shown."""
    shown = render([Finding("r", "m", Place("f", 1, column, length))], {"f": [line]})
    _, first, second = shown.splitlines()
    return first, second


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.category(character) in {"Mn", "Me"} else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )


# Levels


def test_every_format_tells_a_warning_from_an_error() -> None:
    warning = Finding("tasks", "too few tasks", Place("metrics.yaml", 2, 3, 7), "take more", "warning")
    both = [warning, UNKNOWN]
    shown = render(both, SOURCES)
    assert shown.startswith("metrics.yaml:2:3: warning: too few tasks; take more\n      metrics:\n")
    assert shown.endswith("\n1 error, 1 warning\n")
    assert "\x1b[1;33mwarning: " in render(both, SOURCES, color=True)
    assert [each["level"] for each in json.loads(render(both, form="json"))] == ["warning", "error"]
    assert [line.split(" ")[0] for line in render(both, form="github").splitlines()] == ["::warning", "::error"]
    results = json.loads(render(both, form="sarif"))["runs"][0]["results"]
    assert [each["level"] for each in results] == ["warning", "error"]


# Text


def test_text_shows_the_place_the_line_and_a_caret() -> None:
    assert render([UNKNOWN], SOURCES) == (
        "metrics.yaml:3:13: error: unknown metric 'app-lamps'; did you mean 'app-lammps'?\n"
        "        - name: app-lamps\n"
        "                ^^^^^^^^^\n"
    )


def test_text_orders_by_place_and_says_how_many() -> None:
    assert render([UNKNOWN, ARGUMENT, NOWHERE, MISSING, MISSING], SOURCES) == (
        "error: there is no file 'x'; name a file\n"
        "--set spec.pods=x: error: 'x' is not an integer\n"
        "    spec.pods=x\n"
        "              ^\n"
        "metrics.yaml:1:1: error: spec.pods is missing\n"
        "    spec:\n"
        "    ^^^^\n"
        "metrics.yaml:3:13: error: unknown metric 'app-lamps'; did you mean 'app-lammps'?\n"
        "        - name: app-lamps\n"
        "                ^^^^^^^^^\n"
        "4 errors\n"
    )


def test_colour_is_there_only_when_asked_for() -> None:
    plain, colored = render([UNKNOWN], SOURCES), render([UNKNOWN], SOURCES, color=True)
    assert "\x1b" not in plain
    assert colored.startswith("\x1b[1mmetrics.yaml:3:13: \x1b[0m\x1b[1;31merror: \x1b[0munknown metric")
    assert colored.replace("\x1b[1m", "").replace("\x1b[1;31m", "").replace("\x1b[0m", "") == plain


@pytest.mark.parametrize(
    ("line", "column", "length", "before", "marked"),
    [
        ("a: b", 4, 1, "a: ", "b"),
        ("\t\ta: b", 3, 1, "        ", "a"),
        ("日本: b", 5, 1, "日本: ", "b"),
        ("a: 日本", 4, 2, "a: ", "日本"),
        ("😀: b", 4, 1, "😀: ", "b"),
        ("e\u0301e\u0301: b", 7, 1, "e\u0301e\u0301: ", "b"),
        ("a\x1b[2J: b", 8, 1, "a\\x1b[2J: ", "b"),
        ("a\u202e: b", 5, 1, "a\\u202e: ", "b"),
    ],
)
def test_the_caret_stands_below_what_it_means(line: str, column: int, length: int, before: str, marked: str) -> None:
    shown, caret = excerpt(line, column, length)
    assert shown[4:].startswith(before + marked)
    assert caret == " " * (4 + columns(before)) + "^" * columns(marked)


@pytest.mark.parametrize("column", [1, 20, 60, 5000, 9990, 10001])
def test_a_long_line_is_shown_around_the_caret(column: int) -> None:
    line = "".join(chr(ord("a") + position % 26) for position in range(10_000)) + "!"
    shown, caret = excerpt(line, column, 3)
    assert len(shown) <= 110
    assert shown[caret.index("^")] == line[column - 1]
    assert shown.startswith("    …") == (column > 45)
    assert shown.endswith("…") == (column < 9000)


def test_a_place_outside_the_text_does_no_harm() -> None:
    assert excerpt("ab", 99)[1].endswith("  ^")
    for line, lines in ((9, LINES), (0, LINES), (1, ("",)), (1, ())):
        assert render([Finding("r", "m", Place("f", line, 1))], {"f": lines}).count("\n") == 1
    assert render([UNKNOWN]) == "metrics.yaml:3:13: error: unknown metric 'app-lamps'; did you mean 'app-lammps'?\n"


def test_a_message_cannot_forge_another_line() -> None:
    forged = Finding("r", "a\nx.yaml:1:1: error: b", Place("f\n\x1b", 1, 1), "c\r\u2028\udcff")
    assert render([forged]) == "f\\n\\x1b:1:1: error: a\\nx.yaml:1:1: error: b; c\\r\\u2028\\udcff\n"


# JSON


def test_json_is_a_list_of_objects() -> None:
    assert json.loads(render([UNKNOWN, NOWHERE], form="json")) == [
        {
            "rule": "not-found",
            "level": "error",
            "message": "there is no file 'x'",
            "hint": "name a file",
            "file": None,
            "line": None,
            "column": None,
            "endColumn": None,
        },
        {
            "rule": "unknown-metric",
            "level": "error",
            "message": "unknown metric 'app-lamps'",
            "hint": "did you mean 'app-lammps'?",
            "file": "metrics.yaml",
            "line": 3,
            "column": 13,
            "endColumn": 22,
        },
    ]


# GitHub


def test_github_commands_name_the_file_and_the_line() -> None:
    assert render([UNKNOWN], form="github") == (
        "::error file=metrics.yaml,line=3,endLine=3,col=13,endColumn=22,title=mocompile%3A unknown-metric::"
        "unknown metric 'app-lamps'; did you mean 'app-lammps'?\n"
    )


def test_github_commands_without_a_file_carry_the_source_in_the_message() -> None:
    assert render([ARGUMENT, NOWHERE], form="github") == (
        "::error title=mocompile%3A not-found::there is no file 'x'; name a file\n"
        "::error title=mocompile%3A type::--set spec.pods=x: 'x' is not an integer\n"
    )


def test_github_commands_are_escaped() -> None:
    finding = Finding("r", "100%\n::error::x", Place("a,b:c%.yaml", 1, 1))
    assert render([finding], form="github") == (
        "::error file=a%2Cb%3Ac%25.yaml,line=1,endLine=1,col=1,endColumn=2,title=mocompile%3A r::100%25\\n::error::x\n"
    )


# SARIF


def sarif(*findings: Finding) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(render(findings, form="sarif"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return dict(run)


def test_sarif_has_the_rules_and_a_result_for_each_finding() -> None:
    run = sarif(UNKNOWN, ARGUMENT, NOWHERE)
    assert run["tool"]["driver"] == {
        "name": "mocompile",
        "rules": [{"id": "not-found"}, {"id": "type"}, {"id": "unknown-metric"}],
    }
    assert run["columnKind"] == "unicodeCodePoints"
    nowhere, argument, unknown = run["results"]
    assert unknown == {
        "ruleId": "unknown-metric",
        "ruleIndex": 2,
        "level": "error",
        "message": {"text": "unknown metric 'app-lamps'; did you mean 'app-lammps'?"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "metrics.yaml"},
                    "region": {"startLine": 3, "startColumn": 13, "endLine": 3, "endColumn": 22},
                }
            }
        ],
    }
    assert argument["locations"] == [{"logicalLocations": [{"fullyQualifiedName": "--set spec.pods=x"}]}]
    assert "locations" not in nowhere


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("./a b/é.yaml", "a%20b/%C3%A9.yaml"),
        ("../x.yaml", "../x.yaml"),
        ("c:d.yaml", "c%3Ad.yaml"),
        ("/tmp/x.yaml", "file:///tmp/x.yaml"),
        ("caf\udce9.yaml", "caf%E9.yaml"),
    ],
)
def test_sarif_files_are_uris(file: str, uri: str) -> None:
    (result,) = sarif(Finding("r", "m", Place(file, 1, 1)))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


# All of them


def test_nothing_wrong_is_nothing_to_say() -> None:
    assert [render([], form=form) for form in ("text", "github")] == ["", ""]
    assert json.loads(render([], form="json")) == []
    assert sarif()["results"] == []


def test_a_format_that_is_not_there_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="no format 'xml'"):
        render([], form="xml")


ANY_TEXT = st.text(max_size=30)
PLACES = st.builds(
    Place, st.sampled_from(["f", "--set x", "<stdin>"]), st.integers(1, 3), st.integers(1, 40), st.integers(1, 40)
)
FINDINGS = st.builds(Finding, st.sampled_from(["a", "b"]), ANY_TEXT, st.none() | PLACES, ANY_TEXT)


@given(st.lists(FINDINGS, max_size=4), st.lists(ANY_TEXT, max_size=3))
def test_any_finding_can_be_shown_in_one_order_and_without_harm(findings: list[Finding], lines: list[str]) -> None:
    for form in FORMATS:
        shown = render(findings, {"f": lines}, form)
        assert shown == render(reversed(findings), {"f": lines}, form)
        assert not shown or shown.endswith("\n")
        assert all(
            character == "\n" or unicodedata.category(character) not in {"Cc", "Cf", "Cs"} for character in shown
        )
