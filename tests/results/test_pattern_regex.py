"""Regular expressions as patterns."""

from __future__ import annotations

import pytest
from mocompile.results.pattern import pattern


@pytest.mark.parametrize("text", ["/^size:? ?<size>$/", "/^size:? ?(?P<size>\\d+)$/", "/(?<=size: )<size>$/"])
def test_a_name_may_follow_a_question_mark(text: str) -> None:
    made = pattern(text, {"size": "number"})
    match = made.match("size: 12")
    assert match is not None
    assert [(name, match[group]) for group, name, _ in made.figures] == [("size", "12")]


def test_an_angle_bracket_that_is_no_name_is_text() -> None:
    made = pattern('/<object type="(?P<kind>Node)"(?: index="(?P<index>\\d+)")?.* size="<size>"/', {"size": "number"})
    match = made.match('  <object type="Node" size="12">')
    assert match is not None
    assert [match[group] for group, _, _ in made.figures] == ["12"]
