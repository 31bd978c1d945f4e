"""`mocompile build`, without its command line: typer's commands and the short way of `plain_build` call it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocompile.cli.building import (
    build_folder,
    build_yaml,
    require_kustomize,
    require_no_study,
    require_version,
)
from mocompile.cli.findings import reported
from mocompile.cli.inputs import Inputs

if TYPE_CHECKING:
    from mocompile.cli.build_arguments import BuildArguments


def run_build(given: BuildArguments) -> int:
    """Build, and return the exit code. Prints findings; raises `SystemExit` where one is an error."""
    inputs = Inputs(given.path, given.overlay, given.setting, given.catalog, given.name, given.namespace, given.strict)
    inputs.name_suffix = given.name_suffix
    with reported(inputs, given.error_format):
        require_version(given.output_format, given.chart_version)
        if inputs.is_study():
            return _build_study(inputs, given)
        require_no_study(
            {"--only": given.only, "--applicationset": given.applicationset, "--repo": given.repo or given.repo_path}
        )
        require_kustomize(given.output_format, suffixed=given.name_suffixes)
        if given.output_format == "yaml":
            return build_yaml(inputs, given.output or "-", check=given.check)
        return build_folder(
            given.output_format,
            inputs,
            given.output,
            check=given.check,
            force=given.force,
            suffixed=given.name_suffixes,
            chart_version=given.chart_version,
        )
    raise AssertionError  # `reported` ends the command where there was an error


def _build_study(inputs: Inputs, given: BuildArguments) -> int:
    from mocompile.cli.studies import build_study

    return build_study(
        inputs,
        given.output_format,
        given.output,
        given.only,
        (given.applicationset, given.repo, given.repo_path),
        check=given.check,
        force=given.force,
        chart_version=given.chart_version,
    )
