"""Characters that turn the direction of writing: raw, they make a reviewer see another text than the one that runs."""

from __future__ import annotations

import re

_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def escaped_directions(text: str) -> str:
    r"""The text with `\u202e` for such a character: the same character in a double-quoted text of YAML and JSON."""
    return text if text.isascii() else _DIRECTIONS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
