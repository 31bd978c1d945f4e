"""Every scalar of the output is the same to readers of YAML 1.1, of YAML 1.2, and to Kubernetes' own."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from mocompile.document.load import load_file, load_text
from mocompile.document.merge import merge
from mocompile.pipeline import compile_objects, compile_yaml
from ruamel.yaml import YAML

from tests.emit.documents import text_of
from tests.golden.cases import cases
from tests.tools import need

# What some reader takes for something else than a string, where it is not quoted.
SPELLINGS = [
    *("y", "n", "Y", "N", "yes", "No", "on", "OFF", "true", "False", "null", "Null", "~", ""),
    *("1", "-1", "+1", "0", "012", "0o14", "0x1F", "0b1", "1_000", "1e3", "1E3", "1.5", ".5", "5.", "-.5e-3"),
    *("12:30:00", "190:20:30", "2026-01-01", "2026-01-01T10:00:00Z", ".inf", "-.INF", ".nan", "nan", "Infinity"),
    *(
        "=",
        "<<",
        "*",
        "&a",
        "!",
        "!!str x",
        "%",
        "@",
        "`id`",
        "?",
        "- a",
        "-",
        "--- ",
        "---",
        "...",
        "# x",
        "a # b",
        "a: b",
    ),
    *(
        "'",
        '"',
        "''",
        "\"a\" 'b'",
        "{a: b}",
        "[a]",
        "{{ 1+1 }}",
        "{% raw %}",
        "$(touch /tmp/x)",
        "$$",
        "$(MO_PODS)",
        "${X}",
    ),
    *(
        "\\",
        "\\n",
        "a\nb",
        "a\nb\n",
        "\n",
        "\n\n",
        " a",
        "a ",
        "\ta",
        "a\t\nb",
        " a\n b",
        "a\r\nb",
        "a\rb",
        "EOF",
        "|",
        ">",
    ),
    *("é", "😀", "\u00a0", "\u2028", "a\u2028b\u2029c", "\u200b", "\ufeff", "\u0130", "\U0010fffd"),
]


def _with(texts: list[str]) -> str:
    annotations = {f"example.com/t{number}": text for number, text in enumerate(texts)}
    env = {f"T{number}": text for number, text in enumerate(texts)}
    document = {
        "apiVersion": "flux-framework.org/v1alpha2",
        "kind": "MetricSet",
        "metadata": {"name": "hostile", "annotations": annotations},
        "spec": {
            "pod": {"annotations": annotations},
            "metrics": [
                {"name": "sys-hwloc", "env": env, "listOptions": {"commands": [text for text in texts if text]}}
            ],
        },
    }
    return text_of(document)


@cache
def _hostile() -> tuple[str, list[object]]:
    root = load_text(_with(SPELLINGS), "hostile.yaml")[0].root
    return compile_yaml(root), compile_objects(root)


def _cases() -> list[tuple[str, str, list[object]]]:
    found = [("spellings", *_hostile())]
    for case in cases():
        root = merge(load_file(case.input)).root
        found.append((case.name, compile_yaml(root), compile_objects(root)))
    return found


_CASES = [pytest.param(text, objects, id=name) for name, text, objects in _cases()]


def _exactly(objects: object) -> str:
    """Text that differs where a value or its type does."""
    return json.dumps(objects, sort_keys=True)


@pytest.mark.parametrize(("text", "objects"), _CASES)
def test_reader_of_yaml_1_1_reads_what_was_meant(text: str, objects: list[object]) -> None:
    assert _exactly(list(yaml.safe_load_all(text))) == _exactly(objects)


@pytest.mark.parametrize(("text", "objects"), _CASES)
def test_reader_of_yaml_1_2_reads_what_was_meant(text: str, objects: list[object]) -> None:
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    assert _exactly(list(reader.load_all(StringIO(text)))) == _exactly(objects)


@pytest.mark.parametrize(("text", "objects"), _CASES)
def test_kubernetes_own_reader_reads_what_was_meant(text: str, objects: list[object], tmp_path: Path) -> None:
    kubectl = need("kubectl")
    file = tmp_path / "objects.yaml"
    file.write_text(text, "utf-8")
    # Changes nothing, and asks no server.
    command = [kubectl, "annotate", "--local", "-f", str(file), "example.com/none-", "-o", "json"]
    done = subprocess.run(command, capture_output=True, check=True, env={"KUBECONFIG": "/dev/null"}, timeout=60)
    assert _exactly(list(_documents(done.stdout.decode()))) == _exactly(objects)


def _documents(text: str) -> list[Any]:
    decoder, found, at = json.JSONDecoder(), [], 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        document, at = decoder.raw_decode(text, at)
        found.append(document)
    return found


@pytest.mark.parametrize("text", ["".join(SPELLINGS), *(spelling for spelling in SPELLINGS if spelling)])
def test_hostile_text_arrives_in_every_free_place(text: str) -> None:
    objects = compile_objects(load_text(_with([text]), "hostile.yaml")[0].root)
    jobset: Any = objects[-1]
    template = jobset["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]
    env = {entry["name"]: entry.get("value", "") for entry in template["spec"]["containers"][0]["env"]}
    assert jobset["metadata"]["annotations"]["example.com/t0"] == text
    assert template["metadata"]["annotations"]["example.com/t0"] == text
    # The kubelet halves `$$`, and expands `$(NAME)`.
    assert env["T0"] == env["MO_LIST_COMMANDS_0"] == text.replace("$", "$$")
