"""Findings as SARIF 2.1.0, which GitHub code scanning and others read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import posixpath
from json import dumps
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mocompile.diagnostics.wording import is_file, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mocompile.diagnostics.finding import Finding
    from mocompile.diagnostics.place import Place

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(findings: Iterable[Finding]) -> str:
    """Return a SARIF log with one run: the broken rules, and a result for each finding."""
    results = list(findings)
    rules = sorted({finding.rule for finding in results})
    run = {
        "tool": {"driver": {"name": "mocompile", "rules": [{"id": rule} for rule in rules]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, rules) for finding in results],
    }
    return dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=True) + "\n"


def _result(finding: Finding, rules: list[str]) -> dict[str, Any]:
    result = {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": finding.level,
        "message": {"text": sentence(finding)},
    }
    return result if finding.place is None else {**result, "locations": [_location(finding.place)]}


def _location(place: Place) -> dict[str, Any]:
    if not is_file(place.source):
        return {"logicalLocations": [{"fullyQualifiedName": place.source}]}
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.line,
        "endColumn": place.column + place.length,
    }
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(place.source)}, "region": region}}


def _uri(file: str) -> str:
    """Return a path as a URI: relative to the working folder, or `file://` for an absolute path."""
    path = quote(posixpath.normpath(file), safe="/", errors="surrogateescape")
    return f"file://{path}" if path.startswith("/") else path
