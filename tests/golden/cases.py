"""The golden cases: `golden/<case>/metrics.yaml`, its overlays, and what mocompile makes of them.

    golden/<case>/metrics.yaml         the input
    golden/<case>/overlays/<name>.yaml optional overlays
    golden/<case>/out/base.yaml        mocompile build
    golden/<case>/out/<name>.yaml      mocompile build --overlay overlays/<name>.yaml

Add a case by adding a folder with a metrics.yaml; `python -m tests.golden.regenerate` writes the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mocompile.compile import compile_yaml
from mocompile.load import load_file
from mocompile.merge import merge

GOLDEN = Path(__file__).resolve().parents[2] / "golden"


@dataclass(frozen=True)
class Case:
    """One folder of `golden/`."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def input(self) -> Path:
        """The document."""
        return self.folder / "metrics.yaml"

    @property
    def overlays(self) -> list[Path]:
        """Its overlays, sorted by name."""
        return sorted((self.folder / "overlays").glob("*.yaml"))

    def build(self, *overlays: Path) -> str:
        """The YAML output with these overlays."""
        document = merge(load_file(self.input), [load_file(path) for path in overlays])
        return compile_yaml(document.root)

    def outputs(self) -> Mapping[Path, str]:
        """Every file that mocompile makes for the case, by its path."""
        out = self.folder / "out"
        return {out / "base.yaml": self.build(), **{out / path.name: self.build(path) for path in self.overlays}}

    def files(self) -> set[Path]:
        """Every file that is there."""
        return {path for path in self.folder.rglob("*") if path.is_file()}


def cases() -> Iterator[Case]:
    """Every case, by name."""
    for folder in sorted(GOLDEN.iterdir()):
        yield Case(folder)
