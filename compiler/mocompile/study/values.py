"""What a parameter's value is: a number, a boolean or text, as all values of the parameter are.

The spelling decides, as in YAML's core schema: `16` and `1.5` are numbers, `true` is a boolean, `"16"` and `4k` are
text. A parameter whose values are not all of one kind has text.
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
    """The value that a scalar of a document is, looked at alone. A number that readers of JSON could change is text."""
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
    """The values, all numbers or all booleans; or else the texts."""
    if all(map(_is_number, values)) or all(isinstance(value, bool) for value in values):
        return list(values)
    return [str(text) for text in texts]


def value_like(text: str, other: ParameterValue) -> ParameterValue:
    """The value that `text` is for a parameter that has the value `other`; text where it is none of that kind."""
    if isinstance(other, str):
        return str(text)
    found = natural(Plain(text))
    return found if isinstance(found, bool) == isinstance(other, bool) else str(text)


def _is_number(value: ParameterValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
