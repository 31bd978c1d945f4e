"""Turns errors of the YAML parser into findings that say what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mocompile.diagnostics.finding import Finding
from mocompile.diagnostics.place import Place

if TYPE_CHECKING:
    import yaml

    from mocompile.document.text import Text

_INDENTATION = re.compile(r"[ \t]*")

_BRACKETS = frozenset({"while parsing a flow mapping", "while parsing a flow sequence"})

# A part of the parser's message; a clearer message; a hint. `{}` is the character at which the parser stopped.
_IN_WORDS = (
    ("cannot start any token", "a value cannot begin with '{}'", "put the value into quotes"),
    (
        "mapping values are not allowed",
        "unexpected ':'",
        "quote a value that contains ': ', or correct the indentation of this line or the one above",
    ),
    (
        "did not find expected key",
        "unexpected text: a new key or value cannot begin at this place",
        "check that the line is indented like its neighbours, and that a quote within quotes is doubled",
    ),
    (
        "did not find expected '-'",
        "expected another item ('- ') of the list above",
        "check that the line is indented like its neighbours",
    ),
    (
        "block sequence entries are not allowed",
        "unexpected list item ('- ')",
        "begin the list on a line of its own",
    ),
    (
        "expected alphabetic or numeric character",
        "missing name after '&' or '*'",
        "put a value that begins with '&' or '*' into quotes",
    ),
    ("unknown escape character", "unknown escape in double quotes", "double the '\\', or use single quotes"),
    (
        "invalid Unicode character escape",
        "this escape is only half of a character",
        "write the character itself, or '\\U' and eight digits; a pair like \\ud83d\\ude00 works in JSON only",
    ),
    ("did not find expected node content", "expected a value", "quote a value that begins with this character"),
    (
        "did not find expected ',' or '}'",
        "expected ',' or '}'",
        "put ',' between two entries, and quote a value that contains '{' or '}'",
    ),
    (
        "did not find expected ',' or ']'",
        "expected ',' or ']'",
        "put ',' between two items, and quote a value that contains '[' or ']'",
    ),
    ("<document start>", "unexpected text after the end of the document", "begin another document with `---`"),
)


def syntax_finding(error: yaml.YAMLError, text: Text) -> Finding:
    """Return the finding for an error that PyYAML raised for `text`."""
    problem = getattr(error, "problem", None) or " ".join(str(error).split())
    context = getattr(error, "context", None) or ""
    at = _index_of(getattr(error, "problem_mark", None))
    since = _index_of(getattr(error, "context_mark", None))
    if at is None:
        return Finding("syntax", problem, Place(text.name, text.line, text.column))
    if since is not None and "quoted scalar" in context and "unexpected" in problem:
        return _never_closed("quote", since, text)
    if since is not None and context in _BRACKETS and not text.text[at:].strip():
        return _never_closed(f"'{text.text[since : since + 1]}'", since, text)
    tab = _indenting_tab(text, at)
    if tab is not None:
        return Finding("syntax", "invalid indentation: it contains a tab; use spaces", text.place(tab, tab + 1))
    if since is not None and "could not find expected ':'" in problem:
        hint = "write `key: value`, or `- item` with a space after the '-'"
        return Finding("syntax", "missing ':' after this key", text.place(since, text.line_end(since)), hint)
    message, hint = _in_words(problem, text.text[at : at + 1])
    return Finding("syntax", message + _opened(context, since, text), text.place(at, at + 1), hint)


def _never_closed(what: str, since: int, text: Text) -> Finding:
    return Finding(
        "syntax", f"this {what} is never closed", text.place(since, since + 1), f"close or remove the {what}"
    )


def _index_of(mark: Any) -> int | None:
    return None if mark is None else int(mark.index)


def _indenting_tab(text: Text, index: int) -> int | None:
    """The index of the first tab in the indentation of the line of `index`."""
    indentation = _INDENTATION.match(text.text, text.line_start(index))
    tab = text.text.find("\t", indentation.start(), indentation.end()) if indentation else -1
    return tab if tab >= 0 else None


def _opened(context: str, since: int | None, text: Text) -> str:
    """Return the place of the opening bracket, as the end of the message."""
    if since is None or context not in _BRACKETS:
        return ""
    place = text.place(since, since + 1)
    return f" after the '{text.text[since : since + 1]}' of line {place.line}, column {place.column}"


def _in_words(problem: str, character: str) -> tuple[str, str]:
    for known, message, hint in _IN_WORDS:
        if known in problem:
            return message.replace("{}", character), hint
    return problem, ""
