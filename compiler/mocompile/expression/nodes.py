"""Expressions over values of compile time and values of install time.

The nodes are frozen. Each checks the kinds of its operands when it is made (`KindError`), so the printers need not.
There is no truthiness, and only `Join`, which makes text, converts: Python and Go templates differ there, and the two
printers (`python_value`, `go_template`) must agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator


ValueKind: TypeAlias = Literal["string", "integer", "number", "boolean", "array", "object"]

ConstantScalar: TypeAlias = str | int | float | bool

ArithmeticOp: TypeAlias = Literal["+", "-", "*", "//", "%"]

CompareOp: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]

# The largest integer that every JSON parser keeps exactly.
LARGEST = 2**53 - 1


class KindError(ValueError):
    """An operand has a kind that its operator does not take. The message names the kinds and the cure."""


class EvaluationError(ValueError):
    """An expression has no value: a division by zero, or an integer beyond ±(2^53 - 1)."""


@dataclass(frozen=True, slots=True)
class Const:
    """A string, integer, boolean or (printed only, never computed with) number known at compile time."""

    value: ConstantScalar

    def __post_init__(self) -> None:
        if isinstance(self.value, int):
            exact(self.value)

    @property
    def kind(self) -> ValueKind:
        """The kind of the value."""
        return kind_of(self.value)


@dataclass(frozen=True, slots=True)
class InstallValue:
    """A value that is known at install time, by its path in the values of the chart."""

    path: tuple[str, ...]
    kind: ValueKind

    def __post_init__(self) -> None:
        if not self.path:
            raise ValueError("a value needs a path")


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`+ - * // %` on integers. `//` and `%` floor, as in Python, whatever the signs."""

    op: ArithmeticOp
    left: Expr
    right: Expr

    def __post_init__(self) -> None:
        for side in (self.left, self.right):
            if side.kind != "integer":
                hint = "; '~' joins text" if self.op == "+" and side.kind == "string" else ""
                raise KindError(f"'{self.op}' takes integers, not {article(side.kind)}{hint}")

    @property
    def kind(self) -> ValueKind:
        """An integer."""
        return "integer"


@dataclass(frozen=True, slots=True)
class Compare:
    """`== !=` on two strings, integers or booleans, `< <= > >=` on two integers."""

    op: CompareOp
    left: Expr
    right: Expr

    def __post_init__(self) -> None:
        left, right = self.left.kind, self.right.kind
        if left != right:
            raise KindError(f"'{self.op}' compares values of one type, not {article(left)} and {article(right)}")
        if left not in ("string", "integer", "boolean"):
            raise KindError(f"'{self.op}' compares strings, integers or booleans, not {article(left)}")
        if self.op not in ("==", "!=") and left != "integer":
            raise KindError(f"'{self.op}' compares integers, not {article(left)}")
        for node in (*nodes(self.left), *nodes(self.right)):
            if isinstance(node, EnvRef):
                raise KindError(f"$({node.name}) is known only in the pod and cannot be compared")

    @property
    def kind(self) -> ValueKind:
        """A boolean."""
        return "boolean"


@dataclass(frozen=True, slots=True)
class Not:
    """The other boolean."""

    operand: Expr

    def __post_init__(self) -> None:
        _need_boolean("not", self.operand)

    @property
    def kind(self) -> ValueKind:
        """A boolean."""
        return "boolean"


@dataclass(frozen=True, slots=True)
class And:
    """Both. The right side is not evaluated where the left one is false."""

    left: Expr
    right: Expr

    def __post_init__(self) -> None:
        _need_boolean("and", self.left, self.right)

    @property
    def kind(self) -> ValueKind:
        """A boolean."""
        return "boolean"


@dataclass(frozen=True, slots=True)
class Or:
    """One or both. The right side is not evaluated where the left one is true."""

    left: Expr
    right: Expr

    def __post_init__(self) -> None:
        _need_boolean("or", self.left, self.right)

    @property
    def kind(self) -> ValueKind:
        """A boolean."""
        return "boolean"


@dataclass(frozen=True, slots=True)
class If:
    """`then` if `test` is true, else `otherwise`. Only one of them is evaluated."""

    test: Expr
    then: Expr
    otherwise: Expr

    def __post_init__(self) -> None:
        _need_boolean("if", self.test)
        kinds = self.then.kind, self.otherwise.kind
        if kinds[0] != kinds[1]:
            raise KindError(f"both sides of 'else' must have one type, not {article(kinds[0])} and {article(kinds[1])}")

    @property
    def kind(self) -> ValueKind:
        """The kind of both branches."""
        return self.then.kind


@dataclass(frozen=True, slots=True)
class Join:
    """Text: the parts one after another, numbers in decimal, booleans as `true` and `false`."""

    parts: tuple[Expr, ...]

    def __post_init__(self) -> None:
        for part in self.parts:
            if part.kind in ("array", "object"):
                raise KindError(f"text takes strings, numbers and booleans, not {article(part.kind)}")

    @property
    def kind(self) -> ValueKind:
        """A string."""
        return "string"


@dataclass(frozen=True, slots=True)
class Length:
    """How many items an array has, or how many keys an object."""

    operand: Expr

    def __post_init__(self) -> None:
        if self.operand.kind not in ("array", "object"):
            raise KindError(f"'length' takes a list or a mapping, not {article(self.operand.kind)}")

    @property
    def kind(self) -> ValueKind:
        """An integer."""
        return "integer"


@dataclass(frozen=True, slots=True)
class EnvRef:
    """In pod text, `$(NAME)`: the kubelet puts the variable's value here."""

    name: str

    @property
    def kind(self) -> ValueKind:
        """A string."""
        return "string"


Expr: TypeAlias = Const | InstallValue | Arithmetic | Compare | Not | And | Or | If | Join | Length | EnvRef

# The classes of expressions, for isinstance.
EXPRESSIONS = (Const, InstallValue, Arithmetic, Compare, Not, And, Or, If, Join, Length, EnvRef)


def kind_of(value: ConstantScalar) -> ValueKind:
    """The kind of a Python scalar."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, float) else "string"


def article(kind: ValueKind) -> str:
    """The kind in a sentence: `a string`, `an integer`."""
    return f"an {kind}" if kind[0] in "aio" else f"a {kind}"


def operands(expr: Expr) -> tuple[Expr, ...]:
    """Return the operands of `expr` in the order in which they are written."""
    match expr:
        case Arithmetic(_, left, right) | Compare(_, left, right) | And(left, right) | Or(left, right):
            return (left, right)
        case Not(operand) | Length(operand):
            return (operand,)
        case If(test, then, otherwise):
            return (test, then, otherwise)
        case Join(parts):
            return parts
    return ()


def rebuilt(expr: Expr, parts: tuple[Expr, ...]) -> Expr:
    """`expr` with `parts` in place of its `operands`."""
    match expr:
        case Arithmetic() | Compare():
            return type(expr)(expr.op, *parts)  # type: ignore[arg-type]
        case And() | Or() | Not() | Length() | If():
            return type(expr)(*parts)
        case Join():
            return Join(parts)
    return expr


def nodes(expr: Expr) -> Iterator[Expr]:
    """`expr` and everything below it."""
    yield expr
    for operand in operands(expr):
        yield from nodes(operand)


def exact(value: int) -> int:
    """The integer itself.

    Raises:
        EvaluationError: the integer is beyond ±(2^53 - 1).
    """
    if abs(value) > LARGEST:
        raise EvaluationError(f"{value} is beyond ±(2^53 - 1): JSON parsers do not keep it exactly")
    return value


def _need_boolean(operator: str, *sides: Expr) -> None:
    for side in sides:
        if side.kind != "boolean":
            raise KindError(f"'{operator}' takes booleans, not {article(side.kind)}; write a comparison")
