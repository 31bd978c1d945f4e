"""Load: bytes to documents, whose trees know the place of every key and value.

    load(read(path))                the one document of a file, a folder or stdin
    load_text(text, name)           every document of a text
    load_value(text, place)         a value of any kind, from a text with a place

For any bytes, the result is a document or an `InputError`, in time and memory proportional to the input's size.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.place import Place
from mocompile.document.source import Source, read, require_size
from mocompile.document.text import Text, decode, lines_of
from mocompile.document.tree import Map, Seq, Value
from mocompile.document.yaml_tree import YamlNode, trees

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Document", "Source", "load", "load_file", "load_text", "load_value", "read"]


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document. `sources` has the lines of every source that a place in the tree may name."""

    root: Map
    source: str
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)


def load(source: Source) -> Document:
    """Return the one document of `source`: a MetricSet or, for an overlay, a part of one. `check` judges its content.

    Raises `InputError` if the bytes are not valid YAML, or if the number of documents is not one.
    """
    documents = load_text(source.data, source.name)
    if not documents:
        place = Place(source.name, 1, 1)
        hint = "a MetricSet has `apiVersion`, `kind: MetricSet`, `metadata` and `spec`"
        raise InputError([Finding("no-document", "the file is empty or has only comments", place, hint)])
    if len(documents) > 1:
        raise InputError(_more_than_one(documents))
    return documents[0]


def load_file(path: str | Path) -> Document:
    """Return `load(read(path))`, for callers that do not show the lines of a broken file."""
    return load(read(path))


def load_text(text: str | bytes, name: str) -> tuple[Document, ...]:
    """Return every document of `text` that is not empty. `name` is the source in its places.

    Raises `InputError` with every finding: invalid UTF-8 or YAML, an exceeded limit, a document that is not a mapping.
    """
    require_size(len(text), name)
    decoded = text.removeprefix("\ufeff") if isinstance(text, str) else decode(text, name)
    nodes = trees(Text(name, decoded))
    findings = [_not_a_mapping(node) for node in nodes if not isinstance(node.value, Map)]
    if findings:
        raise InputError(findings)
    sources = {name: lines_of(decoded)}
    return tuple(Document(node.value, name, sources) for node in nodes if isinstance(node.value, Map))


def load_value(text: str, place: Place | None = None) -> Value:
    """Return the one value of `text`, of any kind; None for empty text. `place` is the place where the text begins.

    Raises `InputError` like `load_text`, and if there is more than one document.
    """
    begin = place or Place("<text>", 1, 1)
    require_size(len(text), begin.source)
    nodes = trees(Text(begin.source, str(text), begin.line, begin.column))
    if len(nodes) > 1:
        raise InputError([Finding("other-document", "expected one value, but `---` begins another", nodes[1].place)])
    return nodes[0].value if nodes else None


def _more_than_one(documents: tuple[Document, ...]) -> list[Finding]:
    """Return a finding for each document beside the first MetricSet; for every document if there is no MetricSet."""
    wanted = next((document for document in documents if _kind(document) == "MetricSet"), None)
    return [_other_document(document, wanted) for document in documents if document is not wanted]


def _other_document(document: Document, wanted: Document | None) -> Finding:
    kind = _kind(document)
    root = document.root
    place = root.value_places["kind"] if kind else root.place
    named = f"(kind: {kind}, at line {root.place.line})" if kind else f"(no kind, at line {root.place.line})"
    if wanted is None:
        message = f"the file has several documents, but no MetricSet: this document {named} is one of them"
        return Finding("other-document", message, place, "keep one document, the MetricSet, in the file")
    message = f"the file has another document {named} beside the MetricSet of line {wanted.root.place.line}"
    return Finding("other-document", message, place, "move the other document to a file of its own")


def _kind(document: Document) -> str:
    kind = document.root.get("kind")
    return kind if isinstance(kind, str) else ""


def _not_a_mapping(node: YamlNode) -> Finding:
    what = "a list" if isinstance(node.value, Seq) else "text"
    hint = "write lines of `key: value`"
    return Finding("not-a-mapping", f"expected a mapping, found {what}", node.place, hint)
