"""Writes the templates of charts as functions, so that a chart is made without Jinja.

Jinja parses a template; what it finds is translated node by node. A node that is not in the list here is an error of
the wheel's build.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

_TEMPLATES = ("NOTES.txt.jinja", "README.md.jinja")
_HEAD = "# Made by wheelbuild for the wheel.\n"


def made_texts(root: Path) -> Iterator[tuple[str, str]]:
    """The module of every template: its path in the wheel, and its text. Imports the package of this checkout."""
    sys.path.insert(0, str(root / "compiler"))
    from mocompile.catalog.compiled import checksum, path_of
    from mocompile.emit.helm.readme import environment

    yield "mocompile/_texts/__init__.py", _HEAD
    for name in _TEMPLATES:
        source = f"charts/{name}"
        tree = environment().parse((root / source).read_text("utf-8"))
        text = f"{_HEAD}SOURCES = {(source,)!r}\nCHECKSUM = {checksum([path_of(source)])}\n\n\n{function(tree)}"
        yield f"mocompile/_texts/{name.partition('.')[0].lower()}.py", text


def function(tree: Any) -> str:
    """The function `render(names)` of a template's syntax tree. Raises `TypeError` for what is not translated."""
    lines = [
        "def render(names):",
        "    text = []",
        *(f"    {line}" for line in _statements(tree.body, {})),
        "    return ''.join(text)",
    ]
    return "\n".join(lines) + "\n"


def _statements(nodes: Iterable[Any], known: Mapping[str, str]) -> Iterator[str]:
    """The lines of some nodes. `known` has the variables of the loops around them: by name, that of their position."""
    for node in nodes:
        match type(node).__name__:
            case "Output":
                for each in node.nodes:
                    is_text = type(each).__name__ == "TemplateData"
                    value = repr(each.data) if is_text else f"str({_expression(each, known)})"
                    yield f"text.append({value})"
            case "If":
                yield f"if {_expression(node.test, known)}:"
                yield from _block(node.body, known)
                for other in node.elif_:
                    yield f"elif {_expression(other.test, known)}:"
                    yield from _block(other.body, known)
                if node.else_:
                    yield "else:"
                    yield from _block(node.else_, known)
            case "For" if type(node.target).__name__ == "Name" and not (node.else_ or node.test or node.recursive):
                name = f"each_{node.target.name}"
                yield f"{name}_all = list({_expression(node.iter, known)})"
                yield f"for {name}_at, {name} in enumerate({name}_all, 1):"
                yield from _block(node.body, {**known, node.target.name: name, "loop": name})
            case kind:
                raise TypeError(f"wheelbuild does not translate {kind} (line {node.lineno})")


def _block(nodes: Iterable[Any], known: Mapping[str, str]) -> list[str]:
    return [f"    {line}" for line in _statements(nodes, known)] or ["    pass"]


def _expression(node: Any, known: Mapping[str, str]) -> str:
    match type(node).__name__:
        case "Const":
            return repr(node.value)
        case "Name" if node.name != "loop":
            return known.get(node.name, f"names[{node.name!r}]")
        case "Getattr" if type(node.node).__name__ == "Name" and node.node.name == "loop":
            if node.attr != "last":
                raise TypeError(f"wheelbuild does not translate loop.{node.attr}")
            return f"({known['loop']}_at == len({known['loop']}_all))"
        case "Getattr":
            return f"{_expression(node.node, known)}[{node.attr!r}]"
        case "Not":
            return f"(not {_expression(node.node, known)})"
        case "CondExpr":
            otherwise = "''" if node.expr2 is None else _expression(node.expr2, known)
            return f"({_expression(node.expr1, known)} if {_expression(node.test, known)} else {otherwise})"
        case "Filter" if node.name == "join" and len(node.args) == 1 and not node.kwargs:
            return f"{_expression(node.args[0], known)}.join(map(str, {_expression(node.node, known)}))"
    raise TypeError(f"wheelbuild does not translate {type(node).__name__} (line {node.lineno})")
