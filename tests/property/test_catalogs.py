"""Whatever a data sheet of a catalog holds, it is a sheet or findings: never anything else.

The sheets are those that are shipped, with a change. `MOCOMPILE_EXAMPLES` says how many are tried (60).
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import event, given
from hypothesis import strategies as st
from mocompile.catalog import Catalog
from mocompile.catalog.example import of_metric
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.document.load import load_text
from mocompile.document.merge import merge
from mocompile.pipeline import compile_objects
from mocompile.results import parse

from tests.emit.documents import text_of
from tests.paths import ROOT
from tests.property.examples import examples
from tests.property.sets import HOSTILE, anything

_SETTINGS = examples(60)
_OWN = "own-sheet"
_PIECES = (
    *HOSTILE,
    "{{",
    "}}",
    "{{ options.x }}",
    "{number}",
    "...",
    ":",
    "- ",
    "&a ",
    "*a",
    "\x00",
    "\u202e",
    "[",
    "'",
)


@cache
def _folders(kind: str) -> dict[str, Path]:
    places = (ROOT / "templates" / "metrics", ROOT / "addons")
    return {path.parent.name: path for place in places for path in sorted(place.glob(f"*/{kind}.yaml"))}


@cache
def _keys(kind: str) -> list[str]:
    """The keys of all sheets of that kind: one in the wrong place is likelier to go far than a key of no sense."""
    found: set[str] = set()
    for path in _folders(kind).values():
        for parent, key in _places(yaml.safe_load(path.read_text("utf-8"))):
            found.update({str(key)} if isinstance(parent, dict) else ())
    return sorted(found)


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every entry: what it is in, and its key or position."""
    for key in list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        yield data, key
        yield from _places(data[key])


def _changed_tree(draw: Any, kind: str, text: str) -> str:
    data = yaml.safe_load(text)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(data))
        if not places:
            break
        parent, key = places[draw(st.integers(0, len(places) - 1))]
        change = draw(st.sampled_from(["remove", "replace", "hostile", "rename", "add"]))
        if change == "remove":
            del parent[key]
        elif change == "replace":
            parent[key] = draw(anything)
        elif change == "hostile" and isinstance(parent[key], str):
            at = draw(st.integers(0, len(parent[key])))
            parent[key] = parent[key][:at] + draw(st.sampled_from(_PIECES)) + parent[key][at:]
        elif isinstance(parent, dict):
            other = draw(st.sampled_from(_keys(kind)))
            parent[other] = parent.pop(key) if change == "rename" else draw(anything)
    return str(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))


def _changed_text(draw: Any, text: str) -> str:
    chance = random.Random(draw(st.integers(0, 2**32)))
    for _ in range(draw(st.integers(1, 3))):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(_PIECES) + text[at + chance.choice((0, 0, 1, 5, 40)) :]
    return text


@st.composite
def changed(draw: Any, kind: str) -> tuple[str, bytes]:
    """The name of a shipped sheet, and a changed one."""
    name = draw(st.sampled_from(sorted(_folders(kind))))
    text = _folders(kind)[name].read_text("utf-8").replace(f"name: {name}\n", f"name: {_OWN}\n", 1)
    new = _changed_tree(draw, kind, text) if draw(st.booleans()) else _changed_text(draw, text)
    data = new.encode("utf-8", "surrogatepass")
    return name, data + b"\xff" if draw(st.integers(0, 30)) == 0 else data


@contextmanager
def _catalog(kind: str, name: str, data: bytes) -> Iterator[Catalog]:
    """A catalog with a copy of a shipped folder, in which one file is another."""
    top = Path(tempfile.mkdtemp(prefix="mocompile-catalog-"))
    try:
        folder = top / _OWN
        shutil.copytree(_folders(kind)[name].parent, folder)
        for sheet in ("metric", "addon"):
            path = folder / f"{sheet}.yaml"
            if path.is_file():
                path.write_text(path.read_text("utf-8").replace(f"name: {name}\n", f"name: {_OWN}\n", 1), "utf-8")
        (folder / f"{kind}.yaml").write_bytes(data)
        yield Catalog([top])
    finally:
        shutil.rmtree(top)


def _build(catalog: Catalog, document: dict[str, Any]) -> None:
    compile_objects(merge(load_text(text_of(document), "metrics.yaml")[0]).root, catalog)


def _use(catalog: Catalog, kind: str, name: str) -> None:
    """Everything that a build or a reader of logs does with a sheet."""
    if kind == "metric":
        _build(catalog, of_metric(catalog.metric(_OWN)))
    elif kind == "addon":
        catalog.addon(_OWN)
        metric = {"name": "io-fio", "addons": [{"name": _OWN}]}
        head = {"apiVersion": "flux-framework.org/v1alpha2", "kind": "MetricSet", "metadata": {"name": "disk"}}
        _build(catalog, {**head, "spec": {"metrics": [metric]}})
    else:
        catalog.figures(_OWN)
        example = _folders(kind)[name].with_name("example.log")
        if example.is_file():
            parse(example, metric=_OWN, catalog=catalog)


def _findings(catalog: Catalog, kind: str, name: str) -> tuple[Finding, ...]:
    try:
        _use(catalog, kind, name)
    except InputError as error:
        return tuple(error.findings)
    return ()


@pytest.mark.parametrize("kind", ["metric", "addon", "figures"])
@_SETTINGS
@given(data=st.data())
def test_a_changed_sheet_is_a_sheet_or_findings(kind: str, data: st.DataObject) -> None:
    name, content = data.draw(changed(kind))
    with _catalog(kind, name, content) as catalog:
        findings = _findings(catalog, kind, name)
    event("findings" if findings else "a sheet")
    assert all(finding.message for finding in findings)
