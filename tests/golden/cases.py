"""The golden cases: `golden/outputs/<case>/metrics.yaml`, its overlays, and what mocompile makes of them.

    golden/outputs/<case>/metrics.yaml          the input
    golden/outputs/<case>/overlays/<name>.yaml  optional overlays
    golden/outputs/<case>/out/base.yaml         mocompile build
    golden/outputs/<case>/out/<name>.yaml       mocompile build --overlay overlays/<name>.yaml
    golden/outputs/<case>/out/kustomize/        mocompile build -f kustomize --overlay ...
    golden/outputs/<case>/out/helm/             mocompile build -f helm --overlay ...
    golden/outputs/<case>/out/helm-refused.txt  what the chart cannot offer of overlays, which are left out

Add a case by adding a folder with a metrics.yaml; `python -m tests.golden.regenerate` writes the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mocompile.compile import Compiled, compiled, folder_of
from mocompile.emit.folder import with_marker
from mocompile.emit.yaml import dump
from mocompile.finding import InputError
from mocompile.load import load_file
from mocompile.merge import merge
from mocompile.report import render

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "outputs"


@dataclass(frozen=True)
class Case:
    """One folder of `golden/outputs/`."""

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

    def compiled(self, *overlays: Path) -> Compiled:
        """The set with these overlays."""
        document = merge(load_file(self.input), [load_file(path) for path in overlays])
        return compiled(document.root)

    def outputs(self) -> Mapping[Path, str]:
        """Every file that mocompile makes for the case, by its path."""
        base, overlays = self.compiled(), {path.stem: self.compiled(path) for path in self.overlays}
        refused = {name: message for name, each in overlays.items() if (message := _refusal(base, name, each))}
        charted = {name: each for name, each in overlays.items() if name not in refused}
        texts = {"base.yaml": dump(base.objects)}
        texts.update({f"{name}.yaml": dump(each.objects) for name, each in overlays.items()})
        texts.update(_below("kustomize", with_marker(folder_of("kustomize", base, overlays))))
        texts.update(_below("helm", with_marker(folder_of("helm", base, charted))))
        if refused:
            texts["helm-refused.txt"] = "".join(refused.values())
        return {self.folder / "out" / path: text for path, text in texts.items()}

    def files(self) -> set[Path]:
        """Every file that is there."""
        return {path for path in self.folder.rglob("*") if path.is_file()}


def _refusal(base: Compiled, name: str, overlay: Compiled) -> str:
    try:
        folder_of("helm", base, {name: overlay})
    except InputError as error:
        return render(error.findings)
    return ""


def _below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{path}": text for path, text in files.items()}


def cases() -> Iterator[Case]:
    """Every case, by name."""
    for folder in sorted(GOLDEN.iterdir()):
        yield Case(folder)
