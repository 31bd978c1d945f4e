"""The known influences on values besides their context: the set, the number of pods, the configuration.

Values that differ in any of it are no repetitions of one measurement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from mocompile.catalog.figures.model import SETTING
from mocompile.catalog.figures.number import Scalar
from mocompile.diagnostics.finding import Finding, InputError, nearest
from mocompile.results.record import Configuration, Record

SET, PODS = "set", "pods"
# The id of a set's point in its study. Parameters distinguish points; ids of equal parameters differ if the study
# changed between its builds.
POINT = "study.point"
CHANGED = "sets with the same parameters have different points: the study changed between its builds"
# Names of sets of a study end so: the point's id, the repeat, and the hash of a name by content. That of kustomize has
# ten of these characters.
_POINT = re.compile(r"-([0-9a-f]{8})(-r\d+)?(-[0-9a-f]{8}|-[2456789bcdfghkmt]{10})?$")
_PARAMETER = "parameter."
# Without a set, the name of a JobSet's pod tells it: set, job, two indexes, five random characters.
_POD = re.compile(r"(.+)-[lwnm]\d*-\d+-\d+-[bcdfghjklmnpqrstvwxz2456789]{5}")


def settings_of(record: Record) -> Mapping[str, Scalar]:
    """All that counts as configuration of the record, by its flat name: `set`, `pods` and the rest, as far as known."""
    return _settings(record.configuration, record.set, record.pod)


def set_name(name: str, pod: str) -> str:
    """Return the name of a set, or the one in the name of its pod; empty if neither is known."""
    if not name and (found := _POD.fullmatch(pod)) is not None:
        return found[1]
    return name


@lru_cache(maxsize=4096)
def _settings(configuration: Configuration, name: str, pod: str) -> Mapping[str, Scalar]:
    values = configuration.values
    name = set_name(name, pod)
    point = _POINT.search(name) if any(each.startswith(_PARAMETER) for each in values) else None
    family = name if point is None else name[: point.start()]
    pods = configuration.pods
    known: dict[str, Scalar] = {SET: family} if family else {}
    of_study: dict[str, Scalar] = {POINT: _id(point)} if point is not None else {}
    return {**known, **({PODS: pods} if pods is not None else {}), **values, **of_study}


def _id(point: re.Match[str]) -> str:
    """Return the id of a point. Without a repeat, the first of two hashes may be the end of the study's name: both."""
    return point[1] if point[2] else point[1] + (point[3] or "")


def distinct_settings(records: Iterable[Record]) -> list[Mapping[str, Scalar]]:
    """The settings of the records, each once, as they come."""
    found: dict[tuple[Configuration, str, str], Mapping[str, Scalar]] = {}
    for record in records:
        key = (record.configuration, record.set, "" if record.set else record.pod)
        if key not in found:
            found[key] = settings_of(record)
    unique = {tuple((name, typed(value)) for name, value in each.items()): each for each in found.values()}
    return list(unique.values())


def typed(value: Scalar | None) -> tuple[bool, Scalar | None]:
    """The value such that 8 and `8` differ."""
    return isinstance(value, str), value


def differing(settings: Sequence[Mapping[str, Scalar]], pooled: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The names whose values differ, one of which may be that there is none; but for those that are pooled.

    The id of a point differs only between settings that are equal in all other names. A printed setting that one form
    of the output does not have is unknown there: it differs only if the others have several values.
    """
    names = dict.fromkeys(name for each in settings for name in each)
    found = (name for name in names if name not in pooled and _differs(name, settings))
    return tuple(name for name in found if name != POINT or _has_changed(settings, pooled))


def _differs(name: str, settings: Sequence[Mapping[str, Scalar]]) -> bool:
    values = {typed(each.get(name)) for each in settings}
    if name.startswith(SETTING):
        values.discard((False, None))
    return len(values) > 1


def _has_changed(settings: Iterable[Mapping[str, Scalar]], pooled: frozenset[str]) -> bool:
    """Whether points differ that have the same parameters, and the same of all else that is not pooled."""
    points: dict[frozenset[tuple[str, tuple[bool, Scalar | None]]], set[Scalar | None]] = {}
    for each in settings:
        others = frozenset(
            (name, typed(value))
            for name, value in each.items()
            if name != POINT and (name not in pooled or name.startswith(_PARAMETER))
        )
        points.setdefault(others, set()).add(each.get(POINT))
    return any(len(those) > 1 for those in points.values())


def short_names(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """By their flat names, what people call them: without the prefix, where that is not another one's name, too."""
    every = list(dict.fromkeys(names))
    short = {name: _bare(name) for name in every}
    used = [*short.values(), *taken, SET, PODS]
    return {name: bare if bare and (bare == name or used.count(bare) == 1) else name for name, bare in short.items()}


def _bare(name: str) -> str:
    prefix, dot, rest = name.partition(".")
    return (
        rest if dot and prefix in ("option", "setting", "parameter", "label", "machine", "metadata", "study") else name
    )


def pooled_names(records: Sequence[Record], pooled: Iterable[str]) -> tuple[str, ...]:
    """Those of `pooled` in which the records differ, as people call them, with how many values each has."""
    settings = distinct_settings(records)
    found = []
    for name in pooled:
        values = {typed(each.get(name)) for each in settings} | {typed(each.context.get(name)) for each in records}
        values.discard((False, None))
        if len(values) > 1:
            found.append(f"{short_names([name])[name]} ({len(values)} values)")
    return tuple(sorted(found))


def resolve(records: Sequence[Record], names: Iterable[str], option: str) -> tuple[str, ...]:
    """The full names of `names`: of the configuration, which may be without a prefix, or of a context.

    Raises `InputError` where the records have no such name, or where several have it. `option` is how it was given.
    """
    contexts = [*dict.fromkeys(name for record in records for name in record.context)]
    settings = distinct_settings(records)
    return tuple(_resolved(name, contexts, settings, option) for name in names)


def resolve_apart(
    records: Sequence[Record], given: Iterable[str], fields: Iterable[str], option: str = "--by"
) -> tuple[str, ...]:
    """The full names in `given`, each with one name or several with commas between them.

    As `resolve`, and a name may be one of `fields` of the records. A parameter or a label of that name goes first:
    somebody chose to vary it.
    """
    known = {name for each in distinct_settings(records) for name in each}
    found: dict[str, None] = {}
    for name in (part.strip() for each in given for part in each.split(",")):
        chosen = any(f"{prefix}.{name}" in known for prefix in ("parameter", "label"))
        found[name if name in fields and not chosen else resolve(records, [name], option)[0]] = None
    return tuple(found)


def _resolved(name: str, contexts: list[str], settings: list[Mapping[str, Scalar]], option: str) -> str:
    known = [SET, PODS, *dict.fromkeys(name for each in settings for name in each)]
    if name in contexts or name in known:
        return name
    found = [each for each in dict.fromkeys(known) if _bare(each) == name]
    # A parameter that sets the option of its name says what the option says.
    if found and all(len({str(each.get(other)) for other in found}) == 1 for each in settings):
        return found[0]
    if found:
        hint = f"write one of {', '.join(found)}"
        raise InputError([Finding("unknown", f"{option} {name} is the name of several", None, hint)])
    every = list(dict.fromkeys([*contexts, *known, *map(_bare, known)]))
    hint = nearest(name, every) or f"there are: {', '.join(sorted(dict.fromkeys([*contexts, *known]))[:20])}"
    raise InputError([Finding("unknown", f"{option} {name}: no figure has such a name", None, hint)])
