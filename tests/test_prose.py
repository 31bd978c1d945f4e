"""The project's prose: spelling, and plain present-day English in code, schemas and documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.paths import ROOT
from tests.test_lint import passes, tool

HERE = Path(__file__).resolve()
SPELLED = (
    *("addons", "benchmarks", "charts", "compiler", "docs", "examples", "schemas", "templates"),
    *("CHANGELOG.md", "CONTRIBUTING.md", "README.md", "RELEASING.md", "SECURITY.md", "pyproject.toml"),
)
# Folders and files without the turns of `BANNED`. Logs are as their programs wrote them, and this file has the turns.
PLAIN = (
    *("addons", "benchmarks", "charts", "compiler", "docs", "examples", "schemas", "templates", "tests"),
    *("CHANGELOG.md", "CONTRIBUTING.md", "README.md", "RELEASING.md", "SECURITY.md"),
)
SUFFIXES = frozenset({".jinja", ".json", ".md", ".py", ".sh", ".tpl", ".yaml"})
# A turn, and the wording to use instead.
BANNED = (
    (r"\bstands?\b(?! (in )?for\b|-ins?\b|-alone\b)", "say 'is', or name the subject: 'the list contains …'"),
    (r"(?<!there )\b(is|are|was|were) none\b", "say 'is not a …', or 'there is no …'"),
    (r"\bnot to be had\b", "say 'not available'"),
    (r"\bof the user's(?! [a-z])", "say 'the user's …'"),
    (r"\b(has|have|had) not got\b", "say 'does not have'"),
    (r"\bnot allowed here\b", "say what is wrong with the value: 'invalid image 'a b': it contains a space'"),
    (r"\b[Tt]hat which\b", "name the thing"),
    (r"\b(is|are) told\b(?! apart)", "say 'is printed', 'the message says …'"),
    (r'"""What\b', "begin the docstring with what the function does: 'Return …'"),
)


def prose(places: tuple[str, ...] = PLAIN) -> Iterator[Path]:
    """The files with prose at `places`."""
    for place in places:
        path = ROOT / place
        assert path.exists(), place
        found = (path,) if path.is_file() else sorted(each for each in path.rglob("*") if each.suffix in SUFFIXES)
        yield from (each for each in found if each != HERE and ROOT / "tests" / "data" not in each.parents)


def turns(text: str) -> Iterator[str]:
    """Each banned turn in the text: its line number, the line, and the wording to use instead."""
    for number, line in enumerate(text.splitlines(), 1):
        for turn, instead in BANNED:
            if re.search(turn, line):
                yield f"{number}: {line.strip()}\n    {instead}"


def test_words_are_spelled_as_in_a_dictionary() -> None:
    passes(tool("codespell"), *SPELLED)


def test_prose_is_plain_english() -> None:
    found = [f"{path.relative_to(ROOT)}:{turn}" for path in prose() for turn in turns(path.read_text("utf-8"))]
    assert not found, "\n".join(found)


def test_each_banned_turn_is_found() -> None:
    line = "the file stands here, is none of ours, not to be had, a value of the user's, has not got one, "
    line += 'not allowed here, that which is told """What it is'
    assert len(list(turns(line))) == len(BANNED)
    assert not list(turns("MO stands for mocompile; the shell of the user's choice; a stand-in"))
