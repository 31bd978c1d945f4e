"""The open parts of the output: the whole, sections, tables, and the context that each gives to its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from mocompile.catalog.figures.model import (
    DocumentReader,
    FailureReader,
    LineReader,
    MatrixReader,
    Reader,
    SectionReader,
    TableReader,
    UnreadableReader,
)
from mocompile.catalog.figures.number import Scalar
from mocompile.catalog.figures.pattern import LinePattern

if TYPE_CHECKING:
    import re

    from mocompile.results.read.reaches import Reach
    from mocompile.results.read.table_rows import Columns, Matrix, RowCounter

Matched: TypeAlias = LineReader | SectionReader | TableReader | FailureReader | UnreadableReader

# (required literal, compiled search, reader): precomputed for the loop over all lines.
_Offer: TypeAlias = "tuple[str, Callable[[str], re.Match[str] | None], Matched]"


@dataclass(slots=True)
class Frame:
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
    reach: Reach | None = None
    folded: str = ""

    def ends(self, line: str) -> bool:
        """Return whether this part ends with `line`. A table without a closing line ends with an empty line."""
        if self.until is not None:
            return self.until.match(line) is not None
        return self.table is not None and self.rows > 0 and not line.strip()

    def folds(self, line: str) -> bool:
        """Return whether `line` is only the first word of a row; keep it for the next line."""
        alone = not line[:1].isspace() and len(line.split()) == 1
        if alone:
            self.folded = line
        return alone

    def unfolded(self, line: str) -> str:
        """Return the row that ends with `line`, and forget its first word."""
        first, self.folded = self.folded, ""
        return first + line if first and line[:1].isspace() else line


def frame_of(
    output: tuple[Reader, ...],
    context: Mapping[str, Scalar],
    until: LinePattern | None = None,
    table: Columns | None = None,
) -> Frame:
    """Return a new frame in which the readers `output` take the lines."""
    offers = tuple(
        (reader.pattern.literal, reader.pattern.expression.search, reader)
        for reader in output
        if isinstance(reader, Matched)
    )
    return Frame(
        output, offers, tuple(reader for reader in output if isinstance(reader, MatrixReader)), context, until, table
    )


def has_documents(output: Iterable[Reader]) -> bool:
    """Return whether a reader of `output`, or of a section in it, reads JSON documents."""
    return any(
        isinstance(reader, DocumentReader) or (isinstance(reader, SectionReader) and has_documents(reader.output))
        for reader in output
    )


def of_pairs(output: Iterable[Reader]) -> list[LineReader]:
    """Return the readers of `output`, and of the sections in it, whose line must be there for each pair of ranks."""
    found: list[LineReader] = []
    for reader in output:
        if isinstance(reader, LineReader) and reader.axes:
            found.append(reader)
        elif isinstance(reader, SectionReader):
            found += of_pairs(reader.output)
    return found
