"""The tree of a document: YAML with the place of every key and value.

A scalar keeps its written text. The schema of its field gives it a type (`convert`), never
its spelling: `size: 4`, `iodepth: "16"` and `on: yes` get the types of their fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from mocompile.diagnostics.place import SET

if TYPE_CHECKING:
    from mocompile.diagnostics.place import Place


class Plain(str):
    """A scalar without quotes: the only kind that can be something other than a string."""

    __slots__ = ()


class Argument(Plain):
    """A value given on the command line. Where the field is a list or a mapping, its text is read as YAML."""

    __slots__ = ()


class Map(dict[str, "Value"]):
    """A mapping. `key_places` and `value_places` have an entry for every key.

    `nulls` has the places of keys that were written with a null, and taken out by `merge`. `resets` has, for those of
    them that were a path of `--set PATH=null`, the rest of the path.
    """

    __slots__ = ("key_places", "nulls", "place", "resets", "value_places")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.key_places: dict[str, Place] = {}
        self.value_places: dict[str, Place] = {}
        self.nulls: dict[str, Place] = {}
        self.resets: dict[str, Reset] = {}

    def put(self, key: str, value: Value, key_place: Place, value_place: Place) -> None:
        """Set `key` to `value`, with the places of both."""
        self[key] = value
        self.key_places[key] = key_place
        self.value_places[key] = value_place


class Reset(Map):
    """A mapping that only a path of `--set PATH=null` goes through: nothing is in it but that null."""

    __slots__ = ()


class Seq(list["Value"]):
    """A sequence. `item_places` has an entry for every item."""

    __slots__ = ("item_places", "place")

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.item_places: list[Place] = []

    def add(self, value: Value, place: Place) -> None:
        """Append `value`, with its place."""
        self.append(value)
        self.item_places.append(place)


# A string that is not `Plain` was quoted, or a block scalar. `None` is a plain `null`, `~` or nothing.
Value: TypeAlias = "Map | Seq | str | None"

# Keys and 0-based positions from the root.
Path: TypeAlias = "tuple[str | int, ...]"


def place_of(root: Map, path: Path, *, key: bool = False) -> Place:
    """Return the place of the value at `path`, or of its key; the last known place if the path ends early."""
    place = root.place
    value: Value = root
    for depth, step in enumerate(path):
        last = depth == len(path) - 1
        if isinstance(value, Argument) and place.source.startswith(SET):
            value = _read(value, place)
        if isinstance(value, Map) and isinstance(step, str) and step in value:
            place = value.key_places[step] if key and last else value.value_places[step]
            value = value[step]
        elif isinstance(value, Seq) and isinstance(step, int) and step < len(value):
            place = value.item_places[step]
            value = value[step]
        else:
            break
    return place


def _read(text: Argument, place: Place) -> Value:
    """Return the list or mapping that an argument of `--set` is; other text as it is."""
    from mocompile.diagnostics.finding import InputError
    from mocompile.document.load import load_value

    try:
        return load_value(text, place)
    except InputError:
        return text


def field_name(path: Path) -> str:
    """Return a path as people write it: `spec.metrics[0].options.size`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else (f".{step}" if text else step)
    return text


def walk(value: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Every value of the tree with its path, parents first."""
    yield path, value
    if isinstance(value, Map):
        for key, child in value.items():
            yield from walk(child, (*path, key))
    elif isinstance(value, Seq):
        for position, child in enumerate(value):
            yield from walk(child, (*path, position))
