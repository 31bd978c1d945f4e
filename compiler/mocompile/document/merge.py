"""Merge: overlays, and then settings, onto a base. Every value keeps the place where it was written.

- Mappings merge key by key. The base's keys keep their order, and new keys follow.
- `null` resets a key to its default: after the merge, keys with a null are removed.
- A list whose items have an `id` or a `name` merges item by item: one with an `id` onto the item that has it, any other
  onto the item of its name. An item without a match is appended.
- Any other list (also an empty one), and any scalar, replaces what was there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.place import Place
from mocompile.document.load import Document
from mocompile.document.set_path import (
    Identities,
    Segment,
    Setting,
    ambiguous,
    find_item,
    identity,
    shown_place,
)
from mocompile.document.text import MAX_FINDINGS
from mocompile.document.tree import Map, Reset, Seq, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


_METRICS = ["spec", "metrics"]


@dataclass(frozen=True, slots=True)
class Merged(Document):
    """A document with its overlays and settings merged. `warnings` reports merges that may be mistakes."""

    warnings: tuple[Finding, ...] = field(default=(), compare=False, repr=False)


def merge(base: Document, overlays: Sequence[Document] = (), settings: Sequence[Setting] = ()) -> Merged:
    """Return `base` with the overlays and then the settings, each in its order. The inputs are not changed.

    Raises `InputError` with every finding: an item that could be one or another, a path that leads nowhere, an overlay
    of another kind, a null in a list.
    """
    findings = [finding for overlay in overlays for finding in _other_kind(base, overlay)]
    warnings: list[Finding] = []
    root = base.root
    if overlays:
        merger = _Merger()
        for overlay in overlays:
            root = merger.merge(root, overlay.root)
        findings += merger.findings
        warnings += merger.warnings
    for setting in settings:
        try:
            root = _set_in_map(root, setting, 0)
        except InputError as error:
            findings += error.findings
    nulls: list[Finding] = []
    root = _without_nulls(root, nulls)
    if findings or nulls:
        raise InputError([*findings, *nulls, *warnings])
    return Merged(root, base.source, sources_of([base, *overlays], settings), tuple(warnings))


def sources_of(documents: Iterable[Document], settings: Iterable[Setting] = ()) -> Mapping[str, tuple[str, ...]]:
    """The lines of every source that a finding about these may name."""
    sources = {name: lines for document in documents for name, lines in document.sources.items()}
    return sources | {setting.source: setting.lines for setting in settings}


def _other_kind(base: Document, overlay: Document) -> list[Finding]:
    """Return a finding for each of `apiVersion` and `kind` in which the overlay differs from the base."""
    findings = []
    for key in ("apiVersion", "kind"):
        here, there = overlay.root.get(key), base.root.get(key)
        if isinstance(here, str) and isinstance(there, str) and here != there:
            where = shown_place(base.root.value_places[key])
            message = f"{key} is '{here}' in this overlay, and '{there}' in the base ({where})"
            hint = "an overlay changes a document of the same kind; leave the line out, or write the same"
            findings.append(Finding("overlay-kind", message, overlay.root.value_places[key], hint))
    return findings


class _Merger:
    """deepmerge, with strategies that know places.

    `findings` reports failed merges; `warnings` reports merges that may be mistakes.
    """

    def __init__(self) -> None:
        from deepmerge import Merger

        self.findings: list[Finding] = []
        self.warnings: list[Finding] = []
        strategies: list[tuple[type, Any]] = [(Map, self._merge_maps), (Seq, self._merge_lists)]
        # Neither two mappings nor two lists: the overlay's value wins.
        self.deepmerge = Merger(strategies, ["override"], ["override"])

    def merge(self, base: Map, overlay: Map) -> Map:
        merged: Map = self.deepmerge.merge(base, overlay)
        return merged

    def _merge_maps(self, deepmerge: Any, path: list[str], base: Map, overlay: Map) -> Map:
        merged = _copy_map(base)
        for key, written in overlay.items():
            value = deepmerge.value_strategy([*path, key], base[key], written) if key in base else written
            # A merged collection keeps the base's place; the overlay's values in it keep their own.
            origin = overlay if value is written else base
            merged.put(key, value, origin.key_places[key], origin.value_places[key])
        return merged

    def _merge_lists(self, deepmerge: Any, path: list[str], base: Seq, overlay: Seq) -> Seq:
        if not overlay or not _has_names(base) or not all(isinstance(item, Map) for item in overlay):
            return overlay
        merged = _copy_seq(base)
        taken: dict[int, Place] = {}
        known = Identities(base)
        for item, place in zip(overlay, overlay.item_places, strict=True):
            if len(self.findings) >= MAX_FINDINGS:
                break
            position = self._position(base, known, item, place)
            if position is None:
                continue
            if position == len(base):
                merged.add(item, place)
                if path == _METRICS:
                    self.warnings.append(_added_metric(base, item, place))
            elif self._is_first(item, position, place, taken):
                merged[position] = deepmerge.value_strategy([*path, str(position)], base[position], item)
        return merged

    def _position(self, base: Seq, known: Identities, item: Value, place: Place) -> int | None:
        """Return the position of the matching item of the base, or its length if none matches; None if ambiguous."""
        wanted = identity(item)
        if wanted.id is not None:
            name, found = wanted.id, known.by_id(wanted.id)
        elif wanted.name is not None:
            name, found = wanted.name, known.by_name(wanted.name)
        else:
            hint = "give it the `name` (or the `id`) of the item of the base that it changes"
            self.findings.append(Finding("no-name", "this item has neither an id nor a name", place, hint))
            return None
        if len(found) > 1:
            self.findings.append(ambiguous(base, found, name, _place_of_name(item, place)))
            return None
        return found[0] if found else len(base)

    def _is_first(self, item: Value, position: int, place: Place, taken: dict[int, Place]) -> bool:
        """Whether no other item of the same overlay means the same item of the base; a finding where one does."""
        first = taken.setdefault(position, place)
        if first is place:
            return True
        message = f"this means the same item of the base (position {position}) as the one at {shown_place(first)}"
        hint = "write both as one; or, for an item that is added, give it an `id` of its own"
        self.findings.append(Finding("ambiguous", message, _place_of_name(item, place), hint))
        return False


def _added_metric(base: Seq, item: Value, place: Place) -> Finding:
    added = identity(item)
    there = ", ".join(str(each.id or each.name) for each in map(identity, base))
    message = f"this overlay adds the metric '{added.id or added.name}'; the base has {there}"
    hint = "to change one of those, write its id or name; put a metric that is meant to be added into the base"
    return Finding("overlay-adds-metric", message, _place_of_name(item, place), hint, "warning")


def _has_names(items: Seq) -> bool:
    """Whether the items of a list can be told apart: all are mappings with an id or a name."""
    identities = [identity(item) for item in items]
    return bool(identities) and all(item.id is not None or item.name is not None for item in identities)


def _place_of_name(item: Value, otherwise: Place) -> Place:
    if not isinstance(item, Map):
        return otherwise
    return item.value_places.get("id") or item.value_places.get("name") or otherwise


def _set_in_map(target: Map, setting: Setting, depth: int) -> Map:
    """`target` with the value of `setting`, whose segments before `depth` led here."""
    segment = setting.segments[depth]
    key = segment.text
    merged = _copied_into(Reset(target.place) if _resets(target, setting) else Map(target.place), target)
    if depth == len(setting.segments) - 1:
        merged.put(key, setting.value, segment.place, setting.place)
        return merged
    child = target.get(key)
    if child is None:
        # A null creates no mapping, but the check must see the names of its path.
        empty = _new_map(setting.segments[depth + 1], segment, Map if setting.value is not None else Reset)
        made = _set_in_map(empty, setting, depth + 1)
        merged.put(key, made, segment.place, segment.place)
    else:
        merged[key] = _set_in(child, setting, depth + 1)
    return merged


def _resets(target: Map, setting: Setting) -> bool:
    """Whether `target` has nothing but nulls of settings, after this one too."""
    return isinstance(target, Reset) and setting.value is None


def _set_in_list(target: Seq, setting: Setting, depth: int) -> Seq:
    segment = setting.segments[depth]
    position = find_item(target, segment)
    merged = _copy_seq(target)
    if depth == len(setting.segments) - 1:
        merged[position], merged.item_places[position] = setting.value, setting.place
    else:
        merged[position] = _set_in(target[position], setting, depth + 1)
    return merged


def _set_in(target: Value, setting: Setting, depth: int) -> Value:
    if isinstance(target, Map):
        return _set_in_map(target, setting, depth)
    if isinstance(target, Seq):
        return _set_in_list(target, setting, depth)
    above = setting.segments[depth - 1].until
    hint = f"set it as a whole: `--set '{above}=…'`"
    message = f"'{above}' is neither a mapping nor a list: there is no '{setting.segments[depth].text}' in it"
    raise InputError([Finding("set-path", message, setting.segments[depth].place, hint)])


def _new_map(segment: Segment, above: Segment, kind: type[Map]) -> Map:
    """Return a new mapping for a path into a missing value. Raises `InputError` if the path asks for a position."""
    if segment.is_position:
        message = f"there is no list '{above.until}', so it has no item {segment.text}"
        raise InputError([Finding("set-path", message, segment.place, "an overlay can add one")])
    return kind(above.place)


def _without_nulls(root: Map, findings: list[Finding]) -> Map:
    """The tree without the keys whose value is null. One in a list is a finding: without it, the others would move."""
    cleaned = Map(root.place)
    for key, value in root.items():
        if value is None:
            cleaned.nulls[key] = root.key_places[key]
        elif isinstance(value, Reset):
            cleaned.nulls[key] = root.key_places[key]
            cleaned.resets[key] = value
        else:
            cleaned.put(key, _cleaned(value, findings), root.key_places[key], root.value_places[key])
    return cleaned


def _cleaned(value: Value, findings: list[Finding]) -> Value:
    if isinstance(value, Map):
        return _without_nulls(value, findings)
    if not isinstance(value, Seq):
        return value
    items = Seq(value.place)
    for item, place in zip(value, value.item_places, strict=True):
        if item is None:
            message, hint = "this item of the list has no value", 'remove it, or write "" for an empty text'
            findings.append(Finding("null-item", message, place, hint))
        items.add(_cleaned(item, findings), place)
    return items


def _copy_map(other: Map) -> Map:
    return _copied_into(Map(other.place), other)


def _copied_into(copy: Map, other: Map) -> Map:
    for key, value in other.items():
        copy.put(key, value, other.key_places[key], other.value_places[key])
    return copy


def _copy_seq(other: Seq) -> Seq:
    copy = Seq(other.place)
    for item, place in zip(other, other.item_places, strict=True):
        copy.add(item, place)
    return copy
