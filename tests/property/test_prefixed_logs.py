"""Logs behind what kubectl, stern, a container runtime or a collector puts before each line, of one pod or of several.

They give the figures of the plain logs, or a problem that these do not have; never a figure that these do not have.
`MOCOMPILE_EXAMPLES` says how many are tried (40).
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st
from mocompile.results import Results, parse

from tests.paths import ROOT
from tests.property.examples import examples
from tests.results.logs import log

_SETTINGS = examples(40)
Frame = Callable[[str, str, str], str]  # pod, time, line

ONE_POD: Mapping[str, Frame] = {
    "kubectl logs --timestamps": lambda _, time, line: f"{time} {line}",
    "CRI": lambda _, time, line: f"{time} stdout F {line}",
    "docker": lambda _, time, line: json.dumps({"log": f"{line}\n", "stream": "stdout", "time": time}),
}
ANY_PODS: Mapping[str, Frame] = {
    "kubectl logs --prefix": lambda pod, _, line: f"[pod/{pod}/m] {line}",
    "kubectl logs --prefix --timestamps": lambda pod, time, line: f"[pod/{pod}/m] {time} {line}",
    "stern": lambda pod, _, line: f"{pod} m {line}",
    "stern --timestamps": lambda pod, time, line: f"{pod} m {time} {line}",
    "stern -o json": lambda pod, _, line: json.dumps({"message": line, "podName": pod, "containerName": "m"}),
}


@cache
def _logs() -> Mapping[str, str]:
    """The example of each metric, with markers around it where it has none."""
    found = {}
    for path in sorted((ROOT / "templates" / "metrics").glob("*/example.log")):
        text = path.read_text("utf-8")
        name = path.parent.name
        found[name] = text if "METADATA START" in text else log(f"{text.rstrip()}\n", metric=name)
    return found


def _times(count: int) -> Iterable[str]:
    return (f"2026-01-02T03:{at // 60 % 60:02}:{at % 60:02}.{at:09}Z" for at in range(count))


def _mixed(logs: Sequence[tuple[str, str]], frame: Frame, chance: random.Random) -> str:
    """The lines of all logs, those of each in their order."""
    left = [(pod, text.removesuffix("\n").split("\n")[::-1]) for pod, text in logs]
    lines = []
    for time in _times(sum(len(each) for _, each in left)):
        pod, own = chance.choice([each for each in left if each[1]])
        lines.append(frame(pod, time, own.pop()))
    return "".join(f"{line}\n" for line in lines)


def _figures(some: Iterable[Results], *more: str) -> Counter[Any]:
    names = ("metric", "figure", "value", "unit", *more)
    return Counter(
        (*(getattr(record, name) for name in names), *sorted(map(repr, record.context.items())))
        for results in some
        for record in results
    )


def _read(folder: Path, name: str, text: str) -> Results:
    path = folder / name
    path.write_text(text, "utf-8")
    return parse(path)


def _require_same(folder: Path, plain: Sequence[Results], framed: Results) -> None:
    more = ("timepoint", "collection", "status")
    same = _figures([framed], *more) == _figures(plain, *more)
    problems = Counter(each.message for each in framed.problems)
    said = problems - Counter(each.message for results in plain for each in results.problems)
    event("the same" if same else "a problem")
    assert same or said, folder
    assert not _figures([framed]) - _figures(plain)


@_SETTINGS
@given(names=st.lists(st.sampled_from(sorted(_logs())), min_size=1, max_size=3), data=st.data())
def test_framed_and_interleaved_logs_have_the_figures_of_the_plain_ones(
    names: list[str], data: st.DataObject, tmp_path_factory: Any
) -> None:
    frames = {**ANY_PODS, **(ONE_POD if len(names) == 1 else {})}
    frame = frames[data.draw(st.sampled_from(sorted(frames)))]
    chance = random.Random(data.draw(st.integers(0, 2**32)))
    folder = tmp_path_factory.mktemp("framed")
    logs = [(f"p-{number}-x", _logs()[name]) for number, name in enumerate(names)]
    plain = [_read(folder, f"{pod}.log", text) for pod, text in logs]
    _require_same(folder, plain, _read(folder, "framed.log", _mixed(logs, frame, chance)))
