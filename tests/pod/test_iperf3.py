"""network-iperf3: a real client and real servers, each in a network namespace of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mocompile.results import parse

from tests.pod.compiled import manifests
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path

    from mocompile.results import Results

    from tests.pod.network import Network


def _measure(network: Network, tmp_path: Path, **options: Any) -> Results:
    need("iperf3")
    listed = options.pop("servers", [])
    made = manifests(
        {"name": "network-iperf3", "options": {"time": 1, **options}, "listOptions": {"servers": listed}},
        pods=3,
        timeouts={"hostsSeconds": 20},
    )
    without = ("ssh", "sshd") if network.shell == "busybox" else ()
    workers = [network.start_compiled(made, index, without=without) for index in (1, 2)]
    launcher = network.start_compiled(made, 0, without=without, merge=True).wait(timeout=60)
    assert launcher.code == 0, launcher.stdout
    for worker in workers:
        # Without ssh, a worker does not see the launcher's end as long as its name resolves.
        if not without:
            assert worker.wait(timeout=15).code == 0
    log = tmp_path / "launcher.log"
    log.write_text(launcher.stdout)
    return parse(log)


@pytest.mark.parametrize(
    ("options", "context"),
    [
        ({"streams": 2}, {"protocol": "TCP", "streams": 2, "reverse": 0}),
        ({"direction": "receive", "port": 5301}, {"protocol": "TCP", "streams": 1, "reverse": 1}),
        (
            {"protocol": "udp", "bitrate": "10M", "length": "1K"},
            {"protocol": "UDP", "target_bitrate": 10_000_000, "blksize": 1024},
        ),
    ],
)
def test_every_worker_is_measured_in_turn_with_the_options_given(
    network: Network, tmp_path: Path, options: dict[str, Any], context: dict[str, Any]
) -> None:
    results = _measure(network, tmp_path, **options)
    assert not results.problems
    sums = [each for each in results.figures("bitrate") if each.context["stream"] == "SUM"]
    assert {each.context["server"] for each in sums} == {0, 1}
    assert {each.timepoint for each in sums} == {0, 1}
    for each in sums:
        assert context.items() <= each.context.items()
        assert "host" not in each.context
        assert isinstance(each.value, int | float)
        assert each.value > 0


def test_servers_of_the_user_are_measured_by_their_names(network: Network, tmp_path: Path) -> None:
    results = _measure(network, tmp_path, servers=[network.addresses[2]])
    assert not results.problems
    assert {each.context["server"] for each in results.figures("bitrate")} == {network.addresses[2]}


def test_a_server_that_does_not_answer_is_a_failure(network: Network, tmp_path: Path) -> None:
    need("iperf3")
    made = manifests({"name": "network-iperf3", "listOptions": {"servers": ["127.0.0.1"]}}, pods=3)
    for index in (1, 2):
        network.start_compiled(made, index)
    # With --json, iperf3 3.12 ends with 0 all the same.
    launcher = network.start_compiled(made, 0, merge=True).wait(timeout=60)
    log = tmp_path / "launcher.log"
    log.write_text(launcher.stdout)
    results = parse(log)
    said = [each.message for each in results.problems]
    assert any(each.startswith("the run failed: error is unable to connect to server") for each in said), said
    assert not results.figures("bitrate")
