"""Templates: what a data sheet may write, what becomes of it, and where an error is said to be."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.document.load import load_text
from mocompile.expression.nodes import Arithmetic, Compare, Const, EnvRef, If, InstallValue, Join, Length
from mocompile.expression.tree import PodText, When
from mocompile.template.bind import bind
from mocompile.template.parse import Template, names_used, parse
from mocompile.template.syntax import ExpressionSyntaxError, parse_expression, parse_with_jinja

if TYPE_CHECKING:
    from mocompile.expression.tree import Tree

PODS = InstallValue(("pods",), "integer")
SIZE = InstallValue(("metrics", "io-fio", "options", "size"), "string")
FLAGS = InstallValue(("flags",), "array")
NAMES: dict[str, Any] = {
    "pods": PODS,
    "options.size": SIZE,
    "options": {"block-size": "4k", "depth": 16},
    "flags": FLAGS,
    "metric": {"name": "io-fio"},
    "items": ["a", {"b": PODS}],
    "nothing": None,
    "command": EnvRef("MO_OPT_COMMAND"),
    "node": PodText("$x"),
}


def template(text: str) -> Template:
    """The template of a YAML document."""
    return parse(load_text(text, "metric.yaml")[0].root)


def bound(text: str, names: dict[str, Any] | None = None) -> Tree:
    """Return the value of a YAML document with `NAMES`."""
    return bind(template(text), NAMES if names is None else names)


def value_of(expression: str) -> Tree:
    """Return the value of a single hole with `NAMES`."""
    tree = bound(f"x: >-\n  {{{{ {expression} }}}}\n")
    assert isinstance(tree, dict)
    return tree["x"]  # type: ignore[no-any-return]


def findings(text: str) -> tuple[Finding, ...]:
    """Return the findings of a YAML document."""
    with pytest.raises(InputError) as caught:
        bound(text)
    return caught.value.findings


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x: true", True),
        ("x: 12", 12),
        ("x: -3", -3),
        ("x: 0x1F", 31),
        ("x: 0o17", 15),
        ("x: ~", None),
        ("x:", None),
        ("x: 'true'", "true"),
        ("x: '12'", "12"),
        ("x: y", "y"),
        ("x: no", "no"),
        ("x: 1_000", "1_000"),
        ("x: 1e3", "1e3"),
        ("x: 0.5", "0.5"),
        ("x: 2026-01-01", "2026-01-01"),
        ("x: |\n  12\n", "12\n"),
        ("x: 'a { b }} c'", "a { b }} c"),
    ],
)
def test_a_scalar_without_a_hole_is_what_the_core_schema_says(text: str, value: object) -> None:
    tree = bound(text)
    assert tree == {"x": value}
    assert isinstance(tree, dict)
    assert type(tree["x"]) is type(value)


@pytest.mark.parametrize(
    ("expression", "tree"),
    [
        ("pods", PODS),
        ("options.size", SIZE),
        ("options['block-size']", "4k"),
        ("metric.name", "io-fio"),
        ("pods - 1", Arithmetic("-", PODS, Const(1))),
        ("options.depth * 2 // 3", 10),
        ("-7 // 2", -4),
        ("-7 % 2", 1),
        ("-pods", Arithmetic("-", Const(0), PODS)),
        ("pods > 1 and options.depth == 16", Compare(">", PODS, Const(1))),
        ("not (pods > 1) or true", True),
        ("'a' if options.depth >= 16 else pods | string", "a"),
        ("options.size if pods > 1 else 'x'", If(Compare(">", PODS, Const(1)), SIZE, Const("x"))),
        ("'n=' ~ pods ~ '!'", Join((Const("n="), PODS, Const("!")))),
        ("pods | string", Join((PODS,))),
        ("12 | string", "12"),
        ("flags | length", Length(FLAGS)),
        ("items | length", 2),
        ("'{{ }}'", "{{ }}"),
        ("nothing", None),
        ("nothing == ''", True),
        ("command", EnvRef("MO_OPT_COMMAND")),
    ],
)
def test_an_expression_is_computed_as_far_as_it_is_known(expression: str, tree: object) -> None:
    assert value_of(expression) == tree


def test_a_single_hole_keeps_the_type_and_text_around_it_makes_text() -> None:
    assert bound("{a: '{{ options.depth }}', b: '{{ options.depth }} ', c: ' {{ pods }}'}") == {
        "a": 16,
        "b": "16 ",
        "c": Join((Const(" "), PODS)),
    }


def test_a_single_hole_puts_a_list_a_mapping_or_a_node_in_place() -> None:
    assert bound("{a: '{{ items }}', b: '{{ node }}', c: '{{ metric }}'}") == {
        "a": ["a", {"b": PODS}],
        "b": PodText("$x"),
        "c": {"name": "io-fio"},
    }


def test_text_out_of_a_hole_is_never_read_again() -> None:
    names = {"user": "{{ pods }} {% raw %} : [", "n": "012"}
    assert bound("{a: '{{ user }}', b: '-{{ user }}', c: '{{ n }}'}", names) == {
        "a": "{{ pods }} {% raw %} : [",
        "b": "-{{ pods }} {% raw %} : [",
        "c": "012",
    }


def test_a_mapping_is_left_out_where_when_is_false_and_kept_without_it_where_true() -> None:
    text = """
list:
- {when: options.depth > 1, name: kept}
- {when: options.depth < 1, name: dropped}
- {when: "{{ pods > 1 }}", name: later}
never: {when: false, a: 1}
always: {when: true, a: 1}
"""
    assert bound(text) == {
        "list": [{"name": "kept"}, When(Compare(">", PODS, Const(1)), {"name": "later"})],
        "always": {"a": 1},
    }


def test_names_used_are_those_of_every_hole_and_every_when() -> None:
    text = "{a: 'x {{ pods - n }} {{ options.size }}', b: [{when: metric.trace, c: \"{{ options['x-y'] }}\"}]}"
    assert names_used(template(text)) == {"pods", "n", "options.size", "metric.trace", "options.x-y"}


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("run('x')", "a call is not supported"),
        ("pods.__class__()", "a call is not supported"),
        ("items[0]", "only a name has parts"),
        ("items[0:1]", "only a name has parts"),
        ("items[pods]", "only a name has parts"),
        ("'a'.upper", "only a name has parts"),
        ("pods is defined", "'is' is not supported"),
        ("'a' in items", "'in' is not supported"),
        ("1 < pods < 3", "cannot be chained"),
        ("[1, 2]", "a list is not supported"),
        ("(1, 2)", "a tuple is not supported"),
        ("{'a': 1}", "a mapping is not supported"),
        ("1.5", "1.5 is not an integer"),
        ("pods / 2", "'/' is not supported"),
        ("pods ** 2", "'**' is not supported"),
        ("+pods", "a leading '+' is not supported"),
        ("none", "cannot be none"),
        ("pods | default(1)", "unknown filter 'default'"),
        ("pods | string(1)", "unknown filter 'string'"),
        ("'a' if pods > 1", "needs an 'else'"),
        ("pods pods", "unexpected 'pods' after the expression"),
        ("pods +", "invalid expression"),
        ("pods = 1", "unexpected '=' after the expression"),
        ("'open", "'{{' is not closed"),
        ("", "missing expression"),
        ("(" * 2000 + "1" + ")" * 2000, "nested too deep"),
        ("1" + " + 1" * 500, "nested too deep"),
        ("9" * 5000, "invalid expression"),
        ("9007199254740992", "beyond"),
    ],
)
def test_whatever_is_not_offered_is_a_finding(expression: str, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        value_of(expression)


@pytest.mark.parametrize("text", ["{% if x %}", "{# note #}", "{{ pods", "a {%- raw %}", "{{- pods }}", "{{ pods -}}"])
def test_statements_comments_and_open_braces_are_findings(text: str) -> None:
    assert [finding.rule for finding in findings(f"x: '{text}'")] == ["template-syntax"]


def test_a_key_is_not_a_template() -> None:
    (finding,) = findings("'{{ pods }}': 1")
    assert finding.message == "a key cannot be a template"


def test_a_number_that_two_readers_take_differently_is_a_finding() -> None:
    (finding,) = findings("defaultMode: 0555")
    assert finding.hint == "write 555, 0o555 or '0555'"


@pytest.mark.parametrize(
    ("expression", "rule", "says"),
    [
        ("podz", "template-name", "unknown name 'podz'"),
        ("options.siez == ''", "template-name", "unknown name 'options.siez'"),
        ("pods.x", "template-name", "unknown name 'pods.x'"),
        ("pods and true", "template-kind", "'and' takes booleans"),
        ("items == ''", "template-kind", "'items' is a list or mapping"),
        ("options.size - 1", "template-kind", "not a string"),
        ("options.depth // 0", "template-value", "division by zero"),
    ],
)
def test_an_expression_that_cannot_be_bound_is_a_finding(expression: str, rule: str, says: str) -> None:
    (finding,) = findings(f'x: "{{{{ {expression} }}}}"')
    assert (finding.rule, says in finding.message) == (rule, True)


def test_an_unknown_name_is_answered_with_the_nearest_one() -> None:
    (finding,) = findings("x: '{{ options.siez }}'")
    assert finding.hint == "did you mean 'options.size'?"


def test_every_finding_comes_at_once_and_at_its_place() -> None:
    text = """\
a: 'x {{ podz }} {{  metric.nam }}'
b: {{BLOCK}}
  one
  {{ flag }} two
c: plain {{ siz }}
d: [{when: podz > 1}]
""".replace("{{BLOCK}}", "|")
    places = [(finding.place.line, finding.place.column) for finding in findings(text) if finding.place]
    assert places == [(1, 10), (1, 22), (4, 4), (5, 13), (6, 12)]


def test_a_structure_in_the_middle_of_text_is_a_finding() -> None:
    assert [f.rule for f in findings("{a: 'x{{ items }}', b: 'x{{ flags }}', c: 'x{{ node }}'}")] == [
        "template-kind"
    ] * 3


# The short way for plain names must not be seen from outside.

WORDS = st.sampled_from(
    [
        "pods",
        "options",
        "a_b",
        "_",
        "x1",
        "not",
        "true",
        "True",
        "false",
        "none",
        "None",
        "if",
        "is",
        "in",
        "and",
        "else",
        "é",
    ]
)
BLANKS = st.sampled_from(["", " ", "\t", "\n", "\u00a0"])


@given(BLANKS, st.lists(WORDS, min_size=1, max_size=3), st.sampled_from([".", " . ", ".."]), BLANKS)
def test_a_plain_name_is_parsed_as_jinja_parses_it(before: str, words: list[str], dot: str, after: str) -> None:
    text = before + dot.join(words) + after

    def outcome(parser: Any) -> object:
        try:
            return parser(text)
        except ExpressionSyntaxError as error:
            return str(error)

    assert outcome(parse_expression) == outcome(parse_with_jinja)


def test_jinja_is_imported_only_for_what_is_more_than_a_name() -> None:
    code = """
import sys
from mocompile.document.load import load_text
from mocompile.template.bind import bind
from mocompile.template.parse import parse
plain = parse(load_text("a: 'x {{ options.size }}'\\nb: [1, text]\\nwhen: pods", "t")[0].root)
bind(plain, {"options.size": 1, "pods": True})
assert "jinja2" not in sys.modules
parse(load_text("a: '{{ 1 + 1 }}'", "t")[0].root)
assert "jinja2" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
