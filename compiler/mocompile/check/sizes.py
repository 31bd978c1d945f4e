"""How large values may be.

Linux bounds one string of the environment at 128 KiB, and `kubectl apply` a whole object at 256 KiB, in which the text
stands escaped. So one value has 64 KiB at most, and all of a set, with their keys, 200 KiB. What a set within these
comes to, `emit.limits` holds against the bounds themselves. Control characters and integers beyond 2^53 - 1 need no
rule here: the load stage refuses the ones, and every integer's schema has bounds.
"""

from __future__ import annotations

from collections.abc import Iterator

from mocompile.check.context import CheckContext
from mocompile.diagnostics.finding import Finding
from mocompile.document.tree import Map, Path, field_name, walk

MAX_VALUE_BYTES = 64 * 1024
MAX_TOTAL_BYTES = 200 * 1024
_HINT = "put long text into an image or a ConfigMap of your own"


def findings(view: CheckContext) -> Iterator[Finding]:
    """Values that are too large, one by one and together."""
    total = 0
    for path, value in walk(view.root):
        if isinstance(value, Map):
            total += sum(_size(key) for key in value)
        elif isinstance(value, str):
            total += _size(value)
            yield from _value(view, path, _size(value))
    if total > MAX_TOTAL_BYTES:
        message = f"the set has {total} bytes of keys and values: {MAX_TOTAL_BYTES} at most"
        yield view.finding("limit-total", message, ("spec",), _HINT, key=True)


def _value(view: CheckContext, path: Path, size: int) -> Iterator[Finding]:
    if size > MAX_VALUE_BYTES:
        message = f"{field_name(path)}: {size} bytes are too many: one value may have {MAX_VALUE_BYTES}"
        yield view.finding("limit-value", message, path, _HINT)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
