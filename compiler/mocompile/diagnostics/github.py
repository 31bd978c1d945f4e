"""Findings as workflow commands: GitHub shows each beside its line in a pull request.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocompile.diagnostics.wording import is_file, sentence, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mocompile.diagnostics.finding import Finding


def github(findings: Iterable[Finding]) -> str:
    """One `::error …::message` or `::warning …` line for each finding.

    The message of a finding that is not in a file begins with its source.
    """
    return "".join(_command(finding) for finding in findings)


def _command(finding: Finding) -> str:
    place, message = finding.place, sentence(finding)
    properties: dict[str, str | int] = {}
    if place is not None and is_file(place.source):
        properties = {"file": place.source, "line": place.line, "endLine": place.line}
        properties |= {"col": place.column, "endColumn": place.column + place.length}
    elif place is not None:
        message = f"{place.source}: {message}"
    properties["title"] = f"mocompile: {finding.rule}"
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{finding.level} {listed}::{_data(message)}\n"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
