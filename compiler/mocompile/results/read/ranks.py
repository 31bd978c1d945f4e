"""What MPI launchers put before each line where they are asked to: the rank that printed it.

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
# The same with the one space that Open MPI 5 has behind it; an editor takes it from the end of a line.
_TAG_AND_SPACE = re.compile(rf"{_TAG.pattern} ?")
_HYDRA = re.compile(r"\[(?P<rank>\d+)\](?: |$)")
_NUMBER = re.compile(r"(?P<rank>\d+):(?: |$)")

# Each tag has it, and hardly any other line.
_SIGN = "<std"

# With how many lines that are not empty it is decided how lines are labelled, and when none has to wait for more.
_WINDOW = 64
_GLANCE = 8

# Of ten lines, so many have a label where hydra, Slurm or Flux put it: they print messages of their own without one.
_LABELLED = 9


class RankReader:
    """Takes ranks off the lines of one container.

    How lines are labelled is decided anew at each marker: each timepoint may have a command of its own.
    """

    def __init__(self) -> None:
        self._held: list[LogLine] = []
        self._full = 0
        self._deciding = True
        self._label: re.Pattern[str] | None = None

    def feed(self, line: LogLine) -> Sequence[LogLine]:
        """The lines that can be told with this one: it, those before it that had to wait, or none."""
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
        """There are no more lines: those that had to wait."""
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
    """How these lines are labelled; None where they are not."""
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
    """The line without its label; as it is where it has none, as messages of the launcher have not."""
    match = label.match(line.text)
    if match is None:
        return line
    rank = str(int(match["rank"])) if match["rank"] else ""
    text = line.text[match.end() :]
    return LogLine(line.number, line.raw, text, line.pod, line.container, line.time, line.ended, rank)
