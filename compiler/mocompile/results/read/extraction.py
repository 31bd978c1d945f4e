"""Finds the figures in the lines of one timepoint, whose ranks may print at the same time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from mocompile.catalog.figures.model import Sheet
from mocompile.catalog.figures.number import Scalar
from mocompile.results.read.figures import Extractor
from mocompile.results.read.found import Found, Remark
from mocompile.results.read.pairs import Pair, add_pair
from mocompile.results.read.prepared import prepared
from mocompile.results.read.printed_settings import set_apart
from mocompile.results.read.reaches import add_context


class Extraction:
    """Takes the lines of a timepoint; `finish` ends it.

    Each rank has its own extractor: a row of one rank is not part of another rank's table. Lines without a rank come
    from the launcher, or from a run whose ranks are not labelled.
    """

    def __init__(self, sheets: Iterable[Sheet]) -> None:
        self._sheets = tuple(sheets)
        self._main = Extractor(self._sheets)
        self._of = {"": self._main}
        self.found: list[Found] = self._main.found
        self.remarks: list[Remark] = self._main.remarks
        self.incomplete = False

    @property
    def failed(self) -> bool:
        """Whether the output says that the run failed."""
        return any(each.failed for each in self._of.values())

    @property
    def quiet(self) -> bool:
        """Whether only lines that the sheets' scanner finds can matter."""
        return len(self._of) == 1 and self._main.quiet

    @property
    def may_read_document(self) -> bool:
        """Whether the other lines of an open JSON document can be taken together."""
        return len(self._of) == 1 and self._main.may_read_document

    def feed_document(self, rest: str | None) -> bool:
        """Take all other lines of the open document; return False, and take nothing, if `rest` is not they."""
        return self._main.feed_document(rest)

    def has_figures_of(self, sheet: Sheet) -> bool:
        """Whether a figure of that sheet was found."""
        return any(found.sheet.name in sheet.figures for each in self._of.values() for found in each.found)

    @property
    def empty(self) -> bool:
        """Whether the output has no figure and no sign of a failure."""
        return not any(each.found or each.failed for each in self._of.values())

    def feed(self, line: str, position: int, rank: str) -> bool:
        """Take the next line and the rank that printed it; return whether it has a figure."""
        extractor = self._main
        if rank:
            known = self._of.get(rank)
            if known is None:
                known = self._of[rank] = Extractor(self._sheets)
            extractor = known
        before = len(extractor.found)
        extractor.feed(line, position)
        return len(extractor.found) > before

    def finish(self) -> None:
        """End the timepoint: there are no more lines."""
        if len(self._of) > 1:
            self._join()
        else:
            self._main.finish()
            self.incomplete = self._main.incomplete
        if settings := prepared(self._sheets).settings:
            set_apart(self.found, settings)

    def add_pair(self, pair: Pair) -> None:
        """Give the figures the contexts of the pair that they are of."""
        add_pair(self.found, pair, prepared(self._sheets).unless)

    def _join(self) -> None:
        """Join all ranks; a figure that several ranks print gets `rank` as context."""
        ranks: defaultdict[str, set[str]] = defaultdict(set)
        for rank, extractor in self._of.items():
            extractor.end()
            for found in extractor.found:
                ranks[found.sheet.name].add(rank)
        figures = [
            _of_rank(found, rank) if rank and len(ranks[found.sheet.name]) > 1 else found
            for rank, extractor in self._of.items()
            for found in extractor.found
        ]
        of_run: dict[str, list[Scalar]] = {}
        for extractor in self._of.values():
            for name, values in extractor.of_run.items():
                known = of_run.setdefault(name, [])
                known += [value for value in values if value not in known]
        self.found = sorted(figures, key=lambda found: found.line)
        add_context(self.found, of_run)
        missing = self._main.missing(self.found)
        remarks = [remark for each in self._of.values() for remark in each.remarks]
        self.remarks = [*sorted(remarks, key=lambda remark: remark.line), *missing]
        self.incomplete = bool(missing) or any(each.incomplete for each in self._of.values())


def _of_rank(found: Found, rank: str) -> Found:
    return replace(found, context={**found.context, "rank": int(rank) if rank.isdecimal() else rank})
