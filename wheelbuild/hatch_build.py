"""The build hook: puts the made files into the wheel, in the place of the sources. An editable install has none."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class QuickStart(BuildHookInterface[Any]):
    """Makes the files in a folder of its own for the time of the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the files, and add them to the wheel."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from wheelbuild.package import made_files

        self.made = tempfile.TemporaryDirectory(prefix="mocompile-wheel-")
        for path, data in made_files(Path(self.root), self.metadata.version):
            file = Path(self.made.name, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            build_data["force_include"][str(file)] = path

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the files."""
        if version != "editable":
            self.made.cleanup()
