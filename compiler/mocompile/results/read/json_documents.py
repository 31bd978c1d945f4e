"""Steps and paths into JSON documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from mocompile.catalog.figures.number import Scalar, word

DOCUMENT_START = re.compile(r"""[{\[]\s*(?:$|["{\[\]}\d-])""")

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')

_HOLE = re.compile(r"<(.+)>")

_ANY = "*"

_PARENT = ".."

_Chain = list[Any]

_EMPTY: Final[Mapping[str, Scalar]] = {}


def ends(
    path: tuple[str, ...], chain: _Chain, only: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[_Chain, Mapping[str, Scalar]]]:
    """Where `path` leads from the end of `chain`: the chain of values down to there, and what its holes stood for."""
    if not path:
        yield chain, _EMPTY
        return
    step, rest = path[0], path[1:]
    if step == _PARENT:
        if len(chain) > 1:
            yield from ends(rest, chain[:-1], only)
        return
    hole = _HOLE.fullmatch(step)
    name = hole[1] if hole else ""
    for key, child in _children(chain[-1], step, every=bool(hole) or step == _ANY):
        if name in only and str(key) not in only[name]:
            continue
        for end, more in ends(rest, [*chain, child], only):
            yield end, ({name: word(key) if isinstance(key, str) else key, **more} if name else more)


def _children(value: Any, step: str, *, every: bool) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        if every:
            yield from value.items()
        elif step in value:
            yield step, value[step]
    elif isinstance(value, list):
        if every:
            yield from enumerate(value)
        elif step.isdecimal() and int(step) < len(value):
            yield int(step), value[int(step)]
