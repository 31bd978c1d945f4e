"""Optional dependencies: imported when needed. A missing one is an error with the command that installs it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from mocompile.diagnostics.finding import Finding, InputError

_EXTRAS = {"kubernetes": "cluster"}


class MissingExtraError(InputError):
    """An optional dependency is not installed."""

    def __str__(self) -> str:
        return "; ".join(f"{finding.message}: {finding.hint}" for finding in self.findings)


def need(module: str) -> Any:
    """Return the module of that name. Raises `MissingExtraError` if it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if (error.name or "").partition(".")[0] != package:
            raise
        extra = _EXTRAS.get(package, "results")
        raise MissingExtraError(
            [
                Finding(
                    "extra", f"this needs {package}, which is not installed", None, f"pip install 'mocompile[{extra}]'"
                )
            ]
        ) from None
