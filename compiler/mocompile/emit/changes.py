"""How two lists of Kubernetes objects differ, by meaning: the order of keys and of named list items does not count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# The ends of names that follow the content: those of mocompile (8 hexadecimal digits) and of kustomize (10 characters).
_SUFFIX = re.compile(r"-(?:[0-9a-f]{8}|[0-9a-z]{10})$")
# The keys that tell the items of a list apart, in this order.
_ITEM_KEYS = ("name", "mountPath", "key")
# Values that are compared. YAML aliases can make a small file into a huge object.
MAX_VALUES = 1_000_000


class TooMuchError(Exception):
    """The objects have more values than `MAX_VALUES`."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that differs. `path` is `spec.replicatedJobs[m].replicas`; a side that does not have it is `ABSENT`."""

    path: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Change:
    """An object that differs. One side is empty where the object is new or gone, and `fields` is empty then."""

    kind: str
    namespace: str
    old: str
    new: str
    fields: tuple[Field, ...] = ()


class _Absent:
    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


def changes(old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]) -> list[Change]:
    """Return the differences, in the order of the new objects; those that are gone come last.

    An object is the same one where kind, namespace and name are equal. Where a name ends in a hash of the content and
    has changed, the objects of the same kind with the same name before the hash are compared.

    Raises:
        TooMuchError: The objects have more values than `MAX_VALUES`.
    """
    before = {identity(each): each for each in old}
    after = {identity(each): each for each in new}
    renamed = _renamed(before, after)
    budget = [MAX_VALUES]
    found = []
    for key, each in after.items():
        earlier = key if key in before else renamed.get(key)
        if earlier is None:
            found.append(Change(key[0], key[1], "", key[2]))
            continue
        fields = tuple(_fields(before[earlier], each, "", budget))
        if fields:
            found.append(Change(key[0], key[1], earlier[2], key[2], fields))
    continued = set(renamed.values())
    gone = [key for key in before if key not in after and key not in continued]
    return found + [Change(kind, namespace, name, "") for kind, namespace, name in gone]


_Identity = tuple[str, str, str]


def identity(each: Mapping[str, Any]) -> _Identity:
    """Return kind, namespace and name of an object; empty where it does not have them."""
    metadata = each.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    return str(each.get("kind", "")), str(metadata.get("namespace", "")), str(metadata.get("name", ""))


def _renamed(before: Mapping[_Identity, Any], after: Mapping[_Identity, Any]) -> dict[_Identity, _Identity]:
    """Return the old identity of each new object whose name differs in its hash alone, if there is exactly one."""
    stems: dict[_Identity, list[_Identity]] = {}
    for key in before:
        if key not in after:
            stems.setdefault(_stem(key), []).append(key)
    added: dict[_Identity, list[_Identity]] = {}
    for key in after:
        if key not in before:
            added.setdefault(_stem(key), []).append(key)
    return {
        ends[0]: stems[stem][0]
        for stem, ends in added.items()
        if len(ends) == 1 and len(stems.get(stem, ())) == 1 and _SUFFIX.search(ends[0][2])
    }


def _stem(key: _Identity) -> _Identity:
    return key[0], key[1], _SUFFIX.sub("", key[2])


def _fields(old: Any, new: Any, path: str, budget: list[int]) -> Iterator[Field]:
    budget[0] -= 1
    if budget[0] < 0:
        raise TooMuchError
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in {**old, **new}:
            inner = f"{path}.{key}" if path else str(key)
            yield from _fields(old.get(key, ABSENT), new.get(key, ABSENT), inner, budget)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _items(old, new, path, budget)
    elif type(old) is not type(new) or old != new:
        yield Field(path, old, new)


def _items(old: Sequence[Any], new: Sequence[Any], path: str, budget: list[int]) -> Iterator[Field]:
    key = next((key for key in _ITEM_KEYS if _tells_apart(key, old) and _tells_apart(key, new)), None)
    if key is None:
        for position in range(max(len(old), len(new))):
            before, after = (each[position] if position < len(each) else ABSENT for each in (old, new))
            yield from _fields(before, after, f"{path}[{position}]", budget)
        return
    olds, news = ({each[key]: each for each in side} for side in (old, new))
    for name in {**olds, **news}:
        yield from _fields(olds.get(name, ABSENT), news.get(name, ABSENT), f"{path}[{name}]", budget)


def _tells_apart(key: str, items: Sequence[Any]) -> bool:
    if not all(isinstance(each, Mapping) and isinstance(each.get(key), str) for each in items):
        return False
    return len({each[key] for each in items}) == len(items)
