"""Prints trees as a Helm template: YAML text with actions, in block style, with every string as a JSON string.

The rendered text has the same content as `python_value` for the same values; tests compare them with a real Helm. The
actions use `charts/_mocompile.tpl`, which must be in the chart, and otherwise only functions of Go and sprig that Helm
3 and 4 have. User data is never read as a template (`tpl`), and the templates look up nothing in the cluster.

Both printers fail at a division by zero, at integers beyond ±(2^53 - 1) and at missing values. The chart's schema
refuses values of the wrong kind, except numbers and booleans in place of text, which `--set` itself makes of text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from mocompile.expression.fold import fold
from mocompile.expression.helm_actions import bare, is_constant, json_text, lifted, loose, operand_of, scalar, structure
from mocompile.expression.nodes import EXPRESSIONS, Const, EnvRef, Expr, If, InstallValue, Join
from mocompile.expression.to_data import python_value
from mocompile.expression.tree import (
    EnvList,
    EnvMap,
    Extended,
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
from mocompile.expression.yaml_words import RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterable


# A condition as the text of an action, or its value if it is known.
Condition: TypeAlias = str | bool

_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*", re.ASCII)


def go_template(tree: Tree) -> str:
    """Return the template of a mapping or a list, ending with a newline.

    Raises:
        ValueError: a node is in an invalid place (`EnvRef` outside pod text, `When` at the root).
    """
    tree = _folded(tree)
    if isinstance(tree, Mapping):
        lines = _filled(tree, "") or ["{}"]
    elif isinstance(tree, Sequence) and not isinstance(tree, str):
        lines = _filled(tree, "") or ["[]"]
    else:
        raise ValueError(f"expected a mapping or a list as template, not {type(tree).__name__}")
    return "\n".join(lines) + "\n"


def _folded(tree: Tree) -> Tree:
    """Return the same tree with every expression folded."""
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
        case MergedTexts(values):
            return MergedTexts(tuple(map(_folded, values)))
        case Named():
            return tree
        case Extended(fixed, more):
            return Extended({key: _folded(child) for key, child in fixed.items()}, _folded(more))
        case EnvList(prefix, value):
            return EnvList(prefix, _folded(value))
        case EnvMap(prefix, value, sources):
            return EnvMap(prefix, _folded(value), sources)
        case FirstPresent(values):
            return FirstPresent(tuple(map(_folded, values)))
        case str():
            return tree
        case Mapping():
            return {key: _folded(child) for key, child in tree.items()}
        case Sequence():
            return [_folded(child) for child in tree]
    return fold(tree) if isinstance(tree, EXPRESSIONS) else tree


def _filled(tree: Mapping[str, Tree] | Sequence[Tree] | Extended, pad: str, *, some: bool = False) -> list[str]:
    """Return the lines of a mapping's or list's entries, with a line for the empty case if all can be left out.

    With `some`, the caller guarantees that at least one entry is present.
    """
    if isinstance(tree, Extended):
        lines = [*_entries(tree.fixed, pad), *_more_entries(structure(tree.more), pad)]
    elif isinstance(tree, Mapping):
        lines = _entries(tree, pad)
    else:
        lines = [line for child in tree for line in _item(child, pad)]
    empty = _not(_given(tree))
    if empty is True or not lines:
        return []
    if empty is False or some:
        return lines
    return [*_guarded(empty, [f"{pad}{_empty(tree)}"], pad, joined=True), *lines]


def _entries(tree: Mapping[str, Tree], pad: str) -> list[str]:
    return [line for key, child in tree.items() for line in _entry(key, child, pad)]


def _more_entries(value: str, pad: str) -> list[str]:
    return [
        f"{pad}{{{{- range $key, $item := {bare(value)} }}}}",
        f'{pad}{{{{ include "mocompile.string" $key }}}}: {{{{ include "mocompile.string" $item }}}}',
        f"{pad}{{{{- end }}}}",
    ]


def _entry(key: str, node: Tree, pad: str, *, some: bool = False) -> list[str]:
    match node:
        case When(test, body):
            return _guarded(_condition(test), _entry(key, body, pad), pad)
        case Present(value):
            lines = _entry(key, value, pad, some=True)
            return _guarded(_given(value), lines, pad)
        case EnvList() | EnvMap():
            raise ValueError(f"{type(node).__name__} is valid only in a list")
    return _below(f"{pad}{_key(key)}:", node, f"{pad}  ", some=some)


def _item(node: Tree, pad: str, *, some: bool = False) -> list[str]:
    match node:
        case When(test, body):
            return _guarded(_condition(test), _item(body, pad), pad)
        case Present(value):
            return _guarded(_given(value), _item(value, pad, some=True), pad)
        case EnvList(_, value) | EnvMap(_, value, _) if is_constant(value):
            return [line for variable in python_value([node], {}) for line in _item(variable, pad)]
        case EnvList(prefix, value):
            return _env_list(prefix, structure(value), pad)
        case EnvMap(prefix, value, sources):
            return _env_map(prefix, structure(value), pad, sources=sources)
    lines = _below(f"{pad}-", node, f"{pad}  ", some=some)
    if isinstance(node, Mapping) and len(lines) > 1 and not lines[1].lstrip().startswith("{{-"):
        # The first key is beside the dash.
        lines[:2] = [f"{pad}- {lines[1].lstrip()}"]
    return lines


def _below(head: str, node: Tree, pad: str, *, some: bool) -> list[str]:
    """A value after `head` (a key or a dash): beside it, or as a block below it."""
    if is_constant(node):
        node = python_value(node, {})
    if isinstance(node, Mapping | Extended) or (isinstance(node, Sequence) and not isinstance(node, str)):
        lines = _filled(node, pad, some=some)
        return [head, *lines] if lines else [f"{head} {_empty(node)}"]
    return [f"{head} {scalar(node)}"]


def _empty(tree: Mapping[str, Tree] | Sequence[Tree] | Extended) -> str:
    return "{}" if isinstance(tree, Mapping | Extended) else "[]"


def _guarded(condition: Condition, lines: list[str], pad: str, *, joined: bool = False) -> list[str]:
    """Return lines that are rendered only if the condition holds; `joined` ones continue the line before."""
    if isinstance(condition, bool):
        return lines if condition else []
    begin = f"{pad}{{{{- if {bare(condition)} }}}}"
    if joined:
        return [f"{begin} {lines[0].lstrip()}", f"{pad}{{{{- end }}}}"]
    return [begin, *lines, f"{pad}{{{{- end }}}}"]


def _env_list(prefix: str, value: str, pad: str) -> list[str]:
    return [
        f"{pad}{{{{- range $position, $item := {bare(value)} }}}}",
        f'{pad}- name: {json_text(prefix + "_")[:-1]}{{{{ $position }}}}"',
        f'{pad}  value: {{{{ include "mocompile.podString" $item }}}}',
        f"{pad}{{{{- end }}}}",
        f"{pad}- name: {json_text(prefix + '_COUNT')}",
        f'{pad}  value: "{{{{ len (default list {value}) }}}}"',
    ]


def _env_map(prefix: str, value: str, pad: str, *, sources: bool) -> list[str]:
    text = f'{pad}  value: {{{{ include "mocompile.podString" $item }}}}'
    either = [
        f'{pad}  {{{{- if kindIs "map" $item }}}}',
        f'{pad}  valueFrom: {{{{ include "mocompile.json" $item.valueFrom }}}}',
        f"{pad}  {{{{- else }}}}",
        text,
        f"{pad}  {{{{- end }}}}",
    ]
    return [
        f"{pad}{{{{- range $key, $item := {bare(value)} }}}}",
        f'{pad}- name: {{{{ include "mocompile.string" (print {json_text(prefix)} $key) }}}}',
        *(either if sources else [text]),
        f"{pad}{{{{- end }}}}",
    ]


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) and key.lower() not in RESERVED else json_text(key)


def _condition(test: Expr) -> Condition:
    return bool(test.value) if isinstance(test, Const) else operand_of(lifted(test))


def _stays(node: Tree) -> Condition:
    """Return the condition under which an entry renders anything."""
    match node:
        case When(test, body):
            return _all((_condition(test), _stays(body)))
        case Present(value):
            return _all((_stays(value), _given(value)))
        case EnvMap(_, value, _):
            return _given(value)
    return True


def _given(node: Tree) -> Condition:
    """Return the condition under which a node is not null, `""`, `[]` or `{}`."""
    match node:
        case None | "":
            return False
        case When() | Present() | EnvMap():
            return _stays(node)
        case PodText():
            return _given(node.parts)
        case FirstPresent(values) | MergedTexts(values):
            return _any(map(_given, values))
        case Quantities(value) | Texts(value) | KeyPaths(value):
            return _given(value)
        case PullSecrets(written, names):
            return _any(map(_given, (written, *names)))
        case SoleTenancy(affinity, test):
            return _any((_condition(test), _given(affinity)))
        case Extended(fixed, more):
            return _any((_given(fixed), _given(more)))
        case str():
            return True
        case Mapping() | Sequence():
            return _any(_stays(child) for child in children(node))
    return _expression_given(lifted(node)) if isinstance(node, EXPRESSIONS) else True


def _expression_given(expr: Expr) -> Condition:
    match expr:
        case Const(value):
            return value != ""
        case If(test, then, otherwise):
            condition = operand_of(test)
            taken = _all((condition, _expression_given(then)))
            return _any((taken, _all((_not(condition), _expression_given(otherwise)))))
        case InstallValue(_, "array" | "object"):
            return loose(expr)
        case InstallValue(_, "integer" | "number" | "boolean"):
            return f'(not (kindIs "invalid" {loose(expr)}))'
        case EnvRef():
            return True
        case Join(parts) if any(isinstance(part, EnvRef) for part in parts):
            return True
    return f'(ne {operand_of(expr)} "")' if expr.kind == "string" else True


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
