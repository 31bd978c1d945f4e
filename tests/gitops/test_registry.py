"""The recipes for a registry: what was pushed comes back as it was, and each version is another one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emit.rendering import helm_template, parsed
from tests.gitops.registry import committed, push, registry
from tests.gitops.repository import built, fio
from tests.tools import need


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with registry() as found:
        yield found


@pytest.mark.parametrize("helm", ["helm", "helm4"])
def test_a_pushed_chart_renders_as_its_folder_does(helm: str, address: str, tmp_path: Path) -> None:
    program = need(helm)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "helm").symlink_to(program)
    versions = []
    for command in ("sleep 1", "sleep 2"):
        built("helm", tmp_path / "chart", fio(command))
        push("helm", address, tmp_path, PATH=f"{tmp_path / 'bin'}:/usr/bin:/bin")
        (package,) = tmp_path.glob("*.tgz")
        versions.append(package.stem.removeprefix("disk-"))
        package.unlink()
        reference = f"oci://{address}/charts/disk"
        done = subprocess.run(
            [program, "template", "disk", reference, "--version", versions[-1], "--plain-http"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert parsed(done.stdout) == helm_template(helm, tmp_path / "chart", "disk")
    assert versions[0] != versions[1]


def test_a_pushed_folder_comes_back_byte_for_byte(address: str, tmp_path: Path) -> None:
    oras = need("oras")
    built("kustomize", tmp_path / "kustomize", fio())
    commit = committed(tmp_path)
    push("oras", address, tmp_path)
    reference = f"{address}/disk:{commit}"
    found = subprocess.run([oras, "manifest", "fetch", reference], capture_output=True, text=True, check=True).stdout
    # One layer of this type: Flux and Argo CD take no other form.
    assert [each["mediaType"] for each in json.loads(found)["layers"]] == [
        "application/vnd.oci.image.layer.v1.tar+gzip"
    ]
    subprocess.run([oras, "pull", reference, "-o", tmp_path / "pulled"], capture_output=True, check=True)
    assert contents(tmp_path / "pulled") == contents(tmp_path / "kustomize")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
