"""Findings: errors and warnings about an input, as values. Each stage makes its own; `report` prints them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from mocompile.diagnostics.place import Place

# An error ends a build. A warning is printed, and ends a build only with `--strict`.
Level: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: its place, the message, and what to do (`hint`). `rule` is a stable name for machines."""

    rule: str
    message: str
    place: Place | None = None
    hint: str = ""
    level: Level = "error"

    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Sort by place, then by rule, so that the order is deterministic."""
        place = self.place or Place("", 0, 0)
        return (place.source, place.line, place.column, self.rule, self.message)


class InputError(Exception):
    """The input has errors. Carries every finding, not only the first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(set(findings), key=Finding.sort_key))
        super().__init__("; ".join(finding.message for finding in self.findings))


def as_errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, each an error."""
    return tuple(replace(finding, level="error") for finding in findings)


def errors_in(findings: Iterable[Finding]) -> bool:
    """Whether one of the findings is an error."""
    return any(finding.level == "error" for finding in findings)


def near_name(name: str, known: Iterable[str]) -> str:
    """Like `nearest`, but also finds a name that differs only in capitals, or that has `name` as one of its words."""
    names = sorted(known)
    wanted = name.lower()
    found = [each for each in names if each.lower() == wanted] or [each for each in names if wanted in each.split("-")]
    return f"did you mean '{found[0]}'?" if found else nearest(name, names)


def nearest(name: str, known: Iterable[str]) -> str:
    """`"; did you mean 'x'?"` for the nearest known name, or nothing where none is near."""
    import difflib

    found = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"did you mean '{found[0]}'?" if found else ""
