"""fio's text, of versions 2 and 3. The logs are described in logs/README.md."""

# ruff: noqa: E501  # lines as they are printed

from __future__ import annotations

from pathlib import Path

import pytest
from mocompile.results import parse

from tests.results.metric_logs import errors, notes, read, read_log, values


def test_each_direction_has_its_own_figures() -> None:
    results = read_log("io-fio", "fio-normal-randrw.log")
    assert errors(results) == []
    assert values(results, "iops", "direction") == [(7404, "IOPS", "read"), (7376, "IOPS", "write")]
    assert values(results, "bw", "direction") == [(28.9, "MiB/s", "read"), (28.8, "MiB/s", "write")]
    assert values(results, "clat_mean", "direction") == [(65.44, "usec", "read"), (67.99, "usec", "write")]
    assert values(results, "clat_max", "direction") == [(22508, "usec", "read"), (21299, "usec", "write")]
    assert values(results, "bw_mean", "direction") == [(29490.67, "KiB/s", "read"), (29282.67, "KiB/s", "write")]
    assert values(results, "sys_cpu", "direction") == [(23.4, "%", None)]
    assert values(results, "disk_ios", "direction", "device") == [
        (13713, "", "read", "vda"),
        (13688, "", "write", "vda"),
    ]


def test_every_percentile_of_a_line_is_read_in_the_unit_of_its_heading() -> None:
    results = read_log("io-fio", "fio-normal-randrw.log")
    reading = [each for each in values(results, "clat_percentile", "direction", "percentile") if each[2] == "read"]
    assert len(reading) == 17
    assert (34, "usec", "read", "50.00") in reading
    assert (115, "usec", "read", "99.00") in reading
    assert (7111, "usec", "read", "99.90") in reading
    assert (17433, "usec", "read", "99.99") in reading
    assert values(results, "latency_us", "bucket")[:2] == [(91.97, "%", 50), (6.84, "%", 100)]


def test_letters_behind_numbers_are_thousands_and_the_record_says_what_was_printed() -> None:
    results = read_log("io-fio", "fio-null-read-2jobs.log")
    assert values(results, "iops", "index") == [(1977000, "IOPS", 0), (2354000, "IOPS", 1)]
    assert [record.printed for record in results if record.figure == "iops"] == ["1977k", "2354k"]
    assert values(results, "clat_max", "index")[0] == (12033000, "nsec", 0)


def test_latencies_of_both_directions_together_are_neither_s() -> None:
    results = read_log("io-fio", "fio-unified-both.log")
    assert values(results, "clat_mean", "direction") == [
        (2278.11, "nsec", "read"),
        (4321.19, "nsec", "write"),
        (3355.51, "nsec", "mixed"),
    ]
    # fio prints none for both together: `IOPS=0, BW=0 (0)(0B/3msec)`.
    assert values(results, "bw", "direction") == [(1260, "MiB/s", "read"), (1406, "MiB/s", "write")]


def test_of_reports_of_one_process_the_last_counts() -> None:
    results = read_log("io-fio", "fio-status-interval.log")
    assert errors(results) == []
    assert values(results, "iops", "index") == [(2462000, "IOPS", 0)]
    assert values(results, "bw") == [(9615, "MiB/s")]
    assert values(results, "runtime") == [(3001, "ms")]


def test_the_bandwidth_of_a_group_is_of_all_its_jobs() -> None:
    assert values(read_log("io-fio", "fio-null-read-2jobs.log"), "group_bw", "group", "direction") == [
        (16.5, "GiB/s", 0, "read")
    ]
    assert values(read_log("io-fio", "fio-unified-both.log"), "group_bw", "direction") == [
        (1260, "MiB/s", "read"),
        (1406, "MiB/s", "write"),
        (2667, "MiB/s", "mixed"),
    ]
    assert values(read_log("io-fio", "fio-2.2.10-randread.log"), "group_bw", "direction") == [(611058, "KiB/s", "read")]
    results = read_log("io-fio", "fio-status-interval.log")
    assert values(results, "group_bw", "direction") == [(9615, "MiB/s", "read")]


def test_several_runs_in_a_log_are_runs_of_their_own(tmp_path: Path) -> None:
    folder = Path(__file__).parent / "logs"
    names = ["fio-normal-randrw.log", "fio-err-full.log", "fio-null-read-2jobs.log"]
    log = tmp_path / "runs.log"
    log.write_text("".join((folder / name).read_text() for name in names))
    results = parse(log, metric="io-fio")
    assert [run.timepoints[0].status for run in results.runs] == ["ok", "failed", "ok"]
    assert [(each.collection, each.context["index"]) for each in results.figures("runtime")] == [
        (0, 0),
        (0, 0),
        (2, 0),
        (2, 1),
    ]


def test_a_run_that_ends_before_its_groups_is_told(tmp_path: Path) -> None:
    text = (Path(__file__).parent / "logs" / "fio-normal-randrw.log").read_text().partition("Run status")[0]
    assert notes(read(tmp_path, "io-fio", text)) == [
        "the output ends before the line 'Run status group ...': it is cut, or the program stopped early"
    ]


def test_of_reports_of_two_processes_the_last_of_each_counts() -> None:
    results = read_log("io-fio", "fio-status-interval-2-jobs.log")
    assert errors(results) == []
    assert values(results, "iops", "jobname", "index") == [(25500, "IOPS", "first", 0), (25400, "IOPS", "second", 1)]
    assert values(results, "runtime") == [(1004, "ms"), (1004, "ms")]
    assert notes(results) == ["2 reports are not read: newer reports of the same run replace them"]


def test_fio_2() -> None:
    results = read_log("io-fio", "fio-2.2.10-randread.log")
    assert errors(results) == []
    assert values(results, "bw", "direction") == [(611058, "KiB/s", "read")]
    assert values(results, "iops", "direction") == [(152764, "IOPS", "read")]
    assert values(results, "slat_mean") == [(3.72, "usec")]
    assert values(results, "clat_mean") == [(825.75, "usec")]
    assert values(results, "lat_mean") == [(829.81, "usec")]
    assert (3216, "usec", "99.00") in values(results, "clat_percentile", "percentile")
    assert values(results, "bw_mean") == [(76665.15, "KiB/s")]


def test_fio_3_1() -> None:
    results = read_log("io-fio", "fio-3.1-write.log")
    assert errors(results) == []
    assert values(results, "iops", "direction", "jobname") == [(3068, "IOPS", "write", "myjob")]
    assert values(results, "clat_mean", "direction") == [(1294.12, "usec", "write")]


def test_fio_2_in_megabytes_and_bytes(tmp_path: Path) -> None:
    # The rates are 1024-based: 4096.0MB in 6864 msec are 611058 KB/s.
    job = "j: (groupid=0, jobs=1): err= 0: pid=7: Fri Apr  7 18:42:49 2017\n"
    results = read(
        tmp_path,
        "io-fio",
        f"{job}  read : io=2048.0MB, bw=1204.9MB/s, iops=1713.3K, runt=  1700msec\n"
        "  write: io=4096.0KB, bw=864925B/s, iops=211, runt=  4849msec\n",
    )
    assert values(results, "bw", "direction") == [(1204.9, "MiB/s", "read"), (864925, "bytes/s", "write")]
    assert values(results, "iops") == [(1713300.0, "IOPS"), (211, "IOPS")]


def test_calls_of_fsync() -> None:
    results = read_log("io-fio", "fio-fsync.log")
    assert values(results, "sync_lat_mean", "direction") == [(8957.62, "usec", None)]
    assert (4490, "usec", "50.00") in values(results, "sync_lat_percentile", "percentile")
    assert (68, "usec", "50.00") in values(results, "clat_percentile", "percentile")


def test_a_job_line_behind_the_progress(tmp_path: Path) -> None:
    line = "Jobs: 1 (f=1): [R(1)][-.-%][r=8574MiB/s][r=2195k IOPS][eta 00m:00s] a b: (groupid=0, jobs=1): err= 0: pid=9: Mon\n"
    results = read(tmp_path, "io-fio", line + "  read: IOPS=10, BW=40KiB/s (41kB/s)(40KiB/1000msec)\n")
    assert values(results, "iops", "jobname") == [(10, "IOPS", "a b")]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fio-err-full.log", "the run failed: fio: pid=12443, err=28/file:io_u.c:1876, func=io_u error, error=No space left on device"),
        ("fio-err-size.log", "there is no bw: the run did not get that far, or lines are lost"),
        ("fio-minimal.log", "The terse output of fio is not read. Use --output-format=json."),
    ],
)  # fmt: skip
def test_what_went_wrong_is_told(name: str, message: str) -> None:
    results = read_log("io-fio", name)
    assert values(results, "bw") == []
    assert message in errors(results)


@pytest.mark.parametrize(
    "line",
    [
        "fio: engine nosuch not loadable",
        "fio: failed parsing rw=sideways",
        "fio: unable to open 'nosuch.fio' job file",
        "fio: io_u error on file /dev/full: No space left on device: write offset=0, buflen=4096",
        "verify: bad magic header 0, wanted acca at file /scratch/_f offset 0, length 4096",
        "full: (groupid=0, jobs=1): err=28 (file:engines/sync.c:126, func=xfer, error=No space left): pid=12457: Tue Nov 24",
    ],
)
def test_errors_of_fio(tmp_path: Path, line: str) -> None:
    assert f"the run failed: {line}" in errors(read(tmp_path, "io-fio", line + "\n"))


def test_figures_that_are_printed_as_text_and_as_json_are_read_once() -> None:
    results = read_log("io-fio", "fio-normal-json.log")
    assert [unit for _, unit in values(results, "clat_mean")] == ["ns", "ns"]
    assert len(values(results, "bw")) == 2
    assert notes(results) == ["the output has figures both as text and as JSON; they are read from the JSON: 90"]


def test_fio_1_prints_blanks_before_commas(tmp_path: Path) -> None:
    # axboe/fio: stat.c of fio 1.
    results = read(
        tmp_path,
        "io-fio",
        """\
        random-write-direct: (groupid=0, jobs=5): err= 0: pid=2447
          write: io=596856KB, bw=56946KB/s, iops=7118 , runt= 10481msec
            clat (usec): min=7 , max=9411.7K, avg=1443.28, stdev=33091.95
             lat (usec): min=8 , max=9411.7K, avg=1443.38, stdev=33091.95
            bw (KB/s) : min=   31, max=43687, per=29.58%, avg=5896.30, stdev=2696.81
          cpu          : usr=0.05%, sys=0.89%, ctx=600, majf=0, minf=136
             lat (usec): 10=13.51%, 20=77.52%, 50=8.68%, 100=0.07%, 250=0.08%
             lat (msec): 4=0.01%, 10=0.01%

        Run status group 0 (all jobs):
          WRITE: io=596856KB, aggrb=1.5GB/s, minb=58313KB/s, maxb=58313KB/s, mint=10481msec, maxt=10481msec
        """,
    )
    assert errors(results) == []
    assert values(results, "iops", "direction") == [(7118, "IOPS", "write")]
    assert values(results, "bw") == [(56946, "KiB/s")]
    assert values(results, "clat_max") == [(9411700, "usec")]
    assert values(results, "lat_min") == [(8, "usec")]
    assert values(results, "bw_mean") == [(5896.3, "KiB/s")]
    assert len(values(results, "latency_us")) == 5
    assert values(results, "group_bw") == [(1.5, "GiB/s")]


def test_the_bandwidth_of_all_clients_together_lacks_the_end_of_its_unit(tmp_path: Path) -> None:
    # axboe/fio: client.c of fio 3 reports on all clients of a server.
    results = read(
        tmp_path,
        "io-fio",
        """\
        All clients: (groupid=0, jobs=16): err= 0: pid=0: Wed Jun  3 22:10:46 2020
          read: IOPS=30.1k, BW=29.4Gi (31.6G)(8822GiB/300044msec)
            clat (usec): min=1132, max=406048, avg=16982.89, stdev=27664.80
        """,
    )
    assert errors(results) == []
    assert values(results, "bw", "jobname") == [(29.4, "GiB/s", "All clients")]
    assert values(results, "iops") == [(30100, "IOPS")]
    assert values(results, "runtime") == [(300044, "ms")]
