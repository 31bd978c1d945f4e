"""Prints an expression as a Go-template action."""

from __future__ import annotations

import json
import re

from mocompile.expression.directions import escaped_directions
from mocompile.expression.fold import text_of
from mocompile.expression.nodes import (
    EXPRESSIONS,
    And,
    Arithmetic,
    Compare,
    Const,
    EnvRef,
    Expr,
    If,
    InstallValue,
    Join,
    Length,
    Not,
    Or,
    operands,
    rebuilt,
)
from mocompile.expression.to_data import python_value
from mocompile.expression.tree import (
    EnvList,
    EnvMap,
    FirstPresent,
    KeyPaths,
    MergedTexts,
    Named,
    PodText,
    Present,
    PullSecrets,
    Quantities,
    SoleTenancy,
    Texts,
    Tree,
    When,
    children,
)

_ARITHMETIC = {
    "+": "mocompile.add",
    "-": "mocompile.sub",
    "*": "mocompile.mul",
    "//": "mocompile.floorDiv",
    "%": "mocompile.floorMod",
}

_COMPARE = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

# JSON may leave these raw; in YAML they are line breaks or not printable.
_RAW = re.compile("[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]")


def json_text(text: str) -> str:
    """Return a JSON string that YAML and Go (in an action) read as `text`, and that contains no template action."""
    quoted = json.dumps(text, ensure_ascii=False).replace("{{", "{\\u007b")
    return escaped_directions(_RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted))


def scalar(node: Tree) -> str:
    match node:
        case PodText():
            return _printed(lifted(node.parts), pod=True)
        case FirstPresent():
            return _action(f'include "mocompile.json" {structure(node)}')
        case Quantities() | Texts() | MergedTexts() | SoleTenancy() | KeyPaths() | PullSecrets():
            return _action(_json_of(node))
        case Named(template):
            return _action(f'include "mocompile.string" (include {json_text(template)} .)')
        case When() | Present() | EnvList() | EnvMap():
            raise ValueError(f"{type(node).__name__} is valid only in a list or a mapping")
    if isinstance(node, EXPRESSIONS):
        return _printed(lifted(node), pod=False)
    return _constant(node)


def _constant(value: Tree) -> str:
    if value is None:
        return "null"
    return json_text(value) if isinstance(value, str) else text_of(value)  # type: ignore[arg-type]


def _printed(expr: Expr, *, pod: bool) -> str:
    """Return the text after a key for an expression whose `If`s are outermost (see `lifted`)."""
    match expr:
        case If(test, then, otherwise):
            branches = _printed(then, pod=pod), _printed(otherwise, pod=pod)
            return f"{{{{ if {bare(operand_of(test))} }}}}{branches[0]}{{{{ else }}}}{branches[1]}{{{{ end }}}}"
        case Const(value):
            return json_text(text_of(value).replace("$", "$$")) if pod else _constant(value)
        case Join(parts) if pod:
            return _action(f'include "mocompile.json" (print {" ".join(map(_pod_part, parts))})')
        case EnvRef(name) if pod:
            return json_text(f"$({name})")
    if pod:
        return _action(f'include "mocompile.podString" {loose(expr)}')
    match expr.kind:
        case "string":
            return _action(f'include "mocompile.string" {loose(expr)}')
        case "integer" if isinstance(expr, Arithmetic):
            return _action(bare(loose(expr)))
        case "boolean" if isinstance(expr, InstallValue):
            # As JSON: what is no boolean, where Helm was told to skip the schema, adds no fields.
            return _action(f'include "mocompile.json" {loose(expr)}')
        case "integer" | "boolean":
            return _action(bare(operand_of(expr)))
        case "number":
            return _action(f'include "mocompile.text" {loose(expr)}')
    return _action(f'include "mocompile.json" {loose(expr)}')


def _pod_part(expr: Expr) -> str:
    match expr:
        case EnvRef(name):
            return json_text(f"$({name})")
        case Const(value):
            return json_text(text_of(value).replace("$", "$$"))
    return f'(include "mocompile.podText" {loose(expr)})'


def _action(text: str) -> str:
    return f"{{{{ {text} }}}}"


def operand_of(expr: Expr) -> str:
    """Return the operand with the Go type of its kind, as `eq`, `lt` and `and` require."""
    match expr:
        case Compare(op, left, right):
            return f"({_COMPARE[op]} {operand_of(left)} {operand_of(right)})"
        case Not(operand):
            return f"(not {operand_of(operand)})"
        case And(left, right):
            return f"(and {operand_of(left)} {operand_of(right)})"
        case Or(left, right):
            return f"(or {operand_of(left)} {operand_of(right)})"
        case If(test, then, otherwise):
            if expr.kind != "boolean":
                raise ValueError("an 'if' inside this action must be a boolean")
            # The other `If`s are lifted out: `ternary` would compute both branches.
            condition = operand_of(test)
            return f"(or (and {condition} {operand_of(then)}) (and (not {condition}) {operand_of(otherwise)}))"
        case InstallValue(_, "integer") | Arithmetic():
            return f"(int64 {loose(expr)})"
        case InstallValue(_, "string"):
            return f'(include "mocompile.text" {loose(expr)})'
    return loose(expr)


def loose(expr: Expr) -> str:
    """Return the operand unconverted, for the helpers of the chart, which convert it themselves."""
    match expr:
        case Const(value):
            return json_text(value) if isinstance(value, str) else text_of(value)
        case InstallValue(path, _):
            return _path(path)
        case Arithmetic(op, left, right):
            return f'(include "{_ARITHMETIC[op]}" (list {loose(left)} {loose(right)}))'
        case Join(parts):
            return f"(print {' '.join(map(_text_part, parts))})"
        case Length(operand):
            return f"(len (default list {loose(operand)}))"
        case EnvRef(name):
            raise ValueError(f"$({name}) is valid only in pod text")
    return operand_of(expr)


def _text_part(expr: Expr) -> str:
    if isinstance(expr, Const):
        return json_text(text_of(expr.value))
    return f'(include "mocompile.text" {loose(expr)})'


def _path(path: tuple[str, ...]) -> str:
    """Return `.Values.pods`, or `(index .Values.metrics "io-fio").options.size` if a step is not a field name in Go."""
    text = ".Values"
    for step in path:
        text = f"{text}.{step}" if _FIELD.fullmatch(step) else f"(index {text} {json_text(step)})"
    return text


def bare(operand: str) -> str:
    """Return the operand without outer parentheses, which an action does not need."""
    # Parentheses at both ends enclose the whole: a field follows those of a path.
    return operand[1:-1] if operand.startswith("(") and operand.endswith(")") else operand


def lifted(expr: Expr) -> Expr:
    """Return the same expression with every non-boolean `If` outermost.

    Go templates have a lazy `if` between actions only, and a branch that is not taken must not be computed.
    """
    parts = tuple(lifted(operand) for operand in operands(expr))
    if not isinstance(expr, If):
        for position, part in enumerate(parts):
            if isinstance(part, If) and part.kind != "boolean":
                before, after = parts[:position], parts[position + 1 :]
                then = rebuilt(expr, (*before, part.then, *after))
                otherwise = rebuilt(expr, (*before, part.otherwise, *after))
                return If(part.test, lifted(then), lifted(otherwise))
    if isinstance(expr, Join):
        return Join(tuple(inner for part in parts for inner in (part.parts if isinstance(part, Join) else (part,))))
    return rebuilt(expr, parts)


def structure(node: Tree) -> str:
    """Return a list or mapping as an operand."""
    if is_constant(node):
        data = python_value(node, {})
        function = "fromJsonArray" if isinstance(data, list) else "fromJson"
        return f"({function} {json_text(json.dumps(data, ensure_ascii=False))})" if data else "dict"
    match node:
        case FirstPresent(values):
            return f"(coalesce {' '.join(map(structure, values))})"
        case Quantities() | Texts() | MergedTexts() | SoleTenancy():
            return f"({_json_of(node)} | fromJson)"
        case KeyPaths() | PullSecrets():
            return f"({_json_of(node)} | fromJsonArray)"
    if isinstance(node, EXPRESSIONS) and node.kind in ("array", "object") and not isinstance(node, If):
        return loose(node)
    raise ValueError(f"{type(node).__name__} is not a list or mapping that is known as a whole at install time")


def _json_of(node: Quantities | Texts | MergedTexts | SoleTenancy | KeyPaths | PullSecrets) -> str:
    """Return the call of the helper that prints the node as JSON."""
    match node:
        case Quantities(value):
            return f'include "mocompile.quantities" (default dict {structure(value)})'
        case Texts(value):
            return f'include "mocompile.texts" {structure(value)}'
        case MergedTexts(values):
            return f'include "mocompile.mergedTexts" (list {" ".join(map(structure, values))})'
        case KeyPaths(value):
            return f'include "mocompile.keyPaths" {structure(value)}'
        case PullSecrets(written, names):
            listed = " ".join(map(_name_text, names))
            return f'include "mocompile.pullSecrets" (dict "written" {structure(written)} "names" (list {listed}))'
    alone = operand_of(lifted(node.test))
    return f'include "mocompile.soleTenancy" (dict "affinity" {structure(node.affinity)} "alone" {alone})'


def _name_text(node: Tree) -> str:
    return operand_of(lifted(node)) if isinstance(node, EXPRESSIONS) else json_text(text_of(node))  # type: ignore[arg-type]


def is_constant(node: Tree) -> bool:
    if isinstance(node, EXPRESSIONS):
        return isinstance(node, Const)
    if isinstance(node, When | Present | EnvList | EnvMap | Named):
        return False
    return all(map(is_constant, children(node)))
