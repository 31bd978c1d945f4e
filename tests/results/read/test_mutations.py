"""Broken logs: never a traceback, never a figure that the log does not have, and what is cut is said to be."""

from __future__ import annotations

import random
import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mocompile.catalog.figures.number import parse_number
from mocompile.results import Record, Results, parse
from mocompile.results.read.framing import cleaned

from tests.paths import LOGS
from tests.property.examples import examples
from tests.results.logs import lammps, log

_NUMBERS = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?|(?i:nan|inf)")

_OURS = {"lammps": log(lammps(1), lammps(2), lammps(3)).encode()}


@cache
def _logs() -> dict[str, bytes]:
    return {**_OURS, **{str(path.relative_to(LOGS)): path.read_bytes() for path in sorted(LOGS.glob("*/*.log"))}}


def mutated(kind: str, data: bytes, other: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if kind == "cut at its end":
        return data[: chance.randrange(len(data) + 1)]
    if kind == "cut at its beginning":
        return data[chance.randrange(len(data) + 1) :]
    if kind == "lines lost":
        return b"".join(line for line in lines if chance.random() > 0.1)
    if kind == "lines doubled":
        return b"".join(line * (1 + (chance.random() < 0.1)) for line in lines)
    if kind == "mixed with another":
        left, right = lines, other.splitlines(keepends=True)
        mixed = []
        while left or right:
            side = left if (chance.random() < 0.5 and left) or not right else right
            mixed.append(side.pop(0))
        return b"".join(mixed)
    changed = bytearray(data)
    for _ in range(1 + len(changed) // 200):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


KINDS = ["cut at its end", "cut at its beginning", "lines lost", "lines doubled", "mixed with another", "random bytes"]


@pytest.mark.parametrize("kind", KINDS)
@examples(40)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_a_broken_log_gives_no_figure_that_it_does_not_have(
    kind: str, data: st.DataObject, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    names = sorted(_logs())
    name, other = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(names))
    broken = mutated(kind, _logs()[name], _logs()[other], random.Random(seed))
    path = tmp_path_factory.mktemp("broken") / "broken.log"
    path.write_bytes(broken)
    results = parse(path, metric=None if name in _OURS else name.partition("/")[0])
    lines = broken.decode("utf-8", "replace").split("\n")
    for record in results:
        assert _is_printed(record, lines), record
    if kind == "cut at its end":
        _says_that_it_is_cut(broken, results)


def _is_printed(record: Record, lines: list[str]) -> bool:
    """Whether the line that the record names has the value; for JSON, some line below it."""
    assert 1 <= record.line <= len(lines)
    own = cleaned(lines[record.line - 1])
    wanted = record.printed or record.value
    if _holds(own, wanted) or not isinstance(record.value, int | float):
        return True
    inside_json = own.lstrip()[:1] in ("{", "[")
    counted = isinstance(record.value, int)  # a number of lines
    return counted or (inside_json and any(_holds(line, wanted) for line in lines[record.line - 1 :]))


def _holds(line: str, wanted: object) -> bool:
    if isinstance(wanted, str) and wanted in line:
        return True
    return any(parse_number(each) == wanted for each in _NUMBERS.findall(line))


def _says_that_it_is_cut(broken: bytes, results: Results) -> None:
    """A collection without its end is not passed off as whole."""
    text = broken.decode("utf-8", "replace")
    start, end = text.rfind("METRICS OPERATOR COLLECTION START\n"), text.rfind("METRICS OPERATOR COLLECTION END")
    if start > end:
        said = ("the log ends inside the collection", "no measurement after METADATA")
        assert any(problem.message.startswith(said) for problem in results.problems)
        last = max((record.line for record in results), default=0)
        position = text.count("\n", 0, max(start, text.rfind("METRICS OPERATOR TIMEPOINT"))) + 1
        assert last <= position or any(record.status != "ok" for record in results)
