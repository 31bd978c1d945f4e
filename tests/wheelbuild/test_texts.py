"""A template that is written as a function gives the text that Jinja gives."""

from __future__ import annotations

from typing import Any

import pytest
from mocompile.emit.helm.readme import environment

from wheelbuild.texts import function

NAMES: list[dict[str, Any]] = [
    {"a": "x", "many": ["1", "b [[ a ]]"], "rows": [{"k": 1}, {"k": "2"}, {"k": ""}], "no": "", "yes": True},
    {"a": 5, "many": [], "rows": [], "no": [], "yes": 1},
]


@pytest.mark.parametrize(
    "template",
    [
        "",
        "text '\"\\n {{ go }}\n\n",
        "[[ a ]] and [[a]]\n",
        "[% if no %]\none\n[% elif yes %]\ntwo\n[% else %]\nthree\n[% endif %]\nend",
        "  [% if not yes %]a[% endif %]b",
        "[% for row in rows %]\n| [[ row.k ]] | [[ a ]] |\n[% endfor %]\n",
        "[% for each in many %][[ each ]][[ ', ' if not loop.last ]][% endfor %].",
        "[% for x in many %][% for row in rows %][[ x ]][[ row.k ]][[ 1 if loop.last else a ]][% endfor %][% endfor %]",
        "[[ many | join(', ') ]]",
        "[# a comment #]x",
    ],
)
@pytest.mark.parametrize("names", NAMES)
def test_function_gives_the_text_of_jinja(template: str, names: dict[str, Any]) -> None:
    made: dict[str, Any] = {}
    exec(function(environment().parse(template)), made)
    assert made["render"](names) == environment().from_string(template).render(**names)


@pytest.mark.parametrize(
    "template", ["[% set x = 1 %]", "[[ a | upper ]]", "[[ a() ]]", "[% for x in many %][[ loop.index ]][% endfor %]",
                 "[% for x in many if x %][% endfor %]", "[[ a + 1 ]]", "[[ many | join ]]"]
)  # fmt: skip
def test_what_is_not_translated_is_refused(template: str) -> None:
    with pytest.raises(TypeError, match="does not translate"):
        function(environment().parse(template))
