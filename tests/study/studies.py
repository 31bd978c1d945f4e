"""Studies for tests: documents as text, read and compiled as the command line does it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mocompile.catalog import Catalog
from mocompile.document.load import load_file
from mocompile.study.compile import CompiledStudy, compile_study
from mocompile.study.model import Study
from mocompile.study.read import read_study

BASE = """
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: base}
spec:
  metrics:
    - name: io-fio
      options: {size: 1G, blocksize: 4k, iodepth: 1}
      addons:
        - name: volume-empty
          options: {name: scratch, path: /scratch}
"""


def document(spec: Mapping[str, Any], name: str = "scaling") -> str:
    """A study with this `spec`; JSON is YAML, and every text in it is quoted."""
    head = {"apiVersion": "flux-framework.org/v1alpha2", "kind": "MetricStudy", "metadata": {"name": name}}
    return json.dumps({**head, "spec": {"base": "metrics.yaml", **spec}}, indent=1, ensure_ascii=False)


def write(folder: Path, study: str, base: str = BASE, **files: str) -> Path:
    """The study's file in the folder, with its base and more files (`big` is big.yaml) beside it."""
    folder.mkdir(exist_ok=True)
    for name, text in {"metrics": base, **files, "study": study}.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder / "study.yaml"


def read(path: Path) -> Study:
    """The study in the file."""
    return read_study(load_file(path), load_file)


def compile_(path: Path) -> CompiledStudy:
    """The study in the file, compiled."""
    return compile_study(read(path), Catalog())
