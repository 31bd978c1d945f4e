"""Words and tables about pairs of pods: who is named, why, and how sure that is."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from mocompile.catalog.figures.model import Sheet
from mocompile.results.analyse.pairs import PARTNERS, Effect, Findings, Link, Matrix, Side, Verdict, family_of
from mocompile.results.analyse.settings import differing, short_names
from mocompile.results.present.text_layout import Cell, Grid, format_number
from mocompile.results.record import Record

_ROLES = {"a": " as a", "b": " as b", "": ""}


@dataclass(frozen=True, slots=True)
class FamilyView:
    """The matrices of one benchmark; `shown` is the one with the strongest effect, which `notes` describe."""

    title: str
    notes: tuple[str, ...]
    shown: Verdict
    verdicts: tuple[Verdict, ...]


def figures_to_judge(records: Sequence[Record], sheet_of: Callable[[str], Sheet | None]) -> tuple[Record, ...]:
    """Return the records of figures that the plots of their metric draw; of a metric without plots, all."""
    drawn: dict[str, frozenset[str]] = {}
    for metric in {record.metric for record in records}:
        sheet = sheet_of(metric)
        drawn[metric] = frozenset(name for plot in (sheet.plots if sheet else ()) for name in plot.figures)
    return tuple(record for record in records if not drawn[record.metric] or record.figure in drawn[record.metric])


def named(findings: Findings) -> tuple[str, ...]:
    """Return a sentence for each pod, node and link that is named; one that says that there are none."""
    lines = [f"Suspect: node {node}: all of its pods are suspects." for node in findings.nodes]
    for suspect in findings.suspects:
        matrix, effect = suspect.effects[0]
        more = len({id(other) for other, _ in suspect.effects}) - 1
        also = f"; also {more} more of its figures" if more else ""
        lines.append(f"Suspect: {_name(suspect.side, matrix.sides)}: {_why(matrix, effect)}{also}.")
    for matrix, link in findings.links:
        lines.append(f"Suspect link: {_link(matrix, link)}.")
    if not lines:
        reasons = {verdict.reason for verdict in findings.verdicts}
        return (f"No pod can be named: {min(reasons)}." if "" not in reasons else "No pod, node or link is named.",)
    return tuple(lines)


def families(findings: Findings) -> tuple[FamilyView, ...]:
    """Return the benchmarks, in the order of their figures."""
    groups: dict[object, list[Verdict]] = {}
    for verdict in findings.verdicts:
        groups.setdefault(family_of(verdict.matrix), []).append(verdict)
    apart = differing([verdict.matrix.settings for verdict in findings.verdicts])
    return tuple(_family(group, apart) for group in groups.values())


def grids(views: Iterable[FamilyView], *, every: bool = False) -> Iterator[Grid]:
    """Yield a table for each benchmark, or with `every` for each of its matrices: the pods, the slowest first."""
    for view in views:
        for verdict in view.verdicts if every else (view.shown,):
            yield _grid(view, verdict)


def as_json(findings: Findings) -> str:
    """Return everything as JSON: who is named, and each matrix with its effects and values."""
    data = {
        "nodes": list(findings.nodes),
        "suspects": [
            {
                "pod": suspect.side.pod,
                "node": suspect.side.node,
                "effects": [{**_of_matrix(matrix), **_of_effect(effect)} for matrix, effect in suspect.effects],
            }
            for suspect in findings.suspects
        ],
        "links": [
            {
                **_of_matrix(matrix),
                "pods": [side.pod for side in link.sides],
                "nodes": [side.node for side in link.sides],
                "change": link.change,
                "values": link.values,
            }
            for matrix, link in findings.links
        ],
        "matrices": [_of_verdict(verdict) for verdict in findings.verdicts],
    }
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


def heading(matrix: Matrix, context: Iterable[str] | None = None) -> str:
    """Return the figure and what it is of: `bitrate, stream SUM, side sender`."""
    names = matrix.context if context is None else [name for name in matrix.context if name in set(context)]
    return ", ".join((matrix.figure, *(f"{name} {matrix.context[name]}" for name in names)))


def percent(change: float) -> str:
    """Return a change with its sign: `-31 %`."""
    rounded = f"{100 * change:+.0f} %"
    return "0 %" if rounded in ("-0 %", "+0 %") else rounded


def side_name(side: Side, sides: Sequence[Side]) -> str:
    """Return the node where it has one pod only, else the pod."""
    return side.node if _one_each(sides) else side.pod


# --- sentences ---------------------------------------------------------------------------------------------------


def _one_each(sides: Sequence[Side]) -> bool:
    return len({side.node for side in sides}) == len(sides)


def _name(side: Side, sides: Sequence[Side]) -> str:
    return f"node {side.node} (pod {side.pod})" if _one_each(sides) else f"pod {side.pod} (on node {side.node})"


def _why(matrix: Matrix, effect: Effect) -> str:
    score = "" if math.isinf(effect.score) else f", {effect.score:.0f} times the uncertainty"
    return (
        f"{heading(matrix)} is {_worse(effect.change)} than usual{_ROLES[effect.role]} "
        f"({_counted(effect.values, 'value')} with {effect.partners} partners{score})"
    )


def _link(matrix: Matrix, link: Link) -> str:
    one, other = (_name(side, matrix.sides) for side in link.sides)
    why = f"{heading(matrix)} is {_worse(link.change)} than those two let expect"
    return f"{one} and {other}: {why} ({_counted(link.values, 'value')}, all of them)"


def _worse(change: float) -> str:
    return f"{abs(100 * change):.0f} % {'less' if change < 0 else 'more'}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


# --- tables ------------------------------------------------------------------------------------------------------


def _family(group: Sequence[Verdict], apart: Sequence[str]) -> FamilyView:
    shown = max(group, key=lambda verdict: max((effect.score for effect in verdict.effects), default=-math.inf))
    matrix = shown.matrix
    short = short_names(apart)
    settings = ", ".join(f"{short[name]} {matrix.settings[name]}" for name in apart if name in matrix.settings)
    words = [name for name, value in matrix.context.items() if isinstance(value, str)]
    title = f"{matrix.metric}: {heading(matrix, words)}" + (f" ({settings})" if settings else "")
    return FamilyView(title, tuple(_notes(group, shown, words)), shown, tuple(group))


def _notes(group: Sequence[Verdict], shown: Verdict, words: Sequence[str]) -> Iterator[str]:
    matrix = shown.matrix
    better = f"{matrix.better} is better"
    unit = f"{matrix.unit}, {better}" if matrix.unit else better
    values = sum(len(each) for each in matrix.cells.values())
    yield f"{unit}; {len(matrix.sides)} pods, {len(matrix.cells)} pairs (a and b), {_counted(values, 'value')}"
    others = [name for name in matrix.context if name not in words]
    if len(group) > 1:
        at = ", ".join(f"{name} {matrix.context[name]}" for name in others)
        yield f"The strongest of {len(group)}: {at}"
    if matrix.left_out:
        yield f"{_counted(matrix.left_out, 'value')} left out: not a positive number"
    if shown.reason:
        yield f"No verdict: {shown.reason}"
        return
    yield f"A pod is named from {percent(shown.smallest)} on"
    few = min(effect.partners for effect in shown.effects) <= PARTNERS
    yield f"In simulations without a slow pod, fewer than {3 if few else 1} in 100 such tables named one"


def _grid(view: FamilyView, verdict: Verdict) -> Grid:
    matrix = verdict.matrix
    roles = list(dict.fromkeys(effect.role for effect in verdict.effects))
    of_sides: dict[Side, dict[str, Effect]] = {}
    for effect in verdict.effects:
        of_sides.setdefault(effect.side, {})[effect.role] = effect
    if not of_sides:
        return Grid(view.title, view.notes, ("pod", "node"), tuple((side.pod, side.node) for side in matrix.sides), 1)
    order = sorted(of_sides, key=lambda side: -max(effect.score for effect in of_sides[side].values()))
    names = ["pod", "node"]
    for role in roles:
        names += [f"change{_ROLES[role]}", f"score{_ROLES[role]}"]
    rows: list[tuple[Cell, ...]] = []
    for side in order:
        effects = of_sides[side]
        cells: list[Cell] = [side.pod, side.node]
        for role in roles:
            cells += [(percent(effects[role].change),), (_score(effects[role].score),)]
        one = effects[roles[0]]
        cells += [(str(one.partners),), "suspect" if any(each.suspect for each in effects.values()) else ""]
        rows.append(tuple(cells))
    notes = view.notes if verdict is view.shown else (heading(matrix),)
    return Grid(view.title, notes, (*names, "partners", ""), tuple(rows), 1)


def _score(score: float) -> str:
    return f"{round(score, 1) or 0:.1f}" if math.isfinite(score) else "inf"


# --- JSON --------------------------------------------------------------------------------------------------------


def _of_matrix(matrix: Matrix) -> dict[str, Any]:
    return {
        "metric": matrix.metric,
        "figure": matrix.figure,
        "unit": matrix.unit,
        "better": matrix.better,
        "context": dict(matrix.context),
    }


def _of_effect(effect: Effect) -> dict[str, Any]:
    return {
        "role": effect.role,
        "change": effect.change,
        "score": effect.score if math.isfinite(effect.score) else None,
        "partners": effect.partners,
        "values": effect.values,
    }


def _of_verdict(verdict: Verdict) -> dict[str, Any]:
    matrix = verdict.matrix
    return {
        **_of_matrix(matrix),
        "settings": dict(matrix.settings),
        "pods": [side.pod for side in matrix.sides],
        "nodes": [side.node for side in matrix.sides],
        "reason": verdict.reason,
        "smallest": verdict.smallest,
        "effects": [
            {"pod": effect.side.pod, "node": effect.side.node, **_of_effect(effect), "suspect": effect.suspect}
            for effect in verdict.effects
        ],
        "values": [
            {"a": matrix.sides[row].pod, "b": matrix.sides[column].pod, "values": list(values)}
            for (row, column), values in matrix.cells.items()
        ],
    }


def usual_of(matrix: Matrix) -> float:
    """Return the value in the middle of all pairs."""
    return median(median(values) for values in matrix.cells.values())


def cell_text(values: Sequence[float]) -> str:
    """Return the value of a pair in short: `1.25e+09`, `12.6`."""
    return format_number(median(values), 3)


def level_of(matrix: Matrix, values: Sequence[float], usual: float) -> int:
    """Return how much slower a pair is than the usual one, in steps of 10 %, up to 5; below 0: faster."""
    ratio = median(values) / usual
    slowness = math.log(ratio if matrix.better == "lower" else 1 / ratio)
    return max(-5, min(5, round(slowness / math.log(1.1))))
