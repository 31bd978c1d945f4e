"""`mocompile images`: what to mirror, whether a lock has it, and an overlay with its digests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.command import run

SET = """\
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: study}
spec:
  metrics:
    - name: io-fio
      id: first
      image: registry.example.org:5000/team/fio:3.33
      addons:
        - {name: application, id: one, options: {image: busybox:1.36, command: sleep 1}}
        - {name: application, id: two, options: {image: tool/box:2.0, command: sleep 1, name: second}}
    - {name: io-fio, id: other, image: "tool/box:2.0"}
    - name: io-ior
      image: example.com/ior@sha256:1111111111111111111111111111111111111111111111111111111111111111
"""
FIO, BUSYBOX, BOX = "registry.example.org:5000/team/fio:3.33", "busybox:1.36", "tool/box:2.0"
IOR = "example.com/ior@sha256:" + "1" * 64
DIGESTS = {FIO: "sha256:" + "a" * 64, BUSYBOX: "sha256:" + "b" * 64, BOX: "sha512:" + "c" * 128}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set, and a lock of its images."""
    (tmp_path / "metrics.yaml").write_text(SET)
    (tmp_path / "images.lock").write_text("".join(f"{image}: {digest}\n" for image, digest in DIGESTS.items()))
    return tmp_path


def test_images_are_listed_once_each_as_lines_json_or_for_skopeo(folder: Path) -> None:
    assert run("images", cwd=folder).stdout.splitlines() == [BUSYBOX, IOR, FIO, BOX]
    assert json.loads(run("images", "--format", "json", cwd=folder).stdout) == [BUSYBOX, IOR, FIO, BOX]
    assert yaml.safe_load(run("images", "--format", "skopeo", cwd=folder).stdout) == {
        "docker.io": {"images": {"library/busybox": ["1.36"], "tool/box": ["2.0"]}},
        "example.com": {"images": {"ior": ["sha256:" + "1" * 64]}},
        "registry.example.org:5000": {"images": {"team/fio": ["3.33"]}},
    }


def test_a_study_lists_the_images_of_all_its_points(folder: Path) -> None:
    (folder / "study.yaml").write_text(
        "apiVersion: flux-framework.org/v1alpha2\nkind: MetricStudy\nmetadata: {name: s}\nspec:\n  base: metrics.yaml\n"
        '  parameters: {v: {set: "spec.metrics[io-ior].image", values: ["ior:3.3", "ior:4.0"]}}\n'
    )
    ran = run("images", "study.yaml", cwd=folder)
    assert ran.stdout.splitlines() == [BUSYBOX, "ior:3.3", "ior:4.0", FIO, BOX]
    refused = run("images", "study.yaml", "--pin", "images.lock", cwd=folder)
    assert (refused.code, refused.stdout) == (1, "")
    assert "pin its base" in refused.stderr


def test_the_overlay_of_pins_gives_every_image_its_digest_and_changes_nothing_else(folder: Path) -> None:
    assert run("images", "--pin", "images.lock", "-o", "pinned.yaml", cwd=folder).code == 0
    before, after = (
        run("build", "--strict", *arguments, cwd=folder) for arguments in ((), ("--overlay", "pinned.yaml"))
    )
    assert (after.code, after.stderr) == (0, "")
    expected = before.stdout
    for image, digest in DIGESTS.items():
        expected = expected.replace(f"image: {image}\n", f"image: {image}@{digest}\n")
        expected = expected.replace(f"value: {image}\n", f"value: {image}@{digest}\n")
    assert after.stdout == expected
    listed = run("images", "--overlay", "pinned.yaml", cwd=folder).stdout.splitlines()
    assert sorted(listed) == sorted([IOR, *(f"{image}@{digest}" for image, digest in DIGESTS.items())])
    again = run("images", "--overlay", "pinned.yaml", "--pin", "images.lock", cwd=folder)
    assert (again.code, "there is nothing to pin" in again.stderr) == (1, True)


def test_an_item_that_an_overlay_cannot_address_is_named_with_the_cure(folder: Path) -> None:
    (folder / "metrics.yaml").write_text(SET.replace("      id: first\n", ""))
    ran = run("images", "--pin", "images.lock", cwd=folder)
    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr.startswith("metrics.yaml:6:7: error: several items have the name 'io-fio'")
    assert "give each an `id`" in ran.stderr


def test_check_names_each_image_that_the_lock_lacks(folder: Path) -> None:
    ran = run("images", "--check", "images.lock", cwd=folder)
    assert (ran.code, ran.stdout) == (0, "")
    assert "4 checked" in ran.stderr
    lock = folder / "images.lock"
    lock.write_text(f"{BUSYBOX}: {DIGESTS[BUSYBOX]}\n")
    for option in ("--check", "--pin"):
        ran = run("images", option, "images.lock", cwd=folder)
        assert (ran.code, ran.stdout) == (1, "")
        assert f"error: images.lock lacks the image '{FIO}'" in ran.stderr
        assert f"error: images.lock lacks the image '{BOX}'" in ran.stderr
        assert BUSYBOX not in ran.stderr
        assert IOR not in ran.stderr


@pytest.mark.parametrize("digest", ["latest", "sha256:abc", "sha256:" + "A" * 64, "", "[a]"])
def test_what_is_no_digest_is_an_error_where_it_is_written(folder: Path, digest: str) -> None:
    (folder / "images.lock").write_text(f"{BUSYBOX}: {digest}\n")
    ran = run("images", "--check", "images.lock", cwd=folder)
    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr.startswith("images.lock:1:")
    assert f"the digest of '{BUSYBOX}' is not sha256:" in ran.stderr


@pytest.mark.parametrize(
    ("image", "moves"),
    [
        ("ubuntu", True),
        ("ubuntu:latest", True),
        ("ubuntu:24", True),
        ("registry.example.org:5000/fio", True),
        ("ghcr.io/team/fio:v3", True),
        ("ubuntu:24.04", False),
        ("debian:12-slim", False),
        ("registry.example.org:5000/fio:3.33", False),
        ("fio:latest@sha256:" + "1" * 64, False),
    ],
)
def test_a_tag_that_moves_is_a_warning_where_the_user_wrote_the_image(tmp_path: Path, image: str, moves: bool) -> None:
    head = "apiVersion: flux-framework.org/v1alpha2\nkind: MetricSet\nmetadata: {name: a}\nspec:\n  metrics:\n"
    (tmp_path / "metrics.yaml").write_text(
        f"{head}    - name: io-fio\n      image: {image}\n"
        f"      addons: [{{name: application, options: {{command: x, image: {image}}}}}]\n"
    )
    ran = run("build", cwd=tmp_path)
    assert ran.code == 0
    assert ran.stderr.count("warning: image") == (2 if moves else 0)
    assert run("build", "--strict", cwd=tmp_path).code == int(moves)


def test_the_image_of_a_data_sheet_is_no_warning_of_the_set(tmp_path: Path) -> None:
    head = "apiVersion: flux-framework.org/v1alpha2\nkind: MetricSet\nmetadata: {name: a}\nspec:\n"
    (tmp_path / "metrics.yaml").write_text(f"{head}  metrics: [{{name: io-fio}}]\n")
    assert run("build", "--strict", cwd=tmp_path).code == 0
