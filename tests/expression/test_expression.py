"""Expressions: which kinds an operator takes, and what is computed at compile time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mocompile.expression.fold import fold, text_of
from mocompile.expression.nodes import (
    LARGEST,
    And,
    Arithmetic,
    Compare,
    Const,
    EnvRef,
    EvaluationError,
    Expr,
    If,
    InstallValue,
    Join,
    KindError,
    Length,
    Not,
    Or,
    nodes,
)
from mocompile.expression.to_data import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable

PODS = InstallValue(("pods",), "integer")
SIZE = InstallValue(("size",), "string")
TRACE = InstallValue(("trace",), "boolean")
FLAGS = InstallValue(("flags",), "array")
TRUE, FALSE, ONE, TEXT = Const(True), Const(False), Const(1), Const("text")
DIVIDED_BY_ZERO = Arithmetic("//", ONE, Const(0))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Arithmetic("+", TEXT, TEXT), "'~' joins text"),
        (lambda: Arithmetic("-", PODS, TRUE), "not a boolean"),
        (lambda: Arithmetic("*", Const(0.5), ONE), "not a number"),
        (lambda: Compare("==", PODS, Const("4")), "an integer and a string"),
        (lambda: Compare("==", TRUE, ONE), "a boolean and an integer"),
        (lambda: Compare("<", SIZE, TEXT), "'<' compares integers"),
        (lambda: Compare(">=", TRUE, FALSE), "'>=' compares integers"),
        (lambda: Compare("==", FLAGS, FLAGS), "not an array"),
        (lambda: Compare("!=", Join((SIZE, EnvRef("A"))), TEXT), "known only in the pod"),
        (lambda: Not(PODS), "write a comparison"),
        (lambda: And(TRUE, SIZE), "'and' takes booleans"),
        (lambda: Or(ONE, TRUE), "'or' takes booleans"),
        (lambda: If(PODS, ONE, ONE), "'if' takes booleans"),
        (lambda: If(TRACE, ONE, TEXT), "an integer and a string"),
        (lambda: Join((TEXT, FLAGS)), "not an array"),
        (lambda: Length(SIZE), "not a string"),
    ],
)
def test_an_operand_of_a_wrong_kind_is_refused_when_the_node_is_made(make: Callable[[], Expr], says: str) -> None:
    with pytest.raises(KindError, match=says):
        make()


@pytest.mark.parametrize("integer", [LARGEST + 1, -LARGEST - 1])
def test_an_integer_that_some_readers_would_round_is_refused(integer: int) -> None:
    with pytest.raises(EvaluationError, match=r"2\^53"):
        Const(integer)


@pytest.mark.parametrize(
    ("expr", "folded"),
    [
        (Arithmetic("//", Const(-7), Const(2)), Const(-4)),
        (Arithmetic("%", Const(-7), Const(2)), ONE),
        (Arithmetic("%", Const(7), Const(-2)), Const(-1)),
        (Compare("==", TEXT, Const("text")), TRUE),
        (And(TRUE, TRACE), TRACE),
        (And(TRACE, FALSE), FALSE),
        (Or(FALSE, TRACE), TRACE),
        (Or(TRACE, TRUE), TRUE),
        (Not(Not(TRACE)), TRACE),
        (Not(Compare(">", ONE, Const(2))), TRUE),
        (If(Compare(">", ONE, Const(2)), SIZE, TEXT), TEXT),
        (If(TRACE, SIZE, SIZE), SIZE),
        (Join((TEXT, Const(" "), Const(4), Const(True))), Const("text 4true")),
        (Join((TEXT, Join((Const("-"), PODS)), Const(""))), Join((Const("text-"), PODS))),
        (Join((SIZE,)), SIZE),
        (Join((PODS,)), Join((PODS,))),
        (Join(()), Const("")),
        (Arithmetic("-", PODS, ONE), Arithmetic("-", PODS, ONE)),
    ],
)
def test_what_is_known_at_compile_time_is_computed(expr: Expr, folded: Expr) -> None:
    assert fold(expr) == folded


@pytest.mark.parametrize(
    "expr", [If(TRUE, ONE, DIVIDED_BY_ZERO), If(FALSE, DIVIDED_BY_ZERO, ONE)], ids=["otherwise", "then"]
)
def test_a_branch_that_is_never_taken_is_not_computed(expr: Expr) -> None:
    assert fold(expr) == ONE


@pytest.mark.parametrize(
    "expr",
    [
        DIVIDED_BY_ZERO,
        Arithmetic("%", ONE, Const(0)),
        Arithmetic("+", Const(LARGEST), ONE),
        Arithmetic("-", Const(-LARGEST), ONE),
        Arithmetic("*", Const(LARGEST), Const(-LARGEST)),
    ],
)
def test_an_expression_without_a_value_is_an_error(expr: Expr) -> None:
    with pytest.raises(EvaluationError):
        fold(expr)
    with pytest.raises(EvaluationError):
        evaluate(expr, {})


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (0, "0"), (-1, "-1"), (31500000.0, "31500000"), (0.5, "0.5"), (1e-7, "0.0000001"), (None, "")],
)
def test_text_has_numbers_in_decimal_and_no_null(value: float | None, text: str) -> None:
    assert text_of(value) == text


INTEGERS = st.integers(-9, 9)


def expressions(kind: str) -> st.SearchStrategy[Expr]:
    """Expressions of a kind over `pods`, `size` and `trace`."""
    leaves = {
        "integer": st.one_of(st.just(PODS), INTEGERS.map(Const)),
        "boolean": st.one_of(st.just(TRACE), st.booleans().map(Const)),
        "string": st.one_of(st.just(SIZE), st.sampled_from(["", "a", "$"]).map(Const)),
    }
    booleans, integers, strings = leaves["boolean"], leaves["integer"], leaves["string"]
    for _ in range(3):
        integers, booleans, strings = (
            st.one_of(
                leaves["integer"],
                st.builds(Arithmetic, st.sampled_from(["+", "-", "*", "//", "%"]), integers, integers),
                st.builds(If, booleans, integers, integers),
            ),
            st.one_of(
                leaves["boolean"],
                st.builds(Compare, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), integers, integers),
                st.builds(Compare, st.sampled_from(["==", "!="]), strings, strings),
                st.builds(Compare, st.sampled_from(["==", "!="]), booleans, booleans),
                st.builds(Not, booleans),
                st.builds(And, booleans, booleans),
                st.builds(Or, booleans, booleans),
                st.builds(If, booleans, booleans, booleans),
            ),
            st.one_of(
                leaves["string"],
                st.lists(st.one_of(strings, integers, booleans), max_size=3).map(lambda parts: Join(tuple(parts))),
                st.builds(If, booleans, strings, strings),
            ),
        )
    return {"integer": integers, "boolean": booleans, "string": strings}[kind]


ANY = st.one_of(*map(expressions, ("integer", "boolean", "string")))


@given(ANY, INTEGERS, st.sampled_from(["", "4G", "$(A)"]), st.booleans())
def test_folding_changes_no_value(expr: Expr, pods: int, size: str, trace: bool) -> None:
    values = {"pods": pods, "size": size, "trace": trace}
    try:
        folded = fold(expr)
        expected = evaluate(expr, values)
    except EvaluationError:
        return
    assert evaluate(folded, values) == expected
    assert fold(folded) == folded


@given(ANY)
def test_without_an_install_time_value_a_constant_is_left(expr: Expr) -> None:
    try:
        folded = fold(expr)
    except EvaluationError:
        return
    if not any(isinstance(node, InstallValue) for node in nodes(expr)):
        assert isinstance(folded, Const)
