"""Binds a parsed template to expressions: names become values, constants fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from mocompile.diagnostics.finding import Finding, InputError, nearest
from mocompile.expression.fold import fold
from mocompile.expression.nodes import (
    EXPRESSIONS,
    And,
    Arithmetic,
    Compare,
    Const,
    EvaluationError,
    Expr,
    If,
    Join,
    KindError,
    Length,
    Not,
    Or,
)
from mocompile.expression.tree import When
from mocompile.template.parse import Hole, MapTemplate, SeqTemplate, TextTemplate
from mocompile.template.syntax import Literal, Name, Operation, Syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mocompile.expression.tree import Tree
    from mocompile.template.parse import Template


# The values of a template's names: by dotted name (`options.size`) or nested, or both.
Names: TypeAlias = "Mapping[str, Any]"


def bind(template: Template, names: Names) -> Tree:
    """Return the tree of `template` with `names`: expressions, scalars, or (for a single hole) whole trees.

    Parts that are known at compile time are computed. A mapping whose `when` is false is left out; if `when` is known
    only at install time, the result is a `When`. (At the root, it is a `When` in both cases.)

    Raises:
        InputError: a name is unknown, an operand has the wrong kind, or an expression has no value.
    """
    binder = _Binder(names)
    tree = binder.tree(template)
    if binder.findings:
        raise InputError(binder.findings)
    return tree


class _BindingError(Exception):
    """An expression that cannot be bound."""

    def __init__(self, rule: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.rule, self.hint = rule, hint


class _Binder:
    """Replaces the names of a template by their values and collects findings."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.findings: list[Finding] = []

    def tree(self, template: Template) -> Tree:
        """The tree of any template."""
        match template:
            case MapTemplate(entries, when):
                return self._guarded(dict(self._kept(entries)), when)
            case SeqTemplate(items):
                return [item for _, item in self._kept(("", item) for item in items)]
            case TextTemplate((Hole() as hole,)):
                return self._single(hole)
            case TextTemplate(parts):
                return self._joined(parts)
        return template

    def _kept(self, entries: Any) -> Iterator[tuple[str, Tree]]:
        """Yield the entries, without those whose `when` is known to be false."""
        for key, child in entries:
            tree = self.tree(child)
            if not (isinstance(tree, When) and tree.test == Const(False)):
                yield key, tree

    def _guarded(self, body: dict[str, Tree], when: Hole | None) -> Tree:
        if when is None:
            return body
        test = self._folded(when)
        if test is None or test == Const(True):
            return body
        try:
            return When(test, body)
        except KindError as error:
            self._found(when, _BindingError("template-kind", str(error)))
            return None

    def _single(self, hole: Hole) -> Tree:
        if isinstance(hole.syntax, Name):
            try:
                return _unwrapped(self._named(hole.syntax))
            except _BindingError as wrong:
                self._found(hole, wrong)
                return None
        return _unwrapped(self._folded(hole))

    def _joined(self, parts: tuple[str | Hole, ...]) -> Tree:
        bound: list[Expr] = []
        for part in parts:
            expr = Const(part) if isinstance(part, str) else self._folded(part)
            try:
                bound += [] if expr is None else [Join((expr,))]
            except KindError as error:
                self._found(cast("Hole", part), _BindingError("template-kind", str(error)))
        return _unwrapped(fold(Join(tuple(bound))))

    def _folded(self, hole: Hole) -> Expr | None:
        """Return the hole's folded expression; None, with a finding, if it cannot be bound."""
        try:
            return fold(self._bound(hole.syntax))
        except _BindingError as wrong:
            self._found(hole, wrong)
        except KindError as error:
            self._found(hole, _BindingError("template-kind", str(error)))
        except EvaluationError as error:
            self._found(hole, _BindingError("template-value", str(error)))
        return None

    def _bound(self, node: Syntax) -> Expr:
        match node:
            case Literal(value):
                return Const(value)
            case Name():
                return _as_expression(node, self._named(node))
            case Operation("length", (Name() as name,)):
                return _length(name, self._named(name))
        return _operation(node.operator, tuple(self._bound(operand) for operand in node.operands))

    def _named(self, name: Name) -> Tree:
        """Return the value of a name: the longest dotted name first, then the keys within its value."""
        found = _look_up(self.names, name.path)
        if found is _NOTHING:
            known = sorted(_dotted(self.names))
            near = nearest(str(name), known)
            raise _BindingError("template-name", f"unknown name '{name}'", near or f"known: {', '.join(known)}")
        return cast("Tree", found)

    def _found(self, hole: Hole, wrong: _BindingError) -> None:
        self.findings.append(Finding(wrong.rule, str(wrong), hole.place, wrong.hint))


_NOTHING: Any = object()


def _operation(operator: str, sides: tuple[Expr, ...]) -> Expr:
    match operator:
        case "and":
            return And(*sides)
        case "or":
            return Or(*sides)
        case "not":
            return Not(*sides)
        case "if":
            return If(*sides)
        case "length":
            return Length(*sides)
        case "+" | "-" | "*" | "//" | "%":
            return Arithmetic(operator, *sides)
        case "==" | "!=" | "<" | "<=" | ">" | ">=":
            return Compare(operator, *sides)
    # '~' and the filter 'string'
    return Join(sides)


def _look_up(names: Any, path: tuple[str, ...]) -> Any:
    if not path:
        return names
    if not isinstance(names, Mapping):
        return _NOTHING
    for length in range(len(path), 0, -1):
        key = ".".join(path[:length])
        if key in names and (found := _look_up(names[key], path[length:])) is not _NOTHING:
            return found
    return _NOTHING


def _dotted(names: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in names.items():
        if isinstance(value, Mapping) and value:
            yield from _dotted(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def _as_expression(name: Name, value: Tree) -> Expr:
    if value is None:
        return Const("")
    if isinstance(value, EXPRESSIONS):
        return value
    if isinstance(value, str | int | float):
        return Const(str(value) if isinstance(value, str) else value)
    raise _BindingError("template-kind", f"'{name}' is a list or mapping and cannot be joined with other text")


def _length(name: Name, value: Tree) -> Expr:
    if isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str)):
        return Const(len(value))
    return Length(_as_expression(name, value))


def _unwrapped(tree: Tree) -> Tree:
    """Return a constant as its scalar; everything else unchanged."""
    if isinstance(tree, EXPRESSIONS):
        folded = fold(tree)
        return folded.value if isinstance(folded, Const) else folded
    return str(tree) if isinstance(tree, str) else tree
