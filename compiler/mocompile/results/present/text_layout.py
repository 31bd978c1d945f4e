"""Tables for people: text that fits a terminal, and Markdown. Whatever the cells hold, it is seen and does nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mocompile.diagnostics.wording import visible, width

# Text, or a number with its additions (`±0.1`): the parts of all rows are aligned, point below point.
Cell: TypeAlias = str | tuple[str, ...]

DIGITS = 6
_GAP = "  "
# A column of text is folded where it is wider than half of the table, but never to less than this.
_NARROW = 20
_SPECIAL = re.compile(r"([\\`*\[\]<>&|~$])|(?<![^\W_])(_)|(_)(?![^\W_])")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the lines above it, the names of its columns, its rows. The first `keys` columns identify a row."""

    title: str
    notes: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    keys: int


def format_number(value: float, digits: int = DIGITS) -> str:
    """Return a number with that many significant digits; digits before the point are never rounded."""
    if isinstance(value, int) or not math.isfinite(value):
        return str(value)
    if abs(value) >= 1e15:
        return f"{value:.{digits}g}"
    short = f"{value:.{digits}g}"
    if value.is_integer() or (abs(value) > 1 and "e" in short):
        return f"{value or 0.0:.0f}"
    return short


def text(grids: Iterable[Grid], columns: int) -> str:
    """The tables one below the other. One that is wider than `columns` goes on below, its first columns repeated."""
    return "\n".join(_text(grid, columns) for grid in grids)


def _text(grid: Grid, columns: int) -> str:
    head = [visible(line) for line in (grid.title, *grid.notes) if line]
    blocks = _columns(grid, columns)
    keys, others = blocks[: grid.keys], blocks[grid.keys :]
    lines = [*head]
    for number_, chosen in enumerate(_fitting(keys, others, columns)):
        lines += [""] * (number_ > 0) + _lines([*keys, *chosen])
    return "".join(f"{line.rstrip()}\n" for line in lines)


# A rendered column: for each row, the header first, its lines; all are of one width.
_Column: TypeAlias = list[list[str]]


def _columns(grid: Grid, columns: int) -> list[_Column]:
    return [
        _column(name, [row[position] for row in grid.rows], max(_NARROW, columns // 2))
        for position, name in enumerate(grid.names)
    ]


def _column(name: str, cells: Sequence[Cell], most: int) -> _Column:
    numeric = any(isinstance(cell, tuple) for cell in cells)
    shown = [_folded(visible(cell), most) if isinstance(cell, str) else [""] for cell in (name, *cells)]
    for position, line in enumerate(_aligned(cells), 1):
        if isinstance(cells[position - 1], tuple):
            shown[position] = [line]
    size = max(width(line) for lines in shown for line in lines)
    return [[_padded(line, size, right=numeric) for line in lines] for lines in shown]


def _folded(line: str, most: int) -> list[str]:
    """The line in pieces that are at most so wide."""
    pieces, size = [""], 0
    for character in line:
        size += width(character)
        if size > most and pieces[-1]:
            pieces.append("")
            size = width(character)
        pieces[-1] += character
    return pieces


def _aligned(cells: Sequence[Cell]) -> list[str]:
    """The cells that are numbers, each part point below point; of the others, nothing."""
    parts = max((len(cell) for cell in cells if isinstance(cell, tuple)), default=0)
    lines = [""] * len(cells)
    for part in range(parts):
        texts = [visible(cell[part]) if isinstance(cell, tuple) and part < len(cell) else "" for cell in cells]
        before, after = zip(*map(_split, texts), strict=True)
        left, right = max(map(width, before)), max(map(width, after))
        for position in range(len(cells)):
            gap = " " if part and left + right else ""
            line = _padded(before[position], left, right=True) + _padded(after[position], right, right=False)
            lines[position] += gap + line
    return lines


def _split(text: str) -> tuple[str, str]:
    point = text.find(".")
    return (text, "") if point < 0 else (text[:point], text[point:])


def _padded(line: str, size: int, *, right: bool) -> str:
    space = " " * (size - width(line))
    return space + line if right else line + space


def _fitting(keys: Sequence[_Column], others: Sequence[_Column], columns: int) -> list[list[_Column]]:
    """Return the columns beside the keys, in groups that fit; each group has at least one."""
    taken = sum(_size(column) for column in keys)
    groups: list[list[_Column]] = [[]]
    used = taken
    for column in others:
        if groups[-1] and used + _size(column) - len(_GAP) > columns:
            groups.append([])
            used = taken
        groups[-1].append(column)
        used += _size(column)
    return groups


def _size(column: _Column) -> int:
    return width(column[0][0]) + len(_GAP)


def _lines(columns: Sequence[_Column]) -> list[str]:
    lines: list[str] = []
    for cells in zip(*columns, strict=True):
        for piece in range(max(map(len, cells))):
            parts = [cell[piece] if piece < len(cell) else " " * width(cell[0]) for cell in cells]
            lines.append(_GAP.join(parts))
    return lines


def markdown(grids: Iterable[Grid]) -> str:
    """The tables as GitHub's Markdown, each below a heading."""
    return "\n".join(_markdown(grid) for grid in grids)


def _markdown(grid: Grid) -> str:
    lines = [f"### {escaped(grid.title)}", ""]
    for note in filter(None, grid.notes):
        lines += [escaped(note), ""]
    numeric = [any(isinstance(row[position], tuple) for row in grid.rows) for position in range(len(grid.names))]
    lines.append(_row(grid.names))
    lines.append(f"|{'|'.join('---:' if each else '---' for each in numeric)}|")
    lines += [_row(row) for row in grid.rows]
    return "".join(f"{line}\n" for line in lines)


def _row(cells: Iterable[Cell]) -> str:
    return (
        f"| {' | '.join(escaped(cell if isinstance(cell, str) else ' '.join(filter(None, cell))) for cell in cells)} |"
    )


def escaped(text: str) -> str:
    """The text as Markdown that shows it as it is: in a line, a heading or a cell of a table."""
    return _SPECIAL.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), visible(text))
