"""A scratch chart: trees in, what Helm makes of their templates out."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from mocompile.expression.to_helm import go_template

from tests.paths import ROOT
from tests.tools import need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mocompile.expression.tree import Tree

HELPERS = ROOT / "charts" / "_mocompile.tpl"


class HelmError(Exception):
    """Helm refused to render. The message is Helm's."""


class _Quoted(yaml.SafeDumper):
    """Every string in double quotes, so that no reader takes one for something else."""


_Quoted.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


@dataclass(frozen=True)
class Chart:
    """A chart in a folder of its own, with one template."""

    folder: Path

    def template(self, text: str) -> None:
        """Make `text` the chart's only template, beside the helpers."""
        templates = self.folder / "templates"
        templates.mkdir(exist_ok=True)
        (self.folder / "Chart.yaml").write_text("apiVersion: v2\nname: scratch\nversion: 0.1.0\n")
        (templates / "_mocompile.tpl").write_bytes(HELPERS.read_bytes())
        (templates / "cases.yaml").write_text(text, encoding="utf-8")

    def values(self, name: str, values: Mapping[str, Any]) -> Path:
        """Write a values file; `values.yaml` has the defaults."""
        path = self.folder / name
        path.write_text(yaml.dump(dict(values), Dumper=_Quoted), encoding="utf-8")
        return path

    def text(self, *arguments: str) -> str:
        """Return the output of Helm.

        Raises:
            HelmError: it fails.
        """
        command = [need("helm"), "template", "release", str(self.folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode != 0:
            raise HelmError(done.stderr)
        return done.stdout

    def render(self, tree: Tree, defaults: Mapping[str, Any], *arguments: str) -> Any:
        """Return the value that a tree renders to, read as YAML."""
        self.template(go_template(tree))
        self.values("values.yaml", defaults)
        return yaml.safe_load(self.text(*arguments))


def same(left: object, right: object) -> bool:
    """Equal, and every value of the same type: 1 is not 1.0, nor true."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


def different(left: dict[str, Any], right: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The entries that are not the same, with both values: what a failed test should show."""
    keys = sorted({*left, *right})
    pairs = {key: (left.get(key, "(absent)"), right.get(key, "(absent)")) for key in keys}
    return {key: pair for key, pair in pairs.items() if not same(*pair)}
