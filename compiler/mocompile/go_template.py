"""The printer of trees to a Helm template: YAML text with actions, block style, every string a JSON string.

What the rendered text holds is what `python_value` gives for the same values; tests hold that with a real Helm. The
actions use `charts/_mocompile.tpl`, which must stand in the chart, and else only functions of Go and sprig that Helm 3
and 4 have. What a user wrote is never read as a template (`tpl`) and nothing is looked up in the cluster.

Both printers stop with an error at a division by zero, at integers beyond ±(2^53 - 1) and at missing values. Values of
other kinds than the tree says are for the chart's schema to refuse, but for numbers and booleans in the place of text,
which `--set` makes of text by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from mocompile.expression import (
    EXPRESSIONS,
    And,
    Arithmetic,
    Compare,
    Const,
    EnvRef,
    Expr,
    If,
    Join,
    Length,
    Not,
    Or,
    Value,
    fold,
    operands,
    rebuilt,
    text_of,
)
from mocompile.python_value import python_value
from mocompile.tree import (
    EnvList,
    EnvMap,
    FirstPresent,
    KeyPaths,
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

if TYPE_CHECKING:
    from collections.abc import Iterable

# A condition as the text of an action; or what it is, where that is known.
Condition: TypeAlias = str | bool

_ARITHMETIC = {
    "+": "mocompile.add",
    "-": "mocompile.sub",
    "*": "mocompile.mul",
    "//": "mocompile.floorDiv",
    "%": "mocompile.floorMod",
}
_COMPARE = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*", re.ASCII)
# What YAML 1.1 reads as a boolean or null.
_NO_PLAIN_KEYS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
# JSON may leave these raw. To YAML they are line breaks, or not printable.
_RAW = re.compile("[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]")


def go_template(tree: Tree) -> str:
    """The template of a mapping or a list, ending with a newline.

    Raises:
        ValueError: something stands where it cannot (`EnvRef` outside pod text, `When` at the root).
    """
    tree = _folded(tree)
    if isinstance(tree, Mapping):
        lines = _filled(tree, "") or ["{}"]
    elif isinstance(tree, Sequence) and not isinstance(tree, str):
        lines = _filled(tree, "") or ["[]"]
    else:
        raise ValueError(f"a template is a mapping or a list, not {type(tree).__name__}")
    return "\n".join(lines) + "\n"


def json_text(text: str) -> str:
    """A JSON string that YAML, and Go in an action, read as `text`, and in which a template sees no action."""
    quoted = json.dumps(text, ensure_ascii=False).replace("{{", "{\\u007b")
    return _RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _folded(tree: Tree) -> Tree:
    """The same tree with every expression computed as far as it is known at compile time."""
    match tree:
        case When(test, body):
            return When(fold(test), _folded(body))
        case SoleTenancy(affinity, test):
            return SoleTenancy(_folded(affinity), fold(test))
        case PodText():
            return PodText(fold(tree.parts))
        case PullSecrets(written, names):
            return PullSecrets(_folded(written), tuple(map(_folded, names)))
        case Present(value) | Quantities(value) | Texts(value) | KeyPaths(value):
            return type(tree)(_folded(value))
        case Named():
            return tree
        case EnvList(prefix, value) | EnvMap(prefix, value):
            return type(tree)(prefix, _folded(value))
        case FirstPresent(values):
            return FirstPresent(tuple(map(_folded, values)))
        case str():
            return tree
        case Mapping():
            return {key: _folded(child) for key, child in tree.items()}
        case Sequence():
            return [_folded(child) for child in tree]
    return fold(tree) if isinstance(tree, EXPRESSIONS) else tree


# Lines of block style. `pad` is the indentation of what is printed.


def _filled(tree: Mapping[str, Tree] | Sequence[Tree], pad: str, *, some: bool = False) -> list[str]:
    """The entries of a mapping or a list, and what says that it is empty where all of them may be left out.

    With `some`, what stands around it has seen to it that one is there.
    """
    if isinstance(tree, Mapping):
        lines = [line for key, child in tree.items() for line in _entry(key, child, pad)]
    else:
        lines = [line for child in tree for line in _item(child, pad)]
    empty = _not(_any(_stays(child) for child in children(tree)))
    if empty is True or not lines:
        return []
    if empty is False or some:
        return lines
    return [*_guarded(empty, [f"{pad}{_empty(tree)}"], pad, joined=True), *lines]


def _entry(key: str, node: Tree, pad: str, *, some: bool = False) -> list[str]:
    match node:
        case When(test, body):
            return _guarded(_condition(test), _entry(key, body, pad), pad)
        case Present(value):
            lines = _entry(key, value, pad, some=True)
            return _guarded(_given(value), lines, pad)
        case EnvList() | EnvMap():
            raise ValueError(f"{type(node).__name__} stands in a list only")
    return _below(f"{pad}{_key(key)}:", node, f"{pad}  ", some=some)


def _item(node: Tree, pad: str, *, some: bool = False) -> list[str]:
    match node:
        case When(test, body):
            return _guarded(_condition(test), _item(body, pad), pad)
        case Present(value):
            return _guarded(_given(value), _item(value, pad, some=True), pad)
        case EnvList(_, value) | EnvMap(_, value) if _is_constant(value):
            return [line for variable in python_value([node], {}) for line in _item(variable, pad)]
        case EnvList(prefix, value):
            return _env_list(prefix, _structure(value), pad)
        case EnvMap(prefix, value):
            return _env_map(prefix, _structure(value), pad)
    lines = _below(f"{pad}-", node, f"{pad}  ", some=some)
    if isinstance(node, Mapping) and len(lines) > 1 and not lines[1].lstrip().startswith("{{-"):
        # The first key stands beside the dash.
        lines[:2] = [f"{pad}- {lines[1].lstrip()}"]
    return lines


def _below(head: str, node: Tree, pad: str, *, some: bool) -> list[str]:
    """A value after `head` (a key or a dash): beside it, or as a block below it."""
    if _is_constant(node):
        node = python_value(node, {})
    if isinstance(node, Mapping) or (isinstance(node, Sequence) and not isinstance(node, str)):
        lines = _filled(node, pad, some=some)
        return [head, *lines] if lines else [f"{head} {_empty(node)}"]
    return [f"{head} {_scalar(node)}"]


def _empty(tree: Mapping[str, Tree] | Sequence[Tree]) -> str:
    return "{}" if isinstance(tree, Mapping) else "[]"


def _guarded(condition: Condition, lines: list[str], pad: str, *, joined: bool = False) -> list[str]:
    """Lines that stand only where the condition holds; `joined` ones continue the line before."""
    if isinstance(condition, bool):
        return lines if condition else []
    begin = f"{pad}{{{{- if {_bare(condition)} }}}}"
    if joined:
        return [f"{begin} {lines[0].lstrip()}", f"{pad}{{{{- end }}}}"]
    return [begin, *lines, f"{pad}{{{{- end }}}}"]


def _env_list(prefix: str, value: str, pad: str) -> list[str]:
    return [
        f"{pad}{{{{- range $position, $item := {_bare(value)} }}}}",
        f'{pad}- name: {json_text(prefix + "_")[:-1]}{{{{ $position }}}}"',
        f'{pad}  value: {{{{ include "mocompile.podString" $item }}}}',
        f"{pad}{{{{- end }}}}",
        f"{pad}- name: {json_text(prefix + '_COUNT')}",
        f'{pad}  value: "{{{{ len (default list {value}) }}}}"',
    ]


def _env_map(prefix: str, value: str, pad: str) -> list[str]:
    return [
        f"{pad}{{{{- range $key, $item := {_bare(value)} }}}}",
        f'{pad}- name: {{{{ include "mocompile.string" (print {json_text(prefix)} $key) }}}}',
        f'{pad}  value: {{{{ include "mocompile.podString" $item }}}}',
        f"{pad}{{{{- end }}}}",
    ]


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) and key.lower() not in _NO_PLAIN_KEYS else json_text(key)


# Scalars, and structures that are known only at install time, as they stand beside a key.


def _scalar(node: Tree) -> str:
    match node:
        case PodText():
            return _printed(_lifted(node.parts), pod=True)
        case FirstPresent():
            return _action(f'include "mocompile.json" {_structure(node)}')
        case Quantities() | Texts() | SoleTenancy() | KeyPaths() | PullSecrets():
            return _action(_json_of(node))
        case Named(template):
            return _action(f'include "mocompile.string" (include {json_text(template)} $)')
        case When() | Present() | EnvList() | EnvMap():
            raise ValueError(f"{type(node).__name__} stands in a list or a mapping only")
    if isinstance(node, EXPRESSIONS):
        return _printed(_lifted(node), pod=False)
    return _constant(node)


def _constant(value: Tree) -> str:
    if value is None:
        return "null"
    return json_text(value) if isinstance(value, str) else text_of(value)  # type: ignore[arg-type]


def _printed(expr: Expr, *, pod: bool) -> str:
    """What stands beside the key for an expression whose `If`s stand outside (`_lifted`)."""
    match expr:
        case If(test, then, otherwise):
            branches = _printed(then, pod=pod), _printed(otherwise, pod=pod)
            return f"{{{{ if {_bare(_operand(test))} }}}}{branches[0]}{{{{ else }}}}{branches[1]}{{{{ end }}}}"
        case Const(value):
            return json_text(text_of(value).replace("$", "$$")) if pod else _constant(value)
        case Join(parts) if pod:
            return _action(f'include "mocompile.json" (print {" ".join(map(_pod_part, parts))})')
        case EnvRef(name) if pod:
            return json_text(f"$({name})")
    if pod:
        return _action(f'include "mocompile.podString" {_loose(expr)}')
    match expr.kind:
        case "string":
            return _action(f'include "mocompile.string" {_loose(expr)}')
        case "integer" if isinstance(expr, Arithmetic):
            return _action(_bare(_loose(expr)))
        case "integer" | "boolean":
            return _action(_bare(_operand(expr)))
        case "number":
            return _action(f'include "mocompile.text" {_loose(expr)}')
    return _action(f'include "mocompile.json" {_loose(expr)}')


def _pod_part(expr: Expr) -> str:
    match expr:
        case EnvRef(name):
            return json_text(f"$({name})")
        case Const(value):
            return json_text(text_of(value).replace("$", "$$"))
    return f'(include "mocompile.podText" {_loose(expr)})'


def _action(text: str) -> str:
    return f"{{{{ {text} }}}}"


# Expressions as operands inside an action: a word, or something in parentheses.


def _operand(expr: Expr) -> str:
    """With the type that its kind has in Go: what `eq`, `lt` and `and` take."""
    match expr:
        case Compare(op, left, right):
            return f"({_COMPARE[op]} {_operand(left)} {_operand(right)})"
        case Not(operand):
            return f"(not {_operand(operand)})"
        case And(left, right):
            return f"(and {_operand(left)} {_operand(right)})"
        case Or(left, right):
            return f"(or {_operand(left)} {_operand(right)})"
        case If(test, then, otherwise):
            if expr.kind != "boolean":
                raise ValueError("an 'if' that is no boolean has no place inside this action")
            # The others are lifted out. `ternary` would compute both branches.
            condition = _operand(test)
            return f"(or (and {condition} {_operand(then)}) (and (not {condition}) {_operand(otherwise)}))"
        case Value(_, "integer") | Arithmetic():
            return f"(int64 {_loose(expr)})"
        case Value(_, "string"):
            return f'(include "mocompile.text" {_loose(expr)})'
    return _loose(expr)


def _loose(expr: Expr) -> str:
    """As it comes; enough for the helpers of the chart, which convert by themselves."""
    match expr:
        case Const(value):
            return json_text(value) if isinstance(value, str) else text_of(value)
        case Value(path, _):
            return _path(path)
        case Arithmetic(op, left, right):
            return f'(include "{_ARITHMETIC[op]}" (list {_loose(left)} {_loose(right)}))'
        case Join(parts):
            return f"(print {' '.join(map(_text_part, parts))})"
        case Length(operand):
            return f"(len (default list {_loose(operand)}))"
        case EnvRef(name):
            raise ValueError(f"$({name}) stands in pod text only")
    return _operand(expr)


def _text_part(expr: Expr) -> str:
    if isinstance(expr, Const):
        return json_text(text_of(expr.value))
    return f'(include "mocompile.text" {_loose(expr)})'


def _path(path: tuple[str, ...]) -> str:
    """`.Values.pods`; `(index .Values.metrics "io-fio").options.size` where a step is no field's name in Go."""
    text = ".Values"
    for step in path:
        text = f"{text}.{step}" if _FIELD.fullmatch(step) else f"(index {text} {json_text(step)})"
    return text


def _bare(operand: str) -> str:
    """Without the parentheses around the whole, which an action does not need."""
    # What has parentheses at both ends has them around the whole: behind those of a path stands a field.
    return operand[1:-1] if operand.startswith("(") and operand.endswith(")") else operand


def _lifted(expr: Expr) -> Expr:
    """The same expression with every `If` that is no boolean outside of all else.

    Go templates have a lazy `if` between actions only, and a branch that is not taken must not be computed.
    """
    parts = tuple(_lifted(operand) for operand in operands(expr))
    if not isinstance(expr, If):
        for position, part in enumerate(parts):
            if isinstance(part, If) and part.kind != "boolean":
                before, after = parts[:position], parts[position + 1 :]
                then = rebuilt(expr, (*before, part.then, *after))
                otherwise = rebuilt(expr, (*before, part.otherwise, *after))
                return If(part.test, _lifted(then), _lifted(otherwise))
    if isinstance(expr, Join):
        return Join(tuple(inner for part in parts for inner in (part.parts if isinstance(part, Join) else (part,))))
    return rebuilt(expr, parts)


# Structures inside an action, and what is known of nodes before they are printed.


def _structure(node: Tree) -> str:
    """A list or mapping as an operand."""
    if _is_constant(node):
        data = python_value(node, {})
        function = "fromJsonArray" if isinstance(data, list) else "fromJson"
        return f"({function} {json_text(json.dumps(data, ensure_ascii=False))})" if data else "dict"
    match node:
        case FirstPresent(values):
            return f"(coalesce {' '.join(map(_structure, values))})"
        case Quantities() | Texts() | SoleTenancy():
            return f"({_json_of(node)} | fromJson)"
        case KeyPaths() | PullSecrets():
            return f"({_json_of(node)} | fromJsonArray)"
    if isinstance(node, EXPRESSIONS) and node.kind in ("array", "object") and not isinstance(node, If):
        return _loose(node)
    raise ValueError(f"{type(node).__name__} is no list or mapping that is known as a whole at install time")


def _json_of(node: Quantities | Texts | SoleTenancy | KeyPaths | PullSecrets) -> str:
    """The call of the helper that prints the node as JSON."""
    match node:
        case Quantities(value):
            return f'include "mocompile.quantities" (default dict {_structure(value)})'
        case Texts(value):
            return f'include "mocompile.texts" {_structure(value)}'
        case KeyPaths(value):
            return f'include "mocompile.keyPaths" {_structure(value)}'
        case PullSecrets(written, names):
            listed = " ".join(map(_name_text, names))
            return f'include "mocompile.pullSecrets" (dict "written" {_structure(written)} "names" (list {listed}))'
    alone = _operand(_lifted(node.test))
    return f'include "mocompile.soleTenancy" (dict "affinity" {_structure(node.affinity)} "alone" {alone})'


def _name_text(node: Tree) -> str:
    return _operand(_lifted(node)) if isinstance(node, EXPRESSIONS) else json_text(text_of(node))  # type: ignore[arg-type]


def _is_constant(node: Tree) -> bool:
    if isinstance(node, EXPRESSIONS):
        return isinstance(node, Const)
    if isinstance(node, When | Present | EnvList | EnvMap | Named):
        return False
    return all(map(_is_constant, children(node)))


def _condition(test: Expr) -> Condition:
    return bool(test.value) if isinstance(test, Const) else _operand(_lifted(test))


def _stays(node: Tree) -> Condition:
    """Whether an entry leaves anything in what it stands in."""
    match node:
        case When(test, body):
            return _all((_condition(test), _stays(body)))
        case Present(value):
            return _all((_stays(value), _given(value)))
        case EnvMap(_, value):
            return _given(value)
    return True


def _given(node: Tree) -> Condition:
    """Whether a node comes out as something else than null, `""`, `[]` and `{}`."""
    match node:
        case None | "":
            return False
        case When() | Present() | EnvMap():
            return _stays(node)
        case PodText():
            return _given(node.parts)
        case FirstPresent(values):
            return _any(map(_given, values))
        case Quantities(value) | Texts(value) | KeyPaths(value):
            return _given(value)
        case PullSecrets(written, names):
            return _any(map(_given, (written, *names)))
        case SoleTenancy(affinity, test):
            return _any((_condition(test), _given(affinity)))
        case str():
            return True
        case Mapping() | Sequence():
            return _any(_stays(child) for child in children(node))
    return _expression_given(_lifted(node)) if isinstance(node, EXPRESSIONS) else True


def _expression_given(expr: Expr) -> Condition:
    match expr:
        case Const(value):
            return value != ""
        case If(test, then, otherwise):
            condition = _operand(test)
            taken = _all((condition, _expression_given(then)))
            return _any((taken, _all((_not(condition), _expression_given(otherwise)))))
        case Value(_, "array" | "object"):
            return _loose(expr)
        case Value(_, "integer" | "number" | "boolean"):
            return f'(not (kindIs "invalid" {_loose(expr)}))'
        case EnvRef():
            return True
        case Join(parts) if any(isinstance(part, EnvRef) for part in parts):
            return True
    return f'(ne {_operand(expr)} "")' if expr.kind == "string" else True


def _all(conditions: Sequence[Condition]) -> Condition:
    if any(condition is False for condition in conditions):
        return False
    texts = [condition for condition in conditions if isinstance(condition, str)]
    return f"(and {' '.join(texts)})" if len(texts) > 1 else next(iter(texts), True)


def _any(conditions: Iterable[Condition]) -> Condition:
    known = list(conditions)
    if any(condition is True for condition in known):
        return True
    texts = [condition for condition in known if isinstance(condition, str)]
    return f"(or {' '.join(texts)})" if len(texts) > 1 else next(iter(texts), False)


def _not(condition: Condition) -> Condition:
    return (not condition) if isinstance(condition, bool) else f"(not {condition})"
