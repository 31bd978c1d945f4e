"""Writes objects as a YAML stream with the same meaning in YAML 1.1 and 1.2."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml as pyyaml

from mocompile.expression.directions import escaped_directions
from mocompile.expression.yaml_words import RESERVED

# A plain scalar must begin like a word or a path: some parsers read other text as a number or a date.
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./+-]*([ :=,@][A-Za-z0-9_./+-]+)*")
# Words that some parsers read as a boolean, null or a number.
_TAKEN = RESERVED | {"none", "nan", "inf", "infinity"}
_WIDTH = 1 << 30


class _Dumper(getattr(pyyaml, "CSafeDumper", pyyaml.SafeDumper)):  # type: ignore[misc]
    """Writes block style, literal blocks for text of several lines, and quotes wherever parsers could differ."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def _represent_text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    if "\n" in text.rstrip("\n") and _is_block(text):
        return "|"
    return None if _PLAIN.fullmatch(text) and text.lower() not in _TAKEN else '"'


def _is_block(text: str) -> bool:
    """Whether `text` reads well, and comes back exactly, as a literal block."""
    lines = text.split("\n")
    return text.isascii() and text.replace("\n", "").isprintable() and not any(line != line.rstrip() for line in lines)


_Dumper.add_representer(str, _represent_text)


def dump_one(data: object) -> str:
    """The data as one YAML document, without a `---` before it."""
    return dump([data]).removeprefix("---\n")


def dump(objects: Iterable[object]) -> str:
    """The objects as one YAML stream, each document with a `---` before it."""
    text: str = pyyaml.dump_all(
        objects,
        Dumper=_Dumper,
        explicit_start=True,
        default_flow_style=False,
        sort_keys=False,
        allow_unicode=True,
        width=_WIDTH,
    )
    # Text with other characters than ASCII is always in double quotes.
    return escaped_directions(text)
