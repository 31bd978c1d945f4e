"""Pairs: the schedule in every shell, and runs over pairs of pods, which have network namespaces of their own.

Real are ssh, mpirun and iperf3; the OSU benchmarks are stand-ins that say where their ranks are.
"""

from __future__ import annotations

import itertools
import json
import re
import shlex
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from mocompile.results import parse

from tests.pod import kubelet
from tests.pod.compiled import manifests
from tests.pod.containers import configmap, container, escaped, labels
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path

    from mocompile.results import Results

    from tests.pod.kubelet import Result, Shell
    from tests.pod.network import Network

PODS = ("set-l-0-0", "set-w-0-0", "set-w-0-1", "set-w-0-2")
LARGEST = 13
ROOT_OF_OSU = "/opt/osu-benchmark/build.openmpi/libexec/osu-micro-benchmarks/mpi/pt2pt"
# The table of a latency test, in several writes, from rank 0.
OSU = """#!/bin/sh
[ "$OMPI_COMM_WORLD_RANK" = 0 ] || exit 0
echo "# OSU MPI Latency Test v5.8"
echo "# Size          Latency (us)"
echo "1 2.5"
echo "2 3.5"
echo "rank 0 is on $(hostname)"
"""
OSU_TABLE = "# OSU MPI Latency Test v5.8\n# Size          Latency (us)\n1 2.5\n2 3.5\n"

Round = tuple[int, int, int]


# --- the schedule ------------------------------------------------------------------------------------------------


def schedules(shell: Shell, call: str) -> list[list[Round]]:
    """The schedules that the function call prints for 2 to LARGEST pods ($n)."""
    loop = f"n=2; while [ $n -le {LARGEST} ]; do echo pods $n; {call}; n=$((n + 1)); done"
    made = container("") | {"command": ["/bin/sh", "-c", escaped(f". /metrics_operator/pairs.sh; {loop}")], "args": []}
    with kubelet.start(made, configmap=configmap(), labels=labels(), shell=shell) as pod:
        result = pod.wait(timeout=60)
    assert (result.code, result.stderr) == (0, "")
    found: list[list[Round]] = []
    for line in result.stdout.splitlines():
        if line.startswith("pods "):
            found.append([])
        else:
            number, a, b = map(int, line.split())
            found[-1].append((number, a, b))
    assert len(found) == LARGEST - 1
    return found


def assert_rounds(schedule: list[Round], pods: int) -> None:
    """The rounds come in order, and a pod is in one pair of a round at most."""
    assert [number for number, _, _ in schedule] == sorted(number for number, _, _ in schedule)
    for _, group in itertools.groupby(schedule, key=lambda each: each[0]):
        busy = [pod for _, a, b in group for pod in (a, b)]
        assert len(busy) == len(set(busy))
        assert set(busy) <= set(range(pods))


def pairs_of(schedule: list[Round]) -> Counter[frozenset[int]]:
    """How often each pair is there."""
    return Counter(frozenset((a, b)) for _, a, b in schedule)


def test_a_tournament_has_every_pair_once_in_as_few_rounds_as_can_be(shell: Shell) -> None:
    for pods, schedule in enumerate(schedules(shell, "mo_print_tournament $n"), 2):
        assert_rounds(schedule, pods)
        assert pairs_of(schedule) == Counter(map(frozenset, combinations(range(pods), 2)))
        assert len({number for number, _, _ in schedule}) == pods - 1 + pods % 2
        # Each is first as often as second, but for one.
        first = Counter(a for _, a, _ in schedule)
        assert all(abs(2 * first[pod] - (pods - 1)) <= 1 for pod in range(pods))


def test_a_ring_has_each_pod_and_the_next_one(shell: Shell) -> None:
    for pods, schedule in enumerate(schedules(shell, "mo_print_ring $n"), 2):
        assert_rounds(schedule, pods)
        assert pairs_of(schedule).keys() == {frozenset((pod, (pod + 1) % pods)) for pod in range(pods)}
        assert max(pairs_of(schedule).values()) == 1
        assert len({number for number, _, _ in schedule}) == (1 if pods == 2 else 2 + pods % 2)


def test_random_pairs_are_the_same_for_the_same_seed_and_in_every_shell() -> None:
    found = [schedules(shell, "mo_print_random_rounds $n 3 7") for shell in kubelet.SHELLS]
    assert found[0] == found[1] == found[2]
    for pods, schedule in enumerate(found[0], 2):
        assert_rounds(schedule, pods)
        assert max(pairs_of(schedule).values()) == 1
        met = Counter(pod for _, a, b in schedule for pod in (a, b))
        least = min(pods - 1, 3 - pods % 2)
        assert all(least <= met[pod] <= 3 for pod in range(pods))
    other = schedules("dash", "mo_print_random_rounds $n 3 8")
    assert other[-1] != found[0][-1]


# --- runs over pairs ---------------------------------------------------------------------------------------------


def osu(text: str = OSU, **options: Any) -> dict[str, Any]:
    """The OSU metric with a stand-in for its latency test, which a block writes in every pod."""
    path = f"{ROOT_OF_OSU}/osu_latency"
    block = f"mkdir -p {ROOT_OF_OSU}; printf %s {shlex.quote(text)} >{path}; chmod 755 {path}"
    return {
        "name": "network-osu-benchmark",
        "options": {"sleep": 20, **options},
        "listOptions": {"commands": ["osu_latency"]},
        "addons": [{"name": "commands", "options": {"preBlock": block}}],
    }


def run(network: Network, metric: dict[str, Any], pods: int, zones: tuple[str, ...] = ()) -> Result:
    """The launcher's result; `zones` are the values of ZONE in each pod."""
    made = manifests(metric, pods=pods, timeouts={"hostsSeconds": 20})
    images = [{"PATH": "/bin", **({"ZONE": zones[index]} if zones else {})} for index in range(pods)]
    for index in range(1, pods):
        network.start_compiled(made, index, image_env=images[index])
    return network.start_compiled(made, 0, merge=True, image_env=images[0]).wait(timeout=240)


def read(result: Result, folder: Path) -> Results:
    """The figures of a launcher's log."""
    log = folder / "launcher.log"
    log.write_text(result.stdout)
    return parse(log)


def timepoints(result: Result) -> list[tuple[tuple[str, str, int, int], str]]:
    """Of each timepoint: a, b, the round, the code; and the text."""
    found = []
    collection = result.stdout.partition("METRICS OPERATOR COLLECTION END")[0]
    for text in collection.split("METRICS OPERATOR TIMEPOINT\n")[1:]:
        (marker,) = re.findall(r"^# PAIR (\{.*\})$", text, re.MULTILINE)
        about = json.loads(marker)
        assert about["a_node"] == about["b_node"] == "node-0"
        found.append(((about["a"], about["b"], about["round"], about["code"]), text))
    return found


@pytest.mark.parametrize("shell", ["bash"], indirect=True)
def test_every_pair_is_measured_both_ways_with_a_real_iperf3(network: Network, tmp_path: Path) -> None:
    need("iperf3")
    result = run(network, {"name": "network-iperf3", "options": {"pairs": "all", "time": 1}}, 3)
    assert result.code == 0, result.stdout
    results = read(result, tmp_path)
    assert not results.problems
    sums = [each.context for each in results.figures("bitrate") if each.context["stream"] == "SUM"]
    sent = [(each["a"], each["b"]) for each in sums if each["side"] == "sender"]
    assert sorted(sent) == sorted(itertools.permutations(PODS[:3], 2))
    # The other side is b; the name by which the client calls it says nothing more.
    assert all("host" not in each and each["b_node"] == "node-0" for each in sums)


@pytest.mark.parametrize("shell", ["busybox"], indirect=True)
def test_rank_0_is_on_a_and_what_pairs_print_at_the_same_time_is_not_mixed(
    network_of_four: Network, tmp_path: Path
) -> None:
    need("mpirun")
    result = run(network_of_four, osu(pairs="all"), 4)
    assert result.code == 0, result.stdout
    runs = timepoints(result)
    assert len(runs) == 4 * 3
    assert {(a, b) for (a, b, _, _), _ in runs} == set(itertools.permutations(PODS, 2))
    for (a, _, _, _), text in runs:
        head, _, printed = text.partition("\n# PAIR ")
        assert head.startswith("mpirun --hostfile 10.")
        # mpirun may have a warning on stderr, which comes behind.
        assert printed.partition("\n")[2].startswith(f"{OSU_TABLE}rank 0 is on {a}\n")
        assert printed.count("rank 0 is on") == 1
    # A round is run one way and then the other way.
    rounds = [
        [(a, b) for (a, b, _, _), _ in group] for _, group in itertools.groupby(runs, key=lambda each: each[0][2])
    ]
    for pairs in rounds:
        assert [(b, a) for a, b in pairs[:2]] == pairs[2:]
    results = read(result, tmp_path)
    assert not results.problems
    assert Counter((each.context["a"], each.context["b"]) for each in results) == dict.fromkeys(
        itertools.permutations(PODS, 2), 2
    )


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
def test_a_pair_that_fails_has_no_figure_and_the_others_go_on(network: Network, tmp_path: Path) -> None:
    need("mpirun")
    failing = OSU + '[ "$(hostname)" != set-w-0-1 ] || exit 3\n'
    result = run(network, osu(failing, pairs="all", pairsAtOnce=1), 3)
    assert result.code == 3, result.stdout
    codes = {(a, b): code for (a, b, _, code), _ in timepoints(result)}
    assert codes == {(a, b): 3 if a == "set-w-0-1" else 0 for a, b in itertools.permutations(PODS[:3], 2)}
    results = read(result, tmp_path)
    assert {each.context["a"] for each in results} == {"set-l-0-0", "set-w-0-0"}
    assert all(each.status == "ok" for each in results)
    said = [each.message for each in results.problems if each.message.startswith("the run of the pair")]
    assert sorted(said) == [f"the run of the pair set-w-0-1 and {b} ended with code 3" for b in PODS[:2]]


@pytest.mark.parametrize("shell", ["busybox"], indirect=True)
def test_a_pair_that_takes_too_long_is_ended(network: Network) -> None:
    need("mpirun")
    slow = OSU.replace("exit 0", 'exec sleep 600 # "$(hostname)"')
    result = run(network, osu(slow, pairs="ring", pairsBothWays=False, pairsSeconds=2), 2)
    assert result.code == 124, result.stdout
    assert [code for (_, _, _, code), _ in timepoints(result)] == [124]


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ("same", {("set-l-0-0", "set-w-0-1")}),
        ("other", {("set-l-0-0", "set-w-0-0"), ("set-w-0-0", "set-w-0-1")}),
        # The others are paired too, to compare with; two suspects are not.
        ("suspects", {*combinations(PODS, 2)} - {("set-w-0-1", "set-w-0-2")}),
    ],
)
def test_pairs_of_groups_and_of_suspects(network_of_four: Network, pairs: str, expected: set[tuple[str, str]]) -> None:
    need("mpirun")
    chosen = {"pairsGroup": "ZONE", "pairsSuspects": "set-w-0-1, set-x set-w-0-2"}
    # The last pod has no group.
    result = run(
        network_of_four,
        osu(pairs=pairs, pairsBothWays=False, flags="-np $np -N $tasks", **chosen),
        4,
        ("east", "west", "east", ""),
    )
    assert result.code == 0, result.stdout
    assert {tuple(sorted((a, b))) for (a, b, _, _), _ in timepoints(result)} == expected
    said = "mocompile: no pod is named set-x or is on a node of that name (pairsSuspects)\n"
    assert (said in result.stdout) is (pairs == "suspects")


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
def test_pairs_that_cannot_be_made_end_the_run_before_it_measures(network: Network) -> None:
    result = run(network, osu(pairs="same", pairsGroup="ZONE"), 2, ("east", "west"))
    assert result.code == 64
    assert "mocompile: no two pods are a pair: the variable 'ZONE' of pairsGroup is " in result.stdout
    assert "METRICS OPERATOR" not in result.stdout
