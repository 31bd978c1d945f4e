"""`mocompile init`: a metrics.yaml with every possible field as a comment."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mocompile.catalog.example import of_metric
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.schema.option_groups import GROUPS

if TYPE_CHECKING:
    from mocompile.catalog import Catalog, MetricSheet, Option

_WIDTH = 100


def starter(catalog: Catalog, name: str) -> str:
    """Return the text for the metric `name`. Raises `InputError` for an unknown name."""
    if not catalog.has("metric", name):
        raise InputError([Finding("unknown", f"unknown metric '{name}'", None, catalog.name_hint("metric", name))])
    return "".join(f"{line}\n" for line in _lines(catalog.metric(name)))


def _lines(sheet: MetricSheet) -> Iterator[str]:
    example = of_metric(sheet)
    metric = example["spec"]["metrics"][0]
    yield f"# {sheet.summary}"
    if sheet.url:
        yield f"# {sheet.url}"
    yield f"apiVersion: {example['apiVersion']}"
    yield f"kind: {example['kind']}"
    yield "metadata:"
    yield f"  name: {example['metadata']['name']}"
    yield "spec:"
    yield f"  # The number of pods, at least {sheet.minimum_pods}."
    yield f"  pods: {example['spec'].get('pods', 1)}"
    yield "  # Resources of each measuring container:"
    yield "  # resources:"
    yield "  #   limits: {cpu: 2, memory: 4Gi}"
    yield "  metrics:"
    yield f"    - name: {sheet.name}"
    if "image" in metric:
        yield "      # The image that has the benchmark."
        yield f"      image: {metric['image']}"
    for group in GROUPS:
        if sheet.options[group]:
            yield f"      {group}:"
            for option in sheet.options[group].values():
                yield from _option(option, metric.get(group, {}))
    yield "      # Volumes, commands before and after, other containers: `mocompile list addons` shows all."
    yield "      # addons:"
    yield "      #   - name: volume-empty"
    yield "      #     options: {name: scratch, path: /scratch}"


def _option(option: Option, given: dict[str, Any]) -> Iterator[str]:
    comment = "        # "
    description = str(option.schema.get("description", ""))
    yield from textwrap.wrap(description, _WIDTH, initial_indent=comment, subsequent_indent=comment)
    written = option.name in given
    value = json.dumps(given[option.name] if written else option.default, ensure_ascii=False)
    yield f"{'        ' if written else comment}{option.name}: {value}"
