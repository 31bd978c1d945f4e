"""Every figures.yaml that is shipped says what can be read: it is not checked again when it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from mocompile.catalog import Catalog
from mocompile.catalog.figures.model import RESERVED
from mocompile.catalog.figures.reader import read_sheet
from mocompile.results.record import ALWAYS, FIRST, OPTIONAL, Record

from tests.paths import ROOT

SHEETS = sorted([*ROOT.glob("templates/**/figures.yaml"), *ROOT.glob("addons/*/figures.yaml")])
# What they run is the user's own.
WITHOUT = {"app-custom"}


def _names() -> Iterator[str]:
    return (path.parent.name for path in SHEETS)


@pytest.mark.parametrize("path", SHEETS, ids=_names())
def test_a_shipped_sheet_has_no_finding(path: Path) -> None:
    read_sheet(path, path.parent.name, lambda *_: None)


@pytest.mark.parametrize("name", Catalog().metric_names)
def test_every_metric_has_a_sheet_but_those_that_run_anything(name: str) -> None:
    assert (Catalog().figures(name) is None) == (name in WITHOUT)


def test_the_names_that_a_context_cannot_have_are_those_that_lines_of_results_have() -> None:
    assert {each.name for each in fields(Record)} | {
        *FIRST,
        *ALWAYS,
        *OPTIONAL,
        "image",
        "addons",
        "problem",
    } == RESERVED
