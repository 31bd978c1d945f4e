"""Regular expressions as patterns."""

from __future__ import annotations

import re
import time

import pytest
from mocompile.catalog.figures.pattern import pattern


@pytest.mark.parametrize("text", ["/^size:? ?<size>$/", "/^size:? ?(?P<size>\\d+)$/", "/(?<=size: )<size>$/"])
def test_a_name_may_follow_a_question_mark(text: str) -> None:
    made = pattern(text, {"size": "number"})
    match = made.match("size: 12")
    assert match is not None
    assert [(name, match[group]) for group, name, _ in made.figures] == [("size", "12")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('/<object type="(?P<object>\\w+)"(?: os_index="\\d+")?.* size="<size>"/', '<object type="L2" size="12">'),
        ("/^a|b/", "b"),
        ("/ab?c<size>/", "ac1"),
        ("/ab{0,2}c/", "ac"),
        ("/x(?:a|b)+y/", "xaby"),
        ("/(?i)abc/", "ABC"),
        ("/[a-c]d\\.e\\b/", "ad.e"),
        ("/^(?:(?:x)|y)z$/", "yz"),
        ("/\\(us\\)+$/", "(us)))"),
    ],
)
def test_what_is_looked_for_first_is_in_every_line_that_matches(text: str, line: str) -> None:
    made = pattern(text, {"size": "number"})
    assert made.expression.search(line) is not None
    assert made.literal in line
    assert made.match(line) is not None


def test_a_long_line_of_digits_is_not_tried_in_every_way_to_share_them_out() -> None:
    made = pattern("Forces rate: <rate> dofs", {"rate": "number"})
    line = f"Forces rate: {'1' * 4000}"
    start = time.process_time()
    for _ in range(20):
        assert made.match(line) is None
    # Inside one call of `re`, the processor's time is the only measure; every way would take minutes.
    assert time.process_time() - start < 3


@pytest.mark.parametrize("text", ["/x{99999999999999}/", f"/{'(' * 3000}{')' * 3000}/", "/[[a-z]--[x]]/"])
def test_what_python_cannot_compile_is_a_wrong_expression(text: str) -> None:
    with pytest.raises(re.error):
        pattern(text, {})
