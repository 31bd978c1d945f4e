"""`results collect`, against an API server of our own that breaks its streams."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from mocompile.cli.results.collect import collect
from mocompile.results import parse
from mocompile.results.analyse.phases import phases
from mocompile.results.collect import facts, log_reader
from mocompile.results.collect.api import Api
from mocompile.results.collect.collector import Collector
from mocompile.results.collect.events import Outcome
from mocompile.results.collect.folder import Folder
from mocompile.results.collect.stream import LogFile
from mocompile.results.read.lifetimes import lifetimes_of
from typer.testing import CliRunner

from tests.results.collect.api_server import UID, Container, Server, jobset, pod, serving, terminated
from tests.results.logs import lammps, log

APP = typer.Typer(pretty_exceptions_enable=False)
APP.command()(collect)
SET = """
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: set}
spec: {metrics: [{name: io-fio}]}
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    with serving(tmp_path) as found:
        yield found


def run(config: str, *arguments: str, stdin: str | None = None) -> tuple[int, str]:
    """`mocompile results collect`: exit code, and what it said."""
    result = CliRunner().invoke(APP, ["--kubeconfig", config, *arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stderr


def lines(count: int, first: int = 0, every: int = 7) -> list[bytes]:
    """Lines with times, some within a second, some out of order as two streams write them."""
    found = []
    for number in range(first, first + count):
        nanos = number * 10**9 // every - (3 if number % 3 else 0)
        second, nano = divmod(max(nanos, 0), 10**9)
        found.append(f"2030-01-01T00:{second // 60:02}:{second % 60:02}.{nano:09}Z line {number}\n".encode())
    return found


def finished(server: Server, content: list[bytes], code: int = 0, **more: Any) -> None:
    """A set that is over, with one pod."""
    server.jobset = jobset("Failed" if code else "Completed")
    server.pods["set-l-0-0-x"] = pod("set-l-0-0-x", terminated(code, **more), phase="Failed" if code else "Succeeded")
    server.logs["set-l-0-0-x", "launcher"] = Container(content, ended=True)


def entries(folder: Path) -> list[dict[str, Any]]:
    """Those of set.json."""
    found: list[dict[str, Any]] = json.loads((folder / "set.json").read_text())["containers"]
    return found


@pytest.mark.parametrize("seed", range(12))
def test_a_log_whose_streams_break_anywhere_has_each_line_once(
    served: tuple[Server, str], tmp_path: Path, seed: int
) -> None:
    server, config = served
    content = lines(300, every=1 + seed * 5)
    finished(server, content)
    server.breaks = [random.Random(seed).randrange(1, 6000) for _ in range(4)]
    code, said = run(config, "set", "-o", str(tmp_path / "logs"))
    assert code == 0, said
    assert (tmp_path / "logs" / "set-l-0-0-x.launcher.log").read_bytes() == b"".join(content)
    assert [(each["lines"], each["complete"], each["notes"]) for each in entries(tmp_path / "logs")] == [
        (300, True, [])
    ]


def test_a_running_set_is_followed_through_breaks_until_it_is_over(served: tuple[Server, str], tmp_path: Path) -> None:
    server, config = served
    content = lines(200)
    container = server.logs["set-l-0-0-x", "launcher"] = Container()
    server.pods["set-l-0-0-x"] = pod("set-l-0-0-x", {"running": {}})
    server.breaks = [500, 20, 1000, 3000]

    def happen() -> None:
        for number, line in enumerate(content):
            container.lines.append(line)
            if number % 20 == 0:
                threading.Event().wait(0.05)
        container.ended = True
        server.change("pods", "MODIFIED", pod("set-l-0-0-x", terminated(0), phase="Succeeded"))
        server.change("jobsets", "MODIFIED", jobset("Completed"))

    threading.Thread(target=happen).start()
    code, said = run(config, "set", "-o", str(tmp_path / "logs"), "--timeout", "30s")
    assert code == 0, said
    assert (tmp_path / "logs" / "set-l-0-0-x.launcher.log").read_bytes() == b"".join(content)


def test_the_last_line_without_an_end_and_lines_of_any_length_are_kept(
    served: tuple[Server, str], tmp_path: Path
) -> None:
    server, config = served
    long = b"2030-01-01T00:00:01.000000000Z " + b"x" * 300_000 + b"\n"
    tail = b"2030-01-01T00:00:02.000000000Z no end"
    finished(server, [*lines(3, every=100), long])
    server.logs["set-l-0-0-x", "launcher"].tail = tail
    server.breaks = [100_000, 290_000, len(long) + 150]
    code, said = run(config, "set", "-o", str(tmp_path / "logs"))
    assert code == 0, said
    expected = b"".join([*lines(3, every=100), long, tail])
    assert (tmp_path / "logs" / "set-l-0-0-x.launcher.log").read_bytes() == expected


def test_a_log_that_the_node_began_anew_is_not_doubled_and_the_gap_is_said(tmp_path: Path) -> None:
    content = lines(100)
    for first, gap in ((40, False), (60, True)):
        file = LogFile(tmp_path / f"{first}.log")
        file.begin()
        file.feed(b"".join(content[:50]))
        file.end()
        file.begin()
        file.feed(b"".join(content[first:]))
        file.end(whole=True)
        file.close()
        assert (tmp_path / f"{first}.log").read_bytes() == b"".join(content[:50] + content[max(first, 50) :])
        assert bool(file.notes) is gap


def test_what_the_node_says_in_place_of_a_log_is_no_line_of_it(
    served: tuple[Server, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_reader, "LAST_RETRY", 0.5)
    server, config = served
    finished(server, [b"unable to retrieve container logs for containerd://\x1b[2J0\n"])
    code, said = run(config, "set", "-o", str(tmp_path / "logs"))
    assert code == 1
    assert "the node says: unable to retrieve container logs" in said
    assert "\x1b" not in said
    assert (tmp_path / "logs" / "set-l-0-0-x.launcher.log").read_bytes() == b""


class Steps:
    """Goes from step to step of what happens in the cluster, as soon as the collection has seen what it waits for."""

    def __init__(self, *steps: tuple[Callable[[Mapping[str, int], int], bool], Callable[[], None]]) -> None:
        self._steps = list(steps)

    def update(self, _state: str, pods: Mapping[str, int], lines: int) -> None:
        if self._steps and self._steps[0][0](pods, lines):
            self._steps.pop(0)[1]()

    def say(self, text: str) -> None:
        pass


def follow(config: str, folder: Path, steps: Steps) -> Outcome:
    """A collection while the steps are taken."""
    return Collector(Api(config), "set", "bench", Folder(folder), steps).run(60)


def ended_at_its_deadline(*, gone: bool = False) -> dict[str, Any]:
    """The pod of a Job that was ended at its deadline, told to go a second before its container ended.

    `gone`: as it was last. The API server has moved the time of its deletion to when it went.
    """
    labels = pod("p", {})["metadata"]["labels"] | {"job-name": "set-l-0"}
    deletion = ("2030-01-01T00:01:02Z", 0) if gone else ("2030-01-01T00:01:29Z", 30)
    more = {"labels": labels, "deletionTimestamp": deletion[0], "deletionGracePeriodSeconds": deletion[1]}
    return pod("set-l-0-0-x", terminated(143), phase="Failed", metadata=more)


def begun(server: Server, content: list[bytes]) -> Container:
    """The log of a container that runs, in a Job that will be ended at its deadline."""
    server.pods["set-l-0-0-x"] = pod("set-l-0-0-x", {"running": {}})
    condition = {"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}
    server.jobs = [{"metadata": {"name": "set-l-0", "labels": {}}, "status": {"conditions": [condition]}}]
    container = server.logs["set-l-0-0-x", "launcher"] = Container(list(content))
    return container


def is_seen(pods: Mapping[str, int], _lines: int) -> bool:
    return pods["finished"] == 1


@pytest.mark.parametrize("answer", ["gone", "without its log"])
def test_a_pod_that_goes_keeps_its_log_and_its_last_state(
    served: tuple[Server, str], tmp_path: Path, answer: str
) -> None:
    server, config = served
    content = lines(30)
    container = begun(server, content[:20])

    def end() -> None:
        server.change("pods", "MODIFIED", ended_at_its_deadline())
        server.change("pods", "MODIFIED", ended_at_its_deadline(gone=True))

    def go() -> None:
        # The stream that is open still has the rest; a new request is answered that there is no log any more.
        container.lines += content[20:]
        if answer == "gone":
            del server.logs["set-l-0-0-x", "launcher"]
            server.change("pods", "DELETED", ended_at_its_deadline(gone=True))
        else:
            words = b"unable to retrieve container logs for containerd://0"
            server.logs["set-l-0-0-x", "launcher"] = Container(ended=True, tail=words)
        container.ended = True
        server.change("jobsets", "MODIFIED", jobset("Failed"))

    folder = tmp_path / "logs"
    outcome = follow(config, folder, Steps((lambda _, count: count == 20, end), (is_seen, go)))
    assert outcome.ended == "done"
    assert (folder / "set-l-0-0-x.launcher.log").read_bytes() == b"".join(content)
    assert [(each["exitCode"], each["complete"], each["notes"]) for each in entries(folder)] == [(143, True, [])]
    assert any("its time was up (DeadlineExceeded)" in str(each) for each in parse(folder).problems)


@pytest.mark.parametrize("answer", ["gone", "without its log"])
@pytest.mark.parametrize("words", [b"", b"rpc error: code = NotFound desc = an error occurred"])
def test_a_log_whose_last_stream_ended_before_its_container_is_not_called_whole(
    served: tuple[Server, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, words: bytes
) -> None:
    monkeypatch.setattr(log_reader, "LAST_RETRY", 0.5)
    server, config = served
    container = begun(server, lines(20))

    def go() -> None:
        if answer == "gone":
            del server.logs["set-l-0-0-x", "launcher"]
        else:
            said = b"unable to retrieve container logs for containerd://0"
            server.logs["set-l-0-0-x", "launcher"] = Container(ended=True, tail=said)
        container.tail, container.ended = words, True
        while sum("/log?" in path for path in server.asked) < 2:  # the stream has ended, and it was asked for anew
            threading.Event().wait(0.01)
        server.change("pods", "MODIFIED", ended_at_its_deadline())
        server.change("jobsets", "MODIFIED", jobset("Failed"))
        if answer == "gone":
            server.change("pods", "DELETED", ended_at_its_deadline(gone=True))

    def later() -> None:
        threading.Thread(target=go).start()

    folder = tmp_path / "logs"
    outcome = follow(config, folder, Steps((lambda _, count: count == 20, later)))
    assert not outcome.whole
    assert (folder / "set-l-0-0-x.launcher.log").read_bytes() == b"".join(lines(20))
    (entry,) = entries(folder)
    assert entry["complete"] is False
    (note,) = entry["notes"]
    assert "its last lines may be missing" in note or "unable to retrieve container logs" in note
    assert {note, "the log was not collected to its end"} <= {each.message for each in parse(folder).problems}


def test_a_node_that_breaks_off_with_an_error_of_its_own_is_asked_for_the_rest(
    served: tuple[Server, str], tmp_path: Path
) -> None:
    server, config = served
    content = lines(30)
    words = b"failed to create fsnotify watcher: too many open files"
    container = begun(server, content[:20])

    def refuse() -> None:
        server.logs["set-l-0-0-x", "launcher"] = Container(content[:25], ended=True, tail=words)
        container.tail, container.ended = words, True

    def end() -> None:
        server.logs["set-l-0-0-x", "launcher"] = Container(content, ended=True)
        server.change("pods", "MODIFIED", ended_at_its_deadline())
        server.change("jobsets", "MODIFIED", jobset("Failed"))

    folder = tmp_path / "logs"
    steps = Steps((lambda _, count: count == 20, refuse), (lambda _, count: count == 25, end))
    assert follow(config, folder, steps).whole
    assert (folder / "set-l-0-0-x.launcher.log").read_bytes() == b"".join(content)
    assert [(each["complete"], each["notes"]) for each in entries(folder)] == [(True, [])]


def test_a_second_collection_of_the_same_run_keeps_what_the_cluster_no_longer_has(
    served: tuple[Server, str], tmp_path: Path
) -> None:
    server, config = served
    finished(server, lines(20))
    folder = tmp_path / "logs"
    assert run(config, "set", "-o", str(folder))[0] == 0
    server.pods.clear()
    assert run(config, "set", "-o", str(folder))[0] == 0
    assert (folder / "set-l-0-0-x.launcher.log").read_bytes() == b"".join(lines(20))
    server.jobset["metadata"]["uid"] = "another"
    run(config, "set", "-o", str(folder))
    assert [path.name for path in folder.iterdir()] == ["set.json"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_of_somebody_elses_is_left_alone(served: tuple[Server, str], tmp_path: Path) -> None:
    server, config = served
    finished(server, lines(2))
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "precious").write_text("x")
    code, said = run(config, "set", "-o", str(folder))
    assert code == 1
    assert "was not made by `results collect`" in said
    assert run(config, "set", "-o", str(folder), "--force")[0] == 0
    assert not (folder / "precious").exists()


@pytest.mark.parametrize(
    "what", ["a link to a folder", "a link for a log", "a link for set.json", "a folder", "a pipe"]
)
def test_what_a_collection_does_not_make_is_not_replaced(served: tuple[Server, str], tmp_path: Path, what: str) -> None:
    server, config = served
    finished(server, lines(2))
    folder, outside = tmp_path / "logs", tmp_path / "outside"
    assert run(config, "set", "-o", str(folder))[0] == 0
    log = folder / "set-l-0-0-x.launcher.log"
    outside.mkdir()
    if what == "a link to a folder":
        (folder / ".set.json.x").symlink_to(outside)
    elif what == "a pipe":
        os.mkfifo(folder / ".set.json.x")
    elif what == "a folder":
        log.unlink()
        log.mkdir()
    else:
        own = log if "log" in what else folder / "set.json"
        own.rename(outside / "x")
        own.symlink_to(outside / "x")
    before = sorted((path.name, path.lstat().st_mode, path.lstat().st_ino) for path in folder.iterdir())
    code, said = run(config, "set", "-o", str(folder))
    assert code == 1
    assert ("which no collection made" in said) or ("was not made by `results collect`" in said)
    assert sorted((path.name, path.lstat().st_mode, path.lstat().st_ino) for path in folder.iterdir()) == before


KILLED = """
import os, sys
from pathlib import Path
from mocompile.results.collect.folder import Folder
folder = Folder(Path(sys.argv[1]))
if sys.argv[2] == "moved":
    make = Path.mkdir
    Path.mkdir = lambda self, *a, **k: os.kill(os.getpid(), 9) if self.name == "logs" else make(self, *a, **k)
folder.begin()
if sys.argv[2] != "begun":
    folder.write({"uid": sys.argv[3], "containers": []})
    folder.expect(["new.launcher.log"])
    (Path(sys.argv[1]) / "new.launcher.log").write_bytes(b"new")
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("when", ["moved", "begun", "reading"])
def test_a_collection_repairs_what_a_killed_one_left(served: tuple[Server, str], tmp_path: Path, when: str) -> None:
    server, config = served
    finished(server, lines(20))
    folder = tmp_path / "logs"
    assert run(config, "set", "-o", str(folder))[0] == 0
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder), when, UID], check=False, timeout=60)
    assert killed.returncode == -9
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".logs.")]
    server.pods.clear()
    code, said = run(config, "set", "-o", str(folder))
    assert code == 0, said
    assert (folder / "set-l-0-0-x.launcher.log").read_bytes() == b"".join(lines(20))
    assert sorted(path.name for path in folder.iterdir()) == ["set-l-0-0-x.launcher.log", "set.json"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_two_collections_into_one_folder_do_not_mix(served: tuple[Server, str], tmp_path: Path) -> None:
    server, config = served
    finished(server, lines(2))
    other = Folder(tmp_path / "logs")
    other.begin()
    code, said = run(config, "set", "-o", str(tmp_path / "logs"))
    assert code == 1
    assert "another collection is writing into" in said
    other.write({"containers": []})
    other.end()
    assert run(config, "set", "-o", str(tmp_path / "logs"))[0] == 0


def test_time_that_is_up_keeps_whole_lines(served: tuple[Server, str], tmp_path: Path) -> None:
    server, config = served
    server.logs["set-l-0-0-x", "launcher"] = Container([*lines(5), b"2030-01-01T00:00:09.000000000Z half a"])
    server.pods["set-l-0-0-x"] = pod("set-l-0-0-x", {"running": {}})
    code, said = run(config, "set", "-o", str(tmp_path / "logs"), "--timeout", "1s")
    assert code == 1
    assert "timed out: complete lines are kept" in said
    assert (tmp_path / "logs" / "set-l-0-0-x.launcher.log").read_bytes() == b"".join(lines(5))
    assert [str(each) for each in parse(tmp_path / "logs").problems if each.level == "note"]


@pytest.mark.parametrize("what", ["jobsets", "pods"])
def test_what_the_cluster_does_not_allow_is_said_and_leaves_nothing(
    served: tuple[Server, str], tmp_path: Path, what: str
) -> None:
    server, config = served
    finished(server, lines(2))
    server.forbidden = (what,)
    code, said = run(config, "set", "-o", str(tmp_path / "logs"))
    assert code == 1
    assert f"the cluster does not let you read {what}" in said
    assert "docs/results-collect.md" in said
    assert "\x1b" not in said
    assert not (tmp_path / "logs").exists()


def test_events_and_jobs_may_be_out_of_reach(served: tuple[Server, str], tmp_path: Path) -> None:
    server, config = served
    finished(server, lines(2))
    server.forbidden = ("events", "jobs")
    assert run(config, "set", "-o", str(tmp_path / "logs"))[0] == 0


def node(name: str, instance_type: str) -> dict[str, Any]:
    """A node of a cloud."""
    labels = {
        "node.kubernetes.io/instance-type": instance_type,
        "topology.kubernetes.io/zone": "west-1a",
        "topology.k8s.aws/network-node-layer-1": "nn-1",
        "kubernetes.io/hostname": name,
    }
    info = {"kernelVersion": "6.1.0", "osImage": "Bottlerocket"}
    return {"metadata": {"name": name, "labels": labels}, "status": {"nodeInfo": info, "capacity": {"cpu": "96"}}}


def test_the_type_of_each_node_is_kept_and_becomes_part_of_the_configuration(
    served: tuple[Server, str], tmp_path: Path
) -> None:
    server, config = served
    digest = f"sha256:{'0a' * 32}"
    finished(
        server, [f"2030-01-01T00:00:00.{n:09}Z {line}\n".encode() for n, line in enumerate(log("Loop").split("\n"))]
    )
    server.pods["set-l-0-0-x"]["status"]["containerStatuses"][0]["imageID"] = f"registry/image@{digest}"
    server.nodes["node-1"] = node("node-1", "hpc7g.16xlarge")
    assert run(config, "set", "-o", str(tmp_path / "logs"))[0] == 0
    (kept,) = json.loads((tmp_path / "logs" / "set.json").read_text())["nodes"]
    assert (kept["name"], kept["instanceType"], kept["zone"]) == ("node-1", "hpc7g.16xlarge", "west-1a")
    assert kept["topology"] == {"topology.k8s.aws/network-node-layer-1": "nn-1"}
    assert (kept["kernel"], kept["os"], kept["capacity"]) == ("6.1.0", "Bottlerocket", {"cpu": "96"})
    (found,) = parse(tmp_path / "logs").runs
    assert found.instance_type == "hpc7g.16xlarge"
    assert found.configuration.values["image.digest"] == digest


def test_the_times_of_a_pod_are_kept_and_become_phases(served: tuple[Server, str], tmp_path: Path) -> None:
    """The event about the pull is gone when the collection ends, and a second one keeps what the first one knew."""
    server, config = served
    text = log(lammps()).splitlines()
    begun: dict[str, Any] = {"startedAt": "2030-01-01T00:00:09Z", "finishedAt": "2030-01-01T00:01:00Z"}
    finished(server, [f"2030-01-01T00:00:1{n % 10}.5Z {line}\n".encode() for n, line in enumerate(text[:10])], **begun)
    there = server.pods["set-l-0-0-x"]
    there["metadata"]["creationTimestamp"] = "2030-01-01T00:00:00Z"
    there["status"]["conditions"] = [
        {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2030-01-01T00:00:04Z"}
    ]
    about = {"kind": "Pod", "uid": "uid-set-l-0-0-x", "fieldPath": "spec.containers{launcher}"}
    message = 'Successfully pulled image "image:1" in 2s (3.5s including waiting)'
    server.events = [
        {"metadata": {"uid": "e"}, "type": "Normal", "reason": "Pulled", "involvedObject": about, "message": message}
    ]
    server.jobset["metadata"]["creationTimestamp"] = "2030-01-01T00:00:00Z"
    folder = tmp_path / "logs"
    for _ in range(2):
        assert run(config, "set", "-o", str(folder))[0] == 0
        (entry,) = json.loads((folder / "set.json").read_text())["pods"]
        assert (entry["created"], entry["scheduled"]) == ("2030-01-01T00:00:00Z", "2030-01-01T00:00:04Z")
        assert (entry["started"], entry["ended"]) == ("2030-01-01T00:00:09Z", "2030-01-01T00:01:00Z")
        assert entry["pulls"] == [{"container": "launcher", "image": "image:1", "seconds": 3.5}]
        records = phases(lifetimes_of([folder]), parse(folder).runs)
        found = {each.figure: (each.value, each.pods) for each in records}
        assert found["schedule"] == (4, 2)
        assert found["start"] == (5, 2)
        assert found["pull"] == (3.5, 2)
        server.events = []


def test_nodes_may_be_out_of_reach_and_that_is_said_once(served: tuple[Server, str], tmp_path: Path) -> None:
    server, config = served
    finished(server, lines(2))
    server.forbidden = ("nodes",)
    code, said = run(config, "set", "-o", str(tmp_path / "logs"))
    assert code == 0
    assert said.count("the types of the nodes are not known") == 1


def test_the_set_is_named_by_its_metrics_yaml_or_its_manifests(served: tuple[Server, str], tmp_path: Path) -> None:
    server, config = served
    finished(server, lines(2))
    (tmp_path / "metrics.yaml").write_text(SET)
    manifest = "kind: ConfigMap\nmetadata: {name: set}\n---\nkind: JobSet\nmetadata: {name: set, namespace: bench}\n"
    for target, stdin in ((str(tmp_path), None), ("-", SET), ("-", manifest)):
        code, said = run(config, target, "-o", str(tmp_path / "logs"), stdin=stdin)
        assert code == 0, said
    code, said = run(config, str(tmp_path), "-o", str(tmp_path / "logs"), "--set", "metadata.name=sot")
    assert "there is no JobSet 'sot' in the namespace 'bench'" in said
    assert "did you mean 'set'?" in said
    assert code == 1


def test_a_time_that_is_none_is_a_wrong_call(served: tuple[Server, str]) -> None:
    assert run(served[1], "set", "--timeout", "soon")[0] == 2


def test_a_name_that_kubernetes_does_not_allow_names_no_file() -> None:
    for name in ("../../etc/passwd", "a/b", ".", "..", "a\n", "A", "", "x" * 300):
        assert list(facts.instances(pod(name, terminated(0)))) == []
        assert list(facts.instances(pod("p", terminated(0), container=name))) == []
    (seen,) = facts.instances(pod("p" * 253, terminated(0)))
    assert len(facts.file_name(seen, ())) < 256
    assert facts.file_name(seen, {facts.file_name(seen, ())}) != facts.file_name(seen, ())


def test_a_container_that_was_started_anew_has_a_log_for_each_run() -> None:
    found = pod("p", {"running": {}}, status={"restartCount": 2, "lastState": terminated(1)})
    seen = list(facts.instances(found))
    assert [(each.instance.restart, each.ended, each.previous) for each in seen] == [(1, True, True), (2, False, False)]
    assert [facts.file_name(each, ()) for each in seen] == ["p.launcher.restart-1.log", "p.launcher.restart-2.log"]
    waiting = pod("p", {"waiting": {}}, status={"restartCount": 1, "lastState": terminated(1)})
    assert [(each.instance.restart, each.ended, each.previous) for each in facts.instances(waiting)] == [
        (1, True, False)
    ]
