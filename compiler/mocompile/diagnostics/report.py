"""Report: findings as text for people, or in a form for machines. One module per format, each pure: findings to text.

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
    """The findings, ordered by place, as one of `FORMATS`; the text ends in a newline, unless there is nothing to say.

    `sources` has the lines of each source, for the carets of `text`; a source that it lacks is shown without its line.
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
    # Down to what two findings at one place may differ in, so that the order never depends on how they came.
    return finding.sort_key(), finding.hint, finding.place.length if finding.place else 0
