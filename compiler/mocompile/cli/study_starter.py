"""`mocompile init --study`: a commented study to start from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from mocompile.catalog.example import of_metric
from mocompile.cli.output import STDOUT, tell, write
from mocompile.files import is_there

if TYPE_CHECKING:
    from mocompile.catalog import Catalog, MetricSheet, Option


_BASE = "metrics.yaml"


def begin_study(catalog: Catalog, name: str, base: str, output: str) -> None:
    """Write a study of the catalog's metric `name`, and `base` as its base unless a file is there.

    Raises `InputError` if a file cannot be written.
    """
    text = "".join(f"{line}\n" for line in _lines(catalog.metric(name), _BASE))
    if output == STDOUT:
        write(text)
        return
    beside = str(PurePath(output).parent / _BASE)
    if is_there(beside):
        tell(f"{beside} exists: it is the base")
    else:
        write(base, beside)
        tell(f"written {beside}")
    write(text, output)
    tell(f"written {output}; now: mocompile study list {output}")


def _lines(sheet: MetricSheet, base: str) -> Iterator[str]:
    example = of_metric(sheet)
    least = max(sheet.minimum_pods, example["spec"].get("pods", 1))
    yield "# A study: each combination of these values is a set of its own. `mocompile study list` shows them."
    yield f"apiVersion: {example['apiVersion']}"
    yield "kind: MetricStudy"
    yield "metadata:"
    yield "  # The name of each set is this name and the id of its point."
    yield f"  name: {example['metadata']['name']}-study"
    yield "spec:"
    yield "  # The set that all points share."
    yield f"  base: {base}"
    yield "  # The first parameter changes slowest. Their names are columns of the results."
    yield "  parameters:"
    yield "    pods:"
    yield "      set: spec.pods"
    yield f"      values: [{least}, {2 * least}, {4 * least}]"
    option = next(iter(_varied(sheet)), None)
    if option is not None:
        yield "    # An option of the metric:"
        yield f"    # {option.name.replace('-', '_')}:"
        yield f"    #   set: spec.metrics[{sheet.name}].options.{option.name}"
        yield f"    #   values: [{json.dumps(option.default, ensure_ascii=False)}]"
    yield "    # A value derived from others (+ - * // %, comparisons, a if b else c, ~ joins texts):"
    yield "    # tasks:"
    yield "    #   set: spec.pod.labels.tasks"
    yield '    #   value: "{{ pods * 8 }}"'
    yield "    # Overlays, each a file with the fields that it changes:"
    yield "    # node:"
    yield "    #   overlays: {small: small.yaml, large: large.yaml}"
    yield "  # Parameters that change together (first with first), instead of all combinations:"
    yield "  # zip: [[pods, size]]"
    yield "  # Combinations to exclude, and points to add:"
    yield f'  # exclude: [{{pods: {4 * least}, node: small}}, {{when: "{{{{ pods * 8 > 96 }}}}"}}]'
    yield f"  # include: [{{pods: {8 * least}, node: large}}]"
    yield "  # The number of sets per point, to see how much the figures vary."
    yield "  repeats: 3"
    yield "  # A random order, so that changes over time do not look like effects of a parameter."
    yield "  order: {shuffle: 1}"
    yield "  # More points than this are an error."
    yield "  # maxPoints: 200"


def _varied(sheet: MetricSheet) -> Iterator[Option]:
    """Return the options whose default is a value that a study can vary."""
    for option in sheet.options["options"].values():
        if option.shell == "data" and option.kind in ("integer", "string") and option.default not in ("", None):
            yield option
