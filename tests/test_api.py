"""Compiling from Python: the objects are those of the command line, and what is wrong is an exception with findings."""

from __future__ import annotations

from pathlib import Path

import mocompile
import pytest
import yaml

from tests.command import run
from tests.paths import ROOT

EXAMPLE = ROOT / "examples" / "io-fio" / "metrics.yaml"
TEXT = EXAMPLE.read_text("utf-8")
OVERLAY = "spec:\n  pods: 3\n"


def built(*arguments: str) -> list[object]:
    """The objects of `mocompile build`."""
    done = run("build", str(EXAMPLE), *arguments)
    assert done.code == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


@pytest.mark.parametrize(
    "source", [EXAMPLE, str(EXAMPLE), EXAMPLE.parent, TEXT], ids=["path", "name", "folder", "text"]
)
def test_a_path_a_folder_and_a_text_give_what_build_prints(source: str | Path) -> None:
    assert mocompile.compile(source) == built()


def test_overlays_and_settings_are_merged_in_their_order(tmp_path: Path) -> None:
    overlay = tmp_path / "pods.yaml"
    overlay.write_text(OVERLAY)
    ours = mocompile.compile(EXAMPLE, overlays=[overlay, "spec:\n  pods: 5\n"], settings=["spec.jobset.suspend=true"])
    assert ours == built("--set", "spec.pods=5", "--set", "spec.jobset.suspend=true")


def test_a_catalog_of_ones_own_is_found(tmp_path: Path) -> None:
    sheet = ROOT / "templates" / "metrics" / "io-ior" / "metric.yaml"
    folder = tmp_path / "my-ior"
    folder.mkdir()
    (folder / "metric.yaml").write_text(sheet.read_text("utf-8").replace("name: io-ior", "name: my-ior", 1))
    text = TEXT.split("spec:")[0] + "spec:\n  metrics:\n    - name: my-ior\n"
    assert len(mocompile.compile(text, catalogs=[tmp_path])) == 2


def test_everything_that_is_wrong_is_in_one_exception() -> None:
    with pytest.raises(mocompile.InputError) as caught:
        mocompile.compile("kind: [\n", overlays=["a: ]\n"], settings=["no path"])
    assert len({finding.rule for finding in caught.value.findings} | {f.place for f in caught.value.findings}) > 3


def test_findings_have_the_place_in_the_text() -> None:
    with pytest.raises(mocompile.InputError) as caught:
        mocompile.compile(TEXT.replace("name: io-fio", "name: io-foi", 1))
    finding = caught.value.findings[0]
    assert finding.place is not None
    assert (finding.place.source, finding.place.line) == ("<text>", 8)
    assert "did you mean 'io-fio'" in finding.hint


def test_many_sets_come_one_after_another_and_the_wrong_one_at_its_turn() -> None:
    sets = mocompile.compile_many([TEXT, EXAMPLE, TEXT + "  podz: 1\n", TEXT], settings=["spec.pods=2"])
    assert next(sets) == next(sets) == mocompile.compile(TEXT, settings=["spec.pods=2"])
    with pytest.raises(mocompile.InputError):
        next(sets)
