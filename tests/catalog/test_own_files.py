"""A catalog may come out of a pull request: its files are text inside its folder, or a finding says which is not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import Ran, run, run_process

METRIC = "name: my\nfamily: x\nsummary: s\nimage: b\npattern: SingleApplication\nprogram: echo hi\n"
ADDON = "name: ad\nfamily: x\nsummary: s\n"
SET = """\
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: study}
spec:
  metrics: [{name: my, addons: [{name: ad}]}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, sheet in (("my/metric.yaml", METRIC), ("ad/addon.yaml", ADDON)):
        (tmp_path / "c" / name).parent.mkdir(parents=True)
        (tmp_path / "c" / name).write_text(sheet)
    (tmp_path / "metrics.yaml").write_text(SET)
    (tmp_path / "secret").write_text("hunter2\n")
    return tmp_path


def build(folder: Path) -> Ran:
    return run("build", "--catalog", "c", cwd=folder)


def test_the_catalog_of_these_tests_compiles(folder: Path) -> None:
    (folder / "c/my/measure.sh").write_text("echo measured\n")
    (folder / "c/ad/other.sh").symlink_to("../my/measure.sh")
    ran = build(folder)
    assert (ran.code, "echo measured" in ran.stdout) == (0, True), ran.stderr


@pytest.mark.parametrize(
    "name", ["my/measure.sh", "my/metric.yaml", "ad/addon.sh", "ad/addon.yaml", "ad/x.sh", "my/figures.yaml"]
)
@pytest.mark.parametrize(
    ("put", "said"),
    [
        (lambda path: path.symlink_to("../../secret"), "a link leads out of the catalog's folder 'c'"),
        (lambda path: path.symlink_to("/etc/passwd"), "a link leads out of the catalog's folder 'c'"),
        (lambda path: path.symlink_to("nowhere"), "this link leads nowhere"),
        (lambda path: path.mkdir(), "this is a folder, not a file"),
        (os.mkfifo, "this is a pipe, not a file"),
    ],
    ids=["out", "out by a whole path", "nowhere", "folder", "pipe"],
)
def test_a_file_that_is_none_of_the_catalogs_is_refused(
    folder: Path, name: str, put: Callable[[Path], None], said: str
) -> None:
    path = folder / "c" / name
    path.unlink(missing_ok=True)
    put(path)
    commands = [("explain", name[:2])] + ([] if "figures" in name else [("build",)])
    for command in commands:
        ran = run(*command, "--catalog", "c", cwd=folder)
        assert (ran.code, f"c/{name}:1:1: error: {said}" in ran.stderr) == (1, True), ran.stderr
        assert "hunter2" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("name", ["my/measure.sh", "ad/addon.sh", "ad/x.sh"])
@pytest.mark.parametrize(
    ("data", "place", "character"),
    [
        (b"echo\necho \xff\n", ":2:6: error: ", "0xFF"),
        (b"echo a\0b\n", ":1:7: error: ", "U+0000"),
        (b"echo\n\x1b[31m\n", ":2:1: error: ", "U+001B"),
    ],
)
def test_a_script_is_text_or_its_place_is_told(
    folder: Path, name: str, data: bytes, place: str, character: str
) -> None:
    (folder / "c" / name).write_bytes(data)
    ran = build(folder)
    assert (ran.code, f"c/{name}{place}" in ran.stderr, character in ran.stderr) == (1, True, True), ran.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("script: nosuch\n", "c/ad/addon.yaml:4:9: error: there is no addon 'nosuch' with an addon.sh"),
        ("script: volume-empty\n", "c/ad/addon.yaml:4:9: error: there is no addon 'volume-empty' with an addon.sh"),
        (
            "containers: [{name: c, image: i, script: nosuch.sh}]\n",
            "c/ad/addon.yaml:4:42: error: there is no script 'nosuch.sh' in the addon's folder",
        ),
        (
            "containers: [{name: c, image: i, script: ../../etc/passwd}]\n",
            "c/ad/addon.yaml:4:42: error: there is no script '../../etc/passwd' in the addon's folder",
        ),
        (
            """\
options: {s: {type: string, default: no.sh, description: d}}
containers: [{name: c, image: i, script: '{{ options.s }}'}]
""",
            "error: a container of ad runs the script 'no.sh', and its folder has no such file",
        ),
    ],
)
def test_a_script_that_is_not_there_is_named(folder: Path, more: str, said: str) -> None:
    (folder / "c/ad/addon.yaml").write_text(ADDON + more)
    ran = build(folder)
    assert (ran.code, said in ran.stderr) == (1, True), ran.stderr


@pytest.mark.parametrize("command", ["build", "list", "explain my", "schema"])
def test_an_option_without_a_type_is_named(folder: Path, command: str) -> None:
    (folder / "c/my/metric.yaml").write_text(METRIC + "options:\n  foo: {default: '', description: d}\n")
    ran = run(*command.split(), "--catalog", "c", cwd=folder)
    assert (ran.code, "c/my/metric.yaml:8:3: error: options.foo: missing 'type'" in ran.stderr) == (1, True)


@pytest.mark.parametrize(("key", "code"), [("a", 0), ("a.b-c_1", 0), ("a b;c", 1), ("x=y", 1)])
def test_a_key_of_a_metrics_mapping_can_be_in_the_name_of_a_variable(folder: Path, key: str, code: int) -> None:
    (folder / "c/my/metric.yaml").write_text(METRIC + "mapOptions: {m: {description: d}}\n")
    (folder / "metrics.yaml").write_text(SET.replace("{name: my, ", f"{{name: my, mapOptions: {{m: {{'{key}': v}}}}, "))
    assert build(folder).code == code


@pytest.mark.parametrize("value", ["nosuch", "a:b", "calendar", "broken"])
def test_a_broken_catalog_of_a_package_hides_no_other_message(folder: Path, value: str) -> None:
    info = folder / "site/b-1.dist-info"
    info.mkdir(parents=True)
    (folder / "site/broken.py").write_text("raise RuntimeError('no')\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: b\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[mocompile.catalogs]\nx = {value}\n")
    env = {"PYTHONPATH": str(folder / "site")}
    (folder / "metrics.yaml").write_text(SET.replace("name: my", "name: io-foi"))
    listed = run_process("list", cwd=folder, env=env)
    assert (listed.code, "io-fio" in listed.stdout) == (0, True)
    assert "warning: the catalog 'x' of an installed package cannot be used" in listed.stderr
    built = run_process("build", cwd=folder, env=env)
    assert (built.code, "did you mean 'io-fio'?" in built.stderr) == (1, True)
