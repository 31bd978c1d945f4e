"""mocompile: compile a MetricSet into plain Kubernetes objects.

    import mocompile

    objects = mocompile.compile("metrics.yaml", settings=["spec.pods=4"])

`compile` and `compile_many` raise `InputError`, which has every `Finding` of a wrong input. `mocompile.results` reads
logs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mocompile.api import compile as compile  # noqa: A004
    from mocompile.api import compile_many as compile_many
    from mocompile.diagnostics.finding import Finding as Finding
    from mocompile.diagnostics.finding import InputError as InputError

    __version__: str

__all__ = ["Finding", "InputError", "__version__", "compile", "compile_many"]


def __getattr__(name: str) -> Any:
    # Late, so that a command pays only for what it uses. The installed metadata alone costs tens of milliseconds.
    if name == "__version__":
        return _version_of_package()
    if name in ("compile", "compile_many"):
        from mocompile import api

        return getattr(api, name)
    if name in ("Finding", "InputError"):
        from mocompile.diagnostics import finding

        return getattr(finding, name)
    raise AttributeError(f"module 'mocompile' has no attribute '{name}'")


def _version_of_package() -> str:
    from importlib import import_module

    try:
        # A wheel has this module; a checkout has only the metadata of its installation.
        return str(import_module("mocompile._version").VERSION)
    except ImportError:
        from importlib.metadata import version

        return version("mocompile")
