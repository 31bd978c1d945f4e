"""Labels that a user gives: the same for all logs, or out of their paths."""

from __future__ import annotations

from pathlib import Path

import pytest
from mocompile.diagnostics.finding import InputError
from mocompile.results import labels, parse

from tests.results.logs import lammps, log


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("size{nodes}/logs", "runs/size4/logs/a.log", {"label.nodes": 4}),
        ("size{nodes}/logs", "size4/logs/a.log", {"label.nodes": 4}),
        ("size{nodes}", "/x/size16/a.log", {"label.nodes": 16}),
        (
            "experiments/{cloud}/size{nodes}/results/*/*",
            "e/experiments/aws/size32/results/lammps/0.out",
            {"label.cloud": "aws", "label.nodes": 32},
        ),
        ("{cloud}-{n}.log", "a/gke-2.log", {"label.cloud": "gke", "label.n": 2}),
        ("**/v{version}/*", "a/b/v1.5/x.log", {"label.version": 1.5}),
        ("size{nodes}/logs", "runs/mysize4/logs/a.log", {}),
        ("size{nodes}/logs", "runs/size4/logs2/a.log", {}),
        ("size{nodes}/logs", "runs/size/logs/a.log", {}),
        ("a.b{n}", "axb4", {}),
    ],
)
def test_a_pattern_reads_labels_out_of_whole_parts_of_a_path(
    pattern: str, path: str, expected: dict[str, object]
) -> None:
    assert labels(patterns=[pattern]).of(path) == expected


@pytest.mark.parametrize(
    ("given", "patterns", "message"),
    [
        (["cloud"], [], "--label 'cloud' is not a label"),
        (["=aws"], [], "--label '=aws' is not a label"),
        (["a=1", "a=2"], [], "--label a has two values"),
        ([], ["logs"], "--label-from 'logs' has no label in it"),
        ([], ["{a}/{a}"], "--label-from '{a}/{a}' has {a} twice"),
        ([], ["size{no des}"], "--label-from 'size{no des}': '{' at character 5 is not part of a label"),
        (["a=1"], ["{a}"], "the label 'a' is given by --label and by --label-from '{a}'"),
    ],
)
def test_a_label_that_is_none_is_an_error(given: list[str], patterns: list[str], message: str) -> None:
    with pytest.raises(InputError) as error:
        labels(given, patterns)
    assert error.value.findings[0].message == message


def test_labels_are_part_of_the_configuration_of_records(tmp_path: Path) -> None:
    for nodes in (2, 4):
        (tmp_path / f"size{nodes}").mkdir()
        (tmp_path / f"size{nodes}" / "a.log").write_text(log(lammps(10.0 + nodes)))
    results = parse(tmp_path, labels=labels(["cloud=aws"], ["size{nodes}/*.log"]))
    found = {(each.value, each.configuration.values["label.nodes"]) for each in results.figures("loop_time")}
    assert found == {(12.0, 2), (14.0, 4)}
    assert {each.configuration.values["label.cloud"] for each in results} == {"aws"}


def test_a_pattern_that_no_log_has_is_an_error_and_one_that_some_lack_is_a_note(tmp_path: Path) -> None:
    for name in ("size2", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.log").write_text(log(lammps(float(len(name)))))
    results = parse(tmp_path, labels=labels(patterns=["size{n}/*"]))
    assert [(problem.level, problem.source) for problem in results.problems] == [
        ("note", str(tmp_path / "other" / "a.log"))
    ]
    with pytest.raises(InputError, match="matches no log"):
        parse(tmp_path, labels=labels(patterns=["cloud{n}/*"]))
