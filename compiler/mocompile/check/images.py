"""Warnings about images that a user wrote: a tag that moves may be another program at the next run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mocompile.check.context import AddonView, CheckContext, MetricView, mapping
from mocompile.schema.violations import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mocompile.diagnostics.finding import Finding
    from mocompile.document.tree import Path

_MAJOR = re.compile(r"v?[0-9]+")


def findings(view: CheckContext) -> Iterator[Finding]:
    """Images of metrics and of addons' options whose tag moves: none, `latest`, or only a major version."""
    for entry in view.entries:
        path, image = written_image(entry)
        moving = _moving_tag(image)
        if moving:
            message = f"image {shown(image)}: {moving} may be another image at the next run"
            hint = "write an exact tag, or a digest: `mocompile images --pin` writes all digests"
            yield view.finding("image-tag-moves", message, path, hint, level="warning")


def written_image(entry: MetricView | AddonView) -> tuple[Path, str]:
    """Return the place and the text of the entry's own image; empty text if the user wrote none."""
    if isinstance(entry, MetricView):
        path, image = (*entry.path, "image"), entry.data.get("image")
    else:
        path, image = (*entry.path, "options", "image"), mapping(entry.data.get("options")).get("image")
    return path, image if isinstance(image, str) else ""


def _moving_tag(image: str) -> str:
    """Say which tag of the image moves; empty if the image has an exact tag or a digest, or is no image."""
    name = image.rpartition("/")[2]
    if not name or "@" in name or image.split() != [image]:
        return ""
    _, given, tag = name.partition(":")
    if not given:
        return "without a tag it is 'latest', which"
    return f"the tag {shown(tag)}" if tag == "latest" or _MAJOR.fullmatch(tag) else ""
