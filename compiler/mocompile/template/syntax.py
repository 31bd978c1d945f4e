"""The syntax of a template's expressions: a subset of Jinja's, parsed by Jinja.

The subset means the same in Python and in a Go template. The rest (calls, tests, lists, `{% %}` …) raises
`ExpressionSyntaxError`. Jinja never evaluates anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment, nodes

# The deepest nesting of a hole's expression; nobody writes a deeper one.
DEEPEST = 40

# The most common hole by far. It needs no parser, and importing Jinja costs 60 ms.
_DOTTED_NAME = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\s*", re.ASCII)
_NOT_NAMES = frozenset({"true", "True", "false", "False", "none", "None", "not"})

_BINARY = {"Add": "+", "Sub": "-", "Mul": "*", "FloorDiv": "//", "Mod": "%", "And": "and", "Or": "or"}
_COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
_FILTERS = ("length", "string")
_OFFERED = (
    "names, strings, integers, true and false, + - * // %, == != < <= > >=, and, or, not, a if b else c, ~, "
    "| string, | length"
)


class ExpressionSyntaxError(ValueError):
    """A text is not a supported expression. `hint` says what to write."""

    def __init__(self, message: str, hint: str = f"an expression is made of {_OFFERED}") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, integer or boolean that is written in the expression."""

    value: str | int | bool


@dataclass(frozen=True, slots=True)
class Name:
    """A name that the expression reads: `options.size` is `("options", "size")`."""

    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator as written (`+`, `and`, `if`, `~` …) or a filter's name, with its operands.

    `if` has the test first, then both branches.
    """

    operator: str
    operands: tuple[Syntax, ...]


Syntax: TypeAlias = Literal | Name | Operation


def parse_expression(text: str) -> Syntax:
    """Parse `text` as an expression.

    Raises:
        ExpressionSyntaxError: `text` is not an expression, or uses unsupported syntax.
    """
    name = _DOTTED_NAME.fullmatch(text)
    if name is not None:
        path = tuple(name[1].split("."))
        if path[0] not in _NOT_NAMES:
            return Name(path)
    return parse_with_jinja(text)


def parse_with_jinja(text: str) -> Syntax:
    """Like `parse_expression`, without its shortcut for plain names; the results are equal."""
    from jinja2 import TemplateSyntaxError
    from jinja2.parser import Parser

    if not text.strip():
        raise ExpressionSyntaxError("missing expression")
    try:
        parser = Parser(_environment(), text, state="variable")
        tree = parser.parse_expression()
        if not parser.stream.eos:
            raise ExpressionSyntaxError(f"unexpected '{parser.stream.current.value}' after the expression")
        return _translate(tree, DEEPEST)
    except TemplateSyntaxError as error:
        raise ExpressionSyntaxError(f"invalid expression: {error.message}") from None
    except RecursionError:
        raise ExpressionSyntaxError("the expression is nested too deep") from None
    except ExpressionSyntaxError:
        raise
    except ValueError as error:
        # Python refuses to convert integers of thousands of digits.
        raise ExpressionSyntaxError(f"invalid expression: {error}") from None


def names_in(syntax: Syntax) -> Iterator[Name]:
    """Every name that the expression reads, in the order in which they are written."""
    match syntax:
        case Name():
            yield syntax
        case Operation(_, operands):
            for operand in operands:
                yield from names_in(operand)


def size_of(syntax: Syntax) -> int:
    """How many names, literals and operations the expression has."""
    return 1 + (sum(map(size_of, syntax.operands)) if isinstance(syntax, Operation) else 0)


@cache
def _environment() -> Environment:
    from jinja2 import Environment

    return Environment(autoescape=False)  # noqa: S701 - it only parses


def _translate(node: nodes.Node, depth: int) -> Syntax:
    """Translate Jinja's node into ours. The fields of Jinja's nodes are not typed, hence `Any`."""
    if depth == 0:
        raise ExpressionSyntaxError("the expression is nested too deep")
    anything: Any = node
    kind = type(node).__name__

    def operation(operator: str, *operands: nodes.Node) -> Operation:
        return Operation(operator, tuple(_translate(operand, depth - 1) for operand in operands))

    match kind:
        case "Const":
            return _literal(anything.value)
        case "Name" | "Getattr" | "Getitem":
            return Name(_path(node))
        case "Add" | "Sub" | "Mul" | "FloorDiv" | "Mod" | "And" | "Or":
            return operation(_BINARY[kind], anything.left, anything.right)
        case "Not":
            return operation("not", anything.node)
        case "Neg":
            return _negative(_translate(anything.node, depth - 1))
        case "Concat":
            return operation("~", *anything.nodes)
        case "CondExpr" if anything.expr2 is not None:
            return operation("if", anything.test, anything.expr1, anything.expr2)
        case "Compare" if len(anything.ops) == 1 and anything.ops[0].op in _COMPARISONS:
            return operation(_COMPARISONS[anything.ops[0].op], anything.expr, anything.ops[0].expr)
        case "Filter" if anything.name in _FILTERS and anything.node is not None and not _has_arguments(anything):
            return operation(anything.name, anything.node)
    raise _not_offered(kind, anything)


def _literal(value: object) -> Literal:
    if isinstance(value, str | int):
        return Literal(value)
    if value is None:
        raise ExpressionSyntaxError(
            "an expression cannot be none", "compare with \"\", or use 'when' to leave something out"
        )
    raise ExpressionSyntaxError(f"{value} is not an integer", "expressions take integers only")


def _negative(operand: Syntax) -> Syntax:
    if isinstance(operand, Literal) and type(operand.value) is int:
        return Literal(-operand.value)
    return Operation("-", (Literal(0), operand))


def _path(node: nodes.Node) -> tuple[str, ...]:
    """The path of a dotted name; `options["block-size"]` has a last part that is not an identifier."""
    steps: list[str] = []
    anything: Any = node
    while (kind := type(anything).__name__) != "Name":
        if kind == "Getattr":
            steps.append(anything.attr)
        elif kind == "Getitem" and isinstance(step := getattr(anything.arg, "value", None), str):
            steps.append(step)
        else:
            raise ExpressionSyntaxError("only a name has parts: write options.size or options['block-size']")
        anything = anything.node
    return (anything.name, *reversed(steps))


def _has_arguments(anything: Any) -> bool:
    return bool(anything.args or anything.kwargs or anything.dyn_args or anything.dyn_kwargs)


def _not_offered(kind: str, anything: Any) -> ExpressionSyntaxError:
    match kind:
        case "Filter":
            return ExpressionSyntaxError(
                f"unknown filter '{anything.name}'", "use | string or | length, without arguments"
            )
        case "Compare" if len(anything.ops) > 1:
            return ExpressionSyntaxError("comparisons cannot be chained", "write a < b and b < c")
        case "Compare":
            return ExpressionSyntaxError("'in' is not supported in an expression")
        case "CondExpr":
            return ExpressionSyntaxError("'if' needs an 'else'", "write a if test else b")
        case "Div":
            return ExpressionSyntaxError("'/' is not supported in an expression", "use '//' (rounds down)")
    words = {"Call": "a call", "Test": "'is'", "Pow": "'**'", "Pos": "a leading '+'", "Dict": "a mapping"}
    return ExpressionSyntaxError(f"{words.get(kind, f'a {kind.lower()}')} is not supported in an expression")
