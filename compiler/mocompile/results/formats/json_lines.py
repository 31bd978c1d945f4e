"""Records as lines of JSON. Those of one timepoint share most of their text, which is made once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
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
    heads: dict[int, str] = {}
    units: dict[str, str] = {}
    contexts: dict[int, str | None] = {}
    ends: dict[tuple[str, str, int], tuple[str, str] | None] = {}
    for found in records.found:
        sheet, context = found.sheet, found.context
        head = heads.get(id(sheet))
        if head is None:
            head = heads[id(sheet)] = f'{{"figure": {encode(sheet.name)}, "value": '
        unit = units.get(found.unit)
        if unit is None:
            unit = units[found.unit] = f', "unit": {encode(found.unit)}{place}'
        if id(context) not in contexts:
            contexts[id(context)] = None if any(map(is_reserved, context)) else _items(context)
        own = contexts[id(context)]
        configuration = records.configuration(found)
        key = (shared.status_of(found.line), sheet.better, id(configuration))
        if key not in ends:
            ends[key] = _end(records, configuration, key[0], sheet.better)
        end = ends[key]
        if own is None or end is None:
            # A name that is there twice: the flat record decides.
            yield line(records.record(found))
            continue
        printed = f', "printed": {encode(found.printed)}' if found.printed else ""
        yield f"{head}{_value(found.value)}{unit}{own}{collection}{found.line}{end[0]}{printed}{end[1]}"


def _end(records: LazyRecords, configuration: Configuration, status: str, better: str) -> tuple[str, str] | None:
    """Return the text behind the line's number, up to `printed` and from there; None if it needs the flat record."""
    if not all(map(is_configured, configuration.values)):
        return None
    encode = ENCODER.encode
    shared, pods = records.shared, configuration.pods
    text = f', "status": {encode(status)}'
    text += f', "pods": {encode(pods)}' if pods is not None else ""
    known = {"better": better, **{name: getattr(shared.origin, name) for name in _ORIGIN}, "time": shared.time}
    text += _items({name: value for name, value in known.items() if value})
    return text, f"{_items(configuration.values)}}}\n"


def _items(values: Mapping[str, Scalar]) -> str:
    return "".join(f", {ENCODER.encode(name)}: {_value(value)}" for name, value in values.items())


def _value(value: Scalar) -> str:
    if type(value) is float:
        return repr(value) if value - value == 0 else f'"{value}"'
    return str(value) if type(value) is int else ENCODER.encode(value)
