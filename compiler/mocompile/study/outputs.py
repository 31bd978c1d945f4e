"""The outputs of a study: one YAML stream, or a folder with an index.

yaml         points/<set>.yaml
kustomize    base/, overlays/<suffix>/
helm         one chart, values-<suffix>.yaml

`<suffix>` is the end of a set's name: the id of its point and, with several repeats, `-r<n>`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mocompile.diagnostics.finding import InputError
from mocompile.emit.yaml import dump
from mocompile.study.index import NAME, index
from mocompile.study.several import Several

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mocompile.emit.helm.values_overlay import Variant
    from mocompile.pipeline import Compiled
    from mocompile.study.compile import CompiledStudy, StudySet


def stream(study: CompiledStudy) -> str:
    """Return the objects of all sets as one YAML stream, in the study's order."""
    return "".join(dump(each.compiled.objects) for each in study.sets)


def yaml_folder(study: CompiledStudy) -> dict[str, str]:
    """Return a file for each set, by path, and the index."""
    files = {_yaml_file(each): dump(each.compiled.objects) for each in study.sets}
    return {**files, NAME: index(study, "yaml", _yaml_file)}


def kustomize_folder(study: CompiledStudy, base: Compiled) -> dict[str, str]:
    """Return one base, an overlay for each set, and the index."""
    from mocompile.emit.kustomize.build import kustomize

    overlays = {each.suffix: each.compiled.layer for each in study.sets}
    files = kustomize(base.layer, overlays, {suffix: f"-{suffix}" for suffix in overlays})
    return {**files, NAME: index(study, "kustomize", lambda each: f"overlays/{each.suffix}")}


def helm_folder(study: CompiledStudy, base: Compiled, version: str | None = None) -> dict[str, str]:
    """Return one chart, a values file for each set, and the index. Raises `InputError` if a chart cannot have a set."""
    from mocompile.emit.helm.chart import Variant, chart

    variants = {
        each.suffix: Variant(each.compiled.metricset, each.compiled.plan, "the study", _head(each))
        for each in study.sets
    }
    try:
        files = chart(base.metricset, base.plan, variants, version)
    except InputError:
        _refuse(study, base, variants)
        raise
    return {**files, NAME: index(study, "helm", lambda each: f"values-{each.suffix}.yaml")}


def _yaml_file(each: StudySet) -> str:
    return f"points/{each.name}.yaml"


def _refuse(study: CompiledStudy, base: Compiled, variants: Mapping[str, Variant]) -> None:
    """Raise `InputError` with the fields that the chart cannot express, and their points."""
    from mocompile.emit.helm.chart_values import Offer
    from mocompile.emit.helm.values_overlay import values_of

    offer, found = Offer(base.metricset, base.plan), Several()
    firsts: dict[str, StudySet] = {}
    for each in study.sets:
        firsts.setdefault(each.id, each)
    for each in firsts.values():
        try:
            values_of(offer, each.suffix, variants[each.suffix])
        except InputError as error:
            found.add(each.point, error.findings)
    found.raise_all(len(firsts))


def _head(each: StudySet) -> str:
    """Return the first line of a values file: its point, and the command that installs it."""
    shown = json.dumps(dict(each.parameters))
    return f"# The point {shown}: helm install {each.name} . -f values-{each.suffix}.yaml\n"
