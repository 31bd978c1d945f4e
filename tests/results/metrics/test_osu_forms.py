"""Tables of OSU with percentiles and validation, as OSU 7.4 prints them, and rows behind an indent."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest
from mocompile.results import Results, parse

TAIL = "    P50 Tail Lat(us)    P90 Tail Lat(us)    P99 Tail Lat(us)"
BANDWIDTH = "   P50 Tail BW(MB/s)   P90 Tail BW(MB/s)   P99 Tail BW(MB/s)"

LATENCY = f"""\
# OSU MPI Latency Test v7.4
# Datatype: MPI_CHAR.
# Size         Avg Latency(us)          Validation{TAIL}
1                         0.54                Pass                0.49                0.57                0.71
2                         4.63                Pass                0.47                0.55                7.13
"""

CUSTOM = """\
# OSU MPI Latency Test v7.4
# Datatype: MPI_CHAR.
# Size         Avg Latency(us)    P50 Tail Lat(us)    P95 Tail Lat(us)
1                         0.42                0.41                0.51
"""

BW = f"""\
# OSU MPI Bandwidth Test v7.4
# Datatype: MPI_CHAR.
# Size        Bandwidth (MB/s){BANDWIDTH}
1                         4.26                4.31                6.23                6.60
"""

RATE = f"""\
# OSU MPI Multiple Bandwidth / Message Rate Test v7.4
# [ pairs: 1 ] [ window size: 64 ]
# Datatype: MPI_CHAR.
# Size                    MB/s          Messages/s{BANDWIDTH}
1                         6.55          6551027.39                6.53                6.81                7.04
"""

PUT = f"""\
# OSU MPI_Put Latency Test v7.4
# Window creation: MPI_Win_allocate
# Synchronization: MPI_Win_flush
# Datatype: MPI_CHAR.
# Size            Latency (us){TAIL}
1                         0.10                0.05                0.05                0.13
"""

FULL = f"""\
# OSU MPI Allreduce Latency Test v7.4
# Datatype: MPI_CHAR.
# Size         Avg Latency(us)     Min Latency(us)     Max Latency(us)  Iterations          Validation{TAIL}
4       2595.14             2581.71             2608.57         200                Pass   1.14      10956.96    21059.68
8          0.73                0.61                0.86         200                Pass   0.69          0.78        0.89
"""

BARRIER = f"""\
# OSU MPI Barrier Latency Test v7.4
# Avg Latency(us){TAIL}
          6061.53             5998.43             8003.51            12005.31
"""

IALLREDUCE = f"""\
# OSU MPI Non-blocking Allreduce Latency Test v7.4
# Overall = Coll. Init + Compute + MPI_Test + MPI_Wait

# Datatype: MPI_CHAR.
# Size      Overall(us)         Compute(us)      Pure Comm.(us)          Overlap(%){TAIL}
4                  2.89                1.60                1.22                0.00    2.69    2.74    5.53
"""

IBARRIER = f"""\
# OSU MPI Non-blocking Barrier Latency Test v7.4
# Overall(us)         Compute(us)      Pure Comm.(us)          Overlap(%){TAIL}
         2.23                1.33                1.05               14.07    2.07    2.26    4.57
"""

FORMS = [
    (LATENCY, {"avg_latency": [0.54, 4.63]}, [0.49, 0.57, 0.71, 0.47, 0.55, 7.13]),
    (CUSTOM, {"avg_latency": [0.42]}, [0.41, 0.51]),
    (BW, {"bandwidth": [4.26]}, [4.31, 6.23, 6.6]),
    (RATE, {"bandwidth": [6.55], "message_rate": [6551027.39]}, [6.53, 6.81, 7.04]),
    (PUT, {"latency": [0.1]}, [0.05, 0.05, 0.13]),
    (
        FULL,
        {"avg_latency": [2595.14, 0.73], "min_latency": [2581.71, 0.61], "iterations": [200, 200]},
        [1.14, 10956.96, 21059.68, 0.69, 0.78, 0.89],
    ),
    (BARRIER, {"avg_latency": [6061.53]}, [5998.43, 8003.51, 12005.31]),
    (IALLREDUCE, {"overall": [2.89], "pure_comm": [1.22], "overlap": [0]}, [2.69, 2.74, 5.53]),
    (IBARRIER, {"overall": [2.23], "compute": [1.33], "overlap": [14.07]}, [2.07, 2.26, 4.57]),
]


def _read(folder: Path, text: str) -> Results:
    path = folder / "run.out"
    path.write_text(text)
    return parse(path, metric="network-osu-benchmark")


@pytest.mark.parametrize("before", ["", "    "], ids=["as printed", "indented"])
@pytest.mark.parametrize(("text", "figures", "tail"), FORMS)
def test_percentiles_of_every_test(
    tmp_path: Path, text: str, figures: dict[str, list[float]], tail: list[float], before: str
) -> None:
    results = _read(tmp_path, indent(text, before))
    for name, values in figures.items():
        assert [each.value for each in results.figures(name)] == values
    assert [each.value for each in results.figures("tail_latency", "tail_bandwidth")] == tail
    percentiles = [50, 95] if text == CUSTOM else [50, 90, 99]
    assert {each.context["percentile"] for each in results.figures("tail_latency", "tail_bandwidth")} == {*percentiles}
    assert not results.problems


def test_a_row_that_failed_its_validation_is_a_failure(tmp_path: Path) -> None:
    results = _read(tmp_path, LATENCY.replace("4.63                Pass", "4.63                Fail"))
    assert {each.status for each in results.records} == {"failed"}
    assert [each.value for each in results.figures("avg_latency", status=None)] == [0.54]
    assert results.problems[0].message.startswith("the run failed: 2 ")


@pytest.mark.parametrize(
    ("title", "head"),
    [
        # OSU 5 has no line of the datatype, 7.2 has it below the head; HPC-X prints a title without its #.
        ("# OSU MPI-CUDA Latency Test v5.8", "# Size          Latency (us)"),
        ("# OSU MPI Latency Test v7.2", "# Size          Latency (us)\n# Datatype: MPI_CHAR."),
        (" OSU MPI Latency Test v7.2", "# Size          Latency (us)"),
        ("# OSU MPI Latency Test (Version 2.1)", "# Size\t\tLatency (us)"),
    ],
)
@pytest.mark.parametrize("before", ["", "  "])
def test_titles_and_heads_of_older_versions(tmp_path: Path, title: str, head: str, before: str) -> None:
    results = _read(tmp_path, indent(f"{title}\n{head}\n0                       0.17\n", before))
    (latency,) = results.figures("latency")
    assert (latency.value, latency.context["size"]) == (0.17, 0)
    assert str(latency.context["test"]).startswith("MPI")
