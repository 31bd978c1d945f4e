"""Small inputs never take long: what is too much is refused before any work on it, and no work grows with a square."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from mocompile.catalog.figures.pattern import pattern
from mocompile.results.read import figures, json_documents

from tests.command import run
from tests.work import at_most

HEAD = "apiVersion: flux-framework.org/v1alpha2\nkind: MetricSet\nmetadata: {name: disk}\nspec:\n"
MOST_CALLS = 6_000_000  # of functions; without the limits there were hundreds of millions


@pytest.mark.parametrize("value", ["1" * 60_000 + "x", "1" * 60_000, "1" * 60_000 + ".", "0." + "1" * 60_000 + "Gi"])
def test_a_quantity_of_many_digits_is_refused_at_once(tmp_path: Path, value: str) -> None:
    metric = f"  metrics: [{{name: io-fio, resources: {{limits: {{cpu: '{value}', memory: '{value}'}}}}}}]\n"
    (tmp_path / "metrics.yaml").write_text(HEAD + metric)
    with at_most(MOST_CALLS):
        ran = run("build", cwd=tmp_path)
    assert (ran.code, ran.stdout) == (1, "")
    assert "resources.limits.cpu: " in ran.stderr


@pytest.mark.parametrize("names", [lambda at: f"m{at}", lambda _: "m"], ids=["each its own", "all the same"])
def test_an_overlay_of_many_items_is_merged_in_time(tmp_path: Path, names: object) -> None:
    assert callable(names)
    items = "".join(f"  - {{name: {names(at)}}}\n" for at in range(4_000))
    (tmp_path / "metrics.yaml").write_text(f"{HEAD}  metrics:\n{items}")
    (tmp_path / "over.yaml").write_text(f"spec:\n  metrics:\n{items}")
    with at_most(MOST_CALLS):
        ran = run("build", "--overlay", "over.yaml", cwd=tmp_path)
    assert (ran.code, ran.stdout) == (1, "")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("  metrics:\n" + "  - {name: io-foi}\n" * 20_000, "spec.metrics: 20,000 items, but at most 100 are allowed"),
        (
            "  metrics:\n  - name: io-fio\n    addons:\n" + "    - {name: volume-emtpy}\n" * 4_000,
            "values; at most 5,000 are allowed",
        ),
        (
            "  metrics:\n  - name: io-fio\n    options:\n" + "".join(f"      sise{at}: 1\n" for at in range(30_000)),
            "bytes of keys and values; at most 204,800 are allowed",
        ),
    ],
)
def test_a_set_of_thousands_of_values_is_refused_before_each_is_looked_at(tmp_path: Path, spec: str, said: str) -> None:
    (tmp_path / "metrics.yaml").write_text(HEAD + spec)
    with at_most(MOST_CALLS):
        ran = run("build", cwd=tmp_path)
    assert (ran.code, said in ran.stderr, ran.stderr.count("error: ") <= 2) == (1, True, True)


@pytest.mark.parametrize(
    "text",
    ["Abort(<code>):...", "begin of ...", "... foo", "a ... b", "a ...", "a ... <x>", "<x...> b", "a ... b ... c"],
)
def test_blanks_beside_dots_take_no_square_of_time(text: str) -> None:
    found = pattern(text, {}).expression
    blanks = " " * 4000
    lines = [f"Abort(1):{blanks}x", f"begin of{blanks}y", f"{blanks}foo x", f"a{blanks}b x", f"a{blanks}x", blanks]
    # The work is inside one call of `re`: the processor's time is its only measure. It takes a hundredth of a second.
    begin = time.process_time()
    for line in lines:
        for _ in range(10):
            found.search(line)
    assert time.process_time() - begin < 3


@pytest.mark.parametrize(
    ("text", "line", "groups"),
    [
        ("a ... <x>", "a \ta\tx", ("x",)),
        ("a ... <x>", "a  x", ("x",)),
        ("a ... <x>", "a x", None),
        ("... foo <x>", "  foo 1", ("1",)),
        ("... foo <x>", "a b  foo 1", ("1",)),
        ("... foo <x>", "foo 1", None),
        ("<x> ...", "1 2 3", ("1",)),
        ("<x> ...", "1 ", ("1",)),
        ("<x>...", "123", ("1",)),
        ("a ... b", "a  b", ()),
        ("a ... b", "a b", None),
    ],
)
def test_dots_stand_for_any_text_between_blanks(text: str, line: str, groups: tuple[str, ...] | None) -> None:
    match = pattern(text, {}).expression.search(line)
    assert (None if match is None else match.groups()) == groups


def test_json_that_is_never_closed_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_documents, "MOST_CHARACTERS", 2**20)
    monkeypatch.setattr(figures, "MOST_CHARACTERS", 2**20)
    begin = 'METADATA START {"pods":1,"completions":1,"metricName":"io-fio","metricOptions":{}}\nMETADATA END\n'
    begin += "METRICS OPERATOR COLLECTION START\nMETRICS OPERATOR TIMEPOINT\n{\n"
    filler = f'"k": "{"0" * 1000}",\n' * 2000
    end = "METRICS OPERATOR COLLECTION END\n"
    (tmp_path / "open.log").write_text(begin + filler + end)
    (tmp_path / "closed.log").write_text(f'{begin}{filler}"last": 1}}\n{end}')
    opened = run("results", "parse", "open.log", cwd=tmp_path)
    closed = run("results", "parse", "closed.log", cwd=tmp_path)
    assert "the JSON that begins here is truncated" in opened.stderr
    assert "the JSON that begins here is larger than 1 MiB" in closed.stderr
    assert '"figure"' not in opened.stdout + closed.stdout
