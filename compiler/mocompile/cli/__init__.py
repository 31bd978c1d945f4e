"""The command line: parses arguments, calls the stages, prints. `mocompile.cli.main` is the entry point."""

from __future__ import annotations

from mocompile.cli.run import main

__all__ = ["main"]
