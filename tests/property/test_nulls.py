"""A null means the default: a key that is wrong with a value is wrong with a null, and any other null changes nothing.

`MOCOMPILE_EXAMPLES` says how many sets are tried (30).
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st
from mocompile.diagnostics.finding import InputError
from mocompile.diagnostics.place import Place
from mocompile.document.load import load_text
from mocompile.document.merge import merge
from mocompile.document.set_path import parse_setting
from mocompile.pipeline import compile_objects

from tests.emit.documents import text_of
from tests.property.examples import examples
from tests.property.sets import CATALOG, HOSTILE, likely

_SETTINGS = examples(30)
# Mappings that may be absent, fields, and mistakes.
_STEPS = ("pod", "labels", "jobset", "timeouts", "logging", "resources", "limits", "options", "env", "attributes")
_KEYS = st.sampled_from(
    ("podz", "sise", "a b", "zz", "1", "size", "image", "pods", "example.com/a", "MO_X", *_STEPS, *HOSTILE)
)
# What a finding about a key says; others are about its value.
_OF_KEYS = frozenset({"schema-unknown", "schema-key", "schema-variant", "set-path"})


def _objects(text: str, overlay: str = "", setting: str = "") -> Any:
    """The objects of a set; or, as pairs of rule and place, what is wrong with it."""
    overlays = [load_text(overlay, "overlay.yaml")[0]] if overlay else []
    try:
        chosen = [parse_setting(setting)] if setting else []
        return compile_objects(merge(load_text(text, "metrics.yaml")[0], overlays, chosen).root, CATALOG)
    except InputError as error:
        return {(finding.rule, _start(finding.place)) for finding in error.findings}


def _start(place: Place | None) -> tuple[str, int, int]:
    assert place is not None
    return place.source.split("=")[0], place.line, place.column


def _require_same(before: Any, with_value: Any, with_null: Any) -> None:
    about_key = {each for each in with_value if each[0] in _OF_KEYS} if isinstance(with_value, set) else set()
    event("a wrong key" if about_key else "a key that may be there")
    if about_key:
        assert isinstance(with_null, set)
        assert about_key <= with_null
    elif isinstance(with_null, list):
        assert with_null == before


def _mappings(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    own = [path] if isinstance(node, dict) else []
    return own + [found for key, child in children for found in _mappings(child, (*path, key))]


def _at(document: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        document = document[step] if isinstance(document, dict) else document[int(step)]
    return document


@_SETTINGS
@given(likely, _KEYS, st.data())
def test_a_null_in_a_set_is_a_finding_where_a_value_is_one_or_changes_nothing(
    document: dict[str, Any], key: str, data: st.DataObject
) -> None:
    before = _objects(text_of(document))
    assume(isinstance(before, list))
    path = data.draw(st.sampled_from(_mappings(document)))
    assume(key not in _at(document, path))
    outcomes = []
    for value in ("x", None):
        changed = deepcopy(document)
        _at(changed, path)[key] = value
        outcomes.append(_objects(text_of(changed)))
    _require_same(before, *outcomes)


@_SETTINGS
@given(likely, st.lists(st.sampled_from(_STEPS), max_size=3), _KEYS, st.booleans(), st.data())
def test_a_null_in_an_overlay_or_a_setting_is_a_finding_where_a_value_is_one_or_changes_nothing(
    document: dict[str, Any], steps: list[str], key: str, in_overlay: bool, data: st.DataObject
) -> None:
    text = text_of(document)
    before = _objects(text)
    assume(isinstance(before, list))
    start = data.draw(st.sampled_from(_mappings(document)))
    assume(not in_overlay or all(isinstance(step, str) for step in start))
    path = (*start, *steps)
    assume(not _is_there(document, (*path, key)))
    if in_overlay:
        outcomes = [_objects(text, overlay=text_of(_nested((*path, key), value))) for value in ("x", None)]
    else:
        written = "".join(f"[{step}]" if isinstance(step, int) else f'["{_escaped(step)}"]' for step in (*path, key))
        outcomes = [_objects(text, setting=f"{written}={value}") for value in ("x", "null")]
    _require_same(before, *outcomes)


def _is_there(document: Any, path: tuple[str | int, ...]) -> bool:
    for step in path:
        if (isinstance(document, dict) and step not in document) or not isinstance(document, dict | list):
            return False
        document = document[step] if isinstance(document, dict) else document[int(step)]
    return True


def _escaped(step: str) -> str:
    return step.replace("\\", "\\\\").replace('"', '\\"')


def _nested(path: tuple[str | int, ...], value: str | None) -> Any:
    for step in reversed(path):
        value = {step: value}  # type: ignore[assignment]
    return value
