"""pidstat and iostat with options that change their form. The logs are described in logs/README.md."""

# ruff: noqa: E501  # lines as they are printed

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mocompile.catalog import Catalog

from tests.results.metric_logs import errors, notes, read, read_log, values

# --- pidstat -----------------------------------------------------------------------------------------------------


def test_averages_in_the_table_are_no_samples() -> None:
    results = read_log("perf-sysstat", "pidstat-v-avg.log")
    assert errors(results) == []
    assert values(results, "threads", "interval") == [(1, "", 0), (1, "", 1)]
    results = read_log("perf-sysstat", "pidstat-t-avg.log")
    assert values(results, "%wait", "command", "interval") == [
        (19.63, "%", "bash", 0),
        (19.63, "%", "|__bash", 0),
        (0.0, "%", "bash", 1),
        (0.0, "%", "|__bash", 1),
    ]


@pytest.mark.parametrize("name", ["pidstat-all-avg.log", "pidstat-prefixed-all-avg.log"])
def test_averages_below_headings_of_their_own_are_no_samples(name: str) -> None:
    results = read_log("perf-sysstat", name)
    assert len(results.records) == 42
    assert [value for value, _ in values(results, "%wait")] == [21.0, 0.0]
    assert [value for value, _ in values(results, "kB_wr/s")] == [61440.0, 60831.68]


def test_averages_below_a_table_without_rows_are_none_of_its_rows(tmp_path: Path) -> None:
    # The form of sysstat/sysstat: tests/expected.pidstat-sigint.
    results = read(
        tmp_path,
        "perf-sysstat",
        """\
        12:53:30      UID       PID   cswch/s nvcswch/s  Command
        12:53:32        0      8407      2.34      0.00  gnome-terminal-

        12:53:30      UID       PID prio policy  Command


        Average:      UID       PID   cswch/s nvcswch/s  Command
        Average:        0      8407     15.01      0.06  gnome-terminal-
        Average:     1000      8741      9.30      0.00  firefox

        Average:      UID       PID prio policy  Command
        """,
    )
    assert errors(results) == []
    assert values(results, "prio") == []
    assert values(results, "cswch/s", "command") == [(2.34, "1/s", "gnome-terminal-")]


def test_an_average_with_a_word_less_than_its_heading_shifts_no_column(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        "perf-sysstat",
        """\
        10:00:00 AM   UID       PID    %usr %system  %guest    %CPU   CPU  Command
        10:00:01 AM  1002      7821    4.00    5.00    0.00    9.00     1  node /apps/api/
        Average:     1002      7821    1.00    2.00    0.00    3.00     -  node /apps/api/
        """,
    )
    assert values(results, "%usr", "command") == [(4.0, "%", "node /apps/api/")]


def test_averages_in_another_language(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        "perf-sysstat",
        """\
        23:27:22      UID       PID threads   fd-nr  Command
        23:27:23        0     25124       1       5  sleep
        Durchschn.:     0     25124       2       6  sleep
        """,
    )
    assert values(results, "threads") == [(1, "")]


def test_names_of_users() -> None:
    results = read_log("perf-sysstat", "pidstat-users.log")
    assert errors(results) == []
    system = values(results, "%system", "command", "owner", "interval")
    assert system[0] == (0.93, "%", "process_api", "root", 0)
    assert len(system) == 13


def test_processes_with_the_same_command_are_set_apart() -> None:
    results = read_log("perf-sysstat", "pidstat-users.log")
    found = [
        each for each in values(results, "%system", "command", "interval", "process") if each[2:4] == ("pidstat", 0)
    ]
    assert [number for *_, number in found] == [0, 1, 2, 3, 4]


def test_numbers_for_people() -> None:
    results = read_log("perf-sysstat", "pidstat-human-h.log")
    assert errors(results) == []
    assert values(results, "%wait", "interval") == [(21.0, "%", 0), (0.0, "%", 1)]
    assert values(results, "VSZ")[0] == (4608.0, "kB")
    assert values(results, "kB_wr/s")[0] == (61440.0, "kB/s")
    assert values(results, "kB_rd/s")[0] == (0.0, "kB/s")
    assert values(results, "StkSize")[0] == (132.0, "kB")
    assert [record.printed for record in results if record.figure == "VSZ"] == ["4.5M", "4.5M"]


def test_what_pidstat_was_not_allowed_to_see_is_no_measurement() -> None:
    results = read_log("perf-sysstat", "pidstat-10.1-no-permission.log")
    assert errors(results) == []
    assert all(value >= 0 for value, _ in values(results, "kB_rd/s"))
    assert "kB_rd/s is '-1.00' here: the tool had no value" in notes(results)
    assert len(values(results, "cswch/s")) == 8


def test_rows_that_cannot_be_read_are_told() -> None:
    results = read_log("perf-sysstat", "pidstat-de.log")
    assert results.records == ()
    assert errors(results)[0] == "this row of the table is not read: %usr is '0,00', which is not a number"


def test_pidstat_s_json(tmp_path: Path) -> None:
    # The form of sysstat/sysstat: tests/expected1.pidstat-At-TALL-ALL-JSON, since 12.7.7.
    first = {
        "timestamp": "12:53:22",
        "task-cpu-load": [
            {
                "UID": "1000",
                "PID": "8741",
                "usr": 0.13,
                "system": 0.03,
                "guest": 0.0,
                "wait": 0.03,
                "cpu": 0.16,
                "cpu_nr": 5,
                "cmd": "firefox",
            }
        ],
        "child-cpu-load": [
            {
                "USER": "u",
                "TGID": "7900",
                "TID": "",
                "usr-ms": 112090,
                "system-ms": 16710,
                "guest-ms": 0,
                "leader": "",
                "cmd": "shell",
            }
        ],
        "task-memory": [
            {
                "USER": "u",
                "PID": "7",
                "minflt/s": 25095.93,
                "majflt/s": 1.48,
                "VSZ": 4453984,
                "RSS": 259044,
                "MEM": 3.18,
                "cmd": "shell",
            }
        ],
        "io": [
            {
                "UID": "0",
                "PID": "7",
                "kB_rd/s": 411.81,
                "kB_wr/s": -1.0,
                "kB_ccwr/s": 0.0,
                "iodelay": 253,
                "cmd": "shell",
            }
        ],
        "realtime": [{"UID": "0", "PID": "7", "prio": 0, "policy": "NORMAL", "cmd": "shell"}],
    }
    second = {
        "timestamp": "12:53:24",
        "task-cpu-load": [],
        "kernel": [{"UID": "0", "PID": "7", "threads": 18, "fd-nr": 5, "cmd": "shell"}],
    }
    document = {"sysstat": {"hosts": [{"nodename": "n", "statistics": [first, second]}]}}
    results = read(tmp_path, "perf-sysstat", json.dumps(document, indent=1))
    assert errors(results) == []
    assert values(results, "%usr", "command", "interval", "row") == [(0.13, "%", "firefox", 0, 0)]
    assert values(results, "usr-ms", "owner") == [(112090, "ms", "u")]
    assert values(results, "%MEM") == [(3.18, "%")]
    assert values(results, "iodelay") == [(253, "ticks")]
    assert values(results, "kB_wr/s") == []
    assert values(results, "prio", "policy") == [(0, "", "NORMAL")]
    assert values(results, "threads", "interval") == [(18, "", 1)]


# --- iostat ------------------------------------------------------------------------------------------------------

SINCE_BOOT = "The first report of iostat (interval 0) is about the time since the node started, not about an interval, unless it ran with -y."


def test_iostat_for_people() -> None:
    results = read_log("io-sysstat", "iostat-h.log")
    assert errors(results) == []
    assert values(results, "%user", "interval") == [(29.1, "%", 0), (70.2, "%", 1)]
    assert values(results, "tps", "device", "interval") == [(318.02, "1/s", "vda", 0), (48.0, "1/s", "vda", 1)]
    assert values(results, "kB_read/s", "interval") == [(6041.6, "kB/s", 0), (348.0, "kB/s", 1)]
    assert values(results, "kB_wrtn", "interval") == [(2831155.2, "kB", 0), (81920.0, "kB", 1)]
    assert [record.printed for record in results if record.figure == "kB_wrtn"] == ["2.7G", "80.0M"]
    assert notes(results) == [SINCE_BOOT]


def test_iostat_s_four_tables_of_an_interval() -> None:
    results = read_log("io-sysstat", "iostat-xh.log")
    assert errors(results) == []
    assert values(results, "r/s", "interval") == [(225.75, "1/s", 0), (15.0, "1/s", 1)]
    assert values(results, "wareq-sz", "interval") == [(160.3, "kB", 0), (2867.2, "kB", 1)]
    assert values(results, "%util", "interval") == [(5.9, "%", 0), (18.0, "%", 1)]


def test_iostat_s_sums_of_writing_and_discarding() -> None:
    results = read_log("io-sysstat", "iostat-s.log")
    assert values(results, "kB_w+d/s", "interval") == [(15150.56, "kB/s", 0), (163860.0, "kB/s", 1)]


def test_the_intervals_of_iostat_s_json_are_set_apart() -> None:
    results = read_log("io-sysstat", "iostat-json.log")
    assert errors(results) == []
    assert values(results, "r/s", "interval") == [(225.72, "1/s", 0), (14.85, "1/s", 1), (2.0, "1/s", 2)]
    assert values(results, "%user", "interval") == [(29.07, "%", 0), (71.36, "%", 1), (84.26, "%", 2)]
    assert notes(results) == [SINCE_BOOT]


def test_the_intervals_of_iostat_10() -> None:
    results = read_log("io-sysstat", "iostat-10.1-intervals.log")
    assert [each for each in values(results, "tps", "device", "interval") if each[2] == "sda"] == [
        (0.24, "1/s", "sda", 0),
        (0.0, "1/s", "sda", 1),
        (0.0, "1/s", "sda", 2),
    ]
    assert notes(results) == [SINCE_BOOT]


def test_decimal_commas_are_told() -> None:
    results = read_log("io-sysstat", "iostat-decimal-comma.log")
    assert results.records == ()
    assert errors(results) == [
        "The numbers have a decimal comma. Run iostat with LC_ALL=C.",
        "this row of the table is not read: r/s is '231,07', which is not a number",
    ]


@pytest.mark.parametrize(("metric", "tool"), [("io-sysstat", "iostat"), ("perf-sysstat", "pidstat")])
def test_an_option_that_is_none_is_told(tmp_path: Path, metric: str, tool: str) -> None:
    line = f"Usage: {tool} [ options ] [ <interval> [ <count> ] ]"
    assert errors(read(tmp_path, metric, line + "\n")) == [f"the run failed: {line}"]


def test_a_picture_of_iostat_does_not_join_the_time_since_boot_with_intervals() -> None:
    results = read_log("io-sysstat", "iostat-json.log")
    sheet = Catalog().figures("io-sysstat")
    assert sheet is not None
    assert all("interval" in plot.by for plot in sheet.plots)
    assert len({record.context["interval"] for record in results}) == 3


def test_a_device_on_a_line_of_its_own() -> None:
    results = read_log("io-sysstat", "iostat-11.4-h.log")
    assert errors(results) == []
    assert values(results, "tps", "device", "interval") == [(266.24, "1/s", "vda", 0), (177.0, "1/s", "vda", 1)]
    assert values(results, "kB_wrtn") == [(68426640, "kB"), (0, "kB")]
    assert values(results, "%user") == [(64.2, "%"), (35.82, "%")]
    results = read_log("io-sysstat", "iostat-11.4-xh.log")
    assert errors(results) == []
    assert values(results, "avgrq-sz", "device", "interval") == [
        (61.81, "sectors", "vda", 0),
        (28.65, "sectors", "vda", 1),
    ]
    assert values(results, "%util") == [(4.47, "%"), (4.8, "%")]


def test_a_device_whose_numbers_are_cut_has_no_figures_of_the_next(tmp_path: Path) -> None:
    # The form of sysstat/sysstat: iostat.c of v11.4.0.
    results = read(
        tmp_path,
        "io-sysstat",
        """\
        Device:            tps    kB_read/s    kB_wrtn/s    kB_read    kB_wrtn
        sda
        sdb
                          2.00         3.00         4.00          5          6
        sdc
        """,
    )
    assert values(results, "tps", "device") == [(2.0, "1/s", "sdb")]


def test_short_reports_of_iostat_in_megabytes() -> None:
    results = read_log("io-sysstat", "iostat-s-x-m.log")
    assert errors(results) == []
    assert values(results, "kB_w+d/s") == [(7641.37, "kB/s"), (24.0, "kB/s")]
    assert values(results, "MB/s") == [(10.78, "MB/s"), (0.04, "MB/s")]
    assert values(results, "rqm/s") == [(165.05, "1/s"), (0.0, "1/s")]
    assert values(results, "areq-sz") == [(31.87, "kB"), (4.0, "kB")]


# --- units of iostat -------------------------------------------------------------------------------------------------

# sysstat/sysstat: iostat.c prints Blk and sec in POSIXLY_CORRECT mode without -k, -m or -G, and GB with -G
# (tests/expected.iostat-Gz).
BASIC = """\
Device             tps  {0}_read/s   {0}_wrtn/s   {0}_dscd/s   {0}_read   {0}_wrtn   {0}_dscd
sda               5.00       120.00        80.00         1.00     240000     160000          7
"""
EXTENDED = """\
Device            r/s     r{0}/s   rrqm/s  %rrqm r_await rareq-sz     w/s     w{0}/s   wrqm/s  %wrqm w_await wareq-sz
sda              1.51     93.02     0.10   6.21    0.77    61.60    7.08     50.67     4.28  37.68   13.49     7.16
"""


@pytest.mark.parametrize(("letters", "unit"), [("Blk", "blocks"), ("GB", "GB"), ("kB", "kB"), ("MB", "MB")])
def test_the_table_of_iostat_is_read_in_all_its_units(tmp_path: Path, letters: str, unit: str) -> None:
    results = read(tmp_path, "io-sysstat", BASIC.format(letters))
    assert errors(results) == []
    read_rate, written = values(results, f"{letters}_read/s"), values(results, f"{letters}_wrtn")
    assert (read_rate, written) == ([(120.0, f"{unit}/s")], [(160000, unit)])
    assert len(results.records) == 7


@pytest.mark.parametrize(("letters", "unit"), [("sec", "sectors/s"), ("GB", "GB/s"), ("kB", "kB/s"), ("MB", "MB/s")])
def test_the_extended_table_of_iostat_is_read_in_all_its_units(tmp_path: Path, letters: str, unit: str) -> None:
    results = read(tmp_path, "io-sysstat", EXTENDED.format(letters))
    assert errors(results) == []
    assert values(results, f"r{letters}/s") == [(93.02, unit)]
    assert values(results, f"w{letters}/s") == [(50.67, unit)]


def test_blocks_are_read_from_json_too(tmp_path: Path) -> None:
    disk = {"disk_device": "sda", "tps": 5.0, "Blk_read/s": 120.0, "Blk_wrtn": 160000}
    hosts = [{"nodename": "vm", "statistics": [{"disk": [disk]}]}]
    results = read(tmp_path, "io-sysstat", json.dumps({"sysstat": {"hosts": hosts}}, indent=1))
    assert values(results, "Blk_read/s", "device") == [(120.0, "blocks/s", "sda")]
    assert values(results, "Blk_wrtn", "device") == [(160000, "blocks", "sda")]
