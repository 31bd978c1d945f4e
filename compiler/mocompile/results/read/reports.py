"""Reports that a tool prints again and again about the same run: the newest one replaces the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mocompile.catalog.figures.model import DocumentReader, SectionReader
from mocompile.results.read.found import Remark
from mocompile.results.read.json_documents import values_at

# The figures of a report are no longer in the list.
_NOWHERE = 1 << 62


@dataclass(slots=True)
class _Document:
    """The last document of a reader: where its figures begin, its time, what is the same in the next report."""

    start: int
    at: float | None
    same: list[Any]


class Reports:
    """Knows the reports so far: where in the list of figures each begins, and the number that it has.

    `numbers` are the next numbers of the sections' readers: those of reports that are replaced are given again.
    """

    def __init__(self, numbers: dict[int, int]) -> None:
        self._numbers = numbers
        self._sections: dict[tuple[int, str], tuple[int, int]] = {}
        self._documents: dict[int, _Document] = {}
        self._replaced = 0
        self._unclear = False

    def section(self, reader: SectionReader, mark: str, figures: int) -> int:
        """Return where the report that this section replaces begins, or `figures`, the end.

        `mark` is the text that reports of one run share; `figures` is the number of figures so far.
        """
        key = (id(reader), mark)
        self._replaced += key in self._sections
        start, _ = self._sections.get(key, (figures, 0))
        self._forget(start)
        self._sections[key] = (start, self._numbers.get(id(reader), 0))
        return start

    def document(self, reader: DocumentReader, value: Any, figures: int) -> int:
        """Return where the report that the document `value` replaces begins, or `figures`, the end."""
        again = reader.again
        if again is None:
            return figures
        at = max(_numbers(values_at(reader, again.at, value)), default=None)
        lasted = _numbers(values_at(reader, again.lasted, value))
        same = [values_at(reader, path, value) for path in again.same]
        last = self._documents.get(id(reader))
        start = figures
        if last is not None and last.same == same:
            if at is None or last.at is None or not lasted:
                self._unclear = True
            elif at - max(lasted) < last.at:
                self._replaced += 1
                start = min(last.start, figures)
                self._forget(start)
            elif at - sum(lasted) < last.at:
                # Either parts of this run, one after another, or another run.
                self._unclear = True
        self._documents[id(reader)] = _Document(start, at, same)
        return start

    def remarks(self) -> list[Remark]:
        """Return notes on reports that newer ones replaced, and on documents that do not say whether they do."""
        said: list[Remark] = []
        if self._replaced:
            message = "1 report is not read: a newer report of the same run replaces it"
            if self._replaced > 1:
                message = f"{self._replaced} reports are not read: newer reports of the same run replace them"
            said.append(Remark(message, 0, level="note"))
        if self._unclear:
            message = "the output has JSON documents that may be reports of one run; each is read as a run"
            said.append(Remark(message, 0, level="note"))
        return said

    def _forget(self, start: int) -> None:
        """Forget the reports whose figures are no longer in the list."""
        for key, (begin, number) in list(self._sections.items()):
            if begin >= start:
                self._numbers[key[0]] = min(number, self._numbers.get(key[0], number))
                del self._sections[key]
        for each in self._documents.values():
            if each.start >= start:
                each.start = _NOWHERE


def _numbers(values: list[Any]) -> list[float]:
    return [each for each in values if isinstance(each, int | float) and not isinstance(each, bool)]
