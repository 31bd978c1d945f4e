"""The OSU micro-benchmarks, netmark and Chatterbug with other tests and options than the reference logs have."""

# ruff: noqa: E501  # lines as they are printed

from __future__ import annotations

from pathlib import Path

import pytest

from tests.results.metric_logs import errors, read, read_log, values

OSU = "network-osu-benchmark"


def test_osu_7_with_a_datatype_and_validation(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        OSU,
        """\
        mpirun -np 2 /opt/osu/libexec/osu-micro-benchmarks/mpi/pt2pt/osu_latency -c

        # OSU MPI Latency Test v7.3
        # Datatype: MPI_CHAR.
        # Size       Avg Latency(us)        Validation
        1                       1.25              Pass
        [node1:01] mca: a warning 17 18.5
        2                       1.50              Pass
        """,
    )
    assert errors(results) == []
    assert values(results, "avg_latency", "test", "benchmark", "size", "datatype") == [
        (1.25, "us", "MPI Latency", "osu_latency", 1, "MPI_CHAR"),
        (1.5, "us", "MPI Latency", "osu_latency", 2, "MPI_CHAR"),
    ]


def test_osu_says_that_data_was_not_what_was_sent(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        OSU,
        """\
        # OSU MPI Bandwidth Test v7.0
        # Size      Bandwidth (MB/s)        Validation
        1                      10.25              Pass
        2                      20.25              Fail
        """,
    )
    assert len(errors(results)) == 1
    assert {(record.value, record.status) for record in results} == {(10.25, "failed")}


def test_osu_s_full_listings(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        OSU,
        """\
        # OSU MPI Broadcast Latency Test v7.0
        # Size       Avg Latency(us)   Min Latency(us)   Max Latency(us)  Iterations
        4                       5.50              4.25              6.75        1000

        # OSU MPI Barrier Latency Test v7.0
        # Avg Latency(us)   Min Latency(us)   Max Latency(us)  Iterations
                     9.50              8.25             10.75        1000

        # OSU MPI Non-blocking Allgather Latency Test v7.0
        # Overall = Coll. Init + Compute + MPI_Test + MPI_Wait

        # Size           Overall(us)       Compute(us)    Coll. Init(us)      MPI_Test(us)      MPI_Wait(us)    Pure Comm.(us)    Min Comm.(us)    Max Comm.(us)        Overlap(%)
        8                      21.00             10.00              1.00              2.00              3.00             11.00             9.00             12.00             45.50

        # OSU MPI Non-blocking Barrier Latency Test v5.8
        # Overall = Coll. Init + Compute + MPI_Test + MPI_Wait

              Overall(us)       Compute(us)    Coll. Init(us)      MPI_Test(us)      MPI_Wait(us)    Pure Comm.(us)        Overlap(%)
                   31.00             15.00              1.50              0.00              4.50             16.00             33.25
        """,
    )
    assert errors(results) == []
    assert values(results, "avg_latency", "test", "size", "run") == [
        (5.5, "us", "MPI Broadcast Latency", 4, 0),
        (9.5, "us", "MPI Barrier Latency", None, 1),
    ]
    assert values(results, "min_latency") == [(4.25, "us"), (8.25, "us")]
    assert values(results, "iterations") == [(1000, ""), (1000, "")]
    assert values(results, "overlap", "size") == [(45.5, "%", 8), (33.25, "%", None)]
    assert values(results, "coll_init") == [(1.0, "us"), (1.5, "us")]
    assert values(results, "mpi_wait") == [(3.0, "us"), (4.5, "us")]
    assert values(results, "pure_comm") == [(11.0, "us"), (16.0, "us")]
    assert values(results, "max_comm") == [(12.0, "us")]


def test_osu_s_message_rate_and_buffers(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        OSU,
        """\
        # OSU MPI-ROCM Multiple Bandwidth / Message Rate Test v7.2
        # Send Buffer on DEVICE (D) and Receive Buffer on HOST (H)
        # [ pairs: 4 ] [ window size: 64 ]
        # Size                  MB/s        Messages/s
        16                     12.50         781250.00
        """,
    )
    names = ("size", "pairs", "window_size", "send_buffer", "receive_buffer")
    assert values(results, "message_rate", *names) == [(781250.0, "messages/s", 16, 4, 64, "DEVICE", "HOST")]
    assert values(results, "bandwidth", "test") == [(12.5, "MB/s", "MPI-ROCM Multiple Bandwidth / Message Rate")]


def test_osu_with_too_few_ranks(tmp_path: Path) -> None:
    results = read(tmp_path, OSU, "This test requires exactly two processes\n")
    assert errors(results) == ["the run failed: This test requires exactly two processes"]


def test_numbers_outside_a_table_of_osu_are_no_figures(tmp_path: Path) -> None:
    results = read(tmp_path, OSU, "10.1.0.3\n16 2.5\n# Size          Latency (us)\n16 2.5\n")
    assert results.records == ()


def test_netmark_s_table_of_more_ranks(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        "network-netmark",
        """\
        RTT between rank 2 and rank 1 is 7.500 micro-seconds
        NETMARK RTT.CSV START
        0.000,1.500,2.500
        3.500,0.000,4.500
        5.500,6.500,0.000
        NETMARK RTT.CSV END
        1.000,2.000,3.000
        """,
    )
    assert errors(results) == []
    assert values(results, "rtt", "from", "to") == [
        (1.5, "us", 0, 1),
        (2.5, "us", 0, 2),
        (3.5, "us", 1, 0),
        (4.5, "us", 1, 2),
        (5.5, "us", 2, 0),
        (6.5, "us", 2, 1),
    ]
    assert values(results, "rtt_trial", "from", "to") == [(7.5, "us", 2, 1)]


def test_netmark_without_its_table_has_the_trials() -> None:
    results = read_log("network-netmark", "netmark-stdout.log")
    assert errors(results) == []
    assert {record.status for record in results} == {"ok"}
    trials = values(results, "rtt_trial", "from", "to")
    assert (len(trials), trials[0], trials[19]) == (40, (25.25, "us", 0, 1), (23.643, "us", 0, 1))
    assert (trials[20], trials[39]) == ((17.5, "us", 1, 0), (17.079, "us", 1, 0))
    assert values(results, "rtt") == []


def test_netmark_that_stopped_in_its_trials(tmp_path: Path) -> None:
    line = "RTT between rank 0 and rank 1 is 7.500 micro-seconds\n"
    results = read(tmp_path, "network-netmark", f"trials                   3\n{line}{line}")
    assert errors(results) == [
        "expected 3 lines like this one, found 2: the run did not get that far, or lines are lost"
    ]
    assert {record.status for record in results} == {"cut"}


def test_netmark_that_stopped_between_two_pairs(tmp_path: Path) -> None:
    lines = (Path(__file__).parent / "logs" / "netmark-stdout.log").read_text().splitlines(keepends=True)
    last = next(number for number, line in enumerate(lines) if line.startswith("RTT between rank 1 and"))
    results = read(tmp_path, "network-netmark", "".join(lines[:last]))
    assert errors(results) == [
        "2 ranks have 2 pairs, and rtt_trial is of 1: the run did not get that far, or lines are lost"
    ]
    assert {record.status for record in results} == {"cut"}


def test_netmark_of_three_ranks_has_six_pairs(tmp_path: Path) -> None:
    hosts = [f"size 3 rank {rank} on host node-{rank} ip 10.0.0.{rank}\n" for rank in range(3)]
    pairs = [(source, target) for source in range(3) for target in range(3) if source != target]
    lines = [
        f"RTT between rank {source} and rank {target} is 1.{source}{target} micro-seconds\n" for source, target in pairs
    ]
    assert errors(read(tmp_path, "network-netmark", "".join((*hosts, *lines)))) == []
    assert errors(read(tmp_path, "network-netmark", "".join((*hosts, *lines[:-1])))) == [
        "3 ranks have 6 pairs, and rtt_trial is of 5: the run did not get that far, or lines are lost"
    ]
    # Each rank prints its own lines: the pairs of all ranks count together.
    tagged = [f"[1,{line.split()[3]}]<stdout>:{line}" for line in (*hosts, *lines)]
    results = read(tmp_path, "network-netmark", "".join(tagged))
    assert (len(results.records), errors(results)) == (6, [])


def test_netmark_that_measured_nothing_got_not_that_far(tmp_path: Path) -> None:
    results = read(tmp_path, "network-netmark", "Rank 0 sends to rank 1\n")
    assert errors(results) == ["there is no rtt: the run did not get that far, or lines are lost"]


def test_netmark_s_table_alone(tmp_path: Path) -> None:
    # The rows of converged-computing/metrics-operator: examples/tests/network-netmark/README.md at f6e8840.
    results = read(tmp_path, "network-netmark", "0.000,26.782\n27.071,0.000\n")
    assert errors(results) == []
    assert values(results, "rtt", "from", "to") == [(26.782, "us", 0, 1), (27.071, "us", 1, 0)]


def test_netmark_s_table_with_a_column_of_row_numbers_is_refused(tmp_path: Path) -> None:
    # As pandas writes it: converged-computing/metrics-operator: examples/python/network-netmark/img/RTT.csv at 8f15755.
    results = read(tmp_path, "network-netmark", ",0,1\n0,0.0,1241.7\n1,2984.803,0.0\n")
    assert results.records == ()
    assert "the matrix that begins here lacks numbers or rows" in errors(results)


def test_chatterbug_says_of_what_its_time_is(tmp_path: Path) -> None:
    results = read(
        tmp_path,
        "network-chatterbug",
        """\
        mpirun --hostfile ./hostlist.txt -N 8 /root/chatterbug/spread/spread.x 2 4 8 1024 10
        Finished 10 iterations
        Time elapsed per iteration for size 1024: 0.000150 s
        """,
    )
    assert errors(results) == []
    assert values(results, "time_per_iteration", "proxy", "of") == [(0.00015, "s", "spread", "size 1024")]


@pytest.mark.parametrize(
    "line",
    [
        "nx * ny * nz does not equal number of ranks.",
        "MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD",
    ],
)
def test_chatterbug_that_fails(tmp_path: Path, line: str) -> None:
    assert f"the run failed: {line}" in errors(read(tmp_path, "network-chatterbug", line + "\n"))
