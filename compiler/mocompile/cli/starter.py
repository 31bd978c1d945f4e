"""`mocompile init`: a metrics.yaml with every possible field as a comment."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from mocompile.catalog.example import of_metric
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.schema.option_groups import GROUPS

if TYPE_CHECKING:
    from mocompile.catalog import Catalog, MetricSheet, Option

_WIDTH = 100


def starter(catalog: Catalog, names: Sequence[str]) -> str:
    """Return the text for the metrics `names`. Raises `InputError` for an unknown name, and for one named twice."""
    unknown = [name for name in names if not catalog.has("metric", name)]
    if unknown:
        raise InputError(
            [
                Finding("unknown", f"unknown metric '{name}'", None, catalog.name_hint("metric", name))
                for name in unknown
            ]
        )
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        hint = "write it once; in the file, items of one name need an `id` each"
        raise InputError([Finding("argument", f"the metric '{name}' is named twice", None, hint) for name in twice])
    return "".join(f"{line}\n" for line in _lines([catalog.metric(name) for name in names]))


def _lines(sheets: Sequence[MetricSheet]) -> Iterator[str]:
    examples = [of_metric(sheet) for sheet in sheets]
    for sheet in sheets:
        yield f"# {sheet.summary}"
        if sheet.url:
            yield f"# {sheet.url}"
    example = examples[0]
    least = max(sheet.minimum_pods for sheet in sheets)
    yield f"apiVersion: {example['apiVersion']}"
    yield f"kind: {example['kind']}"
    yield "metadata:"
    yield f"  name: {example['metadata']['name']}"
    yield "spec:"
    yield f"  # The number of pods{' of each metric' if len(sheets) > 1 else ''}, at least {least}."
    yield f"  pods: {max(each['spec'].get('pods', 1) for each in examples)}"
    yield "  # Resources of each measuring container:"
    yield "  # resources:"
    yield "  #   limits: {cpu: 2, memory: 4Gi}"
    yield "  metrics:"
    for sheet, each in zip(sheets, examples, strict=True):
        yield from _metric(sheet, each["spec"]["metrics"][0])


def _metric(sheet: MetricSheet, metric: dict[str, Any]) -> Iterator[str]:
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
