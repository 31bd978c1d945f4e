"""Wrong inputs, a folder for each kind: `golden/messages/<case>/`.

    metrics.yaml    the input, byte for byte
    study.yaml      a study, where the arguments name it; the input is its base
    overlay.yaml    an overlay, where the arguments or the study name it
    args            more arguments of `mocompile build`, one on a line
    expected.txt    all that it then prints to stderr

Add a case by adding a folder with a metrics.yaml; `python -m tests.messages.regenerate` writes its expected.txt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.command import Ran, run
from tests.paths import ROOT

FOLDER = ROOT / "golden" / "messages"
INPUT, STUDY, OVERLAY, ARGS, EXPECTED = "metrics.yaml", "study.yaml", "overlay.yaml", "args", "expected.txt"


@dataclass(frozen=True)
class Case:
    """One folder."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def arguments(self) -> list[str]:
        """The arguments of `mocompile build`."""
        args = self.folder / ARGS
        return args.read_text("utf-8").splitlines() if args.is_file() else []

    @property
    def expected(self) -> Path:
        """The file that has the whole stderr."""
        return self.folder / EXPECTED

    def build(self, *more: str) -> Ran:
        """Run `mocompile build` in the folder; return its output and exit code."""
        return run("build", *self.arguments, *more, cwd=self.folder)

    def stray(self) -> set[str]:
        """Names of files that have no business in the folder."""
        allowed = {INPUT, EXPECTED, ARGS}
        naming = list(self.arguments)
        if STUDY in naming:
            allowed.add(STUDY)
            naming.append((self.folder / STUDY).read_text("utf-8"))
        if any(OVERLAY in text for text in naming):
            allowed.add(OVERLAY)
        return {path.name for path in self.folder.iterdir()} - allowed


def cases() -> Iterator[Case]:
    """Every case, by name."""
    for path in sorted(FOLDER.iterdir()):
        yield Case(path)
