"""Launcher and workers: real sshd, real ssh, each pod in a network namespace of its own."""

from __future__ import annotations

import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.pod.containers import CLOSE, METADATA, OPEN, collection
from tests.pod.network import HOSTS

if TYPE_CHECKING:
    from tests.pod.network import Network


def test_the_launcher_reaches_every_worker_with_the_container_s_environment(network: Network) -> None:
    value = "a'b\"c $(id) `id` $HOME \\ é\n\nlast\n"
    workers = [network.start(index, MY_VALUE=value) for index in (1, 2)]
    line = (
        "cat hostlist.txt; for host in $(sed 1d hostlist.txt); do "
        "ssh -o StrictHostKeyChecking=no -o LogLevel=ERROR $host "
        '\'printf "[%s]" "$MY_VALUE"; echo $OMPI_MCA_orte_keep_fqdn_hostnames $HOME $MO_ROLE $FROM_BLOCK\'; done'
    )
    launcher = network.start(0, line).wait(timeout=30)
    expected = "".join(f"{host}\n" for host in HOSTS) + f"[{value}]1 /root worker\n" * 2
    assert launcher.stdout == METADATA + collection(expected)
    assert launcher.stderr == "mocompile: all 3 hosts answer\n"
    assert launcher.code == 0
    for worker in workers:
        result = worker.wait(timeout=10)
        assert (result.stdout, result.stderr, result.code) == (METADATA, "", 0)


@pytest.mark.parametrize("end", ["success", "failure", "kill", "term"])
def test_workers_end_well_within_ten_seconds_of_the_launcher_s_end(network: Network, end: str) -> None:
    launcher = network.start(0, {"success": "true", "failure": "exit 3"}.get(end, "echo started; sleep 600"))
    workers = [network.start(index) for index in (1, 2)]
    if end in ("kill", "term"):
        launcher.until("started")
        # The network of the pod stays, as with a sidecar that is still running.
        launcher.signal(signal.SIGKILL if end == "kill" else signal.SIGTERM)
    ended = launcher.wait(timeout=30)
    assert ended.code == {"success": 0, "failure": 3, "kill": 137, "term": 143}[end]
    before = time.monotonic()
    assert [worker.wait(timeout=10).code for worker in workers] == [0, 0]
    assert time.monotonic() - before < 10


@pytest.mark.parametrize("watchers", ["8", "1"])
def test_workers_end_when_the_launcher_vanishes_without_a_word(network: Network, watchers: str) -> None:
    launcher = network.start(0, "echo started; sleep 600")
    workers = [network.start(index, MO_WATCHERS=watchers) for index in (1, 2)]
    launcher.until("started")
    time.sleep(2)  # until the workers have found it
    # As when its machine dies: no packet comes any more.
    subprocess.run(["ip", "-n", network.names[0], "link", "set", "eth0", "down"], check=True)
    before = time.monotonic()
    assert [worker.wait(timeout=15).code for worker in workers] == [0, 0]
    assert time.monotonic() - before < 10


def sent(name: str) -> int:
    """How many packets a host has sent."""
    path = "/sys/class/net/eth0/statistics/tx_packets"
    done = subprocess.run(["ip", "netns", "exec", name, "cat", path], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
def test_only_a_watcher_sends_while_the_launcher_measures(network: Network) -> None:
    launcher = network.start(0, "echo started; sleep 600")
    workers = [network.start(index, MO_WATCHERS="1") for index in (1, 2)]
    launcher.until("started")
    time.sleep(10)  # until nobody looks for anybody's address any more
    before = [sent(name) for name in network.names]
    time.sleep(8)
    _, watcher, other = (now - then for now, then in zip((sent(n) for n in network.names), before, strict=True))
    assert watcher >= 4
    assert other <= 3
    launcher.signal(signal.SIGKILL)
    assert [worker.wait(timeout=10).code for worker in workers] == [0, 0]


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
def test_workers_stay_while_the_launcher_does(network: Network) -> None:
    launcher = network.start(0, "echo started", MO_INTERACTIVE="true")
    workers = [network.start(index, MO_INTERACTIVE="true") for index in (1, 2)]
    launcher.until("stays until it is deleted")
    time.sleep(3)
    assert [worker.process.poll() for worker in workers] == [None, None]
    launcher.signal(signal.SIGTERM)
    assert launcher.wait(timeout=10).code == 0
    assert [worker.wait(timeout=10).code for worker in workers] == [0, 0]


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
def test_a_worker_ends_well_on_a_signal(network: Network) -> None:
    worker = network.start(1)
    worker.until("METADATA END")
    time.sleep(0.5)
    worker.signal(signal.SIGTERM)
    result = worker.wait(timeout=5)
    assert result.code == 0
    assert result.stdout == METADATA


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
def test_a_host_that_does_not_come_is_named_and_the_wait_has_a_bound(network: Network) -> None:
    network.start(1)
    launcher = network.start(0, "echo not here", MO_WAIT_SECONDS="2").wait(timeout=20)
    assert launcher.code == 124
    assert f"gave up after 2 s; hosts that did not answer: {HOSTS[2]}\n" in launcher.stderr
    assert launcher.stdout == METADATA


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
def test_a_name_that_does_not_resolve_is_waited_for_too(network: Network) -> None:
    for index in (1, 2):
        network.start(index)
    launcher = network.start(0, "echo not here", MO_WAIT_SECONDS="2", known=2).wait(timeout=20)
    assert launcher.code == 124
    assert launcher.stderr.endswith(f"hosts that did not answer: {HOSTS[2]}\n")


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
def test_a_worker_without_a_launcher_gives_up_and_names_it(network: Network) -> None:
    worker = network.start(1, MO_WAIT_SECONDS="2").wait(timeout=20)
    assert worker.code == 124
    assert f"the launcher, {HOSTS[0]}, does not answer" in worker.stderr


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
def test_the_host_list_holds_addresses_where_asked(network: Network) -> None:
    for index in (1, 2):
        network.start(index)
    launcher = network.start(0, "cat hostlist.txt", MO_HOSTS="addresses").wait(timeout=30)
    assert launcher.stdout == METADATA + collection("".join(f"{address}\n" for address in network.addresses))


def test_a_worker_s_preblock_is_done_before_the_launcher_measures_and_its_postblock_after(network: Network) -> None:
    block = {
        "MO_ADDONS": "0:commands",
        "MO_ADDON_0_PREBLOCK": "sleep 1; export FROM_BLOCK='set there'; echo pre",
        "MO_ADDON_0_POSTBLOCK": "echo post",
        "MO_ADDON_0_PREFIX": "not-here",
    }
    worker = network.start(1, MO_PODS="2", **block)
    line = f"ssh -o StrictHostKeyChecking=no -o LogLevel=ERROR {HOSTS[1]} 'echo $FROM_BLOCK'"
    launcher = network.start(0, line, MO_PODS="2").wait(timeout=30)
    assert launcher.stdout == METADATA + collection("set there\n")
    assert worker.wait(timeout=10).stdout == METADATA + "pre\npost\n"


def test_the_program_runs_from_problem_sh_in_every_pod(network: Network) -> None:
    problem = 'for a; do echo "<$a>"; done; exit 6'
    worker = network.start(1, MO_PODS="2", MO_PROBLEM=problem)
    launcher = network.start(0, "env ./problem.sh 'a  b' c", MO_PODS="2", MO_PROBLEM=problem).wait(timeout=30)
    assert launcher.stdout == METADATA + collection("<a  b>\n<c>\n")
    assert launcher.code == 6
    worker.wait(timeout=10)
    first, rest = (network.work / "1" / "problem.sh").read_text().split("\n", 1)
    assert first == ("#!/bin/bash" if network.shell == "bash" else "#!/bin/sh")
    assert rest == problem + "\n"


def test_one_pod_alone_waits_for_nobody_and_needs_no_sshd(network: Network) -> None:
    launcher = network.start(0, "cat hostlist.txt", MO_PODS="1", known=0, without=("ssh", "sshd"))
    result = launcher.wait(timeout=10)
    assert result.stdout == METADATA + collection(f"{HOSTS[0]}\n")
    assert result.stderr == ""
    assert result.code == 0
    assert result.seconds < 3


def test_a_working_directory_that_cannot_be_written_is_said(network: Network) -> None:
    launcher = network.start(0, "x", MO_PODS="1", volumes={"/work": "/sys/kernel"})
    result = launcher.wait(timeout=10)
    assert result.code == 73
    assert "cannot write hostlist.txt in the working directory, /work" in result.stderr
    assert OPEN not in result.stdout


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
def test_pods_that_may_not_log_in_to_each_other_still_run_and_end(network: Network) -> None:
    (network.keys / "authorized_keys").write_text("")
    workers = [network.start(index) for index in (1, 2)]
    launcher = network.start(0, "echo a; sleep 3").wait(timeout=30)
    assert launcher.stdout == METADATA + collection("a\n")
    assert "ssh to 2 of the hosts is refused (permission denied)" in launcher.stderr
    assert [worker.wait(timeout=10).code for worker in workers] == [0, 0]


@pytest.mark.parametrize("shell", ["dash"], indirect=True)
def test_an_image_without_ssh_waits_for_names_only(network: Network) -> None:
    launcher = network.start(0, "echo a", without=("ssh", "sshd")).wait(timeout=20)
    assert "no ssh in this pod: waiting for the names of the hosts only" in launcher.stderr
    assert launcher.stdout == METADATA + collection("a\n")
    assert launcher.stdout.endswith(CLOSE)
