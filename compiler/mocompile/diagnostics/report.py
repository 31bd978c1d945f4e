"""Prints findings as text for people or in a format for machines. One module per format; each is a pure function.

text(findings, sources, color)      for a terminal or a log
json(findings)                      a list of objects
github(findings)                    workflow commands, which GitHub shows beside the lines of a pull request
sarif(findings)                     SARIF 2.1.0, for code scanning
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mocompile.diagnostics.finding import Finding

FORMATS = ("text", "json", "github", "sarif")


def render(
    findings: Iterable[Finding],
    sources: Mapping[str, Sequence[str]] | None = None,
    form: str = "text",
    *,
    color: bool = False,
) -> str:
    """Return the findings, ordered by place, in one of `FORMATS`. The text ends with a newline unless it is empty.

    `sources` maps each source to its lines, for the carets of `text`. Findings in other sources get no excerpt.
    """
    ordered = _ordered(findings)
    if form == "text":
        from mocompile.diagnostics.text import text

        return text(ordered, sources or {}, color=color)
    if form == "json":
        from mocompile.diagnostics.json import json

        return json(ordered)
    if form == "github":
        from mocompile.diagnostics.github import github

        return github(ordered)
    if form == "sarif":
        from mocompile.diagnostics.sarif import sarif

        return sarif(ordered)
    raise ValueError(f"no format '{form}' among {FORMATS}")


def _ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once, by place."""
    return sorted(dict.fromkeys(findings), key=_order)


def _order(finding: Finding) -> tuple[tuple[str, int, int, str, str], str, int]:
    # Break every tie, so that the order never depends on the order of discovery.
    return finding.sort_key(), finding.hint, finding.place.length if finding.place else 0
