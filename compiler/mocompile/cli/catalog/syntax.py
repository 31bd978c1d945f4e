"""Checks the syntax of shell scripts: `sh -n` reads a script and runs nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from mocompile.diagnostics.finding import Finding
from mocompile.diagnostics.place import Place
from mocompile.files import is_file

_SECONDS = 10
# dash: `FILE: 3: Syntax error: …`; bash: `FILE: line 3: syntax error …`; busybox: `FILE: line 3: syntax error: …`.
_MESSAGE = re.compile(r"(?:line )?(?P<line>\d+): (?P<message>.*)")


def syntax_findings(folder: Path, lines: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Return a shell's findings for each `*.sh` of `folder`; none without a shell. `lines` gets the scripts' lines."""
    shell = shutil.which("sh")
    for path in sorted(folder.glob("*.sh")) if shell else ():
        if not is_file(path):
            continue
        # The path is absolute or begins with './': `sh` would read a leading '-' as an option.
        name = str(path) if path.is_absolute() else f"./{path}"
        try:
            ran = subprocess.run(  # noqa: S603  # the shell of the PATH, and a file as its only argument
                [str(shell), "-n", name], capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
            )
        except subprocess.TimeoutExpired:
            yield Finding("script-syntax", f"sh -n did not end within {_SECONDS} seconds", Place(str(path), 1, 1))
            continue
        if ran.returncode:
            lines[str(path)] = tuple(path.read_text("utf-8", errors="replace").splitlines())
            yield _finding(path, ran.stderr.decode("utf-8", "replace").replace(name, "", 1))


def _finding(path: Path, text: str) -> Finding:
    said = next((line for line in text.splitlines() if line.strip()), "it is not a script")
    found = _MESSAGE.search(said)
    message = found["message"] if found else said
    place = Place(str(path), int(found["line"]) if found else 1, 1)
    return Finding("script-syntax", f"not a shell script: {message}", place, "`sh -n FILE` says the same")
