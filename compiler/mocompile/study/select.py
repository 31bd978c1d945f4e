"""Selects sets of a study by the arguments of `--only`.

a1b2c3d4                a point by its id, or by the beginning of its id
pods=4                  all points with this value
pods=4,node=c7g         all points with these values
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mocompile.diagnostics.finding import Finding, InputError, nearest
from mocompile.schema.violations import shown
from mocompile.study.values import value_like

if TYPE_CHECKING:
    from mocompile.study.compile import CompiledStudy, StudySet


def select(study: CompiledStudy, only: Sequence[str]) -> CompiledStudy:
    """Return the study with the sets that any of `only` names; with all sets if `only` is empty.

    Raises `InputError` for an argument that names no point.
    """
    findings: list[Finding] = []
    kept: set[str] = set()
    for word in only:
        try:
            kept |= _named(study, word)
        except InputError as error:
            findings.extend(error.findings)
    if findings:
        raise InputError(findings)
    return replace(study, sets=tuple(each for each in study.sets if each.name in kept)) if only else study


def _named(study: CompiledStudy, word: str) -> set[str]:
    if "=" in word:
        wanted = dict(_pair(study, word, part) for part in word.split(","))
        found = {each.name for each in study.sets if _has(each, wanted)}
        hint = "`mocompile study list` shows the points"
        if not found:
            raise _wrong(word, "no point has these values", hint)
        return found
    found = {each.name for each in study.sets if word and (each.id.startswith(word) or each.name == word)}
    if not found:
        raise _wrong(word, "there is no such point", "give an id as `mocompile study list` shows it, or NAME=VALUE")
    return found


def _pair(study: CompiledStudy, word: str, part: str) -> tuple[str, str]:
    name, given, text = part.partition("=")
    parameters = study.study.parameters
    if not given or name not in parameters:
        hint = nearest(name, parameters) or f"there are: {', '.join(parameters)}"
        raise _wrong(word, f"there is no parameter {shown(name)}", hint)
    return name, text


def _has(each: StudySet, wanted: dict[str, str]) -> bool:
    return all(value_like(text, each.parameters[name]) == each.parameters[name] for name, text in wanted.items())


def _wrong(word: str, message: str, hint: str) -> InputError:
    return InputError([Finding("study-only", f"--only {word}: {message}", None, hint)])
