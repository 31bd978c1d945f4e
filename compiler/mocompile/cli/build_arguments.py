"""The arguments of `mocompile build`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BuildArguments:
    """The arguments of `build`, under the names and with the defaults of the command's parameters."""

    path: str = "metrics.yaml"
    output_format: str = "yaml"
    output: str | None = None
    overlay: tuple[str, ...] = ()
    setting: tuple[str, ...] = ()
    catalog: tuple[str, ...] = ()
    name: str | None = None
    namespace: str | None = None
    check: bool = False
    force: bool = False
    only: tuple[str, ...] = ()
    name_suffixes: bool = False
    name_suffix: str | None = None
    chart_version: str | None = None
    applicationset: str | None = None
    repo: str | None = None
    repo_path: str | None = None
    strict: bool = False
    error_format: str = "text"
