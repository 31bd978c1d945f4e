"""Folds expressions whose operands are constants, and computes an expression for given values."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from mocompile.expression.nodes import And, Arithmetic, Compare, Const, EvaluationError, If, Join, Not, Or, exact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mocompile.expression.nodes import ArithmeticOp, CompareOp, ConstantScalar, Expr


def compute(op: ArithmeticOp, left: int, right: int) -> int:
    """The result of an `Arithmetic`.

    Raises:
        EvaluationError: a division by zero, or a result beyond ±(2^53 - 1).
    """
    if op in ("//", "%") and right == 0:
        raise EvaluationError(f"division by zero: {left} {op} 0")
    match op:
        case "+":
            return exact(left + right)
        case "-":
            return exact(left - right)
        case "*":
            return exact(left * right)
        case "//":
            return exact(left // right)
        case "%":
            return exact(left % right)


def holds(op: CompareOp, left: ConstantScalar, right: ConstantScalar) -> bool:
    """The result of a `Compare`."""
    if op == "==":
        return left == right
    if op == "!=":
        return left != right
    first, second = cast("int", left), cast("int", right)
    match op:
        case "<":
            return first < second
        case "<=":
            return first <= second
        case ">":
            return first > second
        case ">=":
            return first >= second


def text_of(value: ConstantScalar | None) -> str:
    """A scalar as text: numbers in decimal and never with an exponent, `true`, `false`, and nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        from decimal import Decimal

        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    return str(value)


def fold(expr: Expr) -> Expr:
    """Return the same expression with every part computed that is known at compile time.

    An unreachable part (the other branch of a known test) is dropped before it is computed.

    Raises:
        EvaluationError: a division by zero, or an integer beyond ±(2^53 - 1).
    """
    match expr:
        case If(test, then, otherwise):
            return _fold_if(fold(test), then, otherwise)
        case And(left, right):
            return _fold_and(fold(left), right)
        case Or(left, right):
            return _fold_or(fold(left), right)
        case Arithmetic(op, left, right):
            return _fold_arithmetic(op, fold(left), fold(right))
        case Compare(op, left, right):
            return _fold_compare(op, fold(left), fold(right))
        case Not(operand):
            return _fold_not(fold(operand))
        case Join(parts):
            return _fold_join(parts)
    return expr


def _fold_if(test: Expr, then: Expr, otherwise: Expr) -> Expr:
    if isinstance(test, Const):
        return fold(then if test.value else otherwise)
    then, otherwise = fold(then), fold(otherwise)
    return then if then == otherwise else If(test, then, otherwise)


def _fold_and(left: Expr, right: Expr) -> Expr:
    if isinstance(left, Const):
        return fold(right) if left.value else left
    right = fold(right)
    if isinstance(right, Const):
        return left if right.value else right
    return And(left, right)


def _fold_or(left: Expr, right: Expr) -> Expr:
    if isinstance(left, Const):
        return left if left.value else fold(right)
    right = fold(right)
    if isinstance(right, Const):
        return right if right.value else left
    return Or(left, right)


def _fold_not(operand: Expr) -> Expr:
    if isinstance(operand, Const):
        return Const(not operand.value)
    return operand.operand if isinstance(operand, Not) else Not(operand)


def _fold_arithmetic(op: ArithmeticOp, left: Expr, right: Expr) -> Expr:
    if isinstance(left, Const) and isinstance(right, Const):
        return Const(compute(op, cast("int", left.value), cast("int", right.value)))
    return Arithmetic(op, left, right)


def _fold_compare(op: CompareOp, left: Expr, right: Expr) -> Expr:
    if isinstance(left, Const) and isinstance(right, Const):
        return Const(holds(op, left.value, right.value))
    return Compare(op, left, right)


def _fold_join(parts: tuple[Expr, ...]) -> Expr:
    folded: list[Expr] = []
    for part in _flat(parts):
        if not isinstance(part, Const):
            folded.append(part)
            continue
        text = text_of(part.value)
        if folded and isinstance(last := folded[-1], Const):
            folded[-1] = Const(f"{last.value}{text}")
        elif text:
            folded.append(Const(text))
    if not folded:
        return Const("")
    only = folded[0]
    return only if len(folded) == 1 and only.kind == "string" else Join(tuple(folded))


def _flat(parts: tuple[Expr, ...]) -> Iterator[Expr]:
    for part in parts:
        folded = fold(part)
        if isinstance(folded, Join):
            yield from folded.parts
        else:
            yield folded
