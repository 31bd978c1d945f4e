"""Where each value of a checked set was written: the last that later stages know of the document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mocompile.document.tree import Map, Path, Seq, Value, field_name, place_of

if TYPE_CHECKING:
    from mocompile.diagnostics.place import Place


@dataclass(frozen=True, slots=True)
class Written:
    """A part of the document: its path as people write it, and its place. The whole document has an empty path."""

    path: str
    place: Place


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Leads from the keys of a value to the place where the user wrote that value.

    Keys name metrics and addons by id: `("spec", "metrics", "io-fio", "options", "size")`. `ids` has, for each
    metric in the order of the document, its id and the ids of its addons.
    """

    root: Map
    ids: tuple[tuple[str, tuple[str, ...]], ...]

    def written(self, keys: tuple[str, ...]) -> Written:
        """The part of the document that has the value at `keys`; where a key is missing, the part above it."""
        path = self._positions(keys)
        return Written(field_name(path), place_of(self.root, path))

    def place(self, keys: tuple[str, ...]) -> Place:
        """The place of the value at `keys`. For a field this is the place of its key, for a list item its own."""
        path = self._positions(keys)
        return place_of(self.root, path, key=bool(path) and isinstance(path[-1], str))

    def heaviest(self) -> Written:
        """The innermost part that has half of the document's bytes or more."""
        path: Path = ()
        value: Value = self.root
        half = _weight(self.root) / 2
        while isinstance(value, Map | Seq):
            steps: list[tuple[str | int, Value]] = list(value.items() if isinstance(value, Map) else enumerate(value))
            step, child = max(steps, key=lambda item: _weight(item[1]), default=("", None))
            if _weight(child) < half:
                break
            path, value = (*path, step), child
        return Written(field_name(path), place_of(self.root, path))

    def _positions(self, keys: tuple[str, ...]) -> Path:
        """`keys` with positions in place of ids, as far as the set has them."""
        metrics = [metric for metric, _ in self.ids]
        match keys:
            case ("spec", "metrics", metric, *_) if metric not in metrics:
                return ("spec", "metrics")
            case ("spec", "metrics", metric, "addons", addon, *rest):
                position = metrics.index(metric)
                addons = self.ids[position][1]
                below: Path = ("addons", addons.index(addon), *rest) if addon in addons else ()
                return ("spec", "metrics", position, *below)
            case ("spec", "metrics", metric, *rest):
                return ("spec", "metrics", metrics.index(metric), *rest)
        return keys


def _weight(value: Value) -> int:
    """The bytes of all keys and values."""
    if isinstance(value, Map):
        return sum(_size(key) + _weight(child) for key, child in value.items())
    if isinstance(value, Seq):
        return sum(map(_weight, value))
    return 0 if value is None else _size(value)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
