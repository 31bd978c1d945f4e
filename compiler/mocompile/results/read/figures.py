"""Finds the figures in the lines of one timepoint, as its sheets say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from mocompile.catalog.figures.model import (
    DocumentReader,
    FailureReader,
    FigureSheet,
    LineReader,
    MatrixReader,
    Reader,
    SectionReader,
    Sheet,
    TableReader,
)
from mocompile.catalog.figures.number import Scalar, duration, parse_number, word
from mocompile.catalog.figures.pattern import LinePattern
from mocompile.results.read.json_documents import (
    BROKEN,
    DOCUMENT_START,
    NONE,
    DocumentLines,
    JsonFailure,
    read_document,
)
from mocompile.results.read.table_rows import Columns, Matrix, columns_of, numbers_of, read_row

# A line beyond this is no figure's; it would only cost time.
_LONGEST = 4096

_MOST_FAILURES = 5

_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Found:
    """One figure of a timepoint, with the line in which it stands."""

    sheet: FigureSheet
    value: Scalar
    unit: str
    line: int
    context: Mapping[str, Scalar]
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to tell about a timepoint's output. `failed`: the output itself says that the run failed."""

    message: str
    line: int
    failed: bool = False
    level: str = "error"


_Matched: TypeAlias = LineReader | SectionReader | TableReader | FailureReader

# What a reader's lines must have in them, its expression, itself: the loop over all lines has these at hand.
_Offer: TypeAlias = tuple[str, Callable[[str], "re.Match[str] | None"], _Matched]


@dataclass(slots=True)
class _Frame:
    """An open part of the output: the whole, a section, a table."""

    output: tuple[Reader, ...]
    offers: tuple[_Offer, ...]
    matrices: tuple[MatrixReader, ...]
    context: Mapping[str, Scalar]
    until: LinePattern | None = None
    table: Columns | None = None
    kept: dict[int, Mapping[str, Scalar]] = field(default_factory=dict)
    rows: int = 0
    matrix: Matrix | None = None


class Extractor:
    """Takes the lines of a timepoint one by one; `finish` ends it. Its memory is what it found, not what it read."""

    def __init__(self, sheets: Iterable[Sheet]) -> None:
        sheets = tuple(sheets)
        self._figures: dict[str, FigureSheet] = {}
        for sheet in sheets:
            self._figures = {**sheet.figures, **self._figures}
        self._frames = [_frame(tuple(reader for sheet in sheets for reader in sheet.output), {})]
        self._numbers: dict[int, int] = {}
        self._counts: dict[tuple[str, tuple[tuple[str, Scalar], ...]], list[int]] = {}
        self._open_matrices: list[Matrix] = []
        self._document = DocumentLines()
        self._document_line = 0
        self._failures = 0
        self._incomplete = False
        self._reads_documents = _has_documents(self._frames[0].output)
        self.found: list[Found] = []
        self.remarks: list[Remark] = []

    @property
    def failed(self) -> bool:
        """Whether the output says that the run failed."""
        return self._failures > 0

    @property
    def incomplete(self) -> bool:
        """Whether a figure is not there without which the others are no results; known after `finish`."""
        return self._incomplete

    def feed(self, line: str, position: int) -> None:
        """The next line, without its end and without control characters; `position` is its number in the log."""
        if self._document.open:
            self._continue(line)
            return
        if len(line) <= _LONGEST and self._take(line, position):
            return
        if self._reads_documents and DOCUMENT_START.match(line.lstrip()):
            self._document_line = position
            self._continue(line)

    def finish(self) -> None:
        """There are no more lines."""
        self.end()
        missing = self.missing(self.found)
        self.remarks += missing
        self._incomplete |= bool(missing)

    def end(self) -> None:
        """There are no more lines; what is required may stand elsewhere."""
        if self._document.open:
            self.remarks.append(
                Remark("the JSON that begins here is cut off, or other text stands in it", self._document_line)
            )
            self._document = DocumentLines()
        for (name, context), (count, line) in self._counts.items():
            sheet = self._figures[name]
            self.found.append(Found(sheet, count, sheet.unit, line, dict(context)))
        self._counts = {}
        for matrix in self._open_matrices:
            if not matrix.complete:
                self._incomplete = True
                self.remarks.append(Remark("the matrix that begins here lacks numbers or rows", matrix.line))
        self._open_matrices = []

    def missing(self, found: Iterable[Found]) -> list[Remark]:
        """What is said of each figure that is required and not among those that were `found`."""
        seen = {each.sheet.name for each in found}
        return [
            Remark(f"there is no {sheet.name}: the run did not get that far, or lines are lost", 0)
            for sheet in self._figures.values()
            if sheet.required and sheet.name not in seen
        ]

    # --- lines ---------------------------------------------------------------------------------------------------

    def _take(self, line: str, position: int) -> bool:
        """Offers the line to what is open, the innermost first."""
        depth = len(self._frames) - 1
        while depth >= 0:
            frame = self._frames[depth]
            if depth and self._ends(frame, line):
                del self._frames[depth:]
            elif (frame.table is not None and self._row(frame, frame.table, line, position)) or self._offer(
                depth, line, position
            ):
                return True
            depth -= 1
        return False

    @staticmethod
    def _ends(frame: _Frame, line: str) -> bool:
        if frame.until is not None:
            return frame.until.match(line) is not None
        return frame.table is not None and frame.rows > 0 and not line.strip()

    def _offer(self, depth: int, line: str, position: int) -> bool:
        frame = self._frames[depth]
        taken = False
        for literal, search, reader in frame.offers:
            # A line that was counted, or that says that the run failed, may hold figures, too.
            if taken and not isinstance(reader, LineReader):
                continue
            if literal in line and (match := search(line)) is not None:
                self._matched(reader, match, depth, line, position)
                taken = True
                if not (isinstance(reader, FailureReader) or (isinstance(reader, LineReader) and reader.counted)):
                    return True
        return taken or any(self._matrix(reader, depth, line, position) for reader in frame.matrices)

    def _matched(self, reader: _Matched, match: re.Match[str], depth: int, line: str, position: int) -> None:
        if isinstance(reader, FailureReader):
            self._fail(line, position)
            return
        context = {**reader.constants, **self._context(reader.pattern, match)}
        if isinstance(reader, LineReader):
            self._line(reader, match, depth, context, position)
            return
        del self._frames[depth + 1 :]
        outer = self._around(depth)
        if isinstance(reader, SectionReader):
            if reader.number:
                context[reader.number] = self._next(reader)
            self._frames.append(_frame(reader.output, {**outer, **context}, reader.until))
        else:
            table = columns_of(reader, self._figures, line)
            if table is not None:
                self._frames.append(_frame((), {**outer, **context}, reader.until, table))

    def _line(
        self, reader: LineReader, match: re.Match[str], depth: int, context: dict[str, Scalar], position: int
    ) -> None:
        frame = self._frames[depth]
        if reader.number:
            context[reader.number] = self._next(reader)
        if reader.carry:
            frame.kept[id(reader)] = context
        around = {**self._around(depth), **context}
        if reader.counted:
            key = (reader.counted, tuple(around.items()))
            self._counts.setdefault(key, [0, position])[0] += 1
            return
        for group, name, unit in reader.pattern.figures:
            if match[group] is not None:
                own = match[unit] if unit else reader.units.get(name)
                self._add(self._figures[name], match[group], own, position, around)

    @staticmethod
    def _context(of: LinePattern, match: re.Match[str]) -> dict[str, Scalar]:
        return {name: word(match[group].strip()) for group, name in of.contexts if match[group] is not None}

    def _around(self, depth: int) -> dict[str, Scalar]:
        """The context that holds in the frame `depth`: its own, and what lines left in it and around it."""
        around = dict(self._frames[depth].context)
        for frame in self._frames[: depth + 1]:
            for kept in frame.kept.values():
                around.update(kept)
        return around

    def _next(self, reader: LineReader | SectionReader) -> int:
        count = self._numbers.get(id(reader), 0)
        self._numbers[id(reader)] = count + 1
        return count

    def _add(
        self, sheet: FigureSheet, text: str, unit: str | None, position: int, context: Mapping[str, Scalar]
    ) -> None:
        value: Scalar | None
        printed = ""
        if sheet.format == "duration":
            value = duration(text)
            printed = text
        else:
            value = text if sheet.format == "text" else parse_number(text)
        if value is None:
            self.remarks.append(Remark(f"{sheet.name} is '{text[:_SHOWN]}', which is no {sheet.format}", position))
            return
        if isinstance(value, str) and sheet.format == "number":
            self.remarks.append(Remark(f"{sheet.name} is '{text[:_SHOWN]}'", position, level="note"))
        self.found.append(Found(sheet, value, sheet.unit if unit is None else unit, position, context, printed))

    def _fail(self, line: str, position: int) -> None:
        self._failures += 1
        if self._failures <= _MOST_FAILURES:
            self.remarks.append(Remark(f"the run failed: {line.strip()[:_SHOWN]}", position, failed=True))

    # --- tables --------------------------------------------------------------------------------------------------

    def _row(self, frame: _Frame, table: Columns, line: str, position: int) -> bool:
        row = read_row(table, line)
        if row is None:
            return False
        frame.rows += 1
        around = {**self._around(len(self._frames) - 1), **row.context}
        for sheet, text in row.cells:
            self._add(sheet, text, None, position, around)
        return True

    def _matrix(self, reader: MatrixReader, depth: int, line: str, position: int) -> bool:
        cells = numbers_of(line)
        if cells is None:
            return False
        frame = self._frames[depth]
        if frame.matrix is None:
            frame.matrix = Matrix(reader, len(cells), position)
            self._open_matrices.append(frame.matrix)
        matrix = frame.matrix
        row = matrix.rows
        matrix.rows += 1
        matrix.whole &= len(cells) == matrix.columns
        for column, cell in enumerate(cells):
            if row == column and not reader.diagonal:
                continue
            around = {**self._around(depth), **reader.constants, reader.axes[0]: row, reader.axes[1]: column}
            self._add(self._figures[reader.figure], cell, None, position, around)
        return True

    # --- JSON ----------------------------------------------------------------------------------------------------

    def _continue(self, line: str) -> None:
        self._document.feed(line)
        if self._document.open:
            return
        value = self._document.take()
        if value is BROKEN:
            self.remarks.append(Remark("the JSON that begins here is broken", self._document_line))
        if value is BROKEN or value is NONE:
            return
        for depth in reversed(range(len(self._frames))):
            for reader in self._frames[depth].output:
                if isinstance(reader, DocumentReader):
                    self._read(reader, value, {**self._around(depth), **reader.constants})

    def _read(self, reader: DocumentReader, value: Any, around: Mapping[str, Scalar]) -> None:
        for each in read_document(reader, value, around):
            if isinstance(each, JsonFailure):
                self._fail(each.message, self._document_line)
            elif isinstance(each.value, str):
                self._add(self._figures[each.figure], each.value, None, self._document_line, each.context)
            else:
                sheet = self._figures[each.figure]
                self.found.append(Found(sheet, each.value, sheet.unit, self._document_line, each.context))


def _frame(
    output: tuple[Reader, ...],
    context: Mapping[str, Scalar],
    until: LinePattern | None = None,
    table: Columns | None = None,
) -> _Frame:
    offers = tuple(
        (reader.pattern.literal, reader.pattern.expression.search, reader)
        for reader in output
        if isinstance(reader, _Matched)
    )
    return _Frame(
        output, offers, tuple(reader for reader in output if isinstance(reader, MatrixReader)), context, until, table
    )


def _has_documents(output: Iterable[Reader]) -> bool:
    return any(
        isinstance(reader, DocumentReader) or (isinstance(reader, SectionReader) and _has_documents(reader.output))
        for reader in output
    )
