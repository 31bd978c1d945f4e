"""Deletion of the pod, and a killed process in it."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.pod.containers import CLOSE, METADATA, OPEN, TIMEPOINT, collection

if TYPE_CHECKING:
    from tests.pod.conftest import Starter
    from tests.pod.kubelet import Shell


def alive(pid: int) -> bool:
    """Is there such a process, and not only its remains?"""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return "State:\tZ" not in status


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)],
)
def test_a_signal_ends_the_program_and_closes_the_collection(begin: Starter, number: int, code: int) -> None:
    with begin("echo started; sleep 600; echo not here", MO_OPT_POST="echo nor here") as pod:
        pod.until("started")
        pod.signal(number)
        result = pod.wait(timeout=5)
    assert result.stdout == METADATA + collection("started\n")
    assert result.code == code


def test_a_program_may_finish_its_words_before_the_collection_is_closed(begin: Starter) -> None:
    line = "trap 'sleep 1; echo last words; exit 0' TERM; echo started; while :; do sleep 600 & wait; done"
    with begin(line) as pod:
        pod.until("started")
        pod.signal(signal.SIGTERM)
        result = pod.wait(timeout=10)
    assert result.stdout == METADATA + collection("started\nlast words\n")
    assert result.code == 143


def test_a_program_that_ignores_term_is_killed_after_the_grace(begin: Starter) -> None:
    with begin("trap '' TERM; echo started; while :; do sleep 1; done", MO_GRACE_SECONDS="1") as pod:
        pod.until("started")
        pod.signal(signal.SIGTERM)
        result = pod.wait(timeout=10)
    assert result.stdout == METADATA + collection("started\n")
    assert "killed after 1 s" in result.stderr
    assert result.code == 143


def test_every_descendant_gets_term_also_in_a_session_of_its_own(begin: Starter) -> None:
    # Python, because the shells' children differ in what they do with a signal.
    inner = (
        "import signal,sys;"
        "signal.signal(15,lambda *a:(print('got it',flush=True),sys.exit()));"
        "print('ready',flush=True);"
        "signal.pause()"
    )
    line = f'setsid /usr/bin/python3 -c "{inner}" & (sh -c \'/usr/bin/python3 -c "$0"; :\' "{inner}"; :) & wait'
    with begin(line) as pod:
        while pod.stdout().count("ready") < 2:
            time.sleep(0.02)
        pod.signal(signal.SIGTERM)
        result = pod.wait(timeout=10)
    assert result.stdout == METADATA + collection("ready\nready\ngot it\ngot it\n")


@pytest.mark.parametrize("where", ["MO_ADDON_0_PREBLOCK", "MO_OPT_PRE"])
def test_a_signal_before_the_collection_opens_none(begin: Starter, where: str) -> None:
    with begin("echo not here", MO_ADDONS="0:commands", **{where: "echo started; sleep 600"}) as pod:
        pod.until("started")
        pod.signal(signal.SIGTERM)
        result = pod.wait(timeout=5)
    assert result.stdout == METADATA + "started\n"
    assert result.code == 143


def test_a_signal_after_the_collection_closes_none(begin: Starter) -> None:
    with begin("echo a", MO_OPT_POST="echo started; sleep 600") as pod:
        pod.until("started")
        pod.signal(signal.SIGTERM)
        result = pod.wait(timeout=5)
    assert result.stdout == METADATA + collection("a\n") + "started\n"
    assert result.code == 143


def test_a_signal_between_rounds_is_not_slept_over(begin: Starter) -> None:
    with begin("echo round", MO_ROUNDS="0", MO_RATE="600") as pod:
        pod.until("round")
        time.sleep(0.2)
        pod.signal(signal.SIGTERM)
        result = pod.wait(timeout=5)
    assert result.stdout == METADATA + collection("round\n")
    assert result.code == 143


def test_a_busy_block_can_be_interrupted(begin: Starter) -> None:
    with begin("echo not here", MO_OPT_PRE="echo started; while :; do :; done") as pod:
        pod.until("started")
        pod.signal(signal.SIGTERM)
        result = pod.wait(timeout=5)
    assert result.stdout == METADATA + "started\n"
    assert result.code == 143


def test_a_block_s_own_trap_does_not_keep_the_collection_open(begin: Starter) -> None:
    with begin(
        "echo started; sleep 600", MO_OPT_PRE="trap '' TERM; trap 'echo exit' EXIT", MO_GRACE_SECONDS="1"
    ) as pod:
        pod.until("started")
        pod.signal(signal.SIGTERM)
        result = pod.wait(timeout=10)
    assert result.stdout.removesuffix("exit\n").endswith(CLOSE) or result.stdout.endswith("exit\n" + CLOSE)
    assert result.stdout.count(CLOSE) == 1
    assert result.code == 143


def test_the_collection_is_closed_once_whenever_the_signal_comes(begin: Starter, shell: Shell) -> None:
    chance = random.Random(shell)
    for _ in range(8):
        with begin("echo a", MO_ROUNDS="0", MO_RATE="0", MO_OPT_PRE="echo pre") as pod:
            time.sleep(chance.uniform(0.04, 0.15))
            if not pod.stdout():
                # Before the first line there is nothing to hold: not even the trap.
                pod.until("METADATA END")
            pod.signal(signal.SIGTERM)
            result = pod.wait(timeout=10)
        assert result.code == 143
        assert result.stdout.count(OPEN) == result.stdout.count(CLOSE) <= 1
        assert result.stdout.endswith((CLOSE, "pre\n", "METADATA END\n"))


def test_a_second_signal_changes_nothing(begin: Starter) -> None:
    line = "trap 'echo term; sleep 1; exit 0' TERM; echo started; while :; do sleep 600 & wait; done"
    with begin(line) as pod:
        pod.until("started")
        pod.signal(signal.SIGTERM)
        time.sleep(0.3)
        pod.signal(signal.SIGTERM)
        pod.signal(signal.SIGINT)
        result = pod.wait(timeout=10)
    assert result.stdout == METADATA + collection("started\nterm\n")
    assert result.code == 143


def descendants(pid: int) -> list[int]:
    """All processes below this one."""
    children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [found for child in children for found in (child, *descendants(child))]


def test_the_collection_is_closed_when_the_shell_with_the_user_s_text_is_killed(begin: Starter) -> None:
    with begin("echo started; sleep 600; echo not here") as pod:
        pod.until("started")
        time.sleep(0.2)
        subprocess.run(["kill", "-9", str(descendants(pod.pid)[0])], check=True)
        result = pod.wait(timeout=10)
    assert result.stdout == METADATA + collection("started\n")
    assert result.code == 137


def test_in_a_shared_process_namespace_other_processes_are_left_alone(begin: Starter) -> None:
    with subprocess.Popen(["sleep", "600"]) as bystander:
        with begin("echo started; sh -c 'sleep 601; :'; :", options={"share_processes": True}) as pod:
            pod.until("started")
            time.sleep(0.2)
            below = descendants(pod.pid)
            pod.signal(signal.SIGTERM)
            result = pod.wait(timeout=10)
            assert result.stdout == METADATA + collection("started\n")
            assert result.code == 143
            assert [pid for pid in below if alive(pid)] == []
            assert bystander.poll() is None
        bystander.kill()


def test_in_a_shared_process_namespace_a_process_that_outlives_its_parent_is_waited_for(begin: Starter) -> None:
    inner = "trap 'sleep 1; echo last words; exit 0' TERM; echo started; while :; do sleep 600 & wait; done"
    with begin(f'sh -c "{inner}"; :', options={"share_processes": True}) as pod:
        pod.until("started")
        time.sleep(0.2)
        pod.signal(signal.SIGTERM)
        result = pod.wait(timeout=10)
    assert result.stdout == METADATA + collection("started\nlast words\n")


def test_an_interactive_container_stays_with_its_collection_closed_and_keeps_the_code(begin: Starter) -> None:
    with begin("echo a; exit 5", MO_INTERACTIVE="true", MO_OPT_POST="echo post") as pod:
        pod.until("stays until it is deleted")
        assert pod.stdout() == METADATA + OPEN + TIMEPOINT + "a\n" + CLOSE + "post\n"
        time.sleep(0.3)
        assert pod.process.poll() is None
        pod.signal(signal.SIGTERM)
        assert pod.wait(timeout=5).code == 5
