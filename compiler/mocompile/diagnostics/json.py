"""Findings as JSON: a list of objects. `line` and `column` count from 1; `endColumn` is just past the marked text."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mocompile.diagnostics.finding import Finding


def json(findings: Iterable[Finding]) -> str:
    """A list of objects. `file`, `line`, `column` and `endColumn` are null where a finding has no place."""
    # ASCII only: non-printable characters are escaped, and the output is valid in any encoding.
    return dumps([_entry(finding) for finding in findings], indent=2, ensure_ascii=True) + "\n"


def _entry(finding: Finding) -> dict[str, str | int | None]:
    place = finding.place
    return {
        "rule": finding.rule,
        "level": finding.level,
        "message": finding.message,
        "hint": finding.hint,
        "file": place.source if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "endColumn": place.column + place.length if place else None,
    }
