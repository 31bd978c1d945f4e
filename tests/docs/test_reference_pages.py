"""The reference pages say what the data sheets say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.docs.reference_pages import PAGES
from tests.docs.sheet_keys import entry_tables, option_tables, tables
from tests.paths import ROOT


@pytest.mark.parametrize("path", sorted(PAGES), ids=lambda path: path.name)
def test_page_is_what_the_data_sheets_say(path: Path) -> None:
    assert path.read_text("utf-8") == PAGES[path](), "`python -m tests.docs.regenerate` writes it anew"


def test_every_key_of_a_data_sheet_has_a_meaning() -> None:
    shown = [*tables("metric"), *tables("addon"), *tables("figures"), *option_tables(), *entry_tables()]
    assert [f"{table.title}: {key.name}" for table in shown for key in table.keys if not key.description] == []


def test_every_key_of_a_schema_is_in_the_reference_of_data_sheets() -> None:
    shown = [*tables("metric"), *tables("addon"), *tables("figures"), *option_tables(), *entry_tables()]
    known = {key.name for table in shown for key in table.keys}
    for name in ("metric", "addon", "figures", "options"):
        assert _keys(json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text("utf-8"))) <= known, name


def _keys(schema: Any) -> set[str]:
    """The keys that a JSON Schema allows, at any depth."""
    if isinstance(schema, list):
        return set().union(*map(_keys, schema))
    if not isinstance(schema, dict):
        return set()
    properties = schema.get("properties", {})
    inside = [each for name, each in schema.items() if name != "properties"]
    return {*properties, *_keys(list(properties.values())), *_keys(inside)}
