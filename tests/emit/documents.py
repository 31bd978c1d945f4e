"""Plain data as the text of a document, in which every string comes out as it went in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence


def text_of(data: object) -> str:
    """One line of YAML. Strings are quoted, and what is not plain ASCII is an escape."""
    if isinstance(data, Mapping):
        return "{" + ", ".join(f"{text_of(key)}: {text_of(value)}" for key, value in data.items()) + "}"
    if isinstance(data, str):
        return '"' + "".join(map(_escaped, data)) + '"'
    if isinstance(data, Sequence):
        return "[" + ", ".join(map(text_of, data)) + "]"
    return json.dumps(data)


def _escaped(character: str) -> str:
    plain = " " <= character <= "~" and character not in '"\\'
    return character if plain else f"\\U{ord(character):08x}"
