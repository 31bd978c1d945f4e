"""Writes out dataclasses: the methods that `dataclasses` would make at each start, as source text."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

# What a written-out class gets from `_written_out` instead of from `dataclasses`.
SHARED = "mocompile._written_out"
_KNOWN_FLAGS = frozenset({"frozen", "slots", "eq", "order"})
_KNOWN_FIELD = frozenset({"default", "default_factory", "init", "repr", "compare"})


@dataclass(frozen=True)
class Field:
    """A field of a dataclass. `default` and `factory` are expressions."""

    name: str
    default: ast.expr | None = None
    factory: ast.expr | None = None
    init: bool = True
    repr: bool = True
    compare: bool = True


class NotPlainError(Exception):
    """A dataclass uses something that cannot be written out here; it stays a dataclass."""


@dataclass(frozen=True)
class Flags:
    """The arguments of `@dataclass`."""

    frozen: bool = False
    slots: bool = False
    eq: bool = True
    order: bool = False


def flags_of(node: ast.ClassDef) -> Flags | None:
    """The arguments of the decorator `@dataclass`; None for a class without it."""
    for each in node.decorator_list:
        call = each.func if isinstance(each, ast.Call) else each
        if isinstance(call, ast.Name) and call.id == "dataclass":
            given = each.keywords if isinstance(each, ast.Call) else []
            if len(node.decorator_list) > 1 or any(keyword.arg not in _KNOWN_FLAGS for keyword in given):
                raise NotPlainError(node.name)
            return Flags(**{str(keyword.arg): bool(_literal(keyword.value)) for keyword in given})
    return None


def written_out(node: ast.ClassDef, known: Mapping[str, tuple[Field, ...]]) -> tuple[ast.ClassDef, tuple[Field, ...]]:
    """The class without its decorator, with the methods, and all its fields.

    `known` has the fields of the written-out classes that it can inherit from. Raises `NotPlainError`.
    """
    flags = flags_of(node)
    if flags is None or not flags.slots or node.keywords:
        raise NotPlainError(node.name)
    inherited: tuple[Field, ...] = ()
    for base in node.bases:
        if not isinstance(base, ast.Name) or base.id not in known:
            raise NotPlainError(node.name)
        inherited += known[base.id]
    own, body = _fields(node)
    fields = tuple({field.name: field for field in (*inherited, *own)}.values())
    has = {each.name for each in body if isinstance(each, ast.FunctionDef)}
    lines = [
        f"class {node.name}({', '.join(ast.unparse(base) for base in node.bases) or _base(flags)}):",
        f"    __slots__ = {tuple(field.name for field in own)!r}",
        f"    __match_args__ = _made_with = {tuple(field.name for field in fields if field.init)!r}",
        f"    _fields = {tuple(field.name for field in fields)!r}",
        f"    _shown = {tuple(field.name for field in fields if field.repr)!r}",
        *_init(fields, flags, "__post_init__" in has),
        *_comparisons(fields, flags, has),
    ]
    (made,) = ast.parse("\n".join(lines)).body
    assert isinstance(made, ast.ClassDef)
    made.body += body
    return made, fields


def _base(flags: Flags) -> str:
    return "_MadeFrozen" if flags.frozen else "_MadeRecord"


def _literal(node: ast.expr) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    raise NotPlainError(ast.unparse(node))


def _fields(node: ast.ClassDef) -> tuple[list[Field], list[ast.stmt]]:
    """The fields that the class adds, and the rest of its body."""
    fields: list[Field] = []
    rest: list[ast.stmt] = []
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            if "ClassVar" in ast.unparse(each.annotation) or "InitVar" in ast.unparse(each.annotation):
                raise NotPlainError(node.name)
            fields.append(_field(each.target.id, each.value))
        elif isinstance(each, ast.Assign):
            raise NotPlainError(node.name)
        else:
            rest.append(each)
    return fields, rest


def _field(name: str, value: ast.expr | None) -> Field:
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "field"):
        return Field(name, value)
    given = {str(keyword.arg): keyword.value for keyword in value.keywords}
    if value.args or not given.keys() <= _KNOWN_FIELD:
        raise NotPlainError(name)
    flags = {key: bool(_literal(given[key])) for key in ("init", "repr", "compare") if key in given}
    return Field(name, given.get("default"), given.get("default_factory"), **flags)


def _init(fields: tuple[Field, ...], flags: Flags, then: bool) -> list[str]:
    parameters = "".join(f", {field.name}{_default(field)}" for field in fields if field.init)
    lines = [f"    def __init__(self{parameters}):"]
    for field in fields:
        if field.init or field.factory or field.default:
            value = _value(field)
            lines.append(
                f"        _made_set(self, {field.name!r}, {value})"
                if flags.frozen
                else f"        self.{field.name} = {value}"
            )
    if then:
        lines.append("        self.__post_init__()")
    return lines if len(lines) > 1 else [*lines, "        pass"]


def _default(field: Field) -> str:
    if field.factory:
        return "=_made_unset"
    return f"={ast.unparse(field.default)}" if field.default else ""


def _value(field: Field) -> str:
    if field.factory:
        made = {"dict": "{}", "list": "[]"}.get(ast.unparse(field.factory), f"{ast.unparse(field.factory)}()")
        return f"{made} if {field.name} is _made_unset else {field.name}" if field.init else made
    return field.name if field.init or field.default is None else ast.unparse(field.default)


def _comparisons(fields: tuple[Field, ...], flags: Flags, has: set[str]) -> list[str]:
    if not flags.eq:
        return []
    compared = [field.name for field in fields if field.compare]
    ours, theirs = (f"({''.join(f'{side}.{name}, ' for name in compared)})" for side in ("self", "other"))
    operators = {"__eq__": "=="}
    if flags.order:
        operators |= {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}
    lines = []
    for method, operator in operators.items():
        if method not in has:
            lines += [
                f"    def {method}(self, other):",
                "        if other.__class__ is not self.__class__:",
                "            return NotImplemented",
                f"        return {ours} {operator} {theirs}",
            ]
    if "__hash__" not in has:
        if flags.frozen:
            lines += ["    def __hash__(self):", f"        return hash({ours})"]
        else:
            lines += ["    __hash__ = None"]
    return lines
