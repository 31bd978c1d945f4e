"""Finds the figures in the lines of one timepoint, as its sheets say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mocompile.catalog.figures.model import (
    DocumentReader,
    FailureReader,
    FigureSheet,
    LineReader,
    MatrixReader,
    SectionReader,
    Sheet,
    TableReader,
    UnreadableReader,
)
from mocompile.catalog.figures.number import Scalar, parse_number, word
from mocompile.catalog.figures.pattern import LinePattern
from mocompile.catalog.figures.required import required
from mocompile.results.read.found import Found, Remark, drop_needless, drop_repeated, missing, missing_pairs, of_several
from mocompile.results.read.frames import Frame
from mocompile.results.read.gathered import Gathered
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
from mocompile.results.read.prepared import Matched, Output, prepared
from mocompile.results.read.reaches import Owned, Reach, add_context, say
from mocompile.results.read.reports import Reports
from mocompile.results.read.table_rows import Columns, Matrix, RefusedRow, RowCounter, numbers_of, read_row
from mocompile.results.read.tally import Tally

# Longer lines have no figures; searching them would only cost time.
_LONGEST = 4096

# In a table, rows are read, and no other lines.
_NO_READERS = Output()


class Extractor:
    """Takes the lines of a timepoint one by one; `finish` ends it. Memory grows with the figures, not the lines."""

    def __init__(self, sheets: Iterable[Sheet]) -> None:
        self._sheets = prepared(tuple(sheets))
        self._figures = self._sheets.figures
        self._frames = [Frame(self._sheets.whole, {}, quiet=self._sheets.whole.quiet)]
        self._depth = 0
        self._numbers: dict[int, int] = {}
        self._counters: dict[tuple[int, tuple[str, ...]], RowCounter] = {}
        self._reports = Reports(self._numbers)
        self._tally = Tally()
        self._document = DocumentLines()
        self._document_line = 0
        self._reads_documents = self._sheets.reads_documents
        self._incomplete = self._unreadable = False
        self._reaches: list[Reach] = []
        self.of_run: dict[str, list[Scalar]] = {}
        self._owned = Owned()
        self._gathered = Gathered()
        self.found: list[Found] = self._gathered.found
        self.remarks: list[Remark] = self._gathered.remarks

    @property
    def failed(self) -> bool:
        """Whether the output says that the run failed."""
        return self._gathered.failures > 0

    @property
    def incomplete(self) -> bool:
        """Whether a figure is missing without which the others are not results; known after `finish`."""
        return self._incomplete

    @property
    def quiet(self) -> bool:
        """Whether only lines that the sheets' scanner finds can matter: no table, no matrix and no document is open."""
        return not self._document.open and all(frame.quiet for frame in self._frames)

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

    @property
    def may_read_document(self) -> bool:
        """Whether the other lines of an open JSON document can be taken together."""
        return self._document.may_be_whole

    def feed_document(self, rest: str | None) -> bool:
        """Take all other lines of the open document; return False, and take nothing, if `rest` is not they."""
        value = self._document.whole(rest)
        if value is NONE:
            return False
        self._read_value(value)
        return True

    def finish(self) -> None:
        """There are no more lines."""
        self.end()
        add_context(self.found, self.of_run)
        missing = self.missing(self.found)
        self.remarks += missing
        self._incomplete |= bool(missing)

    def end(self) -> None:
        """End the lines. Required figures and the run's context may be in the lines of another rank."""
        for reach in self._reaches:
            add_context((self.found[index] for index in reach.found), reach.values)
        self._reaches = []
        if self._document.open:
            self.remarks.append(
                Remark("the JSON that begins here is truncated, or has other text in it", self._document_line)
            )
            self._document = DocumentLines()
        for name, count, line, context in self._tally.counted():
            if name in self._figures:
                self.found.append(Found(self._figures[name], count, self._figures[name].unit, line, context))
            else:
                say(self.of_run, {name: count})
        for matrix in self._tally.incomplete_matrices():
            self._lacking(matrix)
        if self._sheets.unless:
            drop_needless(self.found, self._sheets.unless)
        self.remarks += self._reports.remarks()
        self.remarks += drop_repeated(self.found)
        self._owned.add_context(self.found, self.of_run)
        if self._sheets.notes:
            self.remarks += of_several(self.found, self._sheets.notes)
        short = list(self._tally.short())
        self.remarks += short
        self._incomplete |= bool(short)

    def missing(self, found: Iterable[Found]) -> list[Remark]:
        """Return a remark for each required figure that is not in `found`, and for pairs of ranks without a line."""
        if self._unreadable:
            return []
        found = list(found)
        return [*missing(found, self._figures.values()), *missing_pairs(found, self._sheets.of_pairs)]

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
            if depth and frame.ends(line):
                del self._frames[depth:]
            elif (frame.table is not None and self._row(frame, frame.table, line, position)) or self._offer(
                depth, line, position
            ):
                return True
            depth -= 1
        return False

    def _offer(self, depth: int, line: str, position: int) -> bool:
        frame = self._frames[depth]
        taken = passed = False
        output = frame.output
        for literal, search, reader in output.by_first.get(line.lstrip()[:1], output.rest):
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
        return taken or passed or any(self._matrix(reader, depth, line, position) for reader in frame.output.matrices)

    def _matched(self, reader: Matched, match: re.Match[str], depth: int, line: str, position: int) -> None:
        if isinstance(reader, FailureReader):
            self._gathered.fail(line, position)
        elif isinstance(reader, UnreadableReader):
            self._incomplete = self._unreadable = True
            self._gathered.tell(reader.reason, position)
        else:
            context = {**reader.constants, **_context(reader.pattern, match)}
            if isinstance(reader, LineReader):
                self._line(reader, match, depth, context, position)
            elif isinstance(reader, SectionReader):
                self._section(reader, match, depth, context, position)
            else:
                self._table(reader, depth, line, context)

    def _line(
        self, reader: LineReader, match: re.Match[str], depth: int, context: dict[str, Scalar], position: int
    ) -> None:
        frame = self._frames[depth]
        if reader.number and reader.each is None:
            context[reader.number] = self._next(reader)
        if reader.carry:
            frame.kept[id(reader)] = context
        around = {**self._around(depth), **context}
        if reader.owner:
            self._owned.say(reader.owner, context)
        elif reader.lone:
            self._owned.say_if_alone(reader.lone, context)
        elif reader.reach:
            self._say(reader.reach, depth, context)
        if reader.counted:
            self._tally.count(reader.counted, around, position)
            return
        units = _units(reader, match) if reader.units else None
        if frame.units:
            units = {**frame.units, **(units or {})}
        if reader.times:
            self._tally.repeat(reader, around, position)
        self._values(reader.pattern, match, units, position, around)
        if reader.each is not None:
            for number, found in enumerate(reader.each.expression.finditer(match.string, match.end())):
                own = {**around, **_context(reader.each, found)}
                if reader.number:
                    own[reader.number] = number
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

    def _add(
        self, sheet: FigureSheet, text: str, unit: str | None, position: int, context: Mapping[str, Scalar]
    ) -> None:
        also_json = self._frames[-1].also_json
        before = len(self.found)
        self._gathered.add(sheet, text, unit, position, context, also_json=also_json)
        if self._reaches:
            self._reach(before)

    def _next(self, reader: LineReader | SectionReader) -> int:
        count = self._numbers.get(id(reader), 0)
        self._numbers[id(reader)] = count + 1
        return count

    # --- sections ------------------------------------------------------------------------------------------------

    def _section(
        self, reader: SectionReader, match: re.Match[str], depth: int, context: dict[str, Scalar], position: int
    ) -> None:
        del self._frames[depth + 1 :]
        around = self._frames[depth]
        if reader.again:
            self._begin_again(reader, match)
        if reader.number:
            context[reader.number] = self._next(reader)
        output = self._sheets.section(reader)
        frame = Frame(output, {**self._around(depth), **context}, reader.until)
        frame.units = {**around.units, **_units(reader, match)}
        frame.quiet = output.quiet and (reader.until is None or bool(required(reader.until.text)))
        frame.also_json = reader.also_json or around.also_json
        if output.reached:
            frame.reach = Reach()
            self._reaches.append(frame.reach)
        self._frames.append(frame)
        # The line itself can also contain figures.
        self._depth = depth + 1
        self._values(reader.pattern, match, frame.units, position, frame.context)
        self._offer(depth + 1, match.string, position)

    def _begin_again(self, reader: SectionReader, match: re.Match[str]) -> None:
        """Replace an earlier report of the same kind, and everything read since then, by this report."""
        mark = next((match[group] for group, name in reader.pattern.marks if name == reader.again), None)
        if mark is None:
            return
        self._drop(self._reports.section(reader, mark, len(self.found)))

    def _drop(self, start: int) -> None:
        """Drop the figures from `start` on."""
        del self.found[start:]
        for reach in self._reaches:
            reach.found = [index for index in reach.found if index < start]

    # --- context -------------------------------------------------------------------------------------------------

    def _around(self, depth: int) -> dict[str, Scalar]:
        """Return the context of the frame `depth`: its own, and the context from lines in it and around it."""
        around = dict(self._frames[depth].context)
        for frame in self._frames[: depth + 1]:
            for kept in frame.kept.values():
                around.update(kept)
        return around

    def _say(self, reach: str, depth: int, context: Mapping[str, Scalar]) -> None:
        """Keep a context for all figures of the run, or of the section around the frame `depth`."""
        values = self.of_run
        if reach == "section":
            reaches = [frame.reach for frame in self._frames[: depth + 1] if frame.reach is not None]
            values = reaches[-1].values if reaches else values
        say(values, context)

    def _reach(self, before: int) -> None:
        """Note the figures after the first `before` for the sections around whose lines can still add context."""
        for frame in self._frames[1 : self._depth + 1]:
            if frame.reach is not None:
                frame.reach.found.extend(range(before, len(self.found)))

    # --- tables --------------------------------------------------------------------------------------------------

    def _table(self, reader: TableReader, depth: int, line: str, context: dict[str, Scalar]) -> None:
        del self._frames[depth + 1 :]
        table = self._sheets.heading(reader).columns(line)
        if table is None:
            return
        key = (id(reader), tuple(sheet.name for _, sheet in table.figures))
        counter = self._counters.setdefault(key, RowCounter())
        counter.table()
        frame = Frame(_NO_READERS, {**self._around(depth), **context}, reader.until, table)
        frame.counter = counter
        frame.headings = reader.headings
        frame.also_json = self._frames[depth].also_json
        self._frames.append(frame)

    def _row(self, frame: Frame, table: Columns, line: str, position: int) -> bool:
        if frame.headings and frame.takes_heading(line):
            return True
        if table.reader.folded:
            if frame.folds(line):
                return True
            line = frame.unfolded(line)
        row = read_row(table, line)
        if row is None:
            return False
        if isinstance(row, RefusedRow):
            self._gathered.refuse(row, position)
            return False
        frame.rows += 1
        around = {**self._around(len(self._frames) - 1), **row.context}
        if frame.counter is not None:
            around |= frame.counter.numbers(table.reader, row)
        before = len(self.found)
        for sheet, text, value, own in row.cells:
            context = {**around, **own} if own else around
            self._gathered.keep(sheet, value, text, None, position, context, also_json=frame.also_json)
        if self._reaches:
            self._reach(before)
        return True

    def _matrix(self, reader: MatrixReader, depth: int, line: str, position: int) -> bool:
        cells = numbers_of(line)
        if cells is None:
            return False
        frame = self._frames[depth]
        if frame.matrix is None and not depth and not reader.diagonal and parse_number(cells[0]) != 0:
            return False  # any line of numbers may be here; a matrix begins with its own zero
        if frame.matrix is None:
            frame.matrix = self._tally.matrix(reader, len(cells), position)
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
        self._read_value(value)

    def _read_value(self, value: Any) -> None:
        """Offer the value of a document to the open frames, the innermost first."""
        for depth in reversed(range(len(self._frames))):
            self._depth = depth
            for reader in self._frames[depth].output.documents:
                self._drop(self._reports.document(reader, value, len(self.found)))
                self._read(reader, value, {**self._around(depth), **reader.constants})

    def _read(self, reader: DocumentReader, value: Any, around: Mapping[str, Scalar]) -> None:
        for each in read_document(reader, value, around, self._sheets.of_documents):
            if isinstance(each, JsonFailure):
                self._gathered.fail(each.message, self._document_line)
                continue
            before = len(self.found)
            self._gathered.add_of_document(self._figures[each.figure], each, self._document_line)
            if self._reaches:
                self._reach(before)


def _context(of: LinePattern, match: re.Match[str]) -> dict[str, Scalar]:
    return {name: word(match[group].strip()) for group, name in of.contexts if match[group] is not None}


def _units(reader: LineReader | SectionReader, match: re.Match[str]) -> dict[str, str]:
    """Return the units of `reader` for its figures; `<_name>` is the text of the pattern's group `_name`."""
    marks = {f"<{name}>": match[group] for group, name in reader.pattern.marks}
    return {figure: marks.get(unit) or unit for figure, unit in reader.units.items()}
