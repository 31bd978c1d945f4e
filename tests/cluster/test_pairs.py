"""Pairs of six pods on a real cluster, with a real ssh and a real mpirun; the OSU benchmarks are stand-ins.

One set has both cases: in its latency test one pod is slowed down, in its bandwidth test none is.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from mocompile.results import parse
from mocompile.results.analyse.pairs import find_suspects

from tests.cluster.conftest import Opener
from tests.cluster.sets import begin, document, metric
from tests.cluster.test_benchmarks import stand_ins

PODS = 6
SLOW = "set-w-0-2"
# Rank 0 finds the host of rank 1 in the host list of mpirun, which is on its pod. A slow pod waits before it sends.
OSU = f"""#!/usr/bin/python3 -IS
import glob, os, socket, sys, time

bandwidth = sys.argv[0].endswith("osu_bw")
slow = not bandwidth and socket.gethostname() == "{SLOW}"


def take(connection, size):
    while size:
        size -= len(connection.recv(size))


def send(connection, size):
    if slow:
        time.sleep(0.001)
    connection.sendall(b"x" * size)


def ready(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.settimeout(30)
    return connection


sizes = (65536, 262144) if bandwidth else (8, 1024)
if os.environ["OMPI_COMM_WORLD_RANK"] == "1":
    server = socket.create_server(("0.0.0.0", 7117))
    server.settimeout(30)
    connection = ready(server.accept()[0])
    for size in sizes:
        for _ in range(50):
            take(connection, size)
            send(connection, 1 if bandwidth else size)
    sys.exit()
(hosts,) = glob.glob("/tmp/mocompile-pair-*")
other = open(hosts).read().split()[1]
for attempt in range(300):
    try:
        connection = ready(socket.create_connection((other, 7117), 5))
        break
    except ConnectionRefusedError:
        time.sleep(0.05)
print("# OSU MPI Bandwidth Test v5.8" if bandwidth else "# OSU MPI Latency Test v5.8")
print("# Size      Bandwidth (MB/s)" if bandwidth else "# Size          Latency (us)")
for size in sizes:
    times = []
    for _ in range(50):
        began = time.perf_counter()
        send(connection, size)
        take(connection, 1 if bandwidth else size)
        times.append(time.perf_counter() - began)
    middle = sorted(times)[25]
    print(f"{{size:<10}}{{size / middle / 1e6 if bandwidth else middle / 2 * 1e6:18.2f}}")
"""


def test_the_pod_that_is_slowed_down_is_named_and_no_other(opener: Opener, tmp_path: Path) -> None:
    root = "opt__osu-benchmark__build.openmpi__libexec__osu-micro-benchmarks__mpi__pt2pt"
    osu = metric(
        "network-osu-benchmark",
        stand_ins(**{f"{root}__osu_latency": OSU, f"{root}__osu_bw": OSU}),
        options={"pairs": "all", "pairsBothWays": False, "soleTenancy": False},
        listOptions={"commands": ["osu_latency", "osu_bw"]},
    )
    run = begin(opener("pairs"), document(osu, pods=PODS))
    end = run.end(400)
    log = tmp_path / "launcher.log"
    log.write_text(run.pod("l").log())
    assert end == "Completed", log.read_text()[-2000:]
    results = parse(log)
    assert not results.problems
    pods = {each.name for each in run.pods()}
    nodes = {each.context["a_node"] for each in results}
    assert "" not in nodes
    for figure in ("latency", "bandwidth"):
        found = results.figures(figure)
        measured = {frozenset((each.context["a"], each.context["b"])) for each in found}
        assert measured == set(map(frozenset, combinations(pods, 2)))
        named = {suspect.side.pod.rpartition("-")[0] for suspect in find_suspects(found).suspects}
        assert named == ({SLOW} if figure == "latency" else set())
