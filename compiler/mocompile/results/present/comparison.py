"""A comparison as text, Markdown, JSON or CSV."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, TypeAlias

from mocompile.catalog.figures.number import Scalar
from mocompile.diagnostics.wording import visible
from mocompile.results.analyse.compare import Alone, Change, Comparison, Difference, Mismatch, Subject
from mocompile.results.analyse.samples import ALPHA
from mocompile.results.analyse.settings import short_names
from mocompile.results.analyse.values import Values
from mocompile.results.present.text_layout import Cell, Grid, escaped, format_number, markdown, text

FORMATS = ("text", "markdown", "json", "csv")
Unclear: TypeAlias = Literal["fail", "warn", "ignore"]
_FEW = 20
_SHOWN = 6
_LEFT_OUT = "--failed takes them in"


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """How a comparison is shown: its sides' names, the threshold it is held against (0.05: 5 %), all of it or not.

    `unclear` is what becomes of figures beyond the threshold that are unclear.
    """

    a: str
    b: str
    threshold: float | None = None
    every: bool = False
    unclear: Unclear = "warn"


def render_comparisons(
    some: Sequence[tuple[Comparison, ComparisonView]], form: str, width: int, *, several: bool = False
) -> str:
    """The comparisons below each other, in one of `FORMATS`; with `several`, JSON is a list, however many there are."""
    if form == "json" and several:
        return _dumped([_data(comparison, view) for comparison, view in some])
    return "\n".join(render_comparison(comparison, view, form, width) for comparison, view in some)


def render_comparison(comparison: Comparison, view: ComparisonView, form: str, width: int) -> str:
    """The comparison in one of `FORMATS`; text fits a terminal of `width`."""
    if form == "json":
        return _dumped(_data(comparison, view))
    marked = form == "markdown"
    shown = [each for each in comparison.changes if view.every or each.verdict != "same"]
    grids = [_grid(shown, comparison, view)] if shown else []
    table = markdown(grids) if marked else text(grids, width)
    before = differences(comparison)
    lines = [*_alone(comparison, view), *summary(comparison, view)]
    if marked:
        head = "".join(f"- {escaped(line)}\n" for line in before) + "\n" * bool(before)
        return head + table + "\n" * bool(grids) + "".join(f"- {escaped(line)}\n" for line in lines)
    head = "".join(f"{visible(line)}\n" for line in before) + "\n" * bool(before)
    return head + table + "\n" * bool(grids) + "".join(f"{visible(line)}\n" for line in lines)


def differences(comparison: Comparison) -> list[str]:
    """Yield the differences besides the figures, one line each: the first lines of a comparison."""
    metrics = {each.metric for each in comparison.differences}
    short = short_names(each.name for each in comparison.differences)
    lines = []
    for each in comparison.differences:
        of = f" of {each.metric}" if len(metrics) > 1 else ""
        apart = "" if each.compared else "; figures that differ in it are not compared"
        lines.append(f"differs{of}: {short[each.name]} {_values_of(each.a)} → {_values_of(each.b)}{apart}")
    if len(lines) > _FEW:
        lines = [*lines[:_FEW], f"differs: {len(lines) - _FEW} more (--format json has them all)"]
    if comparison.pooled:
        lines.append(f"pooled over {', '.join(comparison.pooled)}")
    return lines


def _values_of(values: Sequence[Scalar | None]) -> str:
    shown = [
        "(not known)" if each is None else each if isinstance(each, str) else format_number(each)
        for each in values[:_SHOWN]
    ]
    return ", ".join(shown) + (f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else "")


def summary(comparison: Comparison, view: ComparisonView) -> list[str]:
    """The last lines: how many there are of each, what was left out, and what passed the threshold."""
    counts = comparison.counts
    parts = [
        f"{count} {verdict}" for verdict, count in counts.items() if count or verdict in ("worse", "better", "same")
    ]
    hidden = " (--all lists them)" if counts["same"] and not view.every else ""
    total = len(comparison.changes)
    lines = [f"{total} figure{'' if total == 1 else 's'} compared: {', '.join(parts)}{hidden}"]
    lines += [f"{name}: {side.note}; {_LEFT_OUT}" for name, side in _sides(comparison, view) if side.note]
    if counts["unclear"]:
        lines.append(
            "unclear: too few values to tell from noise; 4 or more on both sides are enough "
            "(`repetitions: 5` in the set)"
        )
    tested = [each for each in comparison.changes if each.p is not None]
    chance = int(ALPHA * len(tested))
    if chance and any(each.verdict != "same" for each in tested):
        lines.append(
            f"by chance alone, about {chance} of {len(tested)} figures would differ; choose some with --figure"
        )
    if view.threshold is not None:
        lines += _against(comparison, view.threshold, view)
    return lines


def _sides(comparison: Comparison, view: ComparisonView) -> tuple[tuple[str, Any], tuple[str, Any]]:
    return (view.a, comparison.a), (view.b, comparison.b)


def _against(comparison: Comparison, threshold: float, view: ComparisonView) -> list[str]:
    limit = _percent(threshold)
    over = len(comparison.beyond(threshold))
    lines = [f"worse by more than {limit}: {over or 'none'}"]
    unclear = len(comparison.beyond(threshold, "unclear"))
    if unclear:
        counted = "and counted (--unclear fail)" if view.unclear == "fail" else "and so not counted"
        lines.append(f"worse by more than {limit}, but unclear, {counted}: {unclear}")
    return lines


def warning(comparison: Comparison, threshold: float) -> str:
    """Return the warning about unclear figures that pass the gate; empty if there are none."""
    passed = comparison.beyond(threshold, "unclear")
    if not passed:
        return ""
    worst = max(passed, key=lambda each: each.worsening)
    several = "figure is" if len(passed) == 1 else "figures are"
    return (
        f"{len(passed)} {several} worse by more than {_percent(threshold)}, with too few values to tell from noise; "
        f"most of all {_subject(worst.subject)}, {_signed(worst.change or 0.0)}. They do not count: measure more often "
        "(`repetitions: 5` in the set), or say --unclear fail or --unclear ignore"
    )


def _grid(shown: list[Change], comparison: Comparison, view: ComparisonView) -> Grid:
    common = _common([each.subject for each in comparison.changes])
    counts = {n for each in comparison.changes for n in (each.a.n, each.b.n)}
    what = "median ± half of the interquartile range"
    of = f"of {min(counts)} values each" if len(counts) == 1 else "(of how many values)"
    sides = f"A is {view.a}, B is {view.b}; {'one value each' if counts == {1} else f'{what} {of}'}"
    rows = [_row(each, common, counted=len(counts) > 1) for each in shown]
    names = ("", "change", "figure", "A", "B", "B/A", "unit", "of")
    kept = [at for at, name in enumerate(names) if name not in ("unit", "of") or any(row[at] for row in rows)]
    return Grid(
        f"{view.b} against {view.a}",
        (sides, _listed(common)),
        tuple(names[at] for at in kept),
        tuple(tuple(row[at] for at in kept) for row in rows),
        3,
    )


def _row(each: Change, common: Mapping[str, Scalar], *, counted: bool) -> tuple[Cell, ...]:
    of = {name: value for name, value in _named(each.subject).items() if name not in common}
    return (
        each.verdict,
        "" if each.change is None else (_signed(each.change),),
        each.subject.figure,
        _cell(each.a, counted=counted),
        _cell(each.b, counted=counted),
        "" if each.ratio is None else (format_number(each.ratio, 4),),
        each.unit,
        _listed(of),
    )


def _named(subject: Subject) -> dict[str, Scalar]:
    """Metric, pods, settings and context, one beside the other."""
    pods = {} if subject.pods is None else {"pods": subject.pods}
    short = short_names(subject.settings, subject.context)
    settings = {short[name]: value for name, value in subject.settings.items()}
    return {"metric": subject.metric, **pods, **settings, **subject.context}


def _common(subjects: list[Subject]) -> dict[str, Scalar]:
    """Return the settings that all of them share, which are not repeated in every row."""
    first, *others = map(_named, subjects)
    return {
        name: value
        for name, value in first.items()
        if all(name in other and (type(other[name]), other[name]) == (type(value), value) for other in others)
    }


def _listed(named: Mapping[str, Scalar]) -> str:
    values = (f"{name} {value if isinstance(value, str) else format_number(value)}" for name, value in named.items())
    return ", ".join(values)


def _cell(values: Values, *, counted: bool) -> Cell:
    found = values.sample
    texts = ", ".join(dict.fromkeys(values.texts))
    if found is None:
        return f"{texts} ({values.n})" if counted else texts
    spread = f"±{format_number(found.spread, 2)}" if found.n > 1 else ""
    count = f"({found.n})" if counted else ""
    return format_number(found.median), spread, f"({found.n} of {values.n}, else {texts})" if texts else count


def _signed(part: float) -> str:
    if math.isinf(part):
        return "from 0"
    sign = "+" if part > 0 else ""
    return f"{sign}{100 * part:.1f}%" if abs(part) < 10 else f"{sign}{format_number(100 * part, 3)}%"


def _percent(part: float) -> str:
    return f"{100 * part:.6g}%"


def _alone(comparison: Comparison, view: ComparisonView) -> list[str]:
    """Yield the figures that only one side has or that differ in unit: one per line, up to a limit."""
    lines: list[str] = []
    for name, found in ((view.a, comparison.only_a), (view.b, comparison.only_b)):
        lines += _some([f"only in {name}: {_subject(each.subject)}" for each in found], f"only in {name}", view)
    units = [
        f"units differ: {_subject(each.subject)} is in {_units(each.a)} there, in {_units(each.b)} here"
        for each in comparison.mismatches
    ]
    return lines + _some(units, "units differ", view)


def _some(lines: list[str], what: str, view: ComparisonView) -> list[str]:
    if view.every or len(lines) <= _FEW:
        return lines
    return [*lines[:_FEW], f"{what}: {len(lines) - _FEW} more (--all lists them)"]


def _subject(subject: Subject) -> str:
    return f"{subject.figure} ({_listed(_named(subject))})"


def _units(units: Iterable[str]) -> str:
    return ", ".join(unit or "no unit" for unit in units)


# --- CSV -------------------------------------------------------------------------------------------------------------

_SUMMARY = ("n", "median", "spread", "min", "max", "text")


def write_csv(stream: BinaryIO, some: Sequence[tuple[Comparison, ComparisonView]]) -> None:
    """Write all comparisons as one CSV: a row for each figure that was compared, or that one side alone has."""
    from mocompile.results.formats.csv import write_rows

    rows = [row for comparison, view in some for row in _rows(comparison, view)]
    settings = tuple(dict.fromkeys(name for _, subject, _ in rows for name in subject.settings))
    contexts = tuple(dict.fromkeys(name for _, subject, _ in rows for name in subject.context))
    sides = [f"{side}_{name}" for side in ("a", "b") for name in _SUMMARY]
    names = ("a", "b", "metric", "pods", *settings, *contexts, "figure", "unit", "better")
    write_rows(
        stream,
        (*names, "verdict", "change", "ratio", "p", *sides),
        (
            (
                *(view.a, view.b, subject.metric, subject.pods),
                *map(subject.settings.get, settings),
                *map(subject.context.get, contexts),
                *(subject.figure, *rest),
            )
            for view, subject, rest in rows
        ),
    )


def _rows(comparison: Comparison, view: ComparisonView) -> Iterator[tuple[ComparisonView, Subject, list[object]]]:
    """Yield the subject of each row with its cells from the unit on."""
    nothing = [None] * (2 * len(_SUMMARY))
    for each in comparison.changes:
        sides = [cell for values in (each.a, each.b) for cell in _side(values)]
        yield view, each.subject, [each.unit, each.better, each.verdict, each.change, each.ratio, each.p, *sides]
    for verdict, found in (("only in a", comparison.only_a), ("only in b", comparison.only_b)):
        for one in found:
            yield view, one.subject, [", ".join(one.units), None, verdict, None, None, None, *nothing]
    for other in comparison.mismatches:
        units = f"{_units(other.a)} / {_units(other.b)}"
        yield view, other.subject, [units, None, "units differ", None, None, None, *nothing]


def _side(values: Values) -> Iterator[object]:
    named = _values(values)
    return (", ".join(dict.fromkeys(values.texts)) if name == "text" else named[name] for name in _SUMMARY)


# --- JSON ------------------------------------------------------------------------------------------------------------


def _dumped(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _data(comparison: Comparison, view: ComparisonView) -> dict[str, Any]:
    return {
        "a": view.a,
        "b": view.b,
        "threshold": view.threshold,
        "summary": {
            **comparison.counts,
            "only_a": len(comparison.only_a),
            "only_b": len(comparison.only_b),
            "units_differ": len(comparison.mismatches),
            "left_out_a": dict(comparison.a.left_out),
            "left_out_b": dict(comparison.b.left_out),
            "beyond_threshold": None if view.threshold is None else len(comparison.beyond(view.threshold)),
            "unclear_beyond_threshold": (
                None if view.threshold is None else len(comparison.beyond(view.threshold, "unclear"))
            ),
        },
        "differences": [_difference(each) for each in comparison.differences],
        "pooled": list(comparison.pooled),
        "figures": [_change(each) for each in comparison.changes],
        "only_a": [_one(each) for each in comparison.only_a],
        "only_b": [_one(each) for each in comparison.only_b],
        "units_differ": [_mismatch(each) for each in comparison.mismatches],
    }


def _change(each: Change) -> dict[str, Any]:
    return {
        **_of(each.subject),
        "unit": each.unit,
        "better": each.better,
        "verdict": each.verdict,
        "change": _finite(each.change),
        "ratio": each.ratio,
        "p": each.p,
        "a": _values(each.a),
        "b": _values(each.b),
    }


def _of(subject: Subject) -> dict[str, Any]:
    # A context that is no number of JSON's does not come from a log.
    context = {name: _finite(value) if isinstance(value, float) else value for name, value in subject.context.items()}
    settings = {name: _finite(value) if isinstance(value, float) else value for name, value in subject.settings.items()}
    named = {"metric": subject.metric, "figure": subject.figure, "pods": subject.pods}
    return {**named, "context": context, "settings": settings}


def _difference(each: Difference) -> dict[str, Any]:
    return {"metric": each.metric, "name": each.name, "a": each.a, "b": each.b, "compared": each.compared}


def _one(each: Alone) -> dict[str, Any]:
    return {**_of(each.subject), "units": list(each.units)}


def _mismatch(each: Mismatch) -> dict[str, Any]:
    return {**_of(each.subject), "a": list(each.a), "b": list(each.b)}


def _values(values: Values) -> dict[str, Any]:
    found = values.sample
    numbers = (found.median, found.spread, found.low, found.high) if found else (None, None, None, None)
    median, spread, low, high = map(_finite, numbers)
    named = {"median": median, "spread": spread, "min": low, "max": high}
    return {"n": len(values.numbers), **named, "text": values.texts}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
