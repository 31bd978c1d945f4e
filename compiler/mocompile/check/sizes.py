"""How large values may be.

Linux bounds one string of the environment at 128 KiB, and `kubectl apply` a whole object at 256 KiB, in which the text
is escaped. So one value has 64 KiB at most, and all of a set, with their keys, 200 KiB. What a set within these
comes to, `emit.limits` holds against the bounds themselves. Control characters and integers beyond 2^53 - 1 need no
rule here: the load stage refuses the ones, and every integer's schema has bounds.

How many there are is asked before any other rule: what is far too large is not looked at piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterator

from mocompile.check.context import CheckContext
from mocompile.diagnostics.finding import Finding
from mocompile.document.tree import Map, Path, Seq, field_name, place_of, walk

MAX_VALUE_BYTES = 64 * 1024
MAX_TOTAL_BYTES = 200 * 1024
# Each comes to some 50 bytes of a JobSet at least, of which `kubectl apply` takes 256 KiB.
MAX_VALUES = 5000
MAX_METRICS = 100  # as the schema has it
_HINT = "move long text into an image or a ConfigMap of your own"


def too_much(root: Map) -> Iterator[Finding]:
    """A finding where there is more in the set than any other rule should look at."""
    total = count = 0
    for _, value in walk(root):
        count += 1
        total += sum(map(_size, value)) if isinstance(value, Map) else _size(value) if isinstance(value, str) else 0
    place = place_of(root, ("spec",), key=True)
    if total > MAX_TOTAL_BYTES:
        message = f"the set has {total:,} bytes of keys and values; at most {MAX_TOTAL_BYTES:,} are allowed"
        yield Finding("limit-total", message, place, _HINT)
    elif count > MAX_VALUES:
        message = f"the set has {count:,} values; at most {MAX_VALUES:,} are allowed"
        yield Finding("limit-values", message, place, "split it into several sets")
    metrics = spec.get("metrics") if isinstance(spec := root.get("spec"), Map) else None
    if isinstance(metrics, Seq) and len(metrics) > MAX_METRICS:
        message = f"spec.metrics: {len(metrics):,} items, but at most {MAX_METRICS} are allowed"
        yield Finding("schema-maxItems", message, place_of(root, ("spec", "metrics")), "split it into several sets")


def findings(view: CheckContext) -> Iterator[Finding]:
    """Values that are too large."""
    for path, value in walk(view.root):
        if isinstance(value, str):
            yield from _value(view, path, _size(value))


def _value(view: CheckContext, path: Path, size: int) -> Iterator[Finding]:
    if size > MAX_VALUE_BYTES:
        message = f"{field_name(path)}: the value has {size:,} bytes; at most {MAX_VALUE_BYTES:,} are allowed"
        yield view.finding("limit-value", message, path, _HINT)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
