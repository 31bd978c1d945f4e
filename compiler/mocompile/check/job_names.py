"""Names of replicated jobs: the first of each name keeps it, a later one gets its metric's position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mocompile.catalog import MetricSheet


def job_names(sheets: Sequence[MetricSheet]) -> list[Mapping[str, str]]:
    """For each metric of the set, in order: role name (`l`, `w`, `n`, `m`) to job name (`l`, `l2` …)."""
    taken: set[str] = set()
    names: list[Mapping[str, str]] = []
    for position, sheet in enumerate(sheets, start=1):
        own = {role: f"{role}{position}" if role in taken else role for role in sheet.roles}
        taken.update(own.values())
        names.append(own)
    return names
