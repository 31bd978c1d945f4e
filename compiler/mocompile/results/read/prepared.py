"""The readers of a metric's sheets, prepared once for all of its timepoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

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
from mocompile.catalog.figures.required import required
from mocompile.results.read.printed_settings import DocumentSettings
from mocompile.results.read.scan import Scanner
from mocompile.results.read.table_rows import Heading

if TYPE_CHECKING:
    import re

Matched: TypeAlias = LineReader | SectionReader | TableReader | FailureReader | UnreadableReader

# (required literal, compiled search, reader)
_Offer: TypeAlias = "tuple[str, Callable[[str], re.Match[str] | None], Matched]"


@dataclass(frozen=True, slots=True)
class Output:
    """The readers of an output or of a section: those of lines, of matrices, of documents.

    `reached`: a line in it has context for all of its figures. `quiet`: every line that matters to its readers has text
    that is known.
    """

    offers: tuple[_Offer, ...] = ()
    # By the first character of the line, white space aside; the rest is for any other character.
    by_first: Mapping[str, tuple[_Offer, ...]] = field(default_factory=dict)
    rest: tuple[_Offer, ...] = ()
    matrices: tuple[MatrixReader, ...] = ()
    documents: tuple[DocumentReader, ...] = ()
    reached: bool = False
    quiet: bool = False


class PreparedSheets:
    """The sheets that read the output of a metric: its figures by name, and its readers.

    `notes` and `settings` are those of all sheets, `unless` their contexts that others make needless;
    `of_pairs` are the readers whose line must be there for each pair of ranks.
    """

    def __init__(self, sheets: tuple[Sheet, ...]) -> None:
        self.figures: Mapping[str, FigureSheet] = {}
        for sheet in sheets:
            self.figures = {**sheet.figures, **self.figures}
        self.settings = {name: setting for sheet in sheets for name, setting in sheet.settings.items()}
        self.of_documents = DocumentSettings(self.settings)
        self.notes = {name: note for sheet in sheets for name, note in sheet.notes.items()}
        self.unless = {name: others for sheet in sheets for name, others in sheet.unless.items()}
        whole = tuple(reader for sheet in sheets for reader in sheet.output)
        readers = list(_all(whole))
        self.of_pairs = [each for each in readers if isinstance(each, LineReader) and each.axes]
        self.reads_documents = any(isinstance(each, DocumentReader) for each in readers)
        self.whole = _output(whole)
        patterns = [each.pattern for each in readers if isinstance(each, Matched)]
        patterns += [each.until for each in readers if isinstance(each, SectionReader) and each.until is not None]
        self._needed = [required(each.text) for each in patterns]
        self._runs = [required(each.text) for sheet in sheets for each in (*sheet.begins, *sheet.ends)]
        self._scanners: dict[tuple[bool, bool], Scanner] = {}
        self._sections = {id(each): _output(each.output) for each in readers if isinstance(each, SectionReader)}
        self._headings = {id(each): Heading(each, self.figures) for each in readers if isinstance(each, TableReader)}

    def scanner(self, *, of_runs: bool, in_document: bool = False) -> Scanner | None:
        """Return what finds the lines that can matter to the readers, and if `of_runs`, to the runs' beginnings.

        `in_document`: to the latter alone, as the readers do not see the lines of a document. None if any line can be
        the beginning of a run.
        """
        runs = self._runs if of_runs else ()
        if not all(runs):
            return None
        key = of_runs, in_document
        if key not in self._scanners:
            needed = runs if in_document else (*self._needed, *runs)
            self._scanners[key] = Scanner(needed, documents=self.reads_documents and not in_document)
        return self._scanners[key]

    def section(self, reader: SectionReader) -> Output:
        """Return the readers of a section."""
        return self._sections[id(reader)]

    def heading(self, reader: TableReader) -> Heading:
        """Return what reads the column names of a table."""
        return self._headings[id(reader)]


@lru_cache(maxsize=64)
def prepared(sheets: tuple[Sheet, ...]) -> PreparedSheets:
    """Return `sheets`, prepared; the same object for the same sheets."""
    return PreparedSheets(sheets)


def _output(readers: tuple[Reader, ...]) -> Output:
    matched = [each for each in readers if isinstance(each, Matched)]
    offers = [(each.pattern.literal, each.pattern.expression.search, each) for each in matched]
    heads = [{head[0] for head in required(each.pattern.text).heads} for each in matched]
    firsts = set[str]().union(*heads)
    return Output(
        tuple(offers),
        {
            first: tuple(offer for offer, those in zip(offers, heads, strict=True) if not those or first in those)
            for first in firsts
        },
        tuple(offer for offer, those in zip(offers, heads, strict=True) if not those),
        tuple(each for each in readers if isinstance(each, MatrixReader)),
        tuple(each for each in readers if isinstance(each, DocumentReader)),
        any(isinstance(each, LineReader) and each.reach == "section" for each in _all(readers)),
        not any(
            isinstance(each, MatrixReader) or (isinstance(each, Matched) and not required(each.pattern.text))
            for each in readers
        ),
    )


def _all(readers: Iterable[Reader]) -> Iterator[Reader]:
    """Yield the readers, and those of the sections among them."""
    for reader in readers:
        yield reader
        if isinstance(reader, SectionReader):
            yield from _all(reader.output)
