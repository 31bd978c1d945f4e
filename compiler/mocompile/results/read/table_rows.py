"""Rows of numbers: tables below a line of column names, and matrices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mocompile.catalog.figures.model import FigureSheet, MatrixReader, TableReader
from mocompile.catalog.figures.number import Scalar, duration, parse_number, parse_suffixed, word

# Cells without a measured value.
_NOTHING = frozenset({"-", "NA", "Not run"})

# After a column's name: the column has text with spaces.
_TEXT = "..."

_POSITION = re.compile(r"-?\d+")

_NUMBER_LIKE = re.compile(r"[-+.]?\d")

# Between cells whose text can have single spaces.
_WIDE = "  "

_WIDE_GAP = re.compile(r" {2,}|\t\s*")

_SHOWN = 60

# A tool repeats its headings; of other lines that look like one, there may be many.
_MOST_HEADINGS = 64


@dataclass(frozen=True, slots=True)
class Columns:
    """The positions of the columns of an open table.

    `words`: the number of words of a row; 0: any number. `ends_with_text`: the last column can have spaces. `own`: the
    context of a column's figures, from its name.
    """

    reader: TableReader
    words: int
    ends_with_text: bool
    figures: tuple[tuple[int, FigureSheet], ...]
    contexts: tuple[tuple[int, str], ...]
    own: Mapping[int, Mapping[str, Scalar]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its figures with their text, value and own context, its first word, and its context."""

    cells: list[tuple[FigureSheet, str, Scalar, Mapping[str, Scalar]]]
    first: str
    context: dict[str, Scalar]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A line that looks like a row of the table, and the reason why it is not read."""

    reason: str


@dataclass(slots=True)
class RowCounter:
    """Counts rows of tables with the same columns: by table, by first word, by context."""

    tables: int = -1
    samples: int = -1
    first: str = ""
    alike: dict[tuple[Scalar, ...], int] = field(default_factory=dict)

    def table(self) -> None:
        """Begin a table."""
        self.tables += 1
        self.alike = {}

    def numbers(self, reader: TableReader, row: Row) -> dict[str, Scalar]:
        """Return the numbers of the next row, by the names that `reader` gives them."""
        numbers: dict[str, Scalar] = {}
        if reader.number:
            numbers[reader.number] = self.tables
        if reader.sample:
            if row.first != self.first or self.samples < 0:
                self.first = row.first
                self.samples += 1
                self.alike = {}
            numbers[reader.sample] = self.samples
        if reader.alike:
            key = tuple(row.context.values())
            count = self.alike.get(key, -1) + 1
            numbers[reader.alike] = self.alike[key] = count
        return numbers


@dataclass(slots=True)
class Matrix:
    """An open matrix: the columns of its first row, the rows so far, whether every number is in its place."""

    reader: MatrixReader
    columns: int
    line: int
    rows: int = 0
    whole: bool = True
    lines: set[int] = field(default_factory=set)

    @property
    def complete(self) -> bool:
        """Whether no row or number is known to be missing."""
        return self.whole and (self.reader.diagonal or self.rows == self.columns)

    def next_row(self, cells: list[str], line: int) -> int:
        """Return the number of the row `cells` at `line`: after a cut or lost row, others are in wrong places."""
        row = self.rows
        self.rows += 1
        self.lines.add(line)
        self.whole &= len(cells) == self.columns
        if not self.reader.diagonal:
            self.whole &= row < len(cells) and parse_number(cells[row]) == 0
        return row


class Heading:
    """Reads the column names of a table."""

    def __init__(self, reader: TableReader, figures: Mapping[str, FigureSheet]) -> None:
        self._reader = reader
        self._figures = figures
        self._names = [
            (column, names, re.compile(column[1:-1]) if _is_expression(column) else None)
            for column, names in reader.columns.items()
        ]
        self._known: dict[str, Columns | None] = {}

    def columns(self, line: str) -> Columns | None:
        """Return the columns of the table with the heading `line`; None if no column is a figure."""
        if line not in self._known:
            if len(self._known) >= _MOST_HEADINGS:
                self._known.clear()
            self._known[line] = self._columns(line)
        return self._known[line]

    def _columns(self, line: str) -> Columns | None:
        words = [each for each in _cells(self._reader, line) if each != "#"]
        found: dict[str, list[int]] = {}
        for place, each in enumerate(words):
            found.setdefault(each, []).append(place)
        places: list[tuple[int, str]] = []
        own: dict[int, dict[str, Scalar]] = {}
        by_name = False
        for column, names, expression in self._names:
            if expression is not None:
                for place, each in enumerate(words):
                    if (match := expression.fullmatch(each)) is not None:
                        places.append((place, names[0]))
                        own[place] = {name: word(text) for name, text in match.groupdict("").items()}
                        by_name = True
            elif column in found:
                places.extend(zip(found[column], names, strict=False))
                by_name = True
            elif _POSITION.fullmatch(column):
                places.append((int(column), names[0]))
        values = tuple((place, self._figures[name]) for place, name in places if name in self._figures)
        contexts = tuple((place, name.removesuffix(_TEXT)) for place, name in places if name not in self._figures)
        last = len(words) - 1
        text = by_name and any(place == last and name.endswith(_TEXT) for place, name in places)
        return Columns(self._reader, len(words) if by_name else 0, text, values, contexts, own) if values else None


def _is_expression(column: str) -> bool:
    return len(column) > 1 and column.startswith("/") and column.endswith("/")


def with_heading(table: Columns, name: str, line: str) -> Columns | None:
    """Return `table` with the cells of `line` as context `name` of its columns; None if the line has other columns."""
    cells = _cells(table.reader, line)
    if len(cells) != table.words:
        return None
    own = {place: {**table.own.get(place, {}), name: word(cells[place])} for place, _ in table.figures if cells[place]}
    return replace(table, own={**table.own, **own})


def read_row(table: Columns, line: str) -> Row | RefusedRow | None:
    """Return the row of `table` in `line`; None if it is not a row; the reason if it is a row that is not read."""
    words = _cells(table.reader, line, table.words - 1 if table.ends_with_text else -1)
    if table.words and len(words) != table.words:
        return None
    try:
        cells = [(sheet, words[place]) for place, sheet in table.figures]
        context: dict[str, Scalar] = {name: word(words[place].strip()) for place, name in table.contexts}
    except IndexError:
        return None
    values: list[tuple[FigureSheet, str, Scalar, Mapping[str, Scalar]]] = []
    for (place, sheet), (_, text) in zip(table.figures, cells, strict=True):
        if text in _NOTHING:
            continue
        value = read_value(sheet, text)
        if value is None:
            return _refused(table, cells, sheet, text)
        values.append((sheet, text, value, table.own.get(place, {})))
    return Row(values, words[0], {**table.reader.constants, **context}) if values else None


def _refused(table: Columns, cells: list[tuple[FigureSheet, str]], sheet: FigureSheet, text: str) -> RefusedRow | None:
    """Whether a line with an invalid cell is still a row: most of its cells begin like numbers, or are empty."""
    like = sum(cell in _NOTHING or _NUMBER_LIKE.match(cell) is not None for _, cell in cells)
    if not table.words or 2 * like <= len(cells):
        return None
    what = f"{sheet.name} is '{text[:_SHOWN]}', which is not a {sheet.format}"
    return RefusedRow(f"this row of the table is not read: {what}")


def read_value(sheet: FigureSheet, text: str) -> Scalar | None:
    """Return the figure's value in `text`, in the format of its sheet; None if it has another format."""
    if sheet.format == "number":
        return _number(sheet, text)
    return text if sheet.format == "text" else duration(text)


def _number(sheet: FigureSheet, text: str) -> Scalar | None:
    """Return the figure's number in `text`: plain, followed by the figure's own %, or with a letter for k, M."""
    value = parse_number(text)
    if value is not None:
        return value
    if sheet.unit == "%" and text[-1:] == "%":
        return parse_number(text[:-1])
    return parse_suffixed(text, sheet.suffixes, sheet.unit) if sheet.suffixes else None


def _cells(reader: TableReader, line: str, most: int = -1) -> list[str]:
    if not reader.separator:
        return line.split(None, most)
    if reader.separator == _WIDE:
        return _WIDE_GAP.split(line.strip(), max(most, 0))
    return [cell.strip() for cell in line.split(reader.separator, most)]


def numbers_of(line: str) -> list[str] | None:
    """Return the cells of a matrix's row; None if `line` is not one. A single number is not a row."""
    cells = [cell.strip() for cell in line.split(",")]
    return None if len(cells) < 2 or any(parse_number(cell) is None for cell in cells) else cells
