"""An SVG as part of a page: names of its own, colours that follow the page's, nothing that is not a picture."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from mocompile.results.present.plot.chart import Chart
from mocompile.results.present.plot.draw import draw
from mocompile.results.present.plot.style import COLORS, GRID, INK, PAPER, SOFT

_LINK = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
# What the page calls the colours that are not those of a series.
_ROLES = {INK: "ink", SOFT: "soft", GRID: "grid", PAPER: "paper", COLORS[6]: "ink"}
_COLOR = re.compile("|".join(_ROLES), re.IGNORECASE)
_ROLE_OF = {color.lower(): role for color, role in _ROLES.items()}
_FONT = re.compile(r"'DejaVu Sans'")
_DROPPED = frozenset({"metadata", "style", "title"})


def inline(chart: Chart, name: str) -> str:
    """The chart as an `<svg>` for a page in HTML. `name` begins the ids in it; it is unique in the page."""
    root = ElementTree.fromstring(draw(chart, "svg", heading=False, text=True))  # noqa: S314  # of our own making
    for element in root.iter():
        _plain(element, name)
    _drop(root)
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "role": "img",
        "aria-label": chart.description,
    }
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _plain(element: ElementTree.Element, name: str) -> None:
    """Takes the namespaces away, which a page does not need, and makes ids and colours the page's."""
    element.tag = element.tag.rpartition("}")[2]
    attributes = {}
    for key, value in element.attrib.items():
        if key == "id":
            attributes[key] = f"{name}-{value}"
        elif key == _LINK:
            attributes["href"] = f"#{name}-{value.removeprefix('#')}"
        else:
            text = _REFERENCE.sub(rf"url(#{name}-\1)", value)
            if key == "style":
                text = _COLOR.sub(lambda found: f"var(--{_ROLE_OF[found[0].lower()]})", text)
                text = _FONT.sub("'DejaVu Sans', Verdana, sans-serif", text)
            attributes[key.rpartition("}")[2]] = text
    element.attrib = attributes


def _drop(element: ElementTree.Element) -> None:
    for child in list(element):
        if child.tag in _DROPPED:
            element.remove(child)
        else:
            _drop(child)
