"""The records of one timepoint, which become objects only when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from mocompile.results.record import ALWAYS, FIRST, OPTIONAL, Configuration, Origin, Record, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mocompile.catalog.figures.number import Scalar
    from mocompile.results.read.found import Found


@dataclass(frozen=True, slots=True)
class Shared:
    """The fields of a record that all records of a timepoint share.

    `cut_line` is the line in which the log ends; 0 if it ends with a whole line.
    """

    metric: str
    timepoint: int | None
    origin: Origin
    collection: int
    time: str
    status: Status
    cut_line: int = 0

    def status_of(self, line: int) -> Status:
        """Return the status of a figure of that line."""
        return "cut" if self.status == "ok" and line == self.cut_line else self.status


class LazyRecords(Sequence[Record]):
    """A sequence of records. Each access makes new records, so that only those in use are in memory.

    `configuration` is that of all figures, or returns the one of a figure: the same object for the same configuration.
    """

    def __init__(
        self,
        found: Sequence[Found],
        shared: Shared,
        configuration: Configuration | Callable[[Found], Configuration],
    ) -> None:
        self.found = found
        self.shared = shared
        self._configuration = configuration

    @property
    def alike(self) -> bool:
        """Whether all records have the same configuration and the same status."""
        return isinstance(self._configuration, Configuration) and not self.shared.cut_line

    def configuration(self, found: Found) -> Configuration:
        """Return the configuration of one figure."""
        known = self._configuration
        return known if isinstance(known, Configuration) else known(found)

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Record]:
        return map(self.record, self.found)

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Record, ...]: ...

    def __getitem__(self, index: int | slice) -> Record | tuple[Record, ...]:
        if isinstance(index, slice):
            return tuple(map(self.record, self.found[index]))
        return self.record(self.found[index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(tuple(self))

    def record(self, found: Found) -> Record:
        """Return the record of one figure."""
        shared = self.shared
        return Record(
            figure=found.sheet.name,
            value=found.value,
            unit=found.unit,
            metric=shared.metric,
            timepoint=shared.timepoint,
            origin=shared.origin,
            context=found.context,
            configuration=self.configuration(found),
            better=found.sheet.better,
            collection=shared.collection,
            line=found.line,
            status=shared.status_of(found.line),
            time=shared.time,
            printed=found.printed,
        )

    def distinct(self) -> Iterator[Mapping[str, Scalar]]:
        """Yield the contexts and the values of the configurations, each object once."""
        seen: set[int] = set()
        for found in self.found:
            for each in (found.context, self.configuration(found).values):
                if id(each) not in seen:
                    seen.add(id(each))
                    yield each


def sources_of(records: Iterable[Record]) -> set[str]:
    """Return the logs of the records."""
    if isinstance(records, LazyRecords):
        return {records.shared.origin.source} if records.found else set()
    return {record.source for record in records}


def columns_of(records: LazyRecords) -> list[str]:
    """Return the same as `record.columns`, without making the records."""
    contexts: dict[str, None] = {}
    configured: dict[str, None] = {}
    optional: set[str] = set()
    shared = records.shared
    seen: set[int] = set()
    last: Mapping[str, Scalar] | None = None
    for found in records.found:
        if found.printed:
            optional.add("printed")
        if found.sheet.better:
            optional.add("better")
        if found.context is not last:
            last = found.context
            if id(last) not in seen:
                seen.add(id(last))
                contexts.update(dict.fromkeys(last))
        configuration = records.configuration(found)
        if id(configuration) not in seen:
            seen.add(id(configuration))
            configured.update(dict.fromkeys(configuration.values))
            if configuration.pods is not None:
                optional.add("pods")
    of_origin = {name for name in ("set", "job", "pod", "container", "node") if getattr(shared.origin, name)}
    optional |= of_origin | ({"time"} if shared.time else set())
    if not records.found:
        return [*FIRST, *ALWAYS]
    return [*FIRST, *contexts, *ALWAYS, *(name for name in OPTIONAL if name in optional), *configured]
