"""Counts the lines that are figures by their number, and the lines and rows that must be complete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from mocompile.catalog.figures.model import LineReader, MatrixReader
from mocompile.catalog.figures.number import Scalar
from mocompile.results.read.found import Remark
from mocompile.results.read.table_rows import Matrix

# A name or pattern, and the context of its lines.
_Key: TypeAlias = tuple[str, tuple[tuple[str, Scalar], ...]]


class Tally:
    """Counts lines and matrix rows; at the end, it knows what is missing."""

    def __init__(self) -> None:
        # The count so far, and the first place.
        self._counts: dict[_Key, list[int]] = {}
        # The expected count, the count so far, and the first place.
        self._repeated: dict[_Key, list[int]] = {}
        self._matrices: list[Matrix] = []

    def count(self, figure: str, context: Mapping[str, Scalar], position: int) -> None:
        """Count a line whose number of occurrences is the value of `figure`."""
        self._counts.setdefault((figure, tuple(context.items())), [0, position])[0] += 1

    def repeat(self, reader: LineReader, context: Mapping[str, Scalar], position: int) -> None:
        """Count a line that must be there as often as its context says."""
        wanted = context.get(reader.times)
        key = (reader.pattern.text, tuple(context.items()))
        self._repeated.setdefault(key, [wanted if isinstance(wanted, int) else 0, 0, position])[1] += 1

    def matrix(self, reader: MatrixReader, columns: int, position: int) -> Matrix:
        """Begin a matrix and return it."""
        matrix = Matrix(reader, columns, position)
        self._matrices.append(matrix)
        return matrix

    def counted(self) -> Iterator[tuple[str, int, int, Mapping[str, Scalar]]]:
        """Yield each counted figure: its name, count, first line and context; forget them."""
        counts, self._counts = self._counts, {}
        for (figure, context), (count, line) in counts.items():
            yield figure, count, line, dict(context)

    def incomplete_matrices(self) -> list[Matrix]:
        """Return the matrices without all numbers; forget all matrices."""
        matrices, self._matrices = self._matrices, []
        return [matrix for matrix in matrices if not matrix.complete]

    def short(self) -> Iterator[Remark]:
        """Yield a remark for each line that is there fewer times than expected."""
        for wanted, count, line in self._repeated.values():
            if wanted and count % wanted:
                message = f"expected {wanted} lines like this one, found {count}"
                yield Remark(f"{message}: the run did not get that far, or lines are lost", line)
