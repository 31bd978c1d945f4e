"""Renders README.md and NOTES.txt of a chart from Jinja templates in charts/.

The templates use `[[ … ]]` and `[% … %]`, because NOTES.txt is also a Go template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mocompile import shipped
from mocompile.catalog.compiled import made_module
from mocompile.expression.directions import escaped_directions

if TYPE_CHECKING:
    from jinja2 import Environment

    from mocompile.emit.helm.chart_values import Offer


def readme(offer: Offer, overlays: Sequence[str]) -> str:
    """README.md: how to install the chart, and its values as a table."""
    rows = [
        {
            "path": ".".join(path),
            "default": _code(escaped_directions(json.dumps(offer.default(path), ensure_ascii=False))),
            "description": _cell(str(offer.schema(path).get("description", ""))),
        }
        for path in offer.paths
    ]
    pods, pods_path = offer.default(offer.pods_path), ".".join(offer.pods_path)
    study = "study" in offer.plan.values
    return _render(
        "README.md.jinja",
        name=offer.metricset.name,
        pods=pods,
        pods_path=pods_path,
        values=rows,
        overlays=overlays,
        study=study,
    )


def notes(offer: Offer) -> str:
    """NOTES.txt: the next commands."""
    jobs = [job.name for job in offer.plan.jobs if job.decides]
    metrics = [metric.sheet.name for metric in offer.metricset.metrics]
    return _render("NOTES.txt.jinja", name=offer.plan.name, jobs=jobs, metrics=metrics)


def _code(text: str) -> str:
    """Return text as a code span of a table cell, between more backticks than the text has in a row."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence} {_cell(text)} {fence}" if "`" in text else f"`{_cell(text)}`"


def _cell(text: str) -> str:
    """Text for a cell of a Markdown table, in a code span or not: one line, without what would end the cell."""
    return escaped_directions(text).replace("\n", " ").replace("|", "\\|")


def _render(template: str, **names: Any) -> str:
    module, _ = made_module(f"mocompile._texts.{template.partition('.')[0].lower()}")
    if module is not None:
        made: str = module.render(names)
        return made
    text: str = environment().from_string((shipped.folder("charts") / template).read_text("utf-8")).render(**names)
    return text


def environment() -> Environment:
    """Jinja as the templates of charts need it."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
