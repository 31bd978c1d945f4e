"""The golden cases: an input in `golden/outputs/<case>/`, its overlays, and everything that mocompile makes of them.

    metrics.yaml            the input
    overlays/<name>.yaml    optional overlays
    out/base.yaml           mocompile build
    out/<name>.yaml         mocompile build --overlay overlays/<name>.yaml
    out/kustomize/          mocompile build -f kustomize --overlay ...
    out/helm/               mocompile build -f helm --chart-version 0.1.0 --overlay ...
    out/helm-refused.txt    what the chart cannot offer, of overlays that change it; they are left out of it
    out/scripts.sha256      the scripts in these outputs, each with its digest (`tests.golden.digest`)

Add a case by adding a folder with a metrics.yaml; `python -m tests.golden.regenerate` writes the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mocompile.diagnostics.finding import InputError
from mocompile.diagnostics.report import render
from mocompile.document.load import load_file
from mocompile.document.merge import merge
from mocompile.emit.folder import with_marker
from mocompile.emit.yaml import dump
from mocompile.pipeline import Compiled, compiled, folder_of

from tests.golden.digest import COMMON, Digested, digested
from tests.paths import ROOT

OUTPUTS = ROOT / "golden" / "outputs"
# The version that a chart has by itself changes with every script in the chart.
CHART_VERSION = "0.1.0"


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
    def inputs(self) -> list[Path]:
        """The input files."""
        return [self.input, *self.overlays]

    @property
    def overlays(self) -> list[Path]:
        """Its overlays, sorted by name."""
        return sorted((self.folder / "overlays").glob("*.yaml"))

    def compiled(self, *overlays: Path) -> Compiled:
        """The set with these overlays."""
        document = merge(load_file(self.input), [load_file(path) for path in overlays])
        return compiled(document.root)

    def outputs(self) -> Mapping[str, str]:
        """Every file that mocompile makes for the case, by its path below `out`: as users get it."""
        return _outputs(self)

    def golden(self) -> Mapping[Path, str]:
        """Every file that belongs to the case, with its text: the outputs by digest. Raises `NotAsStoredError`."""
        return {self.folder / "out" / path: text for path, text in self._digested().files.items()}

    def common(self) -> Mapping[Path, str]:
        """The files of the outputs that are the same in every case, with their text."""
        return {COMMON / path: text for path, text in self._digested().common.items()}

    def write(self, folder: Path) -> Path:
        """The folder, filled with the outputs as users get them."""
        for path, text in self.outputs().items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        return folder

    def files(self) -> set[Path]:
        """Every file that is there."""
        return {path for path in self.folder.rglob("*") if path.is_file()}

    def _digested(self) -> Digested:
        return _digested(self)


@cache
def _digested(case: Case) -> Digested:
    return digested(case.outputs())


@cache
def _outputs(case: Case) -> Mapping[str, str]:
    base, overlays = case.compiled(), {path.stem: case.compiled(path) for path in case.overlays}
    refused = {name: message for name, each in overlays.items() if (message := _refusal(base, name, each))}
    charted = {name: each for name, each in overlays.items() if name not in refused}
    texts = {"base.yaml": dump(base.objects)}
    texts.update({f"{name}.yaml": dump(each.objects) for name, each in overlays.items()})
    texts.update(_below("kustomize", with_marker(folder_of("kustomize", base, overlays))))
    texts.update(_below("helm", with_marker(folder_of("helm", base, charted, chart_version=CHART_VERSION))))
    if refused:
        texts["helm-refused.txt"] = "".join(refused.values())
    return texts


def _refusal(base: Compiled, name: str, overlay: Compiled) -> str:
    try:
        folder_of("helm", base, {name: overlay})
    except InputError as error:
        return render(error.findings).replace(f"{ROOT}/", "")
    return ""


def _below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/{path}": text for path, text in files.items()}


def cases() -> Iterator[Case]:
    """Every case that is one set, by name; `tests.golden.studies` has the studies."""
    for folder in sorted(OUTPUTS.iterdir()):
        if not (folder / "study.yaml").exists():
            yield Case(folder)


def case_of(name: str) -> Case:
    """The case with this name."""
    return Case(OUTPUTS / name)
