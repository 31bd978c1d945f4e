"""Text that every line has that a pattern matches: how a line begins, or what it contains.

A search for that text in a whole block of a log finds the lines that are worth the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

# A hole of a template, and the parts of a regular expression: see `pattern`.
_HOLE = re.compile(r"<(?:_|_?[A-Za-z%][-A-Za-z0-9_/%]*)(?:\.\.\.|\.unit)?>|\.\.\.")
_TOKEN = re.compile(
    r"\\(?:[1-9]\d?|.)|\[\^?\]?(?:\\.|[^\]\\])*\]|<(?:_|_?[A-Za-z%][-A-Za-z0-9_/%]*)(?:\.\.\.|\.unit)?>", re.DOTALL
)
_COUNT = re.compile(r"\{(\d*)(?:,\d*)?\}")
# Groups whose text is matched where they are. Others look around, change flags or are conditions.
_GROUP = re.compile(r"\((?:\?:|\?P<\w+>|(?!\?))")
_SPECIAL = re.compile(r"\(\?(?:<?[=!]|P=\w+|\(\w+\)|[a-zA-Z-]+:?|>)")
# White space at the beginning of an expression.
_BLANKS = re.compile(r"\^(?:(?:\\s| )(?:[*+?]|\{\d*(?:,\d*)?\})?[?+]?)?")
# A shorter text is in too many other lines.
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Required:
    """One of `heads` begins each matching line, after white space, or one of `texts` is in it.

    Both are empty if no such text is known.
    """

    heads: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.heads or self.texts)


@cache
def required(pattern: str) -> Required:
    """Return the required text of lines that match the pattern of a figures.yaml."""
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        return _of_expression(pattern[1:-1])
    first = _HOLE.split(pattern)[0].split()
    if first and not _short(first[:1]):
        return Required(heads=(first[0],))
    words = [word for part in _HOLE.split(pattern) for word in part.split()]
    return _texts(max(words, key=len, default=""))


def _of_expression(text: str) -> Required:
    if re.search(r"\(\?[a-zA-Z-]*[ix]", text):
        return Required()
    alternatives = _Alternatives(text, 0)
    heads = {head.lstrip() for head in alternatives.heads}
    if heads and not _short(heads):
        return Required(heads=tuple(sorted(heads)))
    return _texts(*sorted(alternatives.texts))


def _texts(*texts: str) -> Required:
    return Required(texts=texts) if texts and not _short(texts) else Required()


def _short(texts: Iterable[str]) -> bool:
    return any(len(text.strip()) < _SHORTEST for text in texts)


def _better(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Return the texts of which the shortest is longer: they are in fewer other lines."""
    return max(one, other, key=lambda texts: min((len(each.strip()) for each in texts), default=0))


class _Alternatives:
    """Reads alternatives from `start` to the end of their group or of the expression.

    `texts`: one of them is in each match; `firsts`: one of them begins each match; `heads`: the same, where each match
    is at the beginning of the line. Each is empty if it is not known.
    """

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self.end = start
        texts: list[frozenset[str]] = []
        firsts: list[frozenset[str]] = []
        anchored: list[bool] = []
        while True:
            begin = _BLANKS.match(text, self.end)
            anchored.append(begin is not None)
            self.end = begin.end() if begin else self.end
            found, first = self._sequence()
            texts.append(found)
            firsts.append(first)
            if self.end >= len(text) or text[self.end] == ")":
                break
            self.end += 1
        self.texts = _union(texts)
        self.firsts = _union(firsts)
        self.heads = self.firsts if all(anchored) else frozenset[str]()

    def _sequence(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the texts and the first texts of one alternative."""
        text = self._text
        best = first = frozenset[str]()
        run = ""
        at_start = True
        while self.end < len(text) and text[self.end] not in "|)":
            token = _TOKEN.match(text, self.end)
            symbol = token[0] if token else text[self.end]
            literal = _literal(symbol)
            inner: _Alternatives | None = None
            if symbol == "(":
                opening = _GROUP.match(text, self.end)
                inner = _Alternatives(text, opening.end() if opening else _behind_question(text, self.end))
                self.end = inner.end + 1
                inner = inner if opening else None
            else:
                self.end += len(symbol)
            least, quantified = self._quantifier()
            if literal and least == 1 and not quantified:
                run += literal
                continue
            if literal and least:
                run += literal
            best, first, run, at_start = _ended(best, first, run, at_start=at_start)
            if inner is not None and least:
                best = _better(best, inner.texts)
                first = inner.firsts if at_start else first
            at_start = False
        best, first, _, _ = _ended(best, first, run, at_start=at_start)
        return best, first

    def _quantifier(self) -> tuple[int, bool]:
        """Pass a quantifier; return how often its symbol is there at least, and whether it was one."""
        text = self._text
        symbol = text[self.end : self.end + 1]
        count = _COUNT.match(text, self.end)
        if count is not None:
            self.end = count.end()
            least = int(count[1] or 0)
        elif symbol and symbol in "?*+":
            self.end += 1
            least = int(symbol == "+")
        else:
            return 1, False
        if text[self.end : self.end + 1] in ("?", "+"):  # lazy, possessive
            self.end += 1
        return least, True


def _ended(
    best: frozenset[str], first: frozenset[str], run: str, *, at_start: bool
) -> tuple[frozenset[str], frozenset[str], str, bool]:
    """End a run of literal text."""
    if not run:
        return best, first, "", at_start
    return _better(best, frozenset((run,))), frozenset((run,)) if at_start else first, "", False


def _union(parts: list[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*parts) if all(parts) else frozenset()


def _literal(symbol: str) -> str:
    """Return the character that the symbol matches, if it is only one."""
    if len(symbol) == 2 and symbol[0] == "\\" and not symbol[1].isalnum():
        return symbol[1]
    return symbol if len(symbol) == 1 and symbol not in "^$.?*+{}()|\\[" else ""


def _behind_question(text: str, start: int) -> int:
    """Return where the text of a special group begins, so that its end is found."""
    opening = _SPECIAL.match(text, start)
    return opening.end() if opening else start + 1
