"""The golden cases that are studies: a folder of `golden/outputs/` with a study.yaml beside its base.

study.yaml              the study
metrics.yaml            its base
overlays/<name>.yaml    overlays that it names
out/base.yaml           the base under the study's name
out/<suffix>.yaml       each set; `<suffix>` is the end of its name
out/kustomize/          mocompile build study.yaml -f kustomize
out/helm/               mocompile build study.yaml -f helm --chart-version 0.1.0
out/scripts.sha256      as in any case
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mocompile.catalog import Catalog
from mocompile.document.load import load_file
from mocompile.emit.folder import with_marker
from mocompile.emit.yaml import dump
from mocompile.study.compile import compile_base, compile_study
from mocompile.study.outputs import helm_folder, kustomize_folder
from mocompile.study.read import read_study

from tests.golden.cases import CHART_VERSION, OUTPUTS
from tests.golden.digest import COMMON, Digested, digested


@dataclass(frozen=True)
class StudyCase:
    """One folder of `golden/outputs/` with a study."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def inputs(self) -> list[Path]:
        """The input files."""
        return [self.folder / "study.yaml", self.folder / "metrics.yaml", *sorted(self.folder.glob("overlays/*.yaml"))]

    def golden(self) -> Mapping[Path, str]:
        """Every file that belongs to the case, with its text: the outputs by digest. Raises `NotAsStoredError`."""
        return {self.folder / "out" / path: text for path, text in _digested(self).files.items()}

    def common(self) -> Mapping[Path, str]:
        """The files of the outputs that are the same in every case, with their text."""
        return {COMMON / path: text for path, text in _digested(self).common.items()}

    def files(self) -> set[Path]:
        """Every file that is there."""
        return {path for path in self.folder.rglob("*") if path.is_file()}


@cache
def _digested(case: StudyCase) -> Digested:
    catalog = Catalog()
    study = compile_study(read_study(load_file(case.folder / "study.yaml"), load_file), catalog)
    base = compile_base(study.study, study.sets, catalog)
    texts = {"base.yaml": dump(base.objects)}
    texts.update({f"{each.suffix}.yaml": dump(each.compiled.objects) for each in study.sets})
    folders = {"kustomize": kustomize_folder(study, base), "helm": helm_folder(study, base, CHART_VERSION)}
    for form, files in folders.items():
        texts.update({f"{form}/{path}": text for path, text in with_marker(files).items()})
    return digested(texts)


def study_cases() -> Iterator[StudyCase]:
    """Every case that is a study, by name."""
    for path in sorted(OUTPUTS.glob("*/study.yaml")):
        yield StudyCase(path.parent)
