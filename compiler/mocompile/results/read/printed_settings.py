"""The settings that a tool prints beside its figures: a setting has the same value in each form of the output."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mocompile.catalog.figures.number import Scalar, word
from mocompile.results.read.reaches import listed, say

if TYPE_CHECKING:
    from mocompile.catalog.figures.model import SettingSheet
    from mocompile.results.read.found import Found

_SIZE = re.compile(r"(\d{1,18}(?:\.\d{1,6})?)\s*([kmgtp]?)(?:i?b(?:ytes)?)?", re.IGNORECASE)
_LETTERS = "kMGTP"
_MOST_KNOWN = 64
# The value of a setting that is only switched on, and of `rest` if there is nothing else.
_ON, _NOTHING = "1", "none"


def normalized(sheet: SettingSheet, value: Scalar) -> Scalar:
    """Return the value in the spelling that all forms of the output share: `4096B`, `4k,4k` and `4KiB` are `4k`."""
    text = sheet.same.get(str(value), str(value)).strip()
    if sheet.suffixes:
        parts = {_size(part.strip(), sheet.suffixes) for part in text.split(",")}
        if len(parts) == 1:
            text = parts.pop()
    return word(text)


def _size(text: str, base: int) -> str:
    """Return a size with the largest letter that gives a whole number; other text as it is."""
    match = _SIZE.fullmatch(text)
    if match is None:
        return text
    letter = match[2].lower()
    size = Fraction(match[1]) * base ** (_LETTERS.lower().index(letter) + 1 if letter else 0)
    if size.denominator != 1:
        return text
    number, power = int(size), 0
    while number and number % base == 0 and power < len(_LETTERS):
        number //= base
        power += 1
    return f"{number}{_LETTERS[power - 1] if power else ''}"


class DocumentSettings:
    """Reads the settings that JSON documents list. Equal lists give the same mapping: documents repeat them."""

    def __init__(self, sheets: Mapping[str, SettingSheet]) -> None:
        self._sheets = sheets
        self._known: dict[tuple[tuple[str, str], ...], Mapping[str, Scalar]] = {}

    def of_document(self, mappings: Iterable[Any]) -> Mapping[str, Scalar]:
        """Return the settings in the `mappings` of a document, the later ones first; empty if there is no mapping.

        A document that has a mapping says of all other settings that they have their defaults.
        """
        given: dict[str, str] = {}
        listed = False
        for mapping in mappings:
            if isinstance(mapping, Mapping):
                listed = True
                given.update(
                    {key: _text(value) for key, value in mapping.items() if not isinstance(value, dict | list)}
                )
        if not listed:
            return {}
        key = tuple(given.items())
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[key] = _settings_in(self._sheets, given)
        return known


def _settings_in(sheets: Mapping[str, SettingSheet], given: Mapping[str, str]) -> Mapping[str, Scalar]:
    found: dict[str, Scalar] = {}
    taken: set[str] = set()
    for name, sheet in sheets.items():
        keys = (name, *sheet.aliases)
        taken.update(keys)
        values = [given[key] for key in keys if key in given]
        if values:
            found[name] = normalized(sheet, values[-1])
        elif sheet.default is not None:
            found[name] = sheet.default
    for name, sheet in sheets.items():
        if sheet.rest:
            rest = (f"{key}={given[key]}" for key in sorted(given) if key not in taken and key not in sheet.besides)
            found[name] = " ".join(rest) or _NOTHING
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return _ON if value in (None, "") else str(value)


def set_apart(figures: Sequence[Found], sheets: Mapping[str, SettingSheet]) -> None:
    """Move the settings among the figures' contexts to their settings. Those of a figure's own document go first.

    A figure that has no value of a setting gets the values that the other figures of its timepoint have.
    """
    known: dict[int, tuple[Mapping[str, Scalar], Mapping[str, Scalar], Mapping[str, Scalar]]] = {}
    for found in figures:
        # Figures of one line or row share their context. It is kept, so that no other context has its id.
        own = found.context
        parts = known.get(id(own))
        if parts is None:
            context = {name: value for name, value in own.items() if name not in sheets}
            settings = {name: normalized(sheets[name], value) for name, value in own.items() if name in sheets}
            parts = known[id(own)] = own, context, settings
        found.context = parts[1]
        if parts[2]:
            found.settings = {**parts[2], **found.settings} if found.settings else parts[2]
    different = {id(each.settings): each.settings for each in figures}
    if len(different) > 1:
        values: dict[str, list[Scalar]] = {}
        for each in different.values():
            say(values, each)
        everywhere = {name: listed(known_values) for name, known_values in values.items()}
        complete: dict[int, Mapping[str, Scalar]] = {key: {**everywhere, **own} for key, own in different.items()}
        for found in figures:
            found.settings = complete[id(found.settings)]
