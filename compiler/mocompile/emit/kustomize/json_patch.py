"""Computes the JSON patch (RFC 6902) between two objects, as small as the difference.

A list whose items have names is patched item by item, and every change in such a list is preceded by a `test` of the
name that it relies on: the patch of a shifted list fails instead of changing the wrong item. Other
lists are replaced whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

Operation: TypeAlias = dict[str, Any]

# Keys that identify a list item; the first that is unique is used. Mounts of one volume differ only in their path.
_KEYS = ("name", "mountPath")


def operations(old: Any, new: Any, path: str = "") -> list[Operation]:
    """Return the operations, in order, that turn `old` into `new`. Both are plain data."""
    if old == new and type(old) is type(new):
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        return list(_of_mapping(old, new, path))
    if isinstance(old, list) and isinstance(new, list):
        key = _key_of(old, new)
        if key is not None:
            return list(_of_list(old, new, key, path))
    return [{"op": "replace", "path": path, "value": new}]


def _of_mapping(old: dict[str, Any], new: dict[str, Any], path: str) -> Iterator[Operation]:
    for key in old:
        if key not in new:
            yield {"op": "remove", "path": below(path, key)}
    for key, value in new.items():
        if key in old:
            yield from operations(old[key], value, below(path, key))
        else:
            yield {"op": "add", "path": below(path, key), "value": value}


def _key_of(old: list[Any], new: list[Any]) -> str | None:
    """Return the field that identifies the items of both lists in the same order; None if there is no such field."""
    for key in _KEYS:
        if all(_distinct(items, key) for items in (old, new)):
            names, wanted = [item[key] for item in old], [item[key] for item in new]
            kept = [name for name in names if name in wanted]
            if kept and kept == [name for name in wanted if name in names]:
                return key
    return None


def _distinct(items: list[Any], key: str) -> bool:
    names = [item.get(key) for item in items if isinstance(item, dict)]
    return len(names) == len(items) == len(set(names)) and all(isinstance(name, str) for name in names)


def _of_list(old: list[Any], new: list[Any], key: str, path: str) -> Iterator[Operation]:
    wanted = {item[key] for item in new}
    items = list(old)
    for position in reversed(range(len(items))):
        if items[position][key] not in wanted:
            yield _test(items, position, key, path)
            yield {"op": "remove", "path": below(path, str(position))}
            del items[position]
    for position, item in enumerate(new):
        if position < len(items) and items[position][key] == item[key]:
            changes = operations(items[position], item, below(path, str(position)))
            if changes:
                yield _test(items, position, key, path)
                yield from changes
        else:
            # Before the item at this position, or after the last.
            yield _test(items, min(position, len(items) - 1), key, path)
            yield {"op": "add", "path": below(path, str(position)), "value": item}
            items.insert(position, item)


def _test(items: list[Any], position: int, key: str, path: str) -> Operation:
    return {"op": "test", "path": below(below(path, str(position)), key), "value": items[position][key]}


def below(path: str, step: str) -> str:
    """Return the pointer to the key or position `step` in the value at `path`."""
    return f"{path}/{step.replace('~', '~0').replace('/', '~1')}"
