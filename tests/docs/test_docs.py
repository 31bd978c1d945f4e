"""Each command of a document prints what the document shows.

A fenced block `console` is a session: `$ command`, then what it prints, on stdout or stderr. In what it prints, a line
`...` stands for any lines, and `…` for any text in a line. A block `yaml title=NAME` is a file of the folder in which
the document's commands run, one after another. Other blocks are not looked at.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mocompile.schema.files import read

from tests.paths import ROOT
from tests.pod.kubelet import why_not
from tests.tools import missing, need

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
SESSIONS = [path for path in DOCUMENTS if "```console" in path.read_text("utf-8")]

_BLOCK = re.compile(r"^```(\S*)[ ]?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
# A command that runs a pod.
_POD = "kubectl logs "


@dataclass(frozen=True)
class Step:
    """A file to write (`name`), or a command to run (`name` empty) and the lines it is to print."""

    name: str
    text: str
    shown: tuple[str, ...] = ()


def steps(document: str) -> Iterator[Step]:
    """The files and commands of a document, in their order."""
    for language, title, body in _BLOCK.findall(document):
        if title.startswith("title="):
            yield Step(title.removeprefix("title="), body)
        elif language == "console":
            for session in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                command, *shown = session.splitlines()
                yield Step("", command, tuple(shown))


def expected(shown: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern that a command's output must match."""
    lines = (
        r"(?:.*\n)*?" if line == "..." else r"[^\n]*".join(re.escape(part) for part in line.split("…")) + r"\n"
        for line in shown
    )
    return re.compile("".join(lines))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment with our `mocompile` and a stand-in for kubectl, and no colour."""
    binaries = tmp_path / "bin"
    binaries.mkdir()
    kubectl = binaries / "kubectl"
    module = f"exec {shlex.quote(sys.executable)} -m tests.kubectl"
    kubectl.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} {module} "$@"\n')
    kubectl.chmod(0o755)
    path = f"{binaries}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.name)
def test_commands_print_what_the_document_shows(path: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    no_pods = why_not()
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "examples").symlink_to(ROOT / "examples")
    if not no_pods:
        need("fio")
    for step in steps(path.read_text("utf-8")):
        if step.name:
            (folder / step.name).parent.mkdir(parents=True, exist_ok=True)
            (folder / step.name).write_text(step.text, "utf-8")
            continue
        if step.text.startswith(_POD) and no_pods:
            continue
        command = ["bash", "-o", "pipefail", "-c", step.text]
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        output = done.stdout.decode()
        assert expected(step.shown).fullmatch(output), (
            f"{path.name} does not show what `{step.text}` prints, which is:\n{output}"
        )
        assert step.shown or done.returncode == 0, f"{step.text}: exit code {done.returncode}"
    if no_pods:
        missing(f"all but what runs a pod: {no_pods}")


def test_some_document_has_commands_to_run() -> None:
    assert "README.md" in [path.name for path in SESSIONS]


def anchors(path: Path) -> set[str]:
    """The names that links may give to the headings of a document."""
    headings = _HEADING.findall(path.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_within_the_project_lead_somewhere(path: Path) -> None:
    for link in _LINK.findall(_BLOCK.sub("", path.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), f"{path.name}: {link}"
        assert file.is_relative_to(ROOT), f"{path.name}: {link} leaves the project"
        assert not anchor or anchor in anchors(file), f"{path.name}: no heading for {link}"


def fields(schema: Mapping[str, Any]) -> Iterator[str]:
    """The names of the fields of a schema; a field inside another has its path, as in `logging.interactive`."""
    for name, each in schema["properties"].items():
        if "properties" in each:
            yield from fields(each)
        else:
            yield name


def test_every_field_of_a_study_is_documented() -> None:
    text = (ROOT / "docs" / "studies.md").read_text("utf-8")
    schema = read("metricstudy")
    known = {*schema["properties"]["spec"]["properties"], *schema["$defs"]["parameter"]["properties"]} - {"description"}
    assert {name for name in known if f"`{name}`" not in text} == set()


def test_every_field_of_prices_is_documented() -> None:
    text = (ROOT / "docs" / "results-collect.md").read_text("utf-8")
    schema = read("prices")
    known = {*schema["properties"], *schema["properties"]["nodes"]["items"]["properties"]}
    assert {name for name in known if f"| `{name}` |" not in text} == set()


def test_every_field_of_the_input_is_documented() -> None:
    text = (ROOT / "docs" / "metrics-yaml.md").read_text("utf-8")
    schema = read("metricset")
    known = {*fields(schema), *fields(schema["$defs"]["metric"]), *fields(schema["$defs"]["addon"])}
    assert {name for name in known if f"`{name}`" not in text and f".{name}`" not in text} == set()


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("examples/*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_example_builds(path: Path) -> None:
    subprocess.run([sys.executable, "-m", "mocompile", "build", path], stdout=subprocess.DEVNULL, check=True)
