"""pidstat and hwloc in other versions and with other options than the reference logs have."""

from __future__ import annotations

from pathlib import Path

from tests.results.metric_logs import errors, read, values


def test_pidstat_s_table_with_rounds_and_averages(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        "perf-sysstat",
        """\
        Linux 6.1.0 (node) \t01/05/2026 \t_x86_64_\t(4 CPU)

        10:00:00 AM   UID       PID    %usr %system  %guest   %wait    %CPU   CPU  Command
        10:00:01 AM     0        77    1.50    0.25    0.00    0.10    1.75     2  my app
        10:00:02 AM     0        77    2.50    0.75    0.00    0.20    3.25     2  my app

        Average:      UID       PID    %usr %system  %guest   %wait    %CPU   CPU  Command
        Average:        0        77    2.00    0.50    0.00    0.15    2.50     -  my app
        """,
    )
    assert errors(results) == []
    assert values(results, "%CPU", "command") == [(1.75, "%", "my app"), (3.25, "%", "my app")]


def test_processes_that_ps_lists_are_none_of_pidstat_s(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        "perf-sysstat",
        """\
        USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
        root        77  9.5  0.1  11111 22222 ?        Ss   10:00   0:00 lmp
        IO STATISTICS
        [{"time":100000,"uid":0,"pid":77,"kb_rd_s":4.5,"iodelay":"3","command":"lmp"},{"time":100000,"uid":0,"pid":77,"command":"lmp"}]
        """,
    )
    assert values(results, "RSS") == []
    assert values(results, "kB_rd/s", "section", "command") == [(4.5, "kB/s", "IO STATISTICS", "lmp")]
    assert values(results, "iodelay") == [(3, "ticks")]


def test_hwloc_with_several_numa_nodes(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        "sys-hwloc",
        """\
        Machine (251GB total) + Package L#0
          NUMANode L#0 (P#0 125GB)
          L3 L#0 (35MB) + L2 L#0 (1024KB) + Core L#0 + PU L#0 (P#0)
        Package L#1 + NUMANode L#1 (P#1 126GB)
        depth 0:           1 Machine (type #0)
         depth 1:          2 Package (type #1)
        Special depth -3:  2 NUMANode (type #13)
            <object type="NUMANode" os_index="0" cpuset="0x1" gp_index="9" local_memory="1000">
            <object type="NUMANode" os_index="1" cpuset="0x2" gp_index="8" local_memory="2000">
        """,
    )
    assert errors(results) == []
    assert values(results, "memory") == [(251, "GB")]
    assert values(results, "numa_memory", "numa_node") == [(125, "GB", 0), (126, "GB", 1)]
    assert values(results, "count", "object") == [(1, "", "Machine"), (2, "", "Package"), (2, "", "NUMANode")]
    assert values(results, "count_in_xml", "object") == [(2, "", "NUMANode")]
    assert values(results, "local_memory", "os_index") == [(1000, "bytes", 0), (2000, "bytes", 1)]
