"""The tree that both printers read: the content of a YAML document with install-time values in it.

Mappings, lists and scalars are Python's own. An expression (`nodes.py`) is a scalar or a whole structure. The nodes
below express the rest: that an entry is left out, that the kubelet reads a text, that entries repeat. Both printers
handle each of them, and tests compare the printers with a real Helm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

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
    KindError,
    Length,
    Not,
    Or,
    article,
    nodes,
)


@dataclass(frozen=True, slots=True)
class When:
    """An item of a list or the value of a key, left out (with its key) if `test` is false."""

    test: Expr
    body: Tree

    def __post_init__(self) -> None:
        if self.test.kind != "boolean":
            raise KindError(f"'when' takes a boolean, not {article(self.test.kind)}; write a comparison")


@dataclass(frozen=True, slots=True)
class Present:
    """An item or the value of a key, left out if it is null, `""`, `[]` or `{}`. 0 and false stay."""

    value: Tree


@dataclass(frozen=True, slots=True)
class PodText:
    """A string in `env`, `command` or `args`: every `$` is doubled, as Kubernetes requires, except in `EnvRef`."""

    expr: Expr | str | int | float | bool | None

    @property
    def parts(self) -> Expr:
        """The expression, also where a plain scalar was given."""
        if self.expr is None:
            return Const("")
        return self.expr if isinstance(self.expr, EXPRESSIONS) else Const(self.expr)


@dataclass(frozen=True, slots=True)
class EnvList:
    """Items of an `env` list: `PREFIX_0`, `PREFIX_1` … for an array of strings, then `PREFIX_COUNT`."""

    prefix: str
    value: Tree


@dataclass(frozen=True, slots=True)
class EnvMap:
    """Items of an `env` list: `PREFIX<key>` for each key of a mapping to strings, keys sorted.

    With `sources`, a value may also be a mapping with `valueFrom`, which the item has in place of a value.
    """

    prefix: str
    value: Tree
    sources: bool = False


@dataclass(frozen=True, slots=True)
class FirstPresent:
    """The first of several arrays or objects that is neither null nor empty; null where all are."""

    values: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Quantities:
    """An object whose numbers, at any depth, are Kubernetes quantities: `cpu: 4` becomes `"4"`.

    A missing object is empty."""

    value: Tree


@dataclass(frozen=True, slots=True)
class Texts:
    """An object whose values are text: `team: 4` becomes `"4"`, as in labels and annotations."""

    value: Tree


@dataclass(frozen=True, slots=True)
class MergedTexts:
    """An object of several, each of which may be null; a later one replaces keys of those before. Values are text."""

    values: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Extended:
    """A mapping: the entries of `fixed`, then those of an object `more`, whose values are text.

    No key is in both: a template would print the key twice.
    """

    fixed: Mapping[str, Tree]
    more: Tree


@dataclass(frozen=True, slots=True)
class Named:
    """Text that a chart includes from a named template (`include TEMPLATE .`); `text` in the other outputs."""

    template: str
    text: str


@dataclass(frozen=True, slots=True)
class SoleTenancy:
    """A pod's affinity. If `test` is true, it also allows at most one pod of the JobSet on a node.

    The term is added to the required anti-affinity of `affinity` (an object or null). Null if both are absent. The
    term contains no name: `matchLabelKeys` takes the set's name from the pod.
    """

    affinity: Tree
    test: Expr


@dataclass(frozen=True, slots=True)
class KeyPaths:
    """The `items` of a ConfigMap's volume, `[{key: …, path: …}]`, for a mapping of keys to paths; keys sorted."""

    value: Tree


@dataclass(frozen=True, slots=True)
class PullSecrets:
    """A pod's `imagePullSecrets`: those of `written` (an array or null), then the new ones of `names`.

    Empty and repeated names are left out, since Kubernetes takes each name once. Null if the list is empty.
    """

    written: Tree
    names: tuple[Tree, ...]


Node: TypeAlias = (
    When
    | Present
    | PodText
    | EnvList
    | EnvMap
    | FirstPresent
    | Quantities
    | Texts
    | MergedTexts
    | Extended
    | Named
    | SoleTenancy
    | KeyPaths
    | PullSecrets
)
DataScalar: TypeAlias = str | int | float | bool | None
# The expressions of `Expr` are spelled out: mypy does not accept an alias of a union in a recursive type.
Tree: TypeAlias = (
    "Mapping[str, Tree] | Sequence[Tree] | DataScalar | Node"
    " | Const | InstallValue | Arithmetic | Compare | Not | And | Or | If | Join | Length | EnvRef"
)


def install_values(tree: Tree) -> Iterator[InstallValue]:
    """Every install-time value that `tree` reads, in the order of the tree, as often as it is read."""
    if isinstance(tree, EXPRESSIONS):
        yield from (node for node in nodes(tree) if isinstance(node, InstallValue))
        return
    for child in children(tree):
        yield from install_values(child)


def children(tree: Tree) -> tuple[Tree, ...]:
    """Return the direct children of a mapping, a list or a node; nothing for scalars and expressions."""
    match tree:
        case When(test, body):
            return (test, body)
        case Present(value) | Quantities(value) | Texts(value) | KeyPaths(value):
            return (value,)
        case EnvList(_, value) | EnvMap(_, value, _):
            return (value,)
        case PodText():
            return (tree.parts,)
        case FirstPresent(values) | MergedTexts(values):
            return values
        case Extended(fixed, more):
            return (*fixed.values(), more)
        case SoleTenancy(affinity, test):
            return (affinity, test)
        case PullSecrets(written, names):
            return (written, *names)
        case str():
            return ()
        case Mapping():
            return tuple(tree.values())
        case Sequence():
            return tuple(tree)
    return ()
