"""The open parts of the output: the whole, sections, tables, and the context that each gives to its figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mocompile.catalog.figures.number import Scalar
from mocompile.catalog.figures.pattern import LinePattern
from mocompile.results.read.prepared import Output
from mocompile.results.read.table_rows import Columns, with_heading

if TYPE_CHECKING:
    from mocompile.results.read.reaches import Reach
    from mocompile.results.read.table_rows import Matrix, RowCounter


@dataclass(slots=True)
class Frame:
    """An open part of the output: the whole, a section, a table."""

    output: Output
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
    headings: tuple[str, ...] = ()
    # Whether only lines that the sheets' scanner finds can matter to it.
    quiet: bool = False

    def ends(self, line: str) -> bool:
        """Return whether this part ends with `line`. A table without a closing line ends with an empty line."""
        if self.until is not None:
            return self.until.match(line) is not None
        return self.table is not None and self.rows > 0 and not line.strip()

    def takes_heading(self, line: str) -> bool:
        """Return whether `line` has further heads of the columns; they are context of the columns from then on."""
        if self.table is None or not self.headings:
            return False
        name, *rest = self.headings
        table = with_heading(self.table, name, line)
        if table is None:
            return False
        self.table, self.headings = table, tuple(rest)
        return True

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
