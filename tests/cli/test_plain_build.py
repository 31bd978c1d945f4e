"""A plain `build` line means the same with typer and without."""

from __future__ import annotations

import random
from typing import Any

import pytest
import typer.main
from mocompile.cli import build_command
from mocompile.cli.app import app
from mocompile.cli.build_arguments import BuildArguments
from mocompile.cli.plain_build import CHOICES, FLAGS, LISTS, VALUES, plain_build
from mocompile.cli.run import run

WORDS = (
    *VALUES, *LISTS, *FLAGS, "-", "--", "-h", "--help", "--nothing", "-x", "a.yaml", "b/", "yaml", "helm", "content",
    "text", "", "spec.pods=1", "--set=spec.pods=2", "--format=helm", "--check=1", "-fhelm", "-f=helm", "--form", "=",
    "--output=", "--name=-a",
)  # fmt: skip


def command() -> Any:
    """The command as typer makes it."""
    group: Any = typer.main.get_command(app)
    return group.commands["build"]


def test_tables_are_those_of_typer() -> None:
    options = [each for each in command().params if each.param_type_name == "option" and "--help" not in each.opts]
    spelled = {spelling: each for each in options for spelling in (*each.opts, *each.secondary_opts)}
    kinds = {
        name: FLAGS if option.is_flag else LISTS if option.multiple else VALUES for name, option in spelled.items()
    }
    assert {name: table[name] for name, table in kinds.items()} == {name: each.name for name, each in spelled.items()}
    assert set(VALUES) | set(LISTS) | set(FLAGS) == set(spelled)
    choices = {each.name: tuple(each.type.choices) for each in options if hasattr(each.type, "choices")}
    assert choices == CHOICES


def test_defaults_are_those_of_typer() -> None:
    made: list[BuildArguments] = []
    assert with_typer([], made) == 0
    assert made == [BuildArguments()] == [plain_build(["build"])]


def with_typer(words: list[str], made: list[BuildArguments]) -> int:
    """The exit code of typer's `build`, with the arguments that it hands on."""

    def take(given: BuildArguments) -> int:
        made.append(given)
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_command, "run_build", take)
        try:
            app(["build", *words], prog_name="mocompile")
        except SystemExit as end:
            return int(end.code or 0)
    return 0


def test_random_lines_mean_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(7)
    plain = 0
    for _ in range(400):
        words = chance.choices(WORDS, k=chance.randrange(5))
        short = plain_build(["build", *words])
        if short is None:
            continue
        plain += 1
        made: list[BuildArguments] = []
        assert (with_typer(words, made), made) == (0, [short]), words
    capsys.readouterr()
    assert plain > 40


@pytest.mark.parametrize(
    "line", ["", "validate", "--version", "build --help", "build a b", "build -f yml", "build --nam x"]
)
def test_other_lines_are_left_to_typer(line: str) -> None:
    assert plain_build(line.split()) is None


def test_version_is_said_as_by_typer(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit):
        app(["--version"], prog_name="mocompile")
    wanted = capsys.readouterr()
    monkeypatch.setattr("sys.argv", ["mocompile", "--version"])
    assert (run(), capsys.readouterr()) == (0, wanted)
