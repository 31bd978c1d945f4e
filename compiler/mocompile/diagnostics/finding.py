"""What is wrong with an input: findings are values, made where they arise and printed by `report`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from mocompile.diagnostics.place import Place


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where, what, and (in `hint`) what to do. `rule` is a stable name for machines."""

    rule: str
    message: str
    place: Place | None = None
    hint: str = ""

    def sort_key(self) -> tuple[str, int, int, str, str]:
        """By place, then by rule, so that the same findings always stand in the same order."""
        place = self.place or Place("", 0, 0)
        return (place.source, place.line, place.column, self.rule, self.message)


class InputError(Exception):
    """The input is wrong. Carries every finding, never only the first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(set(findings), key=Finding.sort_key))
        super().__init__("; ".join(finding.message for finding in self.findings))


def nearest(name: str, known: Iterable[str]) -> str:
    """`"; did you mean 'x'?"` for the nearest known name, or nothing where none is near."""
    found = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"did you mean '{found[0]}'?" if found else ""
