"""The points of a study: the combinations of its parameters' values.

The first parameter changes slowest. Parameters of a zip group change together, in the place of the group's first. Then
derived values are computed, `exclude` removes points, and `include` adds points at the end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.expression.fold import text_of
from mocompile.expression.tree import When
from mocompile.study.model import Choice, Point
from mocompile.study.several import Several
from mocompile.study.values import of_one_kind, value_like
from mocompile.template.bind import bind
from mocompile.template.parse import holes
from mocompile.template.syntax import size_of

if TYPE_CHECKING:
    from mocompile.study.model import Exclusion, Parameter, Study
    from mocompile.template.parse import Template

# The limit of combinations before exclusion: nobody runs a larger study, and each combination takes time.
MAX_COMBINATIONS = 10_000
MAX_SETS = 2_000
# The limit of names, operators and values evaluated for all combinations together: some seconds of work.
MAX_STEPS = 400_000
MAX_TEXT = 4096

Choices: TypeAlias = "dict[str, Choice]"


def points_of(study: Study) -> list[Point]:
    """Return the points, in the order of the parameters' values; included points are last.

    Raises `InputError` for too many points (before any is made), no point, or a value that cannot be derived.
    """
    _require_few(study)
    found = Several()
    combined = list(_crossed(study))
    kept = [made for each in combined if (made := _kept(study, each, found)) is not None]
    kept += [made for each in study.inclusions if (made := _complete(study, each.choices, found)) is not None]
    found.raise_all(len(combined) + len(study.inclusions))
    if not kept:
        hint = f"`exclude` removes all {len(combined)} combinations"
        raise InputError([Finding("study-empty", "the study has no points", study.parameters_place, hint)])
    if len(kept) > study.max_points:
        raise InputError([_too_many(study, f"{len(kept)} points", study.max_points, "`maxPoints` allows")])
    if len(kept) * study.repeats > MAX_SETS:
        sets = f"{len(kept)} points with {study.repeats} repeats are {len(kept) * study.repeats} sets"
        raise InputError([_too_many(study, sets, MAX_SETS, "a study has at most")])
    return [Point(choices) for choices in _of_one_kind(study, kept)]


def ordered(study: Study, ids: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Return the position in `ids` and the repeat (from 1) of each set, in the study's order.

    With a seed, each repeat is a block of all points, sorted by the SHA-256 of `<seed> <repeat> <id>` in hexadecimal.
    """
    for repeat in range(1, study.repeats + 1):
        block = range(len(ids))
        if study.shuffle is None:
            yield from ((position, repeat) for position in block)
        else:
            keys = [hashlib.sha256(f"{study.shuffle} {repeat} {each}".encode()).hexdigest() for each in ids]
            yield from ((position, repeat) for position in sorted(block, key=keys.__getitem__))


def _require_few(study: Study) -> None:
    count = prod(len(axis) for axis in _axes(study))
    each = sum(_steps(parameter.template) for parameter in study.parameters.values())
    each += sum(len(exclusion.values) + _steps(exclusion.when) for exclusion in study.exclusions)
    if count <= MAX_COMBINATIONS and count * each > MAX_STEPS:
        what = f"{count} combinations with {each} names, operators and values each are {count * each}"
        raise InputError([_too_many(study, what, MAX_STEPS, "a study has at most")])
    if count > MAX_COMBINATIONS:
        raise InputError(
            [_too_many(study, f"the values have {count} combinations", MAX_COMBINATIONS, "a study has at most")]
        )


def _steps(template: Template) -> int:
    return sum(size_of(hole.syntax) for hole in holes(template))


def _too_many(study: Study, what: str, most: int, who: str) -> Finding:
    hint = "use fewer values, `zip` those that go together, or make several studies"
    return Finding("study-limit", f"{what}: {who} {most}", study.parameters_place, hint)


def _axes(study: Study) -> Iterator[list[Choices]]:
    """Yield the choices of each parameter, or of each zip group; they are crossed."""
    group_of = {name: group for group in study.zips for name in group}
    for name, parameter in study.parameters.items():
        group = group_of.get(name, (name,))
        if parameter.is_derived or name != min(group, key=list(study.parameters).index):
            continue
        together = [[study.parameters[each].choices[at] for each in group] for at in range(len(parameter.choices))]
        yield [dict(zip(group, choices, strict=True)) for choices in together]


def _crossed(study: Study) -> Iterator[Choices]:
    for combination in product(*_axes(study)):
        yield {name: choice for part in combination for name, choice in part.items()}


def _kept(study: Study, choices: Choices, found: Several) -> Choices | None:
    """Return the combination with its derived values; None if it is excluded or invalid."""
    # Exclusion by plain values comes first: excluded combinations may have no derived values.
    early = [each for each in study.exclusions if each.when is None and each.values.keys() <= choices.keys()]
    if any(_has_values(choices, each) for each in early):
        return None
    complete = _complete(study, choices, found)
    if complete is None:
        return None
    try:
        excluded = any(_has_values(complete, each) and _holds(complete, each) for each in study.exclusions)
    except InputError as error:
        found.add(Point(complete), error.findings)
        return None
    return None if excluded else complete


def _complete(study: Study, choices: Mapping[str, Choice], found: Several) -> Choices | None:
    """Return the choices of every parameter, in order, with the derived ones computed."""
    known = dict(choices)
    for name in study.derived:
        try:
            known[name] = _derived(study.parameters[name], known)
        except InputError as error:
            found.add(Point(choices), error.findings)
            return None
    return {name: known[name] for name in study.parameters}


def _derived(parameter: Parameter, known: Choices) -> Choice:
    assert parameter.template_place is not None
    value = bind(parameter.template, _values(known))
    if not isinstance(value, str | int | float):
        message = f"the parameter '{parameter.name}' has no value here"
        raise InputError([Finding("study-derived", message, parameter.template_place)])
    text = text_of(value)
    if len(text) > MAX_TEXT:
        message = f"the value of the parameter '{parameter.name}' has {len(text)} characters; the limit is {MAX_TEXT}"
        raise InputError([Finding("study-derived", message, parameter.template_place, "put long text into an overlay")])
    return Choice(value, text, parameter.template_place)


def _has_values(choices: Mapping[str, Choice], exclusion: Exclusion) -> bool:
    return all(value_like(text, choices[name].value) == choices[name].value for name, text in exclusion.values.items())


def _holds(choices: Choices, exclusion: Exclusion) -> bool:
    return exclusion.when is None or not isinstance(bind(exclusion.when, _values(choices)), When)


def _values(choices: Choices) -> dict[str, object]:
    return {name: choice.value for name, choice in choices.items()}


def _of_one_kind(study: Study, points: list[Choices]) -> list[Choices]:
    """Return the points with derived values of one type over all points: numbers, booleans or texts."""
    for name in study.derived:
        column = [choices[name] for choices in points]
        values = of_one_kind([choice.value for choice in column], [choice.text for choice in column])
        for choices, choice, value in zip(points, column, values, strict=True):
            choices[name] = Choice(value, choice.text, choice.place)
    return points
