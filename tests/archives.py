"""Unpacks archives that tests make."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

# Python 3.11.2, that of Debian 12, has no filters yet.
_FILTER: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Unpack all members into `folder`."""
    archive.extractall(folder, **_FILTER)
