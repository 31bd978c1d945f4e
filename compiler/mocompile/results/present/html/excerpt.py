"""The log of a run for a page: its parts as they were printed, bounded, with a word on what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mocompile.results.present.safe_text import label, visible
from mocompile.results.record import Run


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of a log under a heading. `gap` says what is left out before it."""

    heading: str
    text: str
    gap: str = ""


def parts(run: Run) -> Iterator[tuple[str, str]]:
    """All of a run's log: heading and text, in order; only those that hold something."""
    if run.before:
        yield "Before the collection", _joined(run.before)
    if run.metadata_line:
        yield "Metadata", f"{run.metadata_line}\n"
    for timepoint in run.timepoints:
        status = {"ok": "", "failed": " (failed)", "cut": " (cut)"}[timepoint.status]
        at = f", {label(timepoint.time)}" if timepoint.time else ""
        yield f"Timepoint {timepoint.number}{status}{at}, from line {timepoint.start}", timepoint.text
    if run.after:
        yield "After the collection", _joined(run.after)


def excerpt(run: Run, limit: int) -> tuple[Excerpt, ...]:
    """The run's log in at most about `limit` characters: the first half of them and the last half."""
    whole = list(parts(run))
    total = sum(len(text) for _, text in whole)
    if total <= limit:
        return tuple(Excerpt(heading, visible(text)) for heading, text in whole)
    return tuple(_ends(whole, total, limit // 2))


def _ends(whole: Sequence[tuple[str, str]], total: int, half: int) -> Iterator[Excerpt]:
    place = 0
    gap = f"{total - 2 * half:,} of {total:,} characters are left out here; the log itself has them."
    for heading, text in whole:
        begin, end = place, place + len(text)
        place = end
        head = text[: max(0, half - begin)] if begin < half else ""
        tail = text[max(0, total - half - begin) :] if end > total - half else ""
        if end <= half or begin >= total - half:
            yield Excerpt(heading, visible(text), gap if begin >= total - half else "")
        else:
            if head:
                yield Excerpt(heading, visible(_whole_lines(head, first=True)))
            if tail:
                yield Excerpt(f"{heading}, its end" if head or begin < total - half else heading, visible(tail), gap)
        if tail or begin >= total - half:
            gap = ""


def _whole_lines(text: str, *, first: bool) -> str:
    end = text.rfind("\n") if first else -1
    return text[: end + 1] if end > 0 else text


def _joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
