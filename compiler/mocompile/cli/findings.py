"""Prints findings: text on stderr, machine formats on stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from mocompile.cli.inputs import Inputs
from mocompile.cli.output import os_error_finding, write
from mocompile.diagnostics.finding import Finding, InputError, errors_in


@contextmanager
def reported(inputs: Inputs, form: str) -> Iterator[None]:
    """Turn an `InputError` into its report and `SystemExit` with 1, and print warnings. stdout is only for manifests.

    An `OSError` gets a general message; a broken pipe passes.
    """
    findings: list[Finding] = []
    try:
        yield
    except InputError as error:
        findings += error.findings
    except BrokenPipeError:
        raise
    except OSError as error:
        findings.append(os_error_finding(error))
    findings += [*inputs.warnings, *inputs.catalog.warnings]
    if findings:
        print_findings(findings, {**inputs.sources, **inputs.catalog.sources}, form, sys.stderr)
    if errors_in(findings):
        raise SystemExit(1)


def print_findings(
    findings: Iterable[Finding], sources: Mapping[str, Sequence[str]], form: str, stream: object
) -> None:
    """Print the report of `findings` in the format `form`, in colour only on a terminal that supports it."""
    from mocompile.diagnostics.report import render

    report = render(findings, sources, form, color=_colored(stream))
    if stream is sys.stdout:
        write(report)
    else:
        print(report, end="", file=stream)  # type: ignore[call-overload]


def _colored(stream: object) -> bool:
    # https://no-color.org
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and bool(getattr(stream, "isatty", bool)())
