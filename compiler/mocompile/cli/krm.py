"""`mocompile krm`: a KRM function, which kustomize runs as a generator.

It reads a ResourceList whose `functionConfig` is a MetricSet, and writes the list with the set's objects among its
items. The format: `cmd/config/docs/api-conventions/functions-spec.md` of https://github.com/kubernetes-sigs/kustomize
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from mocompile.cli.output import write
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.place import STDIN_NAME, Place
from mocompile.diagnostics.wording import sentence
from mocompile.document.load import Document, load_text
from mocompile.document.merge import merge
from mocompile.document.source import STDIN
from mocompile.document.text import decode
from mocompile.document.tree import Map, field_name, place_of, walk
from mocompile.emit.yaml import dump_one
from mocompile.pipeline import compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mocompile.cli.inputs import Inputs

_KIND = "ResourceList"
_CONFIG = "functionConfig"
# Annotations that say how to run a function. The objects of the set do not get them.
_OF_FUNCTIONS = ("config.kubernetes.io/", "internal.config.kubernetes.io/", "config.k8s.io/")
_HINT = "kustomize runs this command, with the set as a generator; `mocompile build` compiles a file"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_WIDTH = 1 << 30


@dataclass(frozen=True, slots=True)
class ResourceList:
    """A list as it was read. `text` has it whole; `config` is its MetricSet, without the annotations of functions."""

    text: str
    config: Document

    def with_results(self, findings: Iterable[Finding], objects: Sequence[Any] = ()) -> str:
        """Return the list as YAML, with `objects` in place of the items of their names or behind all items.

        `findings` are its results. All other values keep the form in which they were written.
        """
        # Nodes, not data: `1e3` or `2026-01-01` of an item stays what the next reader takes it for.
        root: Any = yaml.compose(self.text, Loader=_Loader)
        made = [_node(each) for each in objects]
        names = [_identity(each) for each in made]
        kept = [each for each in getattr(_get(root, "items"), "value", ()) if _identity(each) not in names]
        results = [self._result(each) for each in findings]
        entries = [pair for pair in root.value if pair[0].value not in {"items", "results"}]
        entries.append((_node("items"), yaml.SequenceNode("tag:yaml.org,2002:seq", [*kept, *made], flow_style=False)))
        if results:
            entries.append((_node("results"), _node(results)))
        root.value = entries
        root.flow_style = False
        text: str = yaml.serialize(root, Dumper=_Dumper, allow_unicode=True, width=_WIDTH)
        return text

    def _result(self, finding: Finding) -> dict[str, Any]:
        path = self._path(finding.place)
        return {
            "message": sentence(finding),
            "severity": finding.level,
            **({"field": {"path": path}} if path else {}),
            "tags": {"rule": finding.rule},
        }

    def _path(self, place: Place | None) -> str:
        """Return the path of the field that has this place, or of the last one before it."""
        if place is None or place.source != self.config.source:
            return ""
        places = (
            (place_of(self.config.root, path, key=key), field_name(path))
            for path, _ in walk(self.config.root)
            if path
            for key in (isinstance(path[-1], str), False)
        )
        known = [each for each in places if each[0] <= place]
        return max(known)[1] if known else ""


def run(inputs: Inputs) -> None:
    """Read a ResourceList from stdin, and write it with the objects of its MetricSet to stdout.

    Raises `InputError` if the list or the set is wrong. The list is then written with the findings as its results and
    without objects; an input that is not a ResourceList writes nothing.
    """
    given = _read(inputs)
    try:
        made = compiled(merge(given.config).root, inputs.catalog)
        inputs.settle(made.metricset.warnings)
    except InputError as error:
        write(given.with_results(error.findings))
        raise
    write(given.with_results([*inputs.warnings, *inputs.catalog.warnings], made.objects))


def _read(inputs: Inputs) -> ResourceList:
    source = inputs.source(STDIN)
    text = decode(source.data, source.name)
    documents = load_text(text, source.name)
    if len(documents) != 1:
        message = f"expected one document, a {_KIND}, but there are {len(documents) or 'none'}"
        raise InputError([Finding("krm", message, Place(STDIN_NAME, 1, 1), _HINT)])
    (document,) = documents
    root = document.root
    kind = root.get("kind")
    if kind != _KIND:
        found = f"found {kind}" if isinstance(kind, str) and kind.isalnum() else "found another value"
        raise InputError([Finding("krm", f"expected `kind: {_KIND}`, {found}", place_of(root, ("kind",)), _HINT)])
    config = root.get(_CONFIG)
    if not isinstance(config, Map):
        message = f"the {_KIND} has no `{_CONFIG}` with a MetricSet"
        raise InputError([Finding("krm", message, place_of(root, (_CONFIG,)), _HINT)])
    _require_list(root)
    _remove_annotations(config)
    return ResourceList(text, Document(config, source.name, document.sources))


def _require_list(root: Map) -> None:
    items = root.get("items")
    if items is not None and (not isinstance(items, list) or not all(isinstance(each, Map) for each in items)):
        message = f"`items` of the {_KIND} is not a list of objects"
        raise InputError([Finding("krm", message, place_of(root, ("items",)), _HINT)])


def _remove_annotations(config: Map) -> None:
    """Remove the annotations that the set has as a function."""
    metadata = config.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, Map) else None
    if not isinstance(metadata, Map) or not isinstance(annotations, Map):
        return
    for name in [name for name in annotations if name.startswith(_OF_FUNCTIONS)]:
        del annotations[name]
    if not annotations:
        del metadata["annotations"]


def _node(data: Any) -> Any:
    return yaml.compose(dump_one(data), Loader=_Loader)


def _get(node: Any, key: str) -> Any:
    """Return the value of `key` if `node` is a mapping that has it."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _identity(node: Any) -> tuple[Any, ...]:
    """Return what names an object: no two of a list have the same."""
    metadata = _get(node, "metadata")
    parts = [_get(node, "apiVersion"), _get(node, "kind"), _get(metadata, "name"), _get(metadata, "namespace")]
    return tuple(getattr(part, "value", None) for part in parts)
