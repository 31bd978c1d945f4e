"""Applies the operations of `spec.patches` to the JobSet, before any output is made of it.

The JobSet is a tree with install-time values in it. An operation works on the tree, so that every output, and a chart
under all values, has the same patched object. So it cannot reach into what an install-time value makes: the field that
the value belongs to is the place for such a change. It may replace or remove all of it.

Positions in a list count every item that the set can have, also one that these values leave out, such as the job of the
workers of a single pod.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mocompile.check.patches import pointer
from mocompile.expression.nodes import EXPRESSIONS
from mocompile.expression.to_data import evaluate, python_value
from mocompile.expression.tree import EnvList, EnvMap, Extended, Named, Present, When, children, install_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from mocompile.check.patches import Patch, Tokens
    from mocompile.expression.to_data import Values
    from mocompile.expression.tree import Tree


class PatchError(Exception):
    """An operation cannot be applied. `position` is its place in the list."""

    def __init__(self, position: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.position, self.message, self.hint = position, message, hint


def patched(tree: Tree, patches: Sequence[Patch], values: Values) -> Tree:
    """Return the tree with the operations applied in turn. Raises `PatchError` for one that cannot be."""
    for patch in patches:
        tree = _Operation(patch, values).apply(tree)
    return tree


class _Operation:
    def __init__(self, patch: Patch, values: Values) -> None:
        self.patch, self.values = patch, values

    def apply(self, tree: Tree) -> Tree:
        patch = self.patch
        match patch.op:
            case "test":
                found = self._plain(self._found(tree, patch.path), patch.path)
                if found != patch.value or type(found) is not type(patch.value):
                    self._fail(f"the test of {pointer(patch.path)} fails: it is {_shown(found)}")
                return tree
            case "remove":
                return self._edited(tree, patch.path, self._remove)
            case "replace":
                return self._edited(tree, patch.path, self._replacing(patch.value))
            case "add":
                return self._edited(tree, patch.path, self._adding(patch.value))
        value = self._plain(self._found(tree, patch.source), patch.source)
        if patch.op == "move":
            tree = self._edited(tree, patch.source, self._remove)
        return self._edited(tree, patch.path, self._adding(value))

    # The ends of a path

    def _adding(self, value: Tree) -> Callable[[Any, str], Tree]:
        def add(container: Any, step: str) -> Tree:
            if isinstance(container, Mapping):
                return {**container, step: value}
            index = len(container) if step == "-" else self._index(container, step, at_end=True)
            return [*container[:index], value, *container[index:]]

        return add

    def _replacing(self, value: Tree) -> Callable[[Any, str], Tree]:
        def put(container: Any, step: str) -> Tree:
            self._require(container, step)
            if isinstance(container, Mapping):
                return {**container, step: value}
            index = self._index(container, step)
            return [*container[:index], value, *container[index + 1 :]]

        return put

    def _remove(self, container: Any, step: str) -> Tree:
        self._require(container, step)
        if isinstance(container, Mapping):
            return {key: child for key, child in container.items() if key != step}
        index = self._index(container, step)
        return [*container[:index], *container[index + 1 :]]

    # The way along a path

    def _edited(self, node: Tree, path: Tokens, change: Callable[[Any, str], Tree], above: Tokens = ()) -> Tree:
        match node:
            case When(test, body):
                return When(test, self._edited(body, path, change, above))
            case Present(value):
                return Present(self._edited(value, path, change, above))
            case Extended(fixed, more):
                step = path[0]
                if step not in fixed and step in (python_value(more, self.values) or {}):
                    self._closed(more, above)
                edited = self._edited(fixed, path, change, above)
                assert isinstance(edited, Mapping)
                return Extended(edited, more)
        container = self._container(node, above)
        if len(path) == 1:
            return change(container, path[0])
        step, here = path[0], (*above, path[0])
        self._require(container, step)
        if isinstance(container, Mapping):
            return {**container, step: self._edited(container[step], path[1:], change, here)}
        index = self._index(container, step)
        return [*container[:index], self._edited(container[index], path[1:], change, here), *container[index + 1 :]]

    def _found(self, node: Tree, path: Tokens, above: Tokens = ()) -> Tree:
        match node:
            case When(_, body) | Present(body):
                return self._found(body, path, above)
            case Extended(fixed, more) if path and path[0] not in fixed:
                self._closed(more, above)
            case Extended(fixed, _) if path:
                return self._found(fixed, path, above)
        if not path:
            return node
        container = self._container(node, above)
        self._require(container, path[0])
        key = path[0] if isinstance(container, Mapping) else self._index(container, path[0])
        return self._found(container[key], path[1:], (*above, path[0]))

    def _container(self, node: Tree, above: Tokens) -> Any:
        if isinstance(node, Mapping) or (isinstance(node, Sequence) and not isinstance(node, str)):
            return node
        if isinstance(node, str | int | float | bool) or node is None:
            self._fail(f"{pointer(above)} is neither a mapping nor a list")
        return self._closed(node, above)

    def _require(self, container: Any, step: str) -> None:
        """Refuse a step to what is not there with the set's own values."""
        if isinstance(container, Mapping):
            there = step in container
            child = container.get(step)
        else:
            index = self._index(container, step)
            there, child = True, container[index]
        if not there or not self._is_there(child):
            self._fail(
                f"{pointer(self.patch.path)}: there is no {step} with the values of this set", "add it as a whole"
            )

    def _is_there(self, node: Tree) -> bool:
        if isinstance(node, Present) and isinstance(node.value, Extended):
            return True  # labels and annotations, to which any may be added
        if isinstance(node, When):
            return bool(evaluate(node.test, self.values)) and self._is_there(node.body)
        return bool(python_value([node], self.values))

    def _index(self, items: Sequence[Tree], step: str, *, at_end: bool = False) -> int:
        if not step.isdecimal():
            self._fail(f"{pointer(self.patch.path)}: {step} is no position of an item")
        index = int(step)
        if any(isinstance(item, EnvList | EnvMap | Present) for item in items[: index + (not at_end)]):
            message = f"{pointer(self.patch.path)}: how many items are before position {step} depends on the values"
            self._fail(message, "append with '-', or use a position at the begin of the list")
        if index > len(items) - (not at_end):
            self._fail(f"{pointer(self.patch.path)}: a list of {len(items)} has no position {step}")
        return index

    # What is refused

    def _plain(self, node: Tree, path: Tokens) -> Any:
        """Return the value of what no install-time value can change."""
        if any(True for _ in install_values(node)) or _has_name(node):
            self._closed(node, path)
        return python_value(node, self.values)

    def _closed(self, node: Tree, path: Tokens) -> Any:
        reads = [value.path for value in install_values(node)]
        named = f"`spec.{'.'.join(reads[0])}`" if reads else "the name of the set"
        message = f"{pointer(path)} can change at installation: it is made of {named}"
        hint = f"change {named}" if reads else ""
        return self._fail(message, hint)

    def _fail(self, message: str, hint: str = "") -> Any:
        raise PatchError(self.patch.position, message, hint)


def _has_name(node: Tree) -> bool:
    if isinstance(node, Named):
        return True
    return not isinstance(node, EXPRESSIONS) and any(map(_has_name, children(node)))


def _shown(value: Any) -> str:
    return f"{value!r:.60}"
