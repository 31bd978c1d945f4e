"""Finds the figures in the lines of one timepoint, as its sheets say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

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
    UnreadableReader,
)
from mocompile.catalog.figures.number import Scalar, parse_number, word
from mocompile.catalog.figures.pattern import LinePattern
from mocompile.results.read.found import Found, Remark, drop_repeated, missing, of_several
from mocompile.results.read.json_documents import (
    BROKEN,
    DOCUMENT_START,
    MOST_CHARACTERS,
    NO_JSON,
    NONE,
    TOO_LARGE,
    DocumentLines,
    JsonFailure,
    read_document,
)
from mocompile.results.read.table_rows import (
    Columns,
    Matrix,
    RefusedRow,
    RowCounter,
    columns_of,
    numbers_of,
    read_row,
    read_value,
)

# Longer lines have no figures; searching them would only cost time.
_LONGEST = 4096

_MOST_FAILURES = 5

_MOST_REFUSED = 5

_SHOWN = 160


_Matched: TypeAlias = LineReader | SectionReader | TableReader | FailureReader | UnreadableReader

# (required literal, compiled search, reader): precomputed for the loop over all lines.
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
    counter: RowCounter | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    also_json: bool = False
    kept: dict[int, Mapping[str, Scalar]] = field(default_factory=dict)
    rows: int = 0
    matrix: Matrix | None = None
    reach: _Reach | None = None


@dataclass(slots=True)
class _Reach:
    """Context from lines for all figures of a section. `found`: where those figures are in the extractor's list."""

    values: dict[str, list[Scalar]] = field(default_factory=dict)
    found: list[int] = field(default_factory=list)


class Extractor:
    """Takes the lines of a timepoint one by one; `finish` ends it. Memory grows with the figures, not the lines."""

    def __init__(self, sheets: Iterable[Sheet]) -> None:
        sheets = tuple(sheets)
        self._figures: dict[str, FigureSheet] = {}
        for sheet in sheets:
            self._figures = {**sheet.figures, **self._figures}
        self._frames = [_frame(tuple(reader for sheet in sheets for reader in sheet.output), {})]
        self._notes = {name: note for sheet in sheets for name, note in sheet.notes.items()}
        self._numbers: dict[int, int] = {}
        self._counters: dict[tuple[int, tuple[str, ...]], RowCounter] = {}
        # Where the figures of a repeatable report begin, and its number.
        self._reports: dict[tuple[int, str], tuple[int, int]] = {}
        self._counts: dict[tuple[str, tuple[tuple[str, Scalar], ...]], list[int]] = {}
        # By pattern and context of a line: the expected count, the count so far, and the first place.
        self._repeated: dict[tuple[str, tuple[tuple[str, Scalar], ...]], list[int]] = {}
        self._open_matrices: list[Matrix] = []
        self._document = DocumentLines()
        self._document_line = 0
        self._failures = 0
        self._refused = 0
        self._told: set[str] = set()
        self._incomplete = self._unreadable = False
        self._reaches: list[_Reach] = []
        self._depth = 0
        self.of_run: dict[str, list[Scalar]] = {}
        self._reads_documents = _has_documents(self._frames[0].output)
        self.found: list[Found] = []
        self.remarks: list[Remark] = []

    @property
    def failed(self) -> bool:
        """Whether the output says that the run failed."""
        return self._failures > 0

    @property
    def incomplete(self) -> bool:
        """Whether a figure is missing without which the others are not results; known after `finish`."""
        return self._incomplete

    def feed(self, line: str, position: int) -> None:
        """Take the next line, without its end and without control characters; `position` is its number in the log."""
        if self._document.open:
            if not NO_JSON.match(line):
                self._continue(line)
            elif len(line) <= _LONGEST:
                self._take(line, position)
            return
        if len(line) <= _LONGEST and self._take(line, position):
            return
        if self._reads_documents and DOCUMENT_START.match(line.lstrip()):
            self._document_line = position
            self._continue(line)

    def finish(self) -> None:
        """There are no more lines."""
        self.end()
        if self.of_run:
            self.found[:] = with_context(self.found, self.of_run)
        missing = self.missing(self.found)
        self.remarks += missing
        self._incomplete |= bool(missing)

    def end(self) -> None:
        """End the lines. Required figures and the run's context may be in the lines of another rank."""
        for reach in self._reaches:
            told = with_context([self.found[index] for index in reach.found], reach.values)
            for index, found in zip(reach.found, told, strict=True):
                self.found[index] = found
        self._reaches = []
        if self._document.open:
            self.remarks.append(
                Remark("the JSON that begins here is truncated, or has other text in it", self._document_line)
            )
            self._document = DocumentLines()
        for (name, context), (count, line) in self._counts.items():
            sheet = self._figures[name]
            self.found.append(Found(sheet, count, sheet.unit, line, dict(context)))
        self._counts = {}
        for matrix in self._open_matrices:
            if not matrix.complete:
                self._lacking(matrix)
        self._open_matrices = []
        self.remarks += drop_repeated(self.found)
        if self._notes:
            self.remarks += of_several(self.found, self._notes)
        self._short()

    def missing(self, found: Iterable[Found]) -> list[Remark]:
        """Return a remark for each required figure that is not in `found`."""
        return [] if self._unreadable else missing(found, self._figures.values())

    def _short(self) -> None:
        """Add a remark for each line that is there fewer times than expected."""
        for wanted, count, line in self._repeated.values():
            if wanted and count % wanted:
                self._incomplete = True
                message = f"expected {wanted} lines like this one, found {count}"
                self.remarks.append(Remark(f"{message}: the run did not get that far, or lines are lost", line))

    def _lacking(self, matrix: Matrix) -> None:
        self._incomplete = True
        self.remarks.append(Remark("the matrix that begins here lacks numbers or rows", matrix.line))
        if not matrix.whole:
            # The row of each number is no longer known.
            figure = matrix.reader.figure
            self.found[:] = [each for each in self.found if each.line not in matrix.lines or each.sheet.name != figure]

    # --- lines ---------------------------------------------------------------------------------------------------

    def _take(self, line: str, position: int) -> bool:
        """Offer the line to the open frames, the innermost first."""
        depth = len(self._frames) - 1
        while depth >= 0:
            frame = self._frames[depth]
            self._depth = depth
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
        taken = passed = False
        for literal, search, reader in frame.offers:
            # A counted line, or one that reports a failure, can also contain figures.
            if taken and not isinstance(reader, LineReader):
                continue
            if literal in line and (match := search(line)) is not None:
                self._matched(reader, match, depth, line, position)
                if isinstance(reader, FailureReader) or (
                    isinstance(reader, LineReader) and (reader.counted or reader.pass_on)
                ):
                    taken = True
                elif isinstance(reader, LineReader) and reader.only_context:
                    passed = True
                else:
                    return True
        return taken or passed or any(self._matrix(reader, depth, line, position) for reader in frame.matrices)

    def _matched(self, reader: _Matched, match: re.Match[str], depth: int, line: str, position: int) -> None:
        if isinstance(reader, FailureReader):
            self._fail(line, position)
            return
        if isinstance(reader, UnreadableReader):
            self._incomplete = self._unreadable = True
            self._tell(reader.reason, position)
            return
        context = {**reader.constants, **self._context(reader.pattern, match)}
        if isinstance(reader, LineReader):
            self._line(reader, match, depth, context, position)
            return
        del self._frames[depth + 1 :]
        outer = self._around(depth)
        if isinstance(reader, SectionReader):
            if reader.again:
                self._begin_again(reader, match)
            if reader.number:
                context[reader.number] = self._next(reader)
            frame = _frame(reader.output, {**outer, **context}, reader.until)
            frame.units = {**self._frames[depth].units, **_units(reader, match)}
            frame.also_json = reader.also_json or self._frames[depth].also_json
            if reader.reached:
                frame.reach = _Reach()
                self._reaches.append(frame.reach)
            self._frames.append(frame)
            # The line itself can also contain figures.
            self._depth = depth + 1
            self._values(reader.pattern, match, frame.units, position, frame.context)
            self._offer(depth + 1, line, position)
            return
        table = columns_of(reader, self._figures, line)
        if table is not None:
            key = (id(reader), tuple(sheet.name for _, sheet in table.figures))
            counter = self._counters.setdefault(key, RowCounter())
            counter.table()
            self._frames.append(_frame((), {**outer, **context}, reader.until, table))
            self._frames[-1].counter = counter
            self._frames[-1].also_json = self._frames[depth].also_json

    def _begin_again(self, reader: SectionReader, match: re.Match[str]) -> None:
        """Replace an earlier report of the same kind, and everything read since then, by this report."""
        mark = next((match[group] for group, name in reader.pattern.marks if name == reader.again), None)
        if mark is None:
            return
        start, number = self._reports.get((id(reader), mark), (len(self.found), self._numbers.get(id(reader), 0)))
        del self.found[start:]
        for reach in self._reaches:
            reach.found = [index for index in reach.found if index < start]
        self._numbers[id(reader)] = number
        self._reports = {key: each for key, each in self._reports.items() if each[0] < start}
        self._reports[(id(reader), mark)] = (start, number)

    def _line(
        self, reader: LineReader, match: re.Match[str], depth: int, context: dict[str, Scalar], position: int
    ) -> None:
        frame = self._frames[depth]
        if reader.number:
            context[reader.number] = self._next(reader)
        if reader.carry:
            frame.kept[id(reader)] = context
        around = {**self._around(depth), **context}
        if reader.reach:
            self._say(reader.reach, depth, context)
        if reader.counted:
            key = (reader.counted, tuple(around.items()))
            self._counts.setdefault(key, [0, position])[0] += 1
            return
        units = _units(reader, match) if reader.units else None
        if frame.units:
            units = {**frame.units, **(units or {})}
        if reader.times:
            key = (reader.pattern.text, tuple(around.items()))
            self._repeated.setdefault(key, [_count_of(around.get(reader.times)), 0, position])[1] += 1
        self._values(reader.pattern, match, units, position, around)
        if reader.each is not None:
            for found in reader.each.expression.finditer(match.string, match.end()):
                own = {**around, **self._context(reader.each, found)}
                self._values(reader.each, found, units, position, own)

    def _values(
        self,
        of: LinePattern,
        match: re.Match[str],
        units: Mapping[str, str] | None,
        position: int,
        around: Mapping[str, Scalar],
    ) -> None:
        for group, name, unit in of.figures:
            if match[group] is not None:
                own = match[unit] if unit else units.get(name) if units else None
                self._add(self._figures[name], match[group], own, position, around)

    def _say(self, reach: str, depth: int, context: Mapping[str, Scalar]) -> None:
        """Keep a context for all figures of the run, or of the section around the frame `depth`."""
        values = self.of_run
        if reach == "section":
            reaches = [frame.reach for frame in self._frames[: depth + 1] if frame.reach is not None]
            values = reaches[-1].values if reaches else values
        for name, value in context.items():
            known = values.setdefault(name, [])
            if value not in known:
                known.append(value)

    @staticmethod
    def _context(of: LinePattern, match: re.Match[str]) -> dict[str, Scalar]:
        return {name: word(match[group].strip()) for group, name in of.contexts if match[group] is not None}

    def _around(self, depth: int) -> dict[str, Scalar]:
        """Return the context of the frame `depth`: its own, and the context from lines in it and around it."""
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
        value = read_value(sheet, text)
        if value is None:
            self.remarks.append(Remark(f"{sheet.name} is '{text[:_SHOWN]}', which is not a {sheet.format}", position))
        else:
            self._keep(sheet, value, text, unit, position, context)

    def _keep(
        self,
        sheet: FigureSheet,
        value: Scalar,
        text: str,
        unit: str | None,
        position: int,
        context: Mapping[str, Scalar],
    ) -> None:
        """A figure whose `value` was read out of `text`."""
        printed = ""
        if sheet.format == "duration":
            printed = text
        elif isinstance(value, str):
            if sheet.format == "number":
                self.remarks.append(Remark(f"{sheet.name} is '{text[:_SHOWN]}'", position, level="note"))
        elif sheet.suffixes and text[-1:].isalpha():
            printed = text
        if sheet.no_value is not None and self._has_no_value(sheet, value, text, position):
            return
        own = sheet.unit if unit is None else unit
        also_json = self._frames[-1].also_json
        self._found(Found(sheet, value, own, position, context, printed, also_json=also_json))

    def _found(self, found: Found) -> None:
        if self._reaches:
            for frame in self._frames[1 : self._depth + 1]:
                if frame.reach is not None:
                    frame.reach.found.append(len(self.found))
        self.found.append(found)

    def _has_no_value(self, sheet: FigureSheet, value: Scalar, text: str, position: int) -> bool:
        """Return whether the number means that the tool had no value; if so, add a remark."""
        if sheet.no_value is None or value != sheet.no_value:
            return False
        self._tell(f"{sheet.name} is '{text[:_SHOWN]}' here: the tool had no value", position, level="note")
        return True

    def _tell(self, message: str, position: int, level: Literal["error", "note"] = "error") -> None:
        """Add a remark unless it exists; only the first place counts."""
        if message not in self._told:
            self._told.add(message)
            self.remarks.append(Remark(message, position, level=level))

    def _fail(self, line: str, position: int) -> None:
        self._failures += 1
        if self._failures <= _MOST_FAILURES:
            self.remarks.append(Remark(f"the run failed: {line.strip()[:_SHOWN]}", position, failed=True))

    # --- tables --------------------------------------------------------------------------------------------------

    def _row(self, frame: _Frame, table: Columns, line: str, position: int) -> bool:
        row = read_row(table, line)
        if row is None:
            return False
        if isinstance(row, RefusedRow):
            self._refused += 1
            if self._refused <= _MOST_REFUSED:
                self.remarks.append(Remark(row.reason, position))
            return False
        frame.rows += 1
        around = {**self._around(len(self._frames) - 1), **row.context}
        if frame.counter is not None:
            around |= frame.counter.numbers(table.reader, row)
        for sheet, text, value, own in row.cells:
            self._keep(sheet, value, text, None, position, {**around, **own} if own else around)
        return True

    def _matrix(self, reader: MatrixReader, depth: int, line: str, position: int) -> bool:
        cells = numbers_of(line)
        if cells is None:
            return False
        frame = self._frames[depth]
        if frame.matrix is None and not depth and not reader.diagonal and parse_number(cells[0]) != 0:
            return False  # any line of numbers may be here; a matrix begins with its own zero
        if frame.matrix is None:
            frame.matrix = Matrix(reader, len(cells), position)
            self._open_matrices.append(frame.matrix)
        row = frame.matrix.next_row(cells, position)
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
        if value is TOO_LARGE:
            most = MOST_CHARACTERS // 2**20
            self.remarks.append(Remark(f"the JSON that begins here is larger than {most} MiB", self._document_line))
        if value is BROKEN or value is NONE or value is TOO_LARGE:
            return
        for depth in reversed(range(len(self._frames))):
            self._depth = depth
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
                if self._has_no_value(sheet, each.value, str(each.value), self._document_line):
                    continue
                self._found(Found(sheet, each.value, sheet.unit, self._document_line, each.context, in_document=True))


# If a name has more values than this in a run, they are counted instead of listed.
_LISTED = 4


def with_context(figures: Iterable[Found], values: Mapping[str, list[Scalar]]) -> list[Found]:
    """Return the figures with the run's context, several values as a list; a figure's own context comes first."""
    context = {name: _listed(each) for name, each in values.items()}
    return [replace(found, context={**context, **found.context}) for found in figures]


def _listed(values: list[Scalar]) -> Scalar:
    if len(values) == 1:
        return values[0]
    shown = ",".join(map(str, values[:_LISTED]))
    return shown if len(values) <= _LISTED else f"{shown},... ({len(values)} values)"


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


def _units(reader: LineReader | SectionReader, match: re.Match[str]) -> dict[str, str]:
    """Return the units of `reader` for its figures; `<_name>` is the text of the pattern's group `_name`."""
    marks = {f"<{name}>": match[group] for group, name in reader.pattern.marks}
    return {figure: marks.get(unit) or unit for figure, unit in reader.units.items()}


def _count_of(value: Scalar | None) -> int:
    return value if isinstance(value, int) else 0


def _has_documents(output: Iterable[Reader]) -> bool:
    return any(
        isinstance(reader, DocumentReader) or (isinstance(reader, SectionReader) and _has_documents(reader.output))
        for reader in output
    )
