"""The reference pages say what the data sheets say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.reference_pages import pages


@pytest.mark.parametrize("path", sorted(pages()), ids=lambda path: path.name)
def test_page_is_what_the_data_sheets_say(path: Path) -> None:
    assert path.read_text("utf-8") == pages()[path], "`python -m tests.docs.regenerate` writes it anew"
