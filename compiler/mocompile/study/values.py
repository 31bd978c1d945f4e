"""The type of a parameter's values: number, boolean or text, the same for all values of the parameter.

The spelling decides, as in YAML's core schema: `16` and `1.5` are numbers, `true` is a boolean, `"16"` and `4k` are
text. If the values of a parameter have different types, all of them are text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from mocompile.document.tree import Plain
from mocompile.expression.nodes import LARGEST
from mocompile.study.model import ParameterValue

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def natural(text: str) -> ParameterValue:
    """Return the value of a single scalar of a document. A number that readers of JSON could change is text."""
    if not isinstance(text, Plain) or len(text) > 40:
        return str(text)
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if _INTEGER.fullmatch(text):
        return int(text) if abs(int(text)) <= LARGEST else str(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return str(text)


def of_one_kind(values: Sequence[ParameterValue], texts: Sequence[str]) -> list[ParameterValue]:
    """Return the values if all are numbers or all are booleans, else the texts."""
    if all(map(_is_number, values)) or all(isinstance(value, bool) for value in values):
        return list(values)
    return [str(text) for text in texts]


def value_like(text: str, other: ParameterValue) -> ParameterValue:
    """Return `text` as a value of the same type as `other`; as text if it is not of that type."""
    if isinstance(other, str):
        return str(text)
    found = natural(Plain(text))
    return found if isinstance(found, bool) == isinstance(other, bool) else str(text)


def _is_number(value: ParameterValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
