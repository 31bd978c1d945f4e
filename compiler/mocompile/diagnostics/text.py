"""Findings for people:

metrics.yaml:12:9: error: unknown metric 'app-lamps'; did you mean 'app-lammps'?
      - name: app-lamps
              ^^^^^^^^^
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mocompile.diagnostics.finding import Level
from mocompile.diagnostics.place import SET
from mocompile.diagnostics.wording import escaped, sentence, visible, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mocompile.diagnostics.finding import Finding
    from mocompile.diagnostics.place import Place

_BOLD, _RESET = "\x1b[1m", "\x1b[0m"
# Red and yellow.
_PAINTS: Mapping[Level, str] = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m"}
_MARGIN = "    "
# How many characters of a long line are shown, and how many of them before the caret.
_WINDOW, _BEFORE = 100, 40
_TAB = "    "


def text(findings: Iterable[Finding], sources: Mapping[str, Sequence[str]], *, color: bool = False) -> str:
    """Return each finding with its line and a caret (if `sources` has the line), then the number of findings."""
    every = list(findings)
    blocks = [_block(finding, sources, color=color) for finding in every]
    if len(blocks) > 1:
        blocks.append(f"{counted(every)}\n")
    return "".join(blocks)


def counted(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 warning`"""
    numbers = Counter(finding.level for finding in findings)
    levels: tuple[Level, ...] = ("error", "warning")
    known = ((numbers[level], level) for level in levels if numbers[level])
    return ", ".join(f"{number} {level}{'' if number == 1 else 's'}" for number, level in known)


def _block(finding: Finding, sources: Mapping[str, Sequence[str]], *, color: bool) -> str:
    paint = _PAINTS[finding.level]
    start = _painted(_where(finding.place), _BOLD, color=color) + _painted(f"{finding.level}: ", paint, color=color)
    return f"{start}{visible(sentence(finding))}\n{_excerpt(finding.place, sources, paint, color=color)}"


def _where(place: Place | None) -> str:
    if place is None:
        return ""
    # After an argument, a line and a column would read as part of the argument.
    position = "" if place.source.startswith(SET) else f":{place.line}:{place.column}"
    return f"{visible(place.source)}{position}: "


def _excerpt(place: Place | None, sources: Mapping[str, Sequence[str]], paint: str, *, color: bool) -> str:
    """Return the line of `place` with the caret below it; nothing if the line is unknown or blank."""
    lines = sources.get(place.source, ()) if place else ()
    if place is None or not 0 < place.line <= len(lines) or not lines[place.line - 1].strip():
        return ""
    line = lines[place.line - 1]
    start = min(place.column - 1, len(line))
    left = max(0, min(start - _BEFORE, len(line) - _WINDOW))
    right = min(len(line), left + _WINDOW)
    cells = [_cell(character) for character in line[left:right]]
    before, marked = cells[: start - left], cells[start - left : start - left + place.length]
    cut_left, cut_right = "…" * (left > 0), "…" * (right < len(line))
    shown = f"{cut_left}{''.join(cells)}{cut_right}".rstrip()
    caret = _painted("^" * max(1, width("".join(marked))), paint, color=color)
    indent = " " * width("".join((cut_left, *before)))
    return f"{_MARGIN}{shown}\n{_MARGIN}{indent}{caret}\n"


def _cell(character: str) -> str:
    """Return a character of the source as it is shown in an excerpt."""
    return _TAB if character == "\t" else escaped(character)


def _painted(words: str, paint: str, *, color: bool) -> str:
    return f"{paint}{words}{_RESET}" if color and words else words
