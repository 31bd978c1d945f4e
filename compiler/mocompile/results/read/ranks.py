"""Labels that MPI launchers put before each line on request: the rank that printed it.

Open MPI (`--tag-output`, `--output tag`), hydra of MPICH and Intel MPI (`-l`), `srun -l`, `flux run --label-io`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mocompile.results.read.framing import MARKERS, LogLine

# Open MPI: a time, a rank with or without the job, the host or the process, the stream.
_TAG = re.compile(
    r"(?:\[?[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\]?)?"
    r"(?:\[(?:[^\]\s,]+,)?(?P<rank>\d+)\](?:\[[^\]\s]+\])?)?<std(?:out|err|diag)>:"
)
# The same with the one space that Open MPI 5 adds after it; editors remove it at the end of a line.
_TAG_AND_SPACE = re.compile(rf"{_TAG.pattern} ?")
_HYDRA = re.compile(r"\[(?P<rank>\d+)\](?: |$)")
_NUMBER = re.compile(r"(?P<rank>\d+):(?: |$)")

# Each tag contains it, and hardly any other line does.
_SIGN = "<std"

# The number of non-empty lines that decide the form of labels, and after which no line waits any longer.
_WINDOW = 64
_GLANCE = 8

# Of ten lines, this many have a label if hydra, Slurm or Flux adds it: their own messages have none.
_LABELLED = 9


class RankReader:
    """Takes ranks off the lines of one container.

    The form of the labels is decided again at each marker: each timepoint can have its own command.
    """

    def __init__(self) -> None:
        self._held: list[LogLine] = []
        self._full = 0
        self._deciding = True
        self._label: re.Pattern[str] | None = None

    @property
    def passes(self) -> bool:
        """Whether no line waits, and lines are known to be without labels."""
        return not self._deciding and self._label is None

    def feed(self, line: LogLine) -> Sequence[LogLine]:
        """Yield the lines whose form is known with this line: this line, earlier lines that waited, or no line."""
        text = line.text
        if "METRICS OPERATOR" in text or MARKERS[1] in text:
            held = self.finish()
            self._deciding = True
            self._label = None
            return (*held, line)
        if not self._deciding:
            if self._label is not None:
                return (_labelled(line, self._label),)
            if _SIGN not in text or _TAG.match(text) is None:
                return (line,)
            self._deciding = True
        self._held.append(line)
        self._full += bool(text.strip())
        if self._full >= _WINDOW or (self._full == _GLANCE and not any(map(_may_be_labelled, self._held))):
            return self.finish()
        return ()

    def finish(self) -> Sequence[LogLine]:
        """End the lines: yield the lines that waited."""
        held, self._held, self._full = self._held, [], 0
        if self._deciding:
            self._label = _label_of([line.text for line in held if line.text.strip()])
            self._deciding = False
        if self._label is None:
            return held
        return [_labelled(line, self._label) for line in held]


def _may_be_labelled(line: LogLine) -> bool:
    return line.text[:1] in tuple("[0123456789") or _SIGN in line.text


def _label_of(texts: list[str]) -> re.Pattern[str] | None:
    """Return the form of the labels of these lines; None if they have no labels."""
    tags = [match for text in texts if _SIGN in text and (match := _TAG.match(text))]
    if tags:
        rests = [match.string[match.end() :] for match in tags]
        return _TAG if any(rest and not rest.startswith(" ") for rest in rests) else _TAG_AND_SPACE
    for label in (_HYDRA, _NUMBER):
        ranks = [match["rank"] for text in texts if (match := label.match(text))]
        if len(ranks) > 1 and 10 * len(ranks) >= _LABELLED * len(texts) and any(int(rank) == 0 for rank in ranks):
            return label
    return None


def _labelled(line: LogLine, label: re.Pattern[str]) -> LogLine:
    """Return the line without its label; unchanged if it has none, like the launcher's messages."""
    match = label.match(line.text)
    if match is None:
        return line
    rank = str(int(match["rank"])) if match["rank"] else ""
    text = line.text[match.end() :]
    return LogLine(line.number, line.raw, text, line.pod, line.container, line.time, line.ended, rank)
