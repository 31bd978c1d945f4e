"""The figures that a command asks for: by metric, and by names or shell patterns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Wanted:
    """The figures to read: those of `metric` (None: of any) with one of the names or shell patterns (none: all)."""

    metric: str | None = None
    figures: tuple[str, ...] = ()

    @property
    def all(self) -> bool:
        """Whether every figure is wanted."""
        return self.metric is None and not self.figures

    def has(self, metric: str, figure: str) -> bool:
        """Return whether the figure of that metric is wanted."""
        return self.metric in (None, metric) and is_named(figure, self.figures)


ALL = Wanted()


def is_named(figure: str, names: Sequence[str]) -> bool:
    """Return whether the figure has one of the names or matches one of the patterns; without any, every figure does."""
    return not names or any(figure == name or fnmatchcase(figure, name) for name in names)
