"""Prints trees as plain data: the content of the YAML and kustomize outputs, and the expected content of a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from mocompile.expression.fold import compute, holds, text_of
from mocompile.expression.nodes import (
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
    article,
    exact,
)
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
    When,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mocompile.expression.tree import Tree

Values: TypeAlias = "Mapping[str, Any]"
# JSON-like: dict with string keys, list, str, int, float, bool, None.
Data: TypeAlias = Any

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
# charts/_mocompile.tpl has the same term; a test compares the two.
ALONE_ON_NODE = {
    "topologyKey": "kubernetes.io/hostname",
    "labelSelector": {"matchExpressions": [{"key": "jobset.sigs.k8s.io/replicatedjob-name", "operator": "Exists"}]},
    "matchLabelKeys": ["jobset.sigs.k8s.io/jobset-name"],
}


def python_value(tree: Tree, values: Values) -> Data:
    """Return the data of `tree` for these install-time values (nested mappings, by the paths of `InstallValue`).

    The dicts and lists are new and share nothing with `tree` or `values`. Integral numbers become `int`.

    Raises:
        ValueError: a value is missing or of the wrong kind, or an expression cannot be computed
            (`EvaluationError`). The chart's schema refuses the same values.
    """
    match tree:
        case PodText():
            return _pod_text(tree.parts, values)
        case FirstPresent(choices):
            found = (python_value(choice, values) for choice in choices)
            return next((choice for choice in found if choice), None)
        case Quantities(value):
            return _quantities(python_value(value, values) or {})
        case Texts(value):
            return _texts(value, values)
        case MergedTexts(parts):
            return {key: item for part in parts for key, item in _texts(part, values).items()}
        case Extended(fixed, more):
            return {**python_value(fixed, values), **_texts(more, values)}
        case Named():
            return tree.text
        case SoleTenancy(affinity, test):
            return _sole_tenancy(python_value(affinity, values), bool(evaluate(test, values)))
        case KeyPaths(value):
            paths = python_value(value, values) or {}
            return [{"key": key, "path": paths[key]} for key in sorted(paths)]
        case PullSecrets(written, names):
            return _pull_secrets(python_value(written, values), [python_value(name, values) for name in names])
        case When() | Present() | EnvList() | EnvMap():
            raise ValueError(f"{type(tree).__name__} is valid only in a list or a mapping")
        case str() | None:
            return tree if tree is None else str(tree)
        case bool() | int() | float():
            return _number(tree)
        case Mapping():
            return {str(key): item for key, child in tree.items() for item in _items(child, values)}
        case Sequence():
            return [item for child in tree for item in _items(child, values)]
    return evaluate(tree, values)


def evaluate(expr: Expr, values: Values) -> Data:
    """Return the value of an expression: a scalar, or a structure if the expression is an array or an object.

    Raises:
        ValueError: as `python_value`.
    """
    match expr:
        case Const(value):
            return _number(value)
        case InstallValue(path, _):
            return _of_kind(expr, _found(path, values, required=True))
        case Arithmetic(op, left, right):
            return compute(op, evaluate(left, values), evaluate(right, values))
        case Compare(op, left, right):
            return holds(op, evaluate(left, values), evaluate(right, values))
        case Not(operand):
            return not evaluate(operand, values)
        case And(left, right):
            return evaluate(left, values) and evaluate(right, values)
        case Or(left, right):
            return evaluate(left, values) or evaluate(right, values)
        case If(test, then, otherwise):
            return evaluate(then if evaluate(test, values) else otherwise, values)
        case Join(parts):
            return "".join(text_of(evaluate(part, values)) for part in parts)
        case Length(operand):
            return len(evaluate(operand, values) or ())
        case EnvRef(name):
            raise ValueError(f"$({name}) is valid only in pod text")


def _items(child: Tree, values: Values) -> Iterator[Data]:
    """Yield the entries of `child` in its mapping or list: none, itself, or several entries of `env`."""
    match child:
        case When(test, body):
            if evaluate(test, values):
                yield from _items(body, values)
        case Present(InstallValue(path, _)) if _found(path, values) is None:
            return  # also an unset number or boolean
        case Present(value):
            yield from (item for item in _items(value, values) if not (item is None or item in ("", [], {})))
        case EnvList(prefix, value):
            strings = python_value(value, values) or []
            yield from (_variable(f"{prefix}_{position}", item) for position, item in enumerate(strings))
            yield _variable(f"{prefix}_COUNT", len(strings))
        case EnvMap(prefix, value, _):
            mapping = python_value(value, values) or {}
            yield from (_variable(f"{prefix}{key}", mapping[key]) for key in sorted(mapping))
        case _:
            yield python_value(child, values)


def _texts(tree: Tree, values: Values) -> Data:
    return {key: text_of(item) for key, item in (python_value(tree, values) or {}).items()}


def _variable(name: str, value: Data) -> Data:
    if isinstance(value, dict):
        return {"name": name, **value}
    return {"name": name, "value": _doubled(text_of(value))}


def _pod_text(expr: Expr, values: Values) -> str:
    match expr:
        case EnvRef(name):
            return f"$({name})"
        case Join(parts):
            return "".join(_pod_text(part, values) for part in parts)
        case If(test, then, otherwise):
            return _pod_text(then if evaluate(test, values) else otherwise, values)
    return _doubled(text_of(evaluate(expr, values)))


def _doubled(text: str) -> str:
    return text.replace("$", "$$")


def _found(path: tuple[str, ...], values: Values, *, required: bool = False) -> Data:
    """Return the value at a path as given; None if it is missing and not required."""
    value: Data = values
    for step in path:
        if not isinstance(value, Mapping) or step not in value:
            if required:
                raise ValueError(f"no value {'.'.join(path)}")
            return None
        value = value[step]
    return value


def _of_kind(expr: InstallValue, value: Data) -> Data:
    """Return the value as the expression's kind, also if a values file or `--set` gave another (`--set image=4`)."""
    match expr.kind:
        case "string" if value is None or isinstance(value, str | int | float):
            return text_of(value)
        case "boolean" if isinstance(value, bool):
            return value
        case "integer" if isinstance(number := _number(value), int) and not isinstance(value, bool):
            return exact(number)
        case "number" if isinstance(value, int | float) and not isinstance(value, bool):
            return _number(value)
        case "array" if value is None or (isinstance(value, Sequence) and not isinstance(value, str)):
            return _plain(value)
        case "object" if value is None or isinstance(value, Mapping):
            return _plain(value)
    raise ValueError(f"{'.'.join(expr.path)} is {value!r:.60}, not {article(expr.kind)}")


def _plain(value: Data) -> Data:
    """Return a copy of plain data with its numbers as a JSON parser reads them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else _number(value)


def _number(value: Data) -> Data:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _quantities(value: Data) -> Data:
    if isinstance(value, dict):
        return {key: _quantities(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_quantities(item) for item in value]
    return text_of(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _pull_secrets(written: Data, names: list[Data]) -> Data:
    secrets = list(written or [])
    known = {secret.get("name") for secret in secrets}
    secrets += [{"name": name} for name in dict.fromkeys(names) if name not in ("", None) and name not in known]
    return secrets or None


def _sole_tenancy(affinity: Data, alone: bool) -> Data:
    if not alone:
        return affinity or None
    merged = cast("dict[str, Any]", affinity or {})
    apart = merged.get("podAntiAffinity") or {}
    required = [*(apart.get(REQUIRED) or []), _plain(ALONE_ON_NODE)]
    return {**merged, "podAntiAffinity": {**apart, REQUIRED: required}}
