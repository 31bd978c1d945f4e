"""Regular expressions as patterns."""

from __future__ import annotations

import pytest
from mocompile.results.pattern import holes, pattern


@pytest.mark.parametrize("text", ["/^size:? ?<size>$/", "/^size:? ?(?P<size>\\d+)$/", "/(?<=size: )<size>$/"])
def test_a_name_may_follow_a_question_mark(text: str) -> None:
    made = pattern(text, {"size": "number"})
    match = made.match("size: 12")
    assert match is not None
    assert list(holes(match, made)) == [("size", False, "12")]
