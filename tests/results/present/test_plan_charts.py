"""Which charts are planned, and what is in them: the promises of `plots:` and of what is drawn without."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from mocompile.catalog.figures.model import Plot
from mocompile.catalog.figures.number import Scalar
from mocompile.diagnostics.finding import InputError
from mocompile.results.analyse.order import natural
from mocompile.results.present.plot.bar_charts import BARS
from mocompile.results.present.plot.chart import Chart
from mocompile.results.present.plot.plan_charts import plan
from mocompile.results.present.plot.series import LINES, PANELS
from mocompile.results.record import Origin, Record, Results, Run

from tests.results.made import disks, latencies, machines, record, reference, scaling


def only(results: Results, *plots: Plot, **chosen: object) -> Chart:
    """The one chart of the results."""
    (chart,) = plan(results, {results.records[0].metric: plots}, **chosen).charts  # type: ignore[arg-type]
    return chart


def names(chart: Chart) -> list[str]:
    """The names of the series of a chart with one panel."""
    (panel,) = chart.panels
    return [series.name for series in panel.series]


# --- what plots: says ---


def test_a_plot_is_drawn_as_its_sheet_says() -> None:
    plot = Plot("Latency of puts and gets", ("latency",), "size", "both", ("command",))
    chart = only(latencies(), plot)
    assert (chart.title, chart.kind, chart.x_scale, chart.y_scale) == (plot.title, "lines", "symlog", "log")
    assert names(chart) == ["osu_get_latency", "osu_latency", "osu_put_latency"]
    assert (chart.x_label, chart.y_label) == ("message size (bytes)", "latency (us), lower is better")


def test_points_are_medians_between_the_lowest_and_the_highest_and_say_of_how_many() -> None:
    records = [record("bw", value, "MB/s", "m", {"size": size}) for size in (1, 2) for value in (5.0, 1.0, 3.0)]
    chart = only(Results(tuple(records)), Plot("", ("bw",), "size"))
    (series,) = chart.panels[0].series
    assert (series.y, series.low, series.high, series.counts) == ((3.0, 3.0), (1.0, 1.0), (5.0, 5.0), (3, 3))
    assert chart.notes == ("Each point is the median of 3 values; error bars span the lowest to the highest.",)


def test_what_the_pooled_values_differ_in_is_said() -> None:
    assert "differ in run" in only(latencies(), Plot("", ("latency",), "size", "both", ("command",))).notes[0]


def test_each_unit_has_a_chart_of_its_own() -> None:
    records = [record("rate", size, unit, "m", {"size": size}) for size in (1, 2, 4) for unit in ("katom-step/s", "%")]
    charts = plan(Results(tuple(records)), {"m": (Plot("", ("rate",), "size"),)}).charts
    assert [chart.y_label for chart in charts] == ["rate (katom-step/s)", "rate (%)"]
    assert len({chart.name for chart in charts}) == 2


def test_several_figures_are_told_apart_by_name() -> None:
    records = [record(name, 1.0 + at, "MB/s", "m", timepoint=at) for at in range(3) for name in ("rMB/s", "wMB/s")]
    assert names(only(Results(tuple(records)), Plot("", ("rMB/s", "wMB/s"), "timepoint"))) == ["rMB/s", "wMB/s"]


def test_an_x_of_words_gives_bars() -> None:
    records = [record("time", 1.0, "s", "m", {"phase": phase}) for phase in ("setup", "solve")]
    chart = only(Results(tuple(records)), Plot("", ("time",), "phase"))
    assert (chart.kind, chart.panels[0].series[0].names) == ("bars", ("setup", "solve"))


def test_an_x_that_has_one_value_gives_bars() -> None:
    records = [record("time", 1.0, "s", "m", {"phase": phase}, pods=4) for phase in ("setup", "solve")]
    chart = only(Results(tuple(records)), Plot("", ("time",), "pods", by=("phase",)))
    assert (chart.kind, chart.subtitle) == ("bars", "4 pods")


def test_sets_of_different_sizes_are_never_pooled() -> None:
    chart = only(latencies((2, 16), ("osu_latency",)), Plot("", ("latency",), "size"))
    assert names(chart) == ["2 pods", "16 pods"]


def test_values_without_the_x_are_left_out_with_a_note() -> None:
    records = [*latencies().records, record("latency", 2.0, "us", "network-osu-benchmark", pods=2)]
    assert "Left out: 1 value without size." in only(Results(tuple(records)), Plot("", ("latency",), "size")).notes


def test_size_zero_keeps_its_place_on_a_logarithmic_axis() -> None:
    chart = only(latencies(), Plot("", ("latency",), "size", "both"))
    assert chart.x_scale == "symlog"
    assert chart.panels[0].series[0].x[0] == 0


def test_zeros_are_left_out_of_a_logarithmic_y_axis_with_a_note() -> None:
    records = [record("bw", size if size > 1 else 0, "MB/s", "m", {"size": size}) for size in (1, 2, 4, 8, 16, 32)]
    chart = only(Results(tuple(records)), Plot("", ("bw",), "size", "both"))
    assert chart.y_scale == "log"
    assert chart.panels[0].series[0].x == (2, 4, 8, 16, 32)
    assert "1 value not above zero" in chart.notes[0]


def test_an_axis_of_mostly_zeros_is_linear() -> None:
    records = [record("bw", size if size > 9 else 0, "MB/s", "m", {"size": size}) for size in (1, 2, 4, 8, 16, 32)]
    assert only(Results(tuple(records)), Plot("", ("bw",), "size", "both")).y_scale == "linear"


def test_failed_and_cut_runs_and_words_are_left_out_with_a_note() -> None:
    records = [
        record("time", 1.0, better="lower", context={"phase": "a"}),
        record("time", 2.0, better="lower", context={"phase": "b"}),
        record("time", 900.0, better="lower", status="failed"),
        record("time", 901.0, better="lower", status="cut"),
        record("time", "nan", better="lower"),
    ]
    planned = plan(Results(tuple(records)))
    assert max(value for chart in planned.charts for value in chart.panels[0].series[0].y) == 2.0
    assert planned.notes == (
        "Left out: 1 figure of runs that failed.",
        "Left out: 1 figure of runs whose log is cut.",
        "Left out: 1 value that are text, not numbers.",
    )


def test_without_figures_there_is_no_chart() -> None:
    assert plan(Results(())).charts == ()


def test_a_figure_and_a_metric_can_be_chosen() -> None:
    results = Results((*disks(2, 3).records, *machines(2).records))
    assert {chart.metric for chart in plan(results, metric="io-fio").charts} == {"io-fio"}
    assert [chart.title for chart in plan(results, figures=["r_await"]).charts] == ["r_await over time"]


@pytest.mark.parametrize("chosen", [{"figures": ["iosp"]}, {"metric": "io-foi"}])
def test_an_unknown_name_is_a_finding_with_the_nearest(chosen: dict[str, object]) -> None:
    with pytest.raises(InputError) as raised:
        plan(machines(2), **chosen)  # type: ignore[arg-type]
    assert "did you mean" in raised.value.findings[0].hint


# --- what is drawn where no plots: says it ---


def test_several_timepoints_give_lines_over_time_for_each_device_and_pod() -> None:
    chart = plan(disks(2, 20)).charts[0]
    assert (chart.kind, chart.x_label) == ("lines", "timepoint (one every 10 s)")
    assert names(chart) == [
        "nvme0n1, disk-m-0-0",
        "nvme0n1, disk-m-0-1",
        "nvme1n1, disk-m-0-0",
        "nvme1n1, disk-m-0-1",
    ]


def test_what_is_zero_all_the_time_is_left_out_with_a_note() -> None:
    (note,) = plan(disks(2, 20)).charts[0].notes
    assert note.startswith("Left out: 24 of 28 that are zero all the time (loop0, loop1,")


def test_different_numbers_of_pods_give_strong_scaling_with_the_ideal() -> None:
    time, rate, share = plan(scaling()).charts
    for chart, factor in ((time, 1 / 32), (rate, 32)):
        measured, ideal = chart.panels[0].series
        assert (chart.x_label, chart.x_scale, chart.y_scale) == ("pods", "log", "log")
        assert (measured.x, measured.counts) == ((1, 2, 4, 8, 16, 32), (5,) * 6)
        assert ideal.role == "ideal"
        assert ideal.y[-1] == pytest.approx(measured.y[0] * factor)
    assert {series.role for series in share.panels[0].series} == {"measured"}


def test_repetitions_are_samples_and_no_time_series() -> None:
    assert plan(scaling((4,))).charts[0].kind == "boxes"
    assert plan(scaling((4,), repeats=3)).charts[0].kind == "bars"


def test_five_values_of_one_configuration_make_a_box_and_fewer_are_dots() -> None:
    records = [record("time", value, context={"phase": "a"}) for value in (9.0, 7.0, 8.0, 6.0, 5.0)]
    records += [record("time", value, context={"phase": "b"}) for value in (7.0, 6.0)]
    chart = only(Results(tuple(records)), Plot("", ("time",), by=("phase",)))
    (series,) = chart.panels[0].series
    assert (chart.kind, series.names) == ("boxes", ("a", "b"))
    assert series.values == ((5.0, 6.0, 7.0, 8.0, 9.0), (6.0, 7.0))
    assert "middle half of 2 to 5 values" in chart.notes[0]
    assert "Fewer than 5 values are dots." in chart.notes[0]
    assert chart.from_zero


def test_boxes_of_close_values_do_not_begin_at_zero_and_say_so() -> None:
    records = [record("time", 100.0 + at, context={"phase": name}) for name in "ab" for at in range(5)]
    chart = only(Results(tuple(records)), Plot("", ("time",), by=("phase",)))
    assert (chart.kind, chart.from_zero) == ("boxes", False)
    assert "The axis does not begin at zero." in chart.notes


def test_commands_of_a_list_are_neither_a_time_series_nor_samples() -> None:
    records = [record("real", 1.0 + at, timepoint=at, pods=pods) for at in range(4) for pods in (2, 16)]
    listed = Run("app-lammps", Origin("a.log"), 0, {"metricListOptions": {"commands": ["a", "b", "c", "d"]}})
    (chart,) = plan(Results(tuple(records), (listed,))).charts
    assert chart.kind == "bars"
    assert chart.panels[0].series[0].names[:2] == ("timepoint 0, 2 pods", "timepoint 0, 16 pods")


def test_single_values_are_named_and_not_drawn() -> None:
    planned = plan(Results((record("loop_time", 3.0), record("cpu_use", 97.0, "%"))))
    assert planned.charts == ()
    assert planned.notes == ("app-lammps: no picture of what has a single value: loop_time, cpu_use.",)


def test_bars_say_how_many_values_they_stand_for() -> None:
    (chart,) = plan(machines(4), figures=["iops"]).charts
    (series,) = chart.panels[0].series
    assert (chart.kind, series.names, series.counts) == ("bars", ("read", "write"), (4, 4))


def test_what_else_differs_between_runs_on_more_pods_is_said() -> None:
    records = [record("loop_time", 9.0 / n, context={"procs": n * 8}, better="lower", pods=n) for n in (1, 2, 4)]
    (chart,) = plan(Results(tuple(records)), {"app-lammps": (Plot("", ("loop_time",), "pods"),)}).charts
    assert chart.notes == ("Between runs procs differs, too.",)


SCALING = {"app-lammps": (Plot("", ("loop_time",), "pods", "both"),)}


def loops(sizes: Mapping[int, Mapping[str, Scalar]], **settings: Scalar) -> list[Record]:
    """A loop time for each number of pods, in a context of that size."""
    values = {f"option.{name}": value for name, value in settings.items()}
    return [
        record("loop_time", 9.0, context=context, better="lower", pods=n, values=values) for n, context in sizes.items()
    ]


@pytest.mark.parametrize(
    ("sizes", "note", "ideal"),
    [
        ({n: {"atoms": 2432, "procs": n} for n in (1, 2, 4)}, "Between runs procs differs, too.", (9.0, 4.5, 2.25)),
        ({n: {"atoms": 2432 * n} for n in (1, 2, 4)}, "Weak scaling: the problem (atoms) grows with pods.", (9.0,) * 3),
        (
            {1: {"nx": 10, "ny": 20}, 2: {"nx": 20, "ny": 20}, 4: {"nx": 20, "ny": 40}},
            "Weak scaling: the problem (nx and ny) grows with pods.",
            (9.0,) * 3,
        ),
    ],
)
def test_weak_and_strong_scaling_have_an_ideal_each(
    sizes: Mapping[int, Mapping[str, Scalar]], note: str, ideal: tuple[float, ...]
) -> None:
    (chart,) = plan(Results(tuple(loops(sizes))), SCALING).charts
    measured, best = chart.panels[0].series
    assert note in chart.notes
    assert (measured.role, best.role, best.y) == ("measured", "ideal", ideal)


@pytest.mark.parametrize("unit", ["s", "Matom-step/s"])
def test_strong_scaling_has_a_speed_up_with_a_linear_ideal_and_an_efficiency_with_a_flat_one(unit: str) -> None:
    rate = unit != "s"
    records = [
        record("speed", value, unit, better="higher" if rate else "lower", pods=pods, timepoint=at)
        for pods, seconds in ((2, 8.0), (4, 5.0), (8, 4.0))
        for at, factor in enumerate((0.5, 1.0, 2.0))
        for value in ((100 / seconds if rate else seconds) * factor,)
    ]
    speedup, efficiency = plan(
        Results(tuple(records)), {"app-lammps": (Plot("", ("speed",), "pods"),)}, scaling="pods"
    ).charts
    measured, ideal = speedup.panels[0].series
    assert (measured.x, ideal.role, ideal.y) == ((2.0, 4.0, 8.0), "ideal", (1.0, 2.0, 4.0))
    assert measured.y == pytest.approx((1.0, 1.6, 2.0))
    assert measured.low == pytest.approx((0.5, 0.8, 1.0))
    assert measured.high == pytest.approx((2.0, 3.2, 4.0))
    assert measured.counts == (3, 3, 3)
    parts, flat = efficiency.panels[0].series
    assert (flat.role, flat.y) == ("ideal", (1.0, 1.0, 1.0))
    assert parts.y == pytest.approx((1.0, 0.8, 0.5))
    assert (speedup.y_label, efficiency.y_label) == ("speed-up of speed", "efficiency of speed")
    assert "Against the median at the smallest pods of each line." in speedup.notes


def test_weak_scaling_has_an_efficiency_alone_with_a_flat_ideal() -> None:
    some = [
        record("loop_time", time, context={"atoms": 100 * pods}, better="lower", pods=pods)
        for pods, time in ((1, 8.0), (2, 10.0), (4, 16.0))
    ]
    (chart,) = plan(Results(tuple(some)), SCALING, scaling="pods").charts
    measured, ideal = chart.panels[0].series
    assert measured.y == pytest.approx((1.0, 0.8, 0.5))
    assert ideal.y == (1.0, 1.0, 1.0)
    assert ideal.name == "ideal weak scaling"


def test_a_speed_up_is_never_through_different_problems() -> None:
    some = loops({1: {"atoms": 100}, 2: {"atoms": 100}, 4: {"atoms": 750}, 8: {"atoms": 750}, 16: {"atoms": 33}})
    speedup, _ = plan(Results(tuple(some)), SCALING, scaling="pods").charts
    lines = [each for each in speedup.panels[0].series if each.role == "measured"]
    assert [(each.name, each.x) for each in lines] == [("atoms 100", (1.0, 2.0)), ("atoms 750", (4.0, 8.0))]
    assert "Left out: 1 line with values at one pods only." in speedup.notes


def test_a_line_over_a_chosen_axis_that_joins_different_problems_has_no_ideal() -> None:
    some = loops({1: {"atoms": 100}, 2: {"atoms": 100}, 4: {"atoms": 750}})
    (chart,) = plan(Results(tuple(some)), SCALING, x="pods").charts
    assert [each.role for each in chart.panels[0].series] == ["measured"]
    assert "Between runs atoms differs, too." in chart.notes


def test_what_does_not_scale_is_an_error_that_says_what_it_needs() -> None:
    some = [record("share", 5.0 + n, "%", better="lower", pods=n) for n in (1, 2)]
    with pytest.raises(InputError, match="nothing scales over pods"):
        plan(Results(tuple(some)), scaling="pods")


def test_a_line_never_joins_different_problems() -> None:
    some = loops({1: {"atoms": 100}, 2: {"atoms": 100}, 4: {"atoms": 750}, 8: {"atoms": 750}})
    (chart,) = plan(Results(tuple(some)), SCALING).charts
    measured = [each for each in chart.panels[0].series if each.role == "measured"]
    assert [(each.name, each.x) for each in measured] == [("atoms 100", (1.0, 2.0)), ("atoms 750", (4.0, 8.0))]


def test_sets_that_differ_in_the_number_of_pods_are_one_line_and_others_are_not() -> None:
    some = [
        record("loop_time", 9.0 / n, better="lower", pods=n, set=f"lammps-{node}-p{n}")
        for node in ("hpc6a", "c7g")
        for n in (1, 2, 4)
    ]
    (one,) = plan(Results(tuple(some[:3])), SCALING).charts
    assert [each.x for each in one.panels[0].series if each.role == "measured"] == [(1.0, 2.0, 4.0)]
    (both,) = plan(Results(tuple(some)), SCALING).charts
    assert [(each.name, each.x) for each in both.panels[0].series if each.role == "measured"] == [
        ("lammps-c7g-p#", (1.0, 2.0, 4.0)),
        ("lammps-hpc6a-p#", (1.0, 2.0, 4.0)),
    ]


def test_a_command_line_that_differs_in_its_ranks_is_of_one_problem() -> None:
    some = [each for n in (1, 2, 4) for each in loops({n: {"atoms": 100}}, command=f"mpirun -np {n} lmp -v x 2")]
    (chart,) = plan(Results(tuple(some)), SCALING).charts
    assert [each.x for each in chart.panels[0].series if each.role == "measured"] == [(1.0, 2.0, 4.0)]


def test_bars_stand_as_the_log_has_them_and_by_pods() -> None:
    names = ("Pair", "Neigh", "Comm")
    records = [record("time", 1.0, context={"section": name}, pods=pods) for pods in (8, None, 2) for name in names]
    (chart,) = plan(Results(tuple(records)), {"app-lammps": (Plot("", ("time",), by=("section",)),)}).charts
    assert chart.panels[0].series[0].names[:4] == (
        "Pair, pods not known",
        "Pair, 2 pods",
        "Pair, 8 pods",
        "Neigh, pods not known",
    )


def test_a_figure_asked_for_by_name_is_drawn_whatever_the_sheet_lists() -> None:
    records = [record(name, float(at), "%", "m", timepoint=at) for name in ("usr", "sys") for at in range(3)]
    results, plots = Results(tuple(records)), {"m": (Plot("", ("usr",), "timepoint"),)}
    assert [chart.title for chart in plan(results, plots).charts] == ["usr over time"]
    assert len(plan(results, plots, figures=["usr", "sys"]).charts) == 2


# --- legible, however much there is ---


def test_eight_pods_by_twenty_timepoints_have_a_panel_for_each_device() -> None:
    chart = plan(disks(8, 20)).charts[0]
    assert [panel.title for panel in chart.panels] == ["nvme0n1", "nvme1n1"]
    assert [series.name for series in chart.panels[0].series] == [f"disk-m-0-{pod}" for pod in range(8)]


def test_of_256_pods_each_is_a_dot_in_the_order_of_their_numbers() -> None:
    chart = plan(machines()).charts[0]
    assert (chart.kind, [panel.title for panel in chart.panels]) == ("dots", ["read", "write"])
    assert chart.panels[0].series[0].names[:3] == ("disk-m-0-0", "disk-m-0-1", "disk-m-0-2")
    assert len(chart.panels[0].series[0].x) == 256


def test_of_256_pods_with_many_devices_the_idle_ones_are_left_out() -> None:
    chart = plan(disks(256, 1)).charts[0]
    assert (chart.kind, len(chart.panels)) == ("dots", 2)


def test_more_lines_than_can_be_told_apart_become_a_band() -> None:
    chart = plan(disks(64, 20)).charts[0]
    assert [[series.role for series in panel.series] for panel in chart.panels] == [["band"], ["band"]]
    assert chart.panels[0].series[0].counts[0] == 64
    assert any("Pooled over pod" in note for note in chart.notes)


def test_a_band_never_joins_different_configurations() -> None:
    some = [
        record("load", 100.0 * kind + at, timepoint=at, pod=f"{kind}-{pod}", values={"option.size": f"{kind}k"})
        for kind in (1, 2, 3)
        for pod in range(40)
        for at in range(4)
    ]
    (chart,) = plan(Results(tuple(some))).charts
    assert [panel.title for panel in chart.panels] == ["size 1k", "size 2k", "size 3k"]
    for kind, panel in enumerate(chart.panels, 1):
        (series,) = panel.series
        assert (series.role, series.counts) == ("band", (40,) * 4)
        assert (series.low, series.high) == ((100.0 * kind, *(100.0 * kind + at for at in (1, 2, 3))),) * 2


def test_more_lines_than_pictures_hold_are_left_out_and_said() -> None:
    some = [record("load", float(at), timepoint=at, context={"cell": f"c{n}"}) for n in range(130) for at in range(3)]
    charts = plan(Results(tuple(some))).charts
    drawn = [panel.title for chart in charts for panel in chart.panels]
    assert drawn == [f"c{n}" for n in range(96)]
    assert {series.role for chart in charts for panel in chart.panels for series in panel.series} == {"measured"}
    assert all("Left out: 34 of 130 lines (c96 to c129)." in chart.notes for chart in charts)


def test_ranked_dots_of_different_configurations_have_no_median_of_all() -> None:
    some = [record("time", 1.0 + n, values={"option.size": n}) for n in range(50)]
    (chart,) = plan(Results(tuple(some))).charts
    assert (chart.kind, chart.middle) == ("dots", False)


def test_no_chart_has_more_than_can_be_read() -> None:
    records = [
        record("rtt", 1.0 + a * b, "us", "network-netmark", {"from": a, "to": b}) for a in range(40) for b in range(40)
    ]
    everything = [
        disks(3, 9),
        disks(300, 1),
        disks(40, 4),
        scaling(),
        latencies((2, 4, 8)),
        machines(),
        Results(tuple(records)),
    ]
    for results in everything:
        for chart in plan(results).charts:
            assert len(chart.panels) <= PANELS
            for panel in chart.panels:
                assert len([series for series in panel.series if series.role != "ideal"]) <= LINES
                assert chart.kind != "bars" or len(panel.series[0].x) <= BARS


def test_text_out_of_logs_is_cleaned_and_bounded() -> None:
    hostile = "\x1b[31m$x^2$\u202e <script>\n" + "long " * 100
    records = [record(hostile, float(at), hostile, hostile, {"device": f"{hostile}{at % 2}"}, at) for at in range(4)]
    (chart,) = plan(
        Results(tuple(records)), {hostile: (Plot(hostile, (hostile,), "timepoint", by=("device",)),)}
    ).charts
    texts = [chart.name, chart.metric, chart.title, chart.subtitle, chart.x_label, chart.y_label, *names(chart)]
    for text in texts:
        assert text.isprintable()
        assert len(text) < 130
        assert "\u202e" not in text


def test_long_names_that_begin_alike_stay_apart() -> None:
    long = "a rather long name of something that goes on and on, of which number {} is one of several that are so"
    records = [record("time", 1.0, "s", "m", {"name": long.format(n)}, at) for n in range(6) for at in range(3)]
    shown = names(plan(Results(tuple(records))).charts[0])
    assert len(set(shown)) == 6
    assert all("number" in name for name in shown)


def test_a_log_without_pod_names_is_named_itself() -> None:
    records = [record("util", float(at), "%", "m", timepoint=at, source=f"{n}.log") for n in "ab" for at in range(3)]
    assert names(plan(Results(tuple(records))).charts[0]) == ["a.log", "b.log"]


def test_the_rate_is_left_out_where_runs_differ_in_it() -> None:
    results = disks(1, 3, ("sda",))
    other = Run("io-sysstat", Origin("other.log"), 0, {"metricOptions": {"rate": 2}})
    assert plan(Results(results.records, (*results.runs, other))).charts[0].x_label == "timepoint"


def test_every_reference_log_is_planned_or_said_to_have_nothing() -> None:
    for name, results in reference():
        planned = plan(results)
        assert planned.charts or planned.notes or not results.records, name


def test_a_context_beyond_all_floats_has_its_place_at_the_end() -> None:
    assert sorted([10**400, 3, "w-2", -(10**400)], key=natural)[:3] == [-(10**400), 3, 10**400]
