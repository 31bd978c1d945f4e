"""Where a run begins and ends in output that has several: at the program's banner or the line of a job before it, and
at the program's last line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from mocompile.catalog.figures.pattern import LinePattern

if TYPE_CHECKING:
    import re

    from mocompile.catalog.figures.model import Sheet
    from mocompile.results.read.extraction import Extraction
    from mocompile.results.read.framing import LogLine


_Test: TypeAlias = tuple[str, Callable[[str], "re.Match[str] | None"]]


# The lines of one banner are at most this far apart.
_APART = 2


class Beginnings:
    """Follows the lines of one run.

    Lines above a program's banner (the launcher's messages, a warning) belong to the run: from the job's line on, if
    there is one. A banner of another rank is not a new run, nor is a banner's next line.
    """

    def __init__(self, sheets: Sequence[Sheet], extraction: Extraction) -> None:
        """`sheets` begins with the metric's sheet and ends with the sheet for all metrics."""
        self._sheet = sheets[0]
        self._banners = _tests(sheets[0].begins)
        self._jobs = _tests(sheets[-1].begins) if len(sheets) > 1 else ()
        self._ends = _tests(sheets[0].ends)
        self._extraction = extraction
        self._of_job = False
        self._job = ""
        self._banner: str | None = None
        self._banner_line = 0
        self._ended = False

    def of_next_run(self, line: LogLine) -> bool:
        """Return whether the next run begins with this line, and remember the line that begins this one."""
        text = line.text
        for literal, match in self._banners:
            if literal in text and match(text) is not None:
                apart = line.number > self._banner_line + _APART or self._extraction.failed
                again = self._banner == line.rank and apart
                if again or (self._banner is None and self._has_figures()):
                    return True
                if self._banner is None:
                    self._banner = line.rank
                if self._banner == line.rank:
                    self._banner_line = line.number
                return False
        for literal, match in self._ends:
            if literal in text and match(text) is not None:
                self._ended = True
                return False
        for literal, match in self._jobs:
            if literal in text and (found := match(text)) is not None:
                if self._banner is not None or self._extraction.failed or self._has_figures():
                    return True
                self._of_job = True
                self._job = found.groupdict().get("_run") or ""
                return False
        return False

    def without_a_run(self) -> bool:
        """Return whether the output has a job's line and nothing of the program after it."""
        return self._of_job and self._banner is None and not self._extraction.failed and not self._has_figures()

    def reported_failure(self) -> str:
        """Return the run whose job failed, as this output reports without output of the program; empty if none."""
        alone = self._banner is None and self._extraction.failed and not self._has_figures()
        return self._job if alone else ""

    @property
    def ended(self) -> bool:
        """Whether the run's last line is there."""
        return self._ended

    def missing_end(self) -> str:
        """Return what is missing at the end of this run, which has no more lines; empty if nothing is."""
        if (
            self._banner is None
            or self._ended
            or not self._ends
            or self._extraction.failed
            or self._extraction.incomplete
        ):
            return ""
        shown = next((each.text for each in self._sheet.ends if not each.text.startswith("/")), "")
        before = f"the line '{shown}'" if shown else "the program's last line"
        return f"the output ends before {before}: it is cut, or the program stopped early"

    def _has_figures(self) -> bool:
        return self._extraction.has_figures_of(self._sheet)


def _tests(patterns: Sequence[LinePattern]) -> tuple[_Test, ...]:
    return tuple((each.literal, each.expression.search) for each in patterns)
