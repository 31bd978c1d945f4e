"""Findings of many points: the same finding in several points is one finding, which names them."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.document.text import MAX_FINDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mocompile.study.model import Point


class Several:
    """Collects the findings of points."""

    def __init__(self) -> None:
        self._points: dict[Finding, list[Point]] = {}

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._points)

    def add(self, point: Point, findings: Iterable[Finding]) -> None:
        """Keep the findings of a point."""
        for finding in dict.fromkeys(findings):
            self._points.setdefault(finding, []).append(point)

    def raise_all(self, total: int) -> None:
        """Raise `InputError` if there are findings; each names its points, of `total`."""
        if self._points:
            raise InputError(self.named(total))

    def named(self, total: int) -> tuple[Finding, ...]:
        """Return the findings, each with its points, of `total`."""
        found = (_named(finding, points, total) for finding, points in self._points.items())
        return tuple(islice(found, MAX_FINDINGS))


def _named(finding: Finding, points: list[Point], total: int) -> Finding:
    if len(points) == total and total > 1:
        where = "in every point"
    elif len(points) == 1:
        where = f"in the point {points[0]}"
    else:
        where = f"in {len(points)} of {total} points, first {points[0]}"
    return replace(finding, message=f"{finding.message} ({where})")
