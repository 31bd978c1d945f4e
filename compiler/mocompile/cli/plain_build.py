"""Reads the arguments of a plain `mocompile build` line without typer, whose import takes longer than a build.

Plain is a line of known options with values of the known form. Every other line is for typer: help, completion,
mistakes, rare spellings. The tests compare the tables of options with typer's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mocompile.cli.build_arguments import BuildArguments

# The parameter of each option: of one value, of several, of none.
VALUES: Mapping[str, str] = {
    "-f": "output_format",
    "--format": "output_format",
    "-o": "output",
    "--output": "output",
    "--name": "name",
    "-n": "namespace",
    "--namespace": "namespace",
    "--name-suffix": "name_suffix",
    "--chart-version": "chart_version",
    "--applicationset": "applicationset",
    "--repo": "repo",
    "--repo-path": "repo_path",
    "--error-format": "error_format",
}
LISTS: Mapping[str, str] = {
    "--overlay": "overlay",
    "--set": "setting",
    "--catalog": "catalog",
    "--only": "only",
}
FLAGS: Mapping[str, str] = {
    "--check": "check",
    "--force": "force",
    "--name-suffixes": "name_suffixes",
    "--strict": "strict",
}
# The values of the parameters that have few.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "output_format": ("yaml", "kustomize", "helm"),
    "name_suffix": ("none", "content"),
    "error_format": ("text", "json", "github", "sarif"),
}


def plain_build(arguments: Sequence[str]) -> BuildArguments | None:
    """Return the arguments of `mocompile ARGUMENTS` if the line is a plain `build`; None leaves it to typer."""
    if not arguments or arguments[0] != "build":
        return None
    given: dict[str, Any] = {}
    rest = list(reversed(arguments[1:]))
    while rest:
        word = rest.pop()
        name, written, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if name in FLAGS and not written:
            given[FLAGS[name]] = True
        elif name in VALUES or name in LISTS:
            if not written:
                value = rest.pop() if rest else ""
            if not value or (value.startswith("-") and value != "-"):
                return None
            if name in LISTS:
                given[LISTS[name]] = (*given.get(LISTS[name], ()), value)
            else:
                given[VALUES[name]] = value
        elif word and (word == "-" or not word.startswith("-")) and "path" not in given:
            given["path"] = word
        else:
            return None
    if any(given.get(name, values[0]) not in values for name, values in CHOICES.items()):
        return None
    return BuildArguments(**given)
