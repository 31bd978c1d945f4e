"""The metrics with a script of their own, and io-sysstat, run with the real programs and read with metricsoperator."""

from __future__ import annotations

import json
import re
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.pod.compiled import line_of
from tests.pod.containers import CLOSE, METADATA, OPEN, TIMEPOINT, collection
from tests.tools import need, need_module

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.pod.conftest import Runner, Starter
    from tests.pod.kubelet import Shell


def read(metric: str, log: str) -> dict[str, Any]:
    """Return the records of the published reader for a log."""
    metrics = need_module("metricsoperator.metrics")
    parsed: dict[str, Any] = metrics.get_metric(metric)().parse_log(log)
    return parsed


# --- io-fio ------------------------------------------------------------------------------------------------------

FIO = {
    "MO_MEASURE": "io-fio",
    "MO_OPT_TESTNAME": "test",
    "MO_OPT_BLOCKSIZE": "4k",
    "MO_OPT_IODEPTH": "64",
    "MO_OPT_SIZE": "1M",
    "MO_OPT_DIRECTORY": "/data",
    "MO_OPT_COMMAND": "",
    "MO_OPT_PREFIX": "",
}


def fio_line(env: Mapping[str, str]) -> str:
    """The line for these variables."""
    return line_of("io-fio", env, command=env["MO_OPT_COMMAND"])


def test_fio_runs_the_published_line_and_the_published_reader_reads_it(run: Runner, tmp_path: Path) -> None:
    need("fio")
    result = run(fio_line(FIO), options={"volumes": {"/data": tmp_path}, "merge": True}, **FIO)
    assert result.code == 0
    before = re.escape(METADATA) + (
        r"FIO COMMAND START\n"
        r"fio --randrepeat=1 --ioengine=libaio --direct=1 --gtod_reduce=1 --name=test --bs=4k --iodepth=64 "
        r"--readwrite=randrw --rwmixread=75 --size=1M --filename=/data/test-[0-9a-f]{32} --output-format=json\n"
        r"FIO COMMAND END\n"
    )
    assert re.match(before + re.escape(OPEN + TIMEPOINT) + r"\{\n", result.stdout)
    assert result.stdout.endswith("}\n" + CLOSE)
    (data,) = read("io-fio", result.stdout)["data"]
    assert data["jobs"][0]["error"] == 0
    assert data["jobs"][0]["jobname"] == "test"
    assert not list(tmp_path.iterdir())


def test_every_option_of_fio_is_one_argument(run: Runner, tmp_path: Path) -> None:
    hostile = "a 'b' \"c\" $(touch /data/ran) `id` \\ ;\né"
    options: dict[str, Any] = {
        "volumes": {"/data": tmp_path, f"/data/{'x y'}": tmp_path},
        "files": {"/usr/games/fio": ""},
    }
    stand_in = "fio() { for a; do printf '<%s>' \"$a\"; done; }"
    env = FIO | {"MO_OPT_TESTNAME": hostile, "MO_OPT_DIRECTORY": "/data/x y/", "MO_OPT_SIZE": "1 M"}
    result = run(fio_line(env), options=options, MO_OPT_PRE=stand_in, **env)
    assert f"<--name={hostile}><--bs=4k>" in result.stdout
    assert "<--size=1 M>" in result.stdout
    assert re.search(r"<--filename=/data/x y/test-[0-9a-f]{32}>", result.stdout)
    assert not (tmp_path / "ran").exists()


def test_the_test_file_is_there_for_pre_command_and_post_and_gone_afterwards(run: Runner, tmp_path: Path) -> None:
    env = FIO | {"MO_OPT_COMMAND": 'echo "command $filename"; cat "$filename" && exit 3'}
    result = run(
        fio_line(env),
        options={"volumes": {"/data": tmp_path}},
        MO_OPT_PRE='echo "pre $filename"; echo content >"$filename"',
        MO_OPT_POST='cat "$filename"',
        **env,
    )
    name = re.search(r"^pre (/data/test-[0-9a-f]{32})$", result.stdout, re.MULTILINE)
    assert name
    assert result.stdout == (
        METADATA
        + 'FIO COMMAND START\necho "command $filename"; cat "$filename" && exit 3\nFIO COMMAND END\n'
        + f"pre {name[1]}\n"
        + collection(f"command {name[1]}\ncontent\n")
        + "content\n"
    )
    assert result.code == 3
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "block", [{"MO_OPT_PRE": "exit 4"}, {"MO_OPT_POST": "exit 4"}, {"MO_OPT_PRE": 'touch "$filename"; exec false'}]
)
def test_the_test_file_is_gone_when_a_block_ends_the_script(run: Runner, tmp_path: Path, block: dict[str, str]) -> None:
    env = FIO | {"MO_OPT_COMMAND": 'touch "$filename"'} | block
    assert run(fio_line(env), options={"volumes": {"/data": tmp_path}}, **env).code != 0
    assert not list(tmp_path.iterdir())


def test_the_test_file_is_gone_after_a_signal(begin: Starter, tmp_path: Path) -> None:
    env = FIO | {"MO_OPT_COMMAND": 'touch "$filename"; echo star""ted; sleep 600'}
    with begin(fio_line(env), options={"volumes": {"/data": tmp_path}}, **env) as pod:
        pod.until("started")
        assert list(tmp_path.iterdir())
        pod.signal(15)
        assert pod.wait(timeout=10).code == 143
    assert not list(tmp_path.iterdir())


def test_the_prefix_stands_before_the_fio_line_and_the_removal(run: Runner, tmp_path: Path) -> None:
    env = FIO | {"MO_OPT_PREFIX": "with", "MO_OPT_COMMAND": 'touch "$filename"'}
    result = run(
        fio_line(env),
        options={"volumes": {"/data": tmp_path}},
        MO_OPT_PRE='with() { echo "with $1"; "$@"; }',
        **env,
    )
    assert result.stdout.endswith(collection("with touch\n") + "with rm\n")
    assert not list(tmp_path.iterdir())


def test_an_addon_wraps_the_fio_line_itself(run: Runner, tmp_path: Path) -> None:
    env = FIO | {"MO_ADDONS": "0:commands", "MO_ADDON_0_PREFIX": "echo"}
    result = run(fio_line(env), options={"volumes": {"/data": tmp_path}}, **env)
    assert OPEN + TIMEPOINT + "fio --randrepeat=1" in result.stdout


# --- io-sysstat --------------------------------------------------------------------------------------------------


def test_the_published_reader_reads_io_sysstat(run: Runner) -> None:
    need("iostat")
    result = run("iostat -dxm -o JSON", options={"merge": True}, MO_ROUNDS="2", MO_RATE="1", MO_REPETITIONS="1")
    assert result.code == 0
    parsed = read("io-sysstat", result.stdout)
    assert len(parsed["data"]) == 2
    assert parsed["data"][0]["sysstat"]["hosts"][0]["statistics"]
    assert parsed["metadata"] == {"metricName": "test"}


# --- perf-sysstat ------------------------------------------------------------------------------------------------

BLOCKS = [
    "CPU STATISTICS TASK",
    "CPU STATISTICS CHILD",
    "IO STATISTICS",
    "POLICY",
    "PAGEFAULTS TASK",
    "PAGEFAULTS CHILD",
    "STACK UTILIZATION",
    "THREADS TASK",
    "THREADS CHILD",
    "KERNEL TABLES",
    "TASK SWITCHING",
]
SHARED: dict[str, Any] = {"share_processes": True}
PERF = {"MO_MEASURE": "perf-sysstat", "MO_WAIT_SECONDS": "20"}
PIDSTAT = line_of("perf-sysstat", {}, command="any")
PIDSTAT_THREADS = line_of("perf-sysstat", {}, command="any", threads=True)


@pytest.fixture
def watched(request: pytest.FixtureRequest) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A process of another container, with a command line that no other process has."""
    need("pidstat", "jc", "ps", "pstree")
    line = f"sleep 600.{abs(hash(request.node.nodeid)) % 10**9:09d}"
    with subprocess.Popen(line.split()) as process:
        yield line, process
        process.kill()


def test_pidstat_rounds_are_complete_and_the_published_reader_reads_them(
    run: Runner, watched: tuple[str, subprocess.Popen[bytes]]
) -> None:
    line, process = watched
    result = run(
        PIDSTAT,
        options=SHARED | {"merge": True},
        timeout=60,
        MO_OPT_COMMAND="ignored",
        MO_MAP_COMMANDS_all="ignored too",
        MO_MAP_COMMANDS_0=line,
        MO_ROUNDS="2",
        MO_RATE="0",
        **PERF,
    )
    assert result.code == 0
    before, _, inside = result.stdout.partition(OPEN)
    assert before == METADATA + f"PIDSTAT COMMAND START\n{line}\nPIDSTAT COMMAND END\n"
    lines = inside.removesuffix(CLOSE).replace(TIMEPOINT, "").splitlines()
    assert lines[::2] == BLOCKS * 2
    assert all(json.loads(text)[0]["pid"] == process.pid for text in lines[1::2])
    parsed = read("perf-sysstat", result.stdout)
    assert parsed["command"] == line
    assert [sorted(point) for point in parsed["data"]] == [
        sorted(name.replace(" ", "_").lower() for name in BLOCKS)
    ] * 2


def test_pids_prints_the_processes_too_and_the_published_reader_minds_it_not(
    run: Runner, watched: tuple[str, subprocess.Popen[bytes]]
) -> None:
    line, process = watched
    env = {"MO_OPT_COMMAND": line, "MO_OPT_PIDS": "true", "MO_ROUNDS": "1", "MO_RATE": "0"}
    result = run(PIDSTAT_THREADS, options=SHARED, timeout=60, **env, **PERF)
    assert result.code == 0
    assert re.search(rf"^root +{process.pid} .* {re.escape(line)}$", result.stdout, re.MULTILINE)
    (point,) = read("perf-sysstat", result.stdout)["data"]
    assert len(point) == len(BLOCKS)
    assert point["cpu_statistics_task"][0]["tgid"] == str(process.pid)


def test_rounds_end_well_when_the_process_does(begin: Starter, watched: tuple[str, subprocess.Popen[bytes]]) -> None:
    line, process = watched
    env = {"MO_MAP_COMMANDS_all": line, "MO_ROUNDS": "0", "MO_RATE": "0"}
    with begin(PIDSTAT, options=SHARED, **env, **PERF) as pod:
        pod.until("TASK SWITCHING", timeout=30)
        process.kill()
        result = pod.wait(timeout=30)
    assert result.code == 0
    assert result.stdout.endswith(CLOSE)
    rounds = result.stdout.split(TIMEPOINT)[1:]
    assert rounds
    assert all([text for text in part.splitlines()[::2] if text in BLOCKS] == BLOCKS for part in rounds)


def test_a_process_that_comes_late_is_waited_for(begin: Starter, shell: Shell) -> None:
    need("pidstat", "jc")
    line = f"sleep 601.{shell}"[:9] + str(abs(hash(shell)) % 10**6)
    with begin(PIDSTAT, options=SHARED, MO_OPT_COMMAND=line, MO_ROUNDS="1", **PERF) as pod:
        pod.until("PIDSTAT COMMAND END")
        # Text that a shell was given is not the process that is looked for.
        with subprocess.Popen(["sh", "-c", f"{line}; :"], start_new_session=True) as other:
            result = pod.wait(timeout=30)
            subprocess.run(["pkill", "-g", str(other.pid)], check=True)
    assert result.code == 0
    assert result.stdout.count(TIMEPOINT) == 1
    assert '"command":"sleep"' in result.stdout


def test_the_wait_for_a_process_has_a_bound_and_a_message(run: Runner) -> None:
    need("pidstat", "jc")
    start = time.monotonic()
    env = PERF | {"MO_WAIT_SECONDS": "1", "MO_OPT_COMMAND": "no-such-program 'with args'"}
    result = run(PIDSTAT, options=SHARED, **env)
    assert time.monotonic() - start < 5
    assert result.code == 124
    assert "no process of this pod has the command line: no-such-program 'with args'" in result.stderr
    assert OPEN not in result.stdout


def test_quotes_in_the_watched_line_are_no_hindrance(run: Runner, shell: Shell) -> None:
    need("pidstat", "jc")
    mark = f"mark {shell}"
    with subprocess.Popen(["/usr/bin/python3", "-c", "import time; time.sleep(600)", mark]) as process:
        line = f"/usr/bin/python3 -c 'import time; time.sleep(600)' \"{mark}\""
        result = run(PIDSTAT, options=SHARED, timeout=30, MO_OPT_COMMAND=line, MO_ROUNDS="1", **PERF)
        process.kill()
    assert result.code == 0
    assert f'"pid":{process.pid},' in result.stdout


def test_a_script_is_found_by_its_own_line(run: Runner, shell: Shell, tmp_path: Path) -> None:
    need("pidstat", "jc")
    script = tmp_path / "app.sh"
    script.write_text("#!/bin/sh\nread -r x\n")
    script.chmod(0o755)
    with subprocess.Popen([script, "5"], stdin=subprocess.PIPE) as process:
        result = run(PIDSTAT, options=SHARED, timeout=30, MO_OPT_COMMAND=f"{script} 5", MO_ROUNDS="1", **PERF)
        process.kill()
    assert result.code == 0
    assert f'"pid":{process.pid},' in result.stdout


@pytest.mark.parametrize(("color", "expected"), [("false", "1"), ("true", "")])
def test_no_color_is_exported_unless_colour_is_wanted(run: Runner, color: str, expected: str) -> None:
    need("pidstat", "jc")
    # The scripts' own process, which is always there: the block runs before the wait, so it ends the run.
    env = PERF | {
        "MO_OPT_COLOR": color,
        "MO_OPT_COMMAND": "/bin/sh /metrics_operator/entrypoint.sh env",
        "MO_ROUNDS": "1",
    }
    result = run("env", **env, MO_ADDONS="0:commands", MO_ADDON_0_PREBLOCK='echo "no color: $NO_COLOR"; exit 0')
    assert f"no color: {expected}\n" in result.stdout


# --- sys-hwloc ---------------------------------------------------------------------------------------------------


def test_hwloc_reads_the_profile_and_finds_the_view(run: Runner) -> None:
    need("hwloc-ls")
    files = {
        "/root/.profile": 'export FROM_PROFILE="a b"\n',
        "/opt/view/bin/only-there": "#!/bin/sh\necho found\n",
    }
    items = ["hwloc-ls --version", "chmod +x /opt/view/bin/only-there; only-there", 'echo "$FROM_PROFILE"']
    env = {f"MO_LIST_COMMANDS_{number}": item for number, item in enumerate(items)}
    result = run(
        "",
        options={"files": files},
        MO_MEASURE="sys-hwloc",
        MO_EACH="MO_LIST_COMMANDS",
        MO_ECHO="true",
        MO_LIST_COMMANDS_COUNT="3",
        **env,
    )
    version = subprocess.run(["hwloc-ls", "--version"], capture_output=True, text=True, check=True).stdout
    assert result.stdout == METADATA + collection(
        f"{items[0]}\n{version}", f"{items[1]}\nfound\n", f"{items[2]}\na b\n"
    )
