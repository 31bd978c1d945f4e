"""Charts become pictures: the same ones each time, with whatever text there is as text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from mocompile.results.present.plot import Chart, Panel, Series, draw, plan
from mocompile.results.present.plot.style import Form
from mocompile.results.record import Results

from tests.paths import ROOT
from tests.results.made import disks, latencies, machines, record, scaling
from tests.tools import need_module

need_module("matplotlib")

CHARTS = [
    plan(results).charts[0]
    for results in (disks(3, 9), disks(12, 4), disks(64, 3), machines(40), machines(4), scaling(), latencies((2, 4)))
]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: f"{chart.kind}-{len(chart.panels)}")
@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_same_chart_gives_the_same_bytes(chart: Chart, form: Form) -> None:
    assert draw(chart, form) == draw(chart, form)


def test_another_process_draws_the_same_bytes(tmp_path: Path) -> None:
    code = (
        "import sys; from tests.results.made import latencies; "
        "from mocompile.results.present.plot import draw, plan; "
        "sys.stdout.buffer.write(draw(plan(latencies()).charts[0], 'svg'))"
    )
    root = ROOT
    drawn = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={"PYTHONHASHSEED": seed, "MPLCONFIGDIR": str(tmp_path), "TZ": "Asia/Tokyo"},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert drawn[0] == drawn[1] == draw(plan(latencies()).charts[0], "svg")


def words(svg: bytes) -> list[str]:
    """The texts in an SVG whose letters are text."""
    tree = ElementTree.fromstring(svg)
    return ["".join(element.itertext()) for element in tree.iter("{http://www.w3.org/2000/svg}text")]


def test_axes_are_named_with_units() -> None:
    shown = words(draw(plan(latencies()).charts[0], "svg", text=True))
    assert "message size (bytes)" in shown
    assert "latency (us), lower is better" in shown


def test_the_name_of_an_axis_is_not_longer_than_the_axis() -> None:
    records = [record("timesteps_per_second", 1.0, "timesteps/s", better="higher", pods=n) for n in (1, 2)]
    shown = words(draw(plan(Results(tuple(records))).charts[0], "svg", text=True))
    assert {"timesteps_per_second (timesteps/s), higher", "is better"} <= set(shown)


def test_text_is_drawn_as_it_stands() -> None:
    hostile = ["$\\frac{1}{0}$", "_hidden", "a$b", "<script>alert(1)</script>", "{{ 7 * 7 }}", "&amp; \\$ ]]>"]
    records = [record("time", 1.0 + at, "s", "m", {"name": name}, at) for name in hostile for at in range(3)]
    shown = words(draw(plan(Results(tuple(records))).charts[0], "svg", text=True))
    assert set(hostile) <= set(shown)


def test_bars_of_hostile_names_are_drawn() -> None:
    records = [record("$time_{", value, "$s", "m", {"name": f"${value}"}) for value in (0.0, -1.0, 2.0)]
    shown = words(draw(plan(Results(tuple(records))).charts[0], "svg", text=True))
    assert {"$0.0", "$-1.0", "$2.0"} <= set(shown)


def test_letters_that_no_font_has_are_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    draw(plan(Results(tuple(record("time", n, context={"名前": f"日本{n}"}) for n in (1.0, 2.0)))).charts[0], "png")
    assert not recwarn.list


def test_settings_of_the_user_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib

    before = draw(CHARTS[0], "svg")
    monkeypatch.setitem(matplotlib.rcParams, "axes.facecolor", "red")
    monkeypatch.setitem(matplotlib.rcParams, "font.size", 30)
    assert draw(CHARTS[0], "svg") == before
    assert matplotlib.rcParams["axes.facecolor"] == "red"


def test_drawing_leaves_no_figure_open() -> None:
    draw(CHARTS[0], "png")
    assert "matplotlib.pyplot" not in sys.modules


@pytest.mark.parametrize("values", [(0.0, 0.0), (1e-300, 1e300), (-5.0, -1.0), (1e15, 1e15 + 1), (3.0, 3.0)])
@pytest.mark.parametrize("kind", ["lines", "bars", "dots"])
@pytest.mark.parametrize("form", ["png", "svg"])
def test_any_numbers_can_be_drawn(values: tuple[float, ...], kind: str, form: Form) -> None:
    series = Series("a", (0.0, 1.0), values, values, values, (1, 1), ("x", "y"))
    chart = Chart("c", "m", "t", "", "x", "y", kind, (Panel("", (series,)),))  # type: ignore[arg-type]
    assert draw(chart, form)
