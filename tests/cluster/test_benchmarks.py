"""Ways of counting tasks and making host lists, on real hosts with a real mpirun, and stand-ins for the benchmarks.

What is a stand-in: the benchmarks' own programs, which a block of the addon `commands` writes in every pod as scripts.
Netmark's mpirun is MPICH's and takes `-f`; here a script of that name hands the rest to Open MPI's.
"""

from __future__ import annotations

import shlex

import pytest

from tests.cluster.conftest import Opener
from tests.cluster.sets import Run, addon, begin_all, document, metric

PODS = 2
# Its host, and what it was given.
RANK = """#!/bin/sh
echo "rank of $OMPI_COMM_WORLD_SIZE on $(hostname): ${0##*/} $*"
"""
# Also leaves the table that netmark leaves.
NETMARK = RANK + '[ "$OMPI_COMM_WORLD_RANK" != 0 ] || printf "0,1\\n1,0" >RTT.csv\n'
MPICH = '#!/bin/sh\nshift\nhosts=$1\nshift\nexec /usr/bin/mpirun --hostfile "$hosts" "$@"\n'


def stand_ins(**programs: str) -> dict[str, object]:
    """An addon that writes programs into every pod, by path (`__` for `/`, `_x` for `.x`)."""
    lines = []
    for name, text in programs.items():
        path = shlex.quote("/" + name.replace("__", "/").replace("_x", ".x"))
        lines.append(f"mkdir -p $(dirname {path}); printf %s {shlex.quote(text)} >{path}; chmod 755 {path}")
    return addon("commands", preBlock="\n".join(lines))


@pytest.fixture(scope="module")
def runs(opener: Opener) -> dict[str, Run]:
    """Sets that run beside each other, begun before the first case."""
    root = "opt__osu-benchmark__build.openmpi__libexec__osu-micro-benchmarks__mpi"
    osu = {f"{root}__pt2pt__osu_latency": RANK, f"{root}__collective__osu_allreduce": RANK}
    hpl = {
        # As the real one does, only the first rank reads the input.
        "usr__local__bin__xhpl": RANK + '[ "$OMPI_COMM_WORLD_RANK" != 0 ] || head -n 12 HPL.dat\n',
        "usr__local__bin__compute_N": "#!/bin/sh\necho 1000\n",
    }
    together = {"soleTenancy": False}
    sets = {
        "osu": metric(
            "network-osu-benchmark",
            stand_ins(**osu),
            options={**together, "timed": True},
            listOptions={"commands": ["osu_latency", "osu_allreduce"]},
        ),
        "netmark": metric(
            "network-netmark",
            stand_ins(usr__local__bin__netmark_x=NETMARK, usr__local__bin__mpirun=MPICH),
            options={**together, "tasks": 4, "trials": 7},
        ),
        "chatterbug": metric(
            "network-chatterbug",
            stand_ins(root__chatterbug__pairs__pairs_x=RANK),
            options={**together, "command": "pairs", "mpirun": "-N 2", "args": "1 2"},
        ),
        "hpl": metric("app-hpl", stand_ins(**hpl), options={"tasks": 2, "memory": 1, "mpiargs": "--map-by ppr:1:node"}),
    }
    return begin_all(opener, "bench", {name: document(each, pods=PODS) for name, each in sets.items()})


def ranks(text: str, program: str) -> list[str]:
    """Host and arguments of each rank, sorted."""
    said = [line for line in text.splitlines() if line.startswith("rank of ") and f": {program}" in line]
    return sorted(line.removeprefix("rank of ").replace(f": {program}", "").strip() for line in said)


def test_osu_runs_a_pair_on_two_hosts_and_a_collective_on_every_processor(runs: dict[str, Run]) -> None:
    run = runs["osu"]
    assert run.end() == "Completed"
    log = run.read("l")
    assert log.closed
    pair, collective = log.timepoints
    assert ranks(pair, "osu_latency") == ["2 on set-l-0-0", "2 on set-w-0-0"]
    everywhere = ranks(collective, "osu_allreduce")
    assert len(everywhere) == int(everywhere[0].partition(" ")[0]) >= PODS
    assert {each.partition(" on ")[2] for each in everywhere} == {"set-l-0-0", "set-w-0-0"}
    assert all("real" in each for each in log.timepoints)


def test_netmark_runs_its_tasks_and_prints_its_table(runs: dict[str, Run]) -> None:
    run = runs["netmark"]
    assert run.end() == "Completed"
    log = run.read("n")
    assert log.closed
    said = ranks(log.timepoints[0], "netmark.x")
    assert [each.partition(" -w")[0].partition(" on ")[0] for each in said] == ["4"] * 4
    assert all(each.endswith("-w 10 -t 7 -c 20 -b 0 -s") for each in said)
    assert log.timepoints[0].endswith("NETMARK RTT.CSV START\n0,1\n1,0\nNETMARK RTT.CSV END\n")


def test_chatterbug_runs_as_many_ranks_on_each_host_as_its_flags_say(runs: dict[str, Run]) -> None:
    run = runs["chatterbug"]
    assert run.end() == "Completed"
    log = run.read("l")
    assert log.closed
    expected = [f"4 on set-{pod}-0-0 1 2" for pod in ("l", "l", "w", "w")]
    assert ranks(log.timepoints[0], "pairs.x") == expected


def test_hpl_finds_its_input_and_runs_a_task_on_each_host(runs: dict[str, Run]) -> None:
    run = runs["hpl"]
    assert run.end() == "Completed"
    log = run.read("l")
    assert log.closed
    assert ranks(log.timepoints[0], "xhpl") == ["2 on set-l-0-0", "2 on set-w-0-0"]
    assert "1000         Ns" in log.timepoints[0]
