"""iperf3: the forms of its text and of its JSON, from 3.0 on.

The forms are those of real runs of iperf3 3.12, and published ones: 3.0 and 3.1 say `Bandwidth`, and UDP has one line
without a side there. The numbers are made up.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.results.metric_logs import errors, notes, read, values

METRIC = "network-iperf3"
DASHES = "- " * 25

TCP = f"""\
Connecting to host 10.0.0.2, port 5201
[  5] local 10.0.0.1 port 40000 connected to 10.0.0.2 port 5201
[  7] local 10.0.0.1 port 40002 connected to 10.0.0.2 port 5201
[ ID] Interval           Transfer     Bitrate         Retr  Cwnd
[  5]   0.00-1.00   sec   300 MBytes  2.52 Gbits/sec    8   1023 KBytes
[  7]   0.00-1.00   sec   310 MBytes  2.60 Gbits/sec    5   1023 KBytes
[SUM]   0.00-1.00   sec   610 MBytes  5.12 Gbits/sec   13
{DASHES}
[  5]   1.00-2.00   sec   301 MBytes  2.53 Gbits/sec    9   1023 KBytes
[  7]   1.00-2.00   sec   311 MBytes  2.61 Gbits/sec    8   1.12 MBytes
[SUM]   1.00-2.00   sec   612 MBytes  5.14 Gbits/sec   17
{DASHES}
[ ID] Interval           Transfer     Bitrate         Retr
[  5]   0.00-2.00   sec   601 MBytes  2.52 Gbits/sec   17             sender
[  5]   0.00-2.04   sec   600 MBytes  2.47 Gbits/sec                  receiver
[  7]   0.00-2.00   sec   621 MBytes  2.60 Gbits/sec   13             sender
[  7]   0.00-2.04   sec   620 MBytes   955 Mbits/sec                  receiver
[SUM]   0.00-2.00   sec  1.19 GBytes  5.12 Gbits/sec   30             sender
[SUM]   0.00-2.04   sec  1.19 GBytes  5.02 Gbits/sec                  receiver

iperf Done.
"""

OLD = f"""\
Connecting to host 10.0.0.2, port 5201
[  4] local 10.0.0.1 port 40000 connected to 10.0.0.2 port 5201
[ ID] Interval           Transfer     Bandwidth       Total Datagrams
[  4]   0.00-1.00   sec   116 KBytes   950 Kbits/sec  15
{DASHES}
[ ID] Interval           Transfer     Bandwidth       Jitter    Lost/Total Datagrams
[  4]   0.00-1.00   sec   116 KBytes   950 Kbits/sec  0.094 ms  3/15 (20%)
[  4] Sent 15 datagrams

iperf Done.
"""

SERVER = f"""\
-----------------------------------------------------------
Server listening on 5201
-----------------------------------------------------------
Accepted connection from 10.0.0.1, port 45350
[  5] local 10.0.0.2 port 5201 connected to 10.0.0.1 port 45352
[ ID] Interval           Transfer     Bitrate
[  5]   0.00-1.00   sec   112 MBytes   940 Mbits/sec
{DASHES}
[ ID] Interval           Transfer     Bitrate
[  5]   0.00-1.04   sec   116 MBytes   941 Mbits/sec                  receiver
-----------------------------------------------------------
Server listening on 5201
-----------------------------------------------------------
Accepted connection from 10.0.0.3, port 45354
[  5] local 10.0.0.2 port 5201 connected to 10.0.0.3 port 45356
[ ID] Interval           Transfer     Bitrate
[  5]   0.00-1.00   sec   111 MBytes   930 Mbits/sec
{DASHES}
[ ID] Interval           Transfer     Bitrate
[  5]   0.00-1.04   sec   115 MBytes   931 Mbits/sec                  receiver
-----------------------------------------------------------
Server listening on 5201
-----------------------------------------------------------
iperf3: interrupt - the server has terminated
"""

DOCUMENT = """\
{"start": {"version": "iperf 3.0.11", "connecting_to": {"host": "HOST", "port": 5201},
  "test_start": {"protocol": "TCP", "num_streams": STREAMS, "blksize": 131072, "omit": 0, "duration": 5, "reverse": 0}},
 "intervals": [{"sum": {"bits_per_second": 1}}],
 "end": {"streams": [{"sender": {"socket": 4, "bits_per_second": 8e8, "retransmits": 2},
    "receiver": {"socket": 4, "bits_per_second": 7e8}}],
  "sum_sent": {"seconds": 5, "bytes": 500, "bits_per_second": 8e8, "retransmits": 2},
  "sum_received": {"seconds": 5.1, "bytes": 490, "bits_per_second": 7e8}}}
"""


def document(host: str = "10.0.0.2", streams: int = 1) -> str:
    """The JSON of a run."""
    return DOCUMENT.replace("HOST", host).replace("STREAMS", str(streams))


def test_the_end_of_a_text_is_read_and_not_its_intervals(tmp_path: Path) -> None:
    results = read(tmp_path, METRIC, TCP)
    assert values(results, "bitrate", "stream", "side", "protocol", "host") == [
        (2.52, "Gbits/sec", 5, "sender", "TCP", "10.0.0.2"),
        (2.47, "Gbits/sec", 5, "receiver", "TCP", "10.0.0.2"),
        (2.6, "Gbits/sec", 7, "sender", "TCP", "10.0.0.2"),
        (955, "Mbits/sec", 7, "receiver", "TCP", "10.0.0.2"),
        (5.12, "Gbits/sec", "SUM", "sender", "TCP", "10.0.0.2"),
        (5.02, "Gbits/sec", "SUM", "receiver", "TCP", "10.0.0.2"),
    ]
    assert values(results, "retransmits", "stream") == [(17, "", 5), (13, "", 7), (30, "", "SUM")]
    assert values(results, "transfer", "stream", "side")[-1] == (1.19, "GBytes", "SUM", "receiver")
    assert {each.context["connections"] for each in results.records} == {2}
    assert not results.problems


def test_udp_of_old_versions_has_no_side(tmp_path: Path) -> None:
    results = read(tmp_path, METRIC, OLD)
    assert values(results, "bitrate", "protocol", "side") == [(950, "Kbits/sec", "UDP", None)]
    assert values(results, "jitter") == [(0.094, "ms")]
    assert values(results, "lost_packets") == [(3, "")]
    assert values(results, "packets") == [(15, "")]
    assert values(results, "lost_percent") == [(20, "%")]


def test_every_client_of_a_server_is_a_run(tmp_path: Path) -> None:
    results = read(tmp_path, METRIC, SERVER)
    assert values(results, "bitrate", "host") == [(941, "Mbits/sec", "10.0.0.1"), (931, "Mbits/sec", "10.0.0.3")]
    assert [each.collection for each in results.figures("bitrate")] == [0, 1]
    assert not results.problems


def test_both_ways_at_once_are_apart(tmp_path: Path) -> None:
    text = (
        TCP.replace("[  5]   ", "[  5][TX-C]   ")
        .replace("[  7]   ", "[  7][RX-C]   ")
        .replace("[SUM]   ", "[SUM][TX-C]   ")
    )
    results = read(tmp_path, METRIC, text.replace("[ ID] Interval", "[ ID][Role] Interval"))
    assert values(results, "bitrate", "stream", "role")[2] == (2.6, "Gbits/sec", 7, "RX-C")


def test_settings_of_a_document_are_context(tmp_path: Path) -> None:
    results = read(tmp_path, METRIC, document("10.0.0.2") + document("10.0.0.3", streams=4))
    assert values(results, "bitrate", "stream", "side", "host", "streams")[:3] == [
        (8e8, "bits/s", "SUM", "sender", "10.0.0.2", 1),
        (7e8, "bits/s", "SUM", "receiver", "10.0.0.2", 1),
        (8e8, "bits/s", 4, "sender", "10.0.0.2", 1),
    ]
    assert {each.context["streams"] for each in results.records if each.context["host"] == "10.0.0.3"} == {4}
    assert values(results, "seconds", "side")[:2] == [(5, "s", "sender"), (5.1, "s", "receiver")]


def test_a_list_of_documents_is_read(tmp_path: Path) -> None:
    results = read(tmp_path, METRIC, f"[{document()},\n{document()}]")
    assert values(results, "bitrate", "test", "side")[0] == (8e8, "bits/s", 0, "sender")
    assert {each.context["test"] for each in results.records} == {0, 1}


def test_udp_documents_of_old_versions_have_one_sum(tmp_path: Path) -> None:
    ended = '"sum": {"bits_per_second": 1e6, "jitter_ms": 0.5, "lost_packets": 1, "packets": 50, "lost_percent": 2}'
    text = f'{{"start": {{}}, "end": {{{ended}}}}}\n'
    results = read(tmp_path, METRIC, text)
    assert values(results, "bitrate", "stream") == [(1e6, "bits/s", "SUM")]
    assert values(results, "lost_percent") == [(2, "%")]
    assert not results.problems


def test_a_stream_of_events_is_read(tmp_path: Path) -> None:
    text = (
        '{"event":"start","data":{"version":"iperf 3.18","connecting_to":{"host":"a","port":5201},'
        '"test_start":{"protocol":"TCP","num_streams":2,"blksize":131072,"omit":0,"duration":10,"bytes":0,"blocks":0,"reverse":1,"tos":0}}}\n'
        '{"event":"interval","data":{"sum":{"bits_per_second":1}}}\n'
        '{"event":"end","data":{"sum_sent":{"bits_per_second":9e9,"retransmits":1},"sum_received":{"bits_per_second":8.9e9}}}\n'
    )
    results = read(tmp_path, METRIC, text)
    assert values(results, "bitrate", "side", "streams", "reverse") == [
        (9e9, "bits/s", "sender", 2, 1),
        (8.9e9, "bits/s", "receiver", 2, 1),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Connecting to host a, port 5201\niperf3: error - unable to connect to server: Connection refused\n",
        "Connecting to host a, port 5201\niperf3: interrupt - the client has terminated\n",
        '{"start": {}, "intervals": [], "end": {}, "error": "unable to connect to server"}\n',
        '{"event":"error","data":"unable to connect to server"}\n',
    ],
)
def test_a_failed_run_says_so(tmp_path: Path, text: str) -> None:
    results = read(tmp_path, METRIC, text)
    assert errors(results)[0].startswith("the run failed: ")
    assert not results.figures("bitrate")


def test_a_run_that_is_cut_says_so(tmp_path: Path) -> None:
    results = read(tmp_path, METRIC, TCP[: TCP.index("[SUM]   0.00-2.00")])
    assert "the output ends before the program's last line" in notes(results)[0]
