"""Rows of numbers: tables below a line of column names, and matrices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mocompile.catalog.figures.model import FigureSheet, MatrixReader, TableReader
from mocompile.catalog.figures.number import Scalar, parse_number, word


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns of an open table are. `words`: how many a row has; 0: as many as it needs to."""

    words: int
    figures: tuple[tuple[int, FigureSheet], ...]
    contexts: tuple[tuple[int, str], ...]
    constants: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its figures with their text, and its context."""

    cells: tuple[tuple[FigureSheet, str], ...]
    context: Mapping[str, Scalar]


@dataclass(slots=True)
class Matrix:
    """An open matrix: the columns of its first row, the rows so far, whether all rows have as many columns."""

    reader: MatrixReader
    columns: int
    line: int
    rows: int = 0
    whole: bool = True

    @property
    def complete(self) -> bool:
        """Whether nothing is seen to lack: a cut or lost row leaves the other figures at the wrong places."""
        return self.whole and (self.reader.diagonal or self.rows == self.columns)


def columns_of(reader: TableReader, figures: Mapping[str, FigureSheet], line: str) -> Columns | None:
    """The columns of the table with the heading `line`; None where no column is a figure."""
    words = [each for each in line.split() if each != "#"]
    places: dict[str, int] = {}
    by_name = False
    for column, name in reader.columns.items():
        if column in words:
            places[name] = words.index(column)
            by_name = True
        elif re.fullmatch(r"-?\d+", column):
            places[name] = int(column)
    found = tuple((place, figures[name]) for name, place in places.items() if name in figures)
    contexts = tuple((place, name) for name, place in places.items() if name not in figures)
    return Columns(len(words) if by_name else 0, found, contexts, reader.constants) if found else None


def read_row(table: Columns, line: str) -> Row | None:
    """The row of `table` in `line`; None where it is no row."""
    # The last column, when it is a name, may have spaces in it.
    last_is_name = table.words and any(place == table.words - 1 for place, _ in table.contexts)
    words = line.split(None, table.words - 1) if last_is_name else line.split()
    if table.words and len(words) != table.words:
        return None
    try:
        cells = [(sheet, words[place]) for place, sheet in table.figures]
        context: dict[str, Scalar] = {name: word(words[place].strip()) for place, name in table.contexts}
    except IndexError:
        return None
    values = tuple((sheet, text) for sheet, text in cells if text not in ("-", "NA"))
    if not values or any(sheet.format == "number" and parse_number(text) is None for sheet, text in values):
        return None
    return Row(values, {**table.constants, **context})


def numbers_of(line: str) -> list[str] | None:
    """The cells of a matrix's row; None where `line` is no such row: one number is none."""
    cells = [cell.strip() for cell in line.split(",")]
    return None if len(cells) < 2 or any(parse_number(cell) is None for cell in cells) else cells
