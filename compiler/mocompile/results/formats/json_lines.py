"""Records as lines of JSON. Those of one timepoint share most of their text, which is made once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from json import JSONEncoder

from mocompile.catalog.figures.model import is_configured, is_reserved
from mocompile.catalog.figures.number import Scalar
from mocompile.results.lazy_records import LazyRecords
from mocompile.results.record import Configuration, Record

# ASCII only: non-printable characters are escaped, and the output is valid in any encoding.
ENCODER = JSONEncoder(ensure_ascii=True, allow_nan=False, check_circular=False)
_ORIGIN = ("set", "job", "pod", "container", "node")


def line(record: Record) -> str:
    """Return the flat record as one line of JSON, with the line end."""
    return ENCODER.encode(plain(record)) + "\n"


def plain(record: Record) -> dict[str, Scalar | None]:
    """Return the flat record with JSON's numbers: a number that is not finite is text (nan, inf, -inf)."""
    flat = record.flat()
    for name, value in flat.items():
        if isinstance(value, float) and not math.isfinite(value):
            flat[name] = str(value)
    return flat


def lines_of(records: LazyRecords) -> Iterator[str]:
    """Yield the same as `line` for each of the records, without making them."""
    encode = ENCODER.encode
    shared = records.shared
    place = f', "metric": {encode(shared.metric)}, "timepoint": {encode(shared.timepoint)}'
    place += f', "source": {encode(shared.origin.source)}'
    collection = f', "collection": {shared.collection}, "line": '
    alike = records.alike
    units: dict[str, str] = {}
    contexts: dict[int, str | None] = {}
    ends: dict[tuple[str, str, int], tuple[str, str] | None] = {}
    last: object = None
    own: str | None = None
    for found in records.found:
        sheet, context, unit = found.sheet, found.context, found.unit
        if context is not last:
            last = context
            if id(context) not in contexts:
                items = _items(context, _of_context)
                contexts[id(context)] = None if items is None else f"{items}{collection}"
            own = contexts[id(context)]
        if unit not in units:
            units[unit] = f', "unit": {encode(unit)}{place}'
        key = (sheet.better, "", 0)
        if not alike:
            key = (sheet.better, shared.status_of(found.line), id(records.configuration(found)))
        if key not in ends:
            ends[key] = _end(records, records.configuration(found), shared.status_of(found.line), sheet.better)
        end = ends[key]
        if own is None or end is None:
            # A name that is there twice: the flat record decides.
            yield line(records.record(found))
            continue
        value = found.value
        text = repr(value) if type(value) is float and value - value == 0 else _value(value)
        printed = f', "printed": {encode(found.printed)}' if found.printed else ""
        yield f"{_head(sheet.name)}{text}{units[unit]}{own}{found.line}{end[0]}{printed}{end[1]}"


@lru_cache(maxsize=4096)
def _head(figure: str) -> str:
    return f'{{"figure": {ENCODER.encode(figure)}, "value": '


def _end(records: LazyRecords, configuration: Configuration, status: str, better: str) -> tuple[str, str] | None:
    """Return the text behind the line's number, up to `printed` and from there; None if it needs the flat record."""
    settings = _items(configuration.values, _of_configuration)
    encode = ENCODER.encode
    shared, pods = records.shared, configuration.pods
    text = f', "status": {encode(status)}'
    text += f', "pods": {encode(pods)}' if pods is not None else ""
    known = {"better": better, **{name: getattr(shared.origin, name) for name in _ORIGIN}, "time": shared.time}
    text += "".join(f', "{name}": {encode(value)}' for name, value in known.items() if value)
    return None if settings is None else (text, f"{settings}}}\n")


@lru_cache(maxsize=4096)
def _of_context(name: str) -> str | None:
    """Return the text before the value of a context; None for a name that another part of the record may have."""
    return None if is_reserved(name) else f", {ENCODER.encode(name)}: "


@lru_cache(maxsize=4096)
def _of_configuration(name: str) -> str | None:
    """Return the text before the value of a setting; None for a name that another part of the record may have."""
    return f", {ENCODER.encode(name)}: " if is_configured(name) else None


def _items(values: Mapping[str, Scalar], before: Callable[[str], str | None]) -> str | None:
    """Return the names with their values, each with the text before it; None if a name has none."""
    parts: list[str] = []
    for name, value in values.items():
        text = before(name)
        if text is None:
            return None
        parts += text, str(value) if type(value) is int else _value(value)
    return "".join(parts)


def _value(value: Scalar) -> str:
    if type(value) is float:
        return repr(value) if value - value == 0 else f'"{value}"'
    return str(value) if type(value) is int else ENCODER.encode(value)
