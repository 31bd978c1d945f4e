"""fio, IOR and iostat in other versions and with other options than the reference logs have."""

# ruff: noqa: E501  # lines as they are printed

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.results.metric_logs import errors, read, values

# --- fio ---------------------------------------------------------------------------------------------------------


def direction(**more: Any) -> dict[str, Any]:
    none = {"min": 0, "max": 0, "mean": 0.0, "stddev": 0.0, "N": 0}
    return {"io_bytes": 0, "io_kbytes": 0, "bw": 0, "iops": 0.0, "runtime": 0, "clat_ns": none, "lat_ns": none, **more}


def job(name: str, error: int = 0, **directions: Any) -> dict[str, Any]:
    every = {"read": direction(), "write": direction(), "trim": direction(), **directions}
    return {"jobname": name, "error": error, "elapsed": 2, **every}


def fio(*jobs: dict[str, Any], **more: Any) -> str:
    return json.dumps({"fio version": "fio-3.36", "jobs": jobs, **more}, indent=2)


BUSY = direction(io_bytes=4096, io_kbytes=4, bw=7, iops=1.75)


def test_fio_s_jobs_and_directions_are_set_apart(tmp_path: Path) -> None:
    output = fio(job("a", read=BUSY, trim=BUSY), job("b", write=BUSY))
    results = read(tmp_path, "io-fio", output)
    assert errors(results) == []
    assert values(results, "bw", "jobname", "index", "direction") == [
        (7, "KiB/s", "a", 0, "read"),
        (7, "KiB/s", "a", 0, "trim"),
        (7, "KiB/s", "b", 1, "write"),
    ]
    assert values(results, "clat_mean") == []


def test_fio_s_percentiles_and_devices(tmp_path: Path) -> None:
    latency = {
        "min": 10,
        "max": 90,
        "mean": 40.5,
        "stddev": 3.0,
        "N": 8,
        "percentile": {"50.000000": 40, "99.000000": 88},
    }
    device = {"name": "sdx", "read_ios": 5, "write_ios": 6, "in_queue": 7, "util": 8.5}
    results = read(tmp_path, "io-fio", fio(job("a", read=BUSY | {"clat_ns": latency}), disk_util=[device]))
    assert values(results, "clat_percentile", "percentile") == [(40, "ns", "50.000000"), (88, "ns", "99.000000")]
    assert values(results, "clat_mean", "direction") == [(40.5, "ns", "read")]
    assert values(results, "disk_ios", "device", "direction") == [(5, "", "sdx", "read"), (6, "", "sdx", "write")]
    assert values(results, "disk_util", "device") == [(8.5, "%", "sdx")]


@pytest.mark.parametrize(
    ("jobs", "failed"),
    [
        ((job("a", write=BUSY), job("b", error=28)), False),
        ((job("a", write=BUSY), job("b", error=28, write=BUSY)), True),
        ((job("a", error=5), job("b", error=28)), True),
    ],
)
def test_a_job_with_an_error_spoils_the_run_when_it_did_io_or_when_none_did(
    tmp_path: Path, jobs: tuple[dict[str, Any], ...], failed: bool
) -> None:
    results = read(tmp_path, "io-fio", fio(*jobs))
    assert bool(errors(results)) is failed
    assert {record.status for record in results} == {"failed" if failed else "ok"}


def test_fio_that_prints_no_json_says_why(tmp_path: Path) -> None:
    results = read(tmp_path, "io-fio", "fio: unrecognized option '--rwx'\nfio: Did you mean rw?\n")
    assert "the run failed: fio: unrecognized option '--rwx'" in errors(results)


def test_fio_s_text(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        "io-fio",
        """\
        seq one: (groupid=0, jobs=2): err= 0: pid=77: Mon Jan  5 10:00:00 2026
          read: IOPS=12.3k, BW=48.1MiB/s (50.4MB/s)(480MiB/9981msec)
            slat (nsec): min=900, max=33k, avg=1500.25, stdev=80.10
            clat (usec): min=41, max=977, avg=123.50, stdev=11.00
             lat (usec): min=42, max=980, avg=125.00, stdev=11.10
            clat percentiles (usec):
             |  1.00th=[   50],  5.00th=[   60]
           bw (  KiB/s): min=40000, max=50000, per=100.00%, avg=49000.00, stdev=10.00, samples=19
          write: IOPS=410, BW=1640KiB/s (1679kB/s)(16.0MiB/9981msec); 0 zone resets
            clat (msec): min=1, max=9, avg= 2.25, stdev= 0.50
          cpu          : usr=1.50%, sys=2.25%, ctx=1000, majf=0, minf=12
        """,
    )
    assert values(results, "bw", "jobname", "direction") == [
        (48.1, "MiB/s", "seq one", "read"),
        (1640, "KiB/s", "seq one", "write"),
    ]
    assert values(results, "iops", "direction") == [(12300.0, "IOPS", "read"), (410, "IOPS", "write")]
    assert values(results, "clat_mean", "direction") == [(123.5, "usec", "read"), (2.25, "msec", "write")]
    assert values(results, "sys_cpu") == [(2.25, "%")]


# --- IOR ---------------------------------------------------------------------------------------------------------


def test_ior_with_iterations_another_api_and_removal(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        "io-ior",
        """\
        api                 : MPIIO
        tasks               : 8
        Results:

        access    bw(MiB/s)  IOPS       Latency(s)  block(KiB) xfer(KiB)  open(s)    wr/rd(s)   close(s)   total(s)   iter
        ------    ---------  ----       ----------  ---------- ---------  --------   --------   --------   --------   ----
        write     210.50     840.10     0.009000    16384      256.00     0.011000   0.600000   0.002000   0.613000   0
        remove    -          -          -           -          -          -          -          -          0.004000   0
        write     190.50     760.10     0.010000    16384      256.00     0.012000   0.650000   0.002500   0.664500   1
        remove    -          -          -           -          -          -          -          -          0.005000   1
        Max Write: 210.50 MiB/sec (220.72 MB/sec)

        Summary of all tests:
        Operation   Max(MiB)   Min(MiB)  Mean(MiB)     StdDev   Max(OPs)   Min(OPs)  Mean(OPs)     StdDev    Mean(s) Test# #Tasks tPN reps fPP reord reordoff reordrand seed segcnt   blksiz    xsize aggs(MiB)   API RefNum
        write         210.50     190.50     200.50      10.00     842.00     762.00     802.00      40.00    0.63875     3      8   4    2   1     0        1         0    0      1 16777216   262144     128.0 MPIIO      0
        Finished            : Mon Jan  5 10:00:00 2026
        """,
    )
    assert errors(results) == []
    assert values(results, "bandwidth", "operation", "iteration", "api", "tasks") == [
        (210.5, "MiB/s", "write", 0, "MPIIO", 8),
        (190.5, "MiB/s", "write", 1, "MPIIO", 8),
    ]
    assert values(results, "total_time", "operation", "iteration")[1::2] == [
        (0.004, "s", "remove", 0),
        (0.005, "s", "remove", 1),
    ]
    assert values(results, "stddev_bandwidth") == [(10.0, "MiB/s")]
    assert values(results, "stddev_ops") == [(40.0, "OPs")]
    assert values(results, "mean_time", "test", "api") == [(0.63875, "s", 3, "MPIIO")]
    assert values(results, "max_write") == [(210.5, "MiB/s")]


def test_ior_before_it_had_iops(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        "io-ior",
        """\
        \tapi                = HDF5-1.10.4 (Parallel)
        \tclients            = 16 (4 per node)

        access    bw(MiB/s)  block(KiB) xfer(KiB)  open(s)    wr/rd(s)   close(s)   total(s)   iter
        ------    ---------  ---------- ---------  --------   --------   --------   --------   ----
        read      95.25      1024.00    256.00     0.001000   0.160000   0.000500   0.161500   0
        """,
    )
    assert values(results, "bandwidth", "operation", "api", "tasks") == [
        (95.25, "MiB/s", "read", "HDF5-1.10.4 (Parallel)", 16)
    ]
    assert values(results, "iops") == []


@pytest.mark.parametrize(
    "line",
    [
        'ior ERROR: open64("/none/x", 66, 0664) failed, errno 2, No such file or directory (aiori-POSIX.c:400)',
        "ERROR: block size must be a multiple of transfer size",
        "WARNING: Incorrect data on read (3 errors found).",
    ],
)
def test_ior_that_fails(tmp_path: Path, line: str) -> None:
    assert f"the run failed: {line}" in errors(read(tmp_path, "io-ior", line + "\n"))


# --- iostat ------------------------------------------------------------------------------------------------------


def test_iostat_s_table_of_another_version(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        "io-sysstat",
        """\
        Linux 4.18.0 (node) \t01/05/2026 \t_x86_64_\t(4 CPU)

        avg-cpu:  %user   %nice %system %iowait  %steal   %idle
                   5.25    0.00    1.50    0.25    0.00   93.00

        Device:         rrqm/s   wrqm/s     r/s     w/s    rkB/s    wkB/s avgrq-sz avgqu-sz   await r_await w_await  svctm  %util
        sda               0.10     2.20    3.30    4.40    55.50    66.60    7.70     0.88    9.90   10.10   11.11   1.21   1.31
        dm-0              0.00     0.00    1.00    2.00     3.00     4.00    5.00     0.60    7.00    8.00    9.00   0.11   0.22

        """,
    )
    assert errors(results) == []
    assert values(results, "%idle") == [(93.0, "%")]
    assert values(results, "rkB/s", "device") == [(55.5, "kB/s", "sda"), (3.0, "kB/s", "dm-0")]
    assert values(results, "aqu-sz", "device") == [(0.88, "", "sda"), (0.6, "", "dm-0")]


def test_iostat_with_the_device_last(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        "io-sysstat",
        """\
             r/s     rMB/s   rrqm/s  %rrqm r_await rareq-sz Device
            1.25      0.50     0.00   0.00    0.75    12.00 nvme0n1

             w/s     wMB/s   wrqm/s  %wrqm w_await wareq-sz Device
            2.25      1.50     0.00   0.00    1.75    22.00 nvme0n1
        """,
    )
    assert values(results, "r/s", "device") == [(1.25, "1/s", "nvme0n1")]
    assert values(results, "wMB/s", "device") == [(1.5, "MB/s", "nvme0n1")]


def test_iostat_s_json_with_processors(tmp_path: Path) -> None:
    report = {
        "avg-cpu": {"user": 1.5, "nice": 0.0, "system": 2.5, "iowait": 0.5, "steal": 0.0, "idle": 95.5},
        "disk": [{"disk_device": "vdb", "tps": 3.5, "kB_read/s": 10.25, "kB_wrtn": 77}],
    }
    output = json.dumps({"sysstat": {"hosts": [{"nodename": "n", "statistics": [report]}]}})
    results = read(tmp_path, "io-sysstat", output)
    assert values(results, "%iowait") == [(0.5, "%")]
    assert values(results, "kB_read/s", "device") == [(10.25, "kB/s", "vdb")]
    assert values(results, "kB_wrtn", "device") == [(77, "kB", "vdb")]
