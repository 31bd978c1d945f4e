"""The ENVIRONMENT line: where the pod runs, as JSON, whatever the machine has, within a second."""

from __future__ import annotations

import json
import os
import re
import time
from typing import TYPE_CHECKING, Any

import mocompile
import pytest

from tests.pod.compiled import manifests
from tests.pod.containers import METADATA, OPEN, collection
from tests.pod.test_functions import call, output

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pod.conftest import Runner
    from tests.pod.kubelet import Shell

# What entrypoint.sh would have done before.
ALONE = "mo_scripts=/metrics_operator; mo_state=/tmp; "
FILES = ("entrypoint.sh", "metadata.sh", "environment.sh")
ON = {"MO_ENVIRONMENT": ""}


def environment(stdout: str) -> dict[str, Any]:
    """The JSON of the only ENVIRONMENT line."""
    (line,) = re.findall(r"^ENVIRONMENT START (.*)\nENVIRONMENT END$", stdout, re.MULTILINE)
    found: dict[str, Any] = json.loads(line)
    return found


def test_the_line_says_where_the_pod_runs(run: Runner) -> None:
    given = {"MO_POD": "set-m-0-0-x", "MO_NODE": "node-0", "MO_METRIC_ID": "test2", "MO_IMAGE": "test:1"}
    found = environment(run(":", **ON, **given).stdout)
    with open("/proc/cpuinfo") as cpuinfo:  # noqa: PTH123
        model = re.search(r"^model name\s*: (.*)$", cpuinfo.read(), re.MULTILINE)
    assert {key: found.pop(key) for key in ("set", "job", "metric", "pod", "node", "image")} == {
        "set": "set",
        "job": "m",
        "metric": "test2",
        "pod": "set-m-0-0-x",
        "node": "node-0",
        "image": "test:1",
    }
    assert found["mocompile"] == mocompile.__version__
    assert abs(time.time() - time.mktime(time.strptime(found["started"], "%Y-%m-%dT%H:%M:%SZ")) + time.timezone) < 60
    assert found.get("processor") == (model[1].strip() if model else found.get("processor"))
    assert found["cores"] == len(os.sched_getaffinity(0))
    assert found["memory"] == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert found["kernel"] == os.uname().release


def test_the_line_comes_after_the_metadata_of_the_addons_and_before_the_collection(run: Runner) -> None:
    result = run("echo out", **ON, MO_ADDONS="0:commands", MO_ADDON_0_METADATA="metricName s MO_METRIC")
    before, _, after = result.stdout.partition("ENVIRONMENT START ")
    assert before == METADATA + 'ADDON METADATA START {"metricName":"test"}\nADDON METADATA END\n'
    assert after.partition("ENVIRONMENT END\n")[2] == collection("out\n")


def test_the_compiled_set_gives_every_name_and_can_switch_the_line_off(shell: Shell) -> None:
    metric = {"name": "app-custom", "id": "mine", "image": "an/image:1", "options": {"command": ":"}}
    found = environment(manifests(metric).run("l", shell=shell).stdout)
    assert {key: found[key] for key in ("set", "job", "metric", "pod", "node", "image")} == {
        "set": "set",
        "job": "l",
        "metric": "mine",
        "pod": "set-l-0-0",
        "node": "node-0",
        "image": "an/image:1",
    }
    assert "ENVIRONMENT" not in manifests(metric, logging={"environment": False}).run("l", shell=shell).stdout


def test_limits_of_both_versions_of_cgroups_are_read(run: Runner, tmp_path: Path) -> None:
    v2, v1, none = tmp_path / "v2", tmp_path / "v1", tmp_path / "none"
    for folder, files in {
        v2: {"cpu.max": "150000 100000\n", "memory.max": "1073741824\n"},
        none: {"cpu.max": "max 100000\n", "memory.max": "max\n"},
        v1: {
            "cpu/cpu.cfs_quota_us": "25000\n",
            "cpu/cpu.cfs_period_us": "100000\n",
            "memory/memory.limit_in_bytes": "9223372036854771712\n",
        },
    }.items():
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    limits = [
        (found.get("coreLimit"), found.get("memoryLimit"))
        for folder in (v2, v1, none)
        for found in [environment(run(":", **ON, options={"volumes": {"/sys/fs/cgroup": folder}}).stdout)]
    ]
    assert limits == [(1.5, 1073741824), (0.25, None), (None, None)]


def test_hostile_names_of_devices_are_valid_json(run: Runner, tmp_path: Path) -> None:
    names = ["eth0", 'quote"', "back\\slash", "it's", "$(id)", "a b", "tab\there", "x\x01y", "-n", "{}", "%s"]
    for name in names:
        (tmp_path / name).mkdir()
    os.mkdir(os.path.join(os.fsencode(tmp_path), b"bytes\xff\xc3"))  # noqa: PTH102, PTH118
    (tmp_path / "eth0" / "speed").write_text("100000\n")
    (tmp_path / "eth0" / "device").mkdir()
    (tmp_path / "{}" / "speed").write_text("-1\n")
    found = environment(run(":", **ON, options={"volumes": {"/sys/class/net": tmp_path}}).stdout)["network"]
    assert found[0] == {"name": "eth0", "speed": 100000}
    shown = {*names, "tab?here", "x?y", "bytes??"} - {"tab\there", "x\x01y"}
    assert {each["name"] for each in found} == shown
    assert all(list(each) == ["name"] for each in found[1:])


def test_any_bytes_become_printable_text(shell: Shell) -> None:
    script = (
        r"""LC_ALL=C; mo_encode_text "$(printf 'Xeon\302\256 \001\033[1m\177 "q" \\ end')"; """
        r"""printf '%s\n' "$mo_json_text" """
    )
    assert json.loads(output(shell, script, *FILES)) == 'Xeon?? ??[1m? "q" \\ end'


def test_names_of_arm_processors_are_those_of_lscpu(shell: Shell) -> None:
    script = (
        "mo_implementer=0x41; mo_part=0xd40; mo_variant=0x1; mo_revision=1; mo_add_arm_processor; "
        "mo_part=0xfff; mo_add_arm_processor; mo_part=; mo_add_arm_processor"
    )
    lines = output(shell, script, *FILES).splitlines()
    assert lines == [
        '"processor":"Neoverse-V1 (implementer 0x41, part 0xd40, variant 0x1, revision 1)"',
        '"processor":"ARM (implementer 0x41, part 0xfff, variant 0x1, revision 1)"',
    ]


def test_a_read_that_does_not_end_leaves_out_what_follows_within_a_second(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "eth0").mkdir()
    with (tmp_path / "eth0" / "speed").open("w") as endless:
        endless.truncate(2**40)
    bare = run(":").seconds
    result = run("echo out", **ON, options={"volumes": {"/sys/class/net": tmp_path}})
    found = environment(result.stdout)
    assert "kernel" in found
    assert "network" not in found
    assert result.stdout.endswith(collection("out\n"))
    assert "reading about this machine takes too long" in result.stderr
    assert result.seconds - bare < 1.5


def test_files_that_are_not_regular_are_not_opened(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "eth0").mkdir()
    os.mkfifo(tmp_path / "eth0" / "speed")
    result = run(":", **ON, options={"volumes": {"/sys/class/net": tmp_path}})
    assert environment(result.stdout)["network"] == [{"name": "eth0"}]
    assert result.stderr == ""


def test_no_program_is_needed(shell: Shell) -> None:
    script = f"{ALONE}PATH=/nowhere; mo_print_environment"
    found = environment(output(shell, script, *FILES, **ON, MO_NODE="node-0"))
    assert {"node", "mocompile", "cores", "memory", "kernel"} <= set(found)


def test_the_line_costs_at_most_two_processes(shell: Shell) -> None:
    # In a process namespace of its own, ids are given one after another.
    script = f"{ALONE}: & first=$!; mo_print_environment; : & echo $(($! - first - 1))"
    forks = int(output(shell, script, *FILES, **ON).splitlines()[-1])
    assert forks <= (1 if shell == "bash" else 2)


@pytest.mark.parametrize("path", ["/usr", "/opt/mpi"])
def test_the_version_of_mpi_is_read_from_files(shell: Shell, path: str) -> None:
    files = {f"{path}/bin/mpirun": "", f"{path}/lib/pkgconfig/ompi.pc": "Name: Open MPI\nVersion: 4.1.4\n"}
    script = f"chmod 755 {path}/bin/mpirun; PATH={path}/bin:$PATH; mo_add_mpi"
    made = "".join(f"mkdir -p $(dirname {name}); printf '%s' '{text}' >{name}; " for name, text in files.items())
    assert call(shell, made + script, *FILES).stdout == '"mpi":"Open MPI 4.1.4"\n'


def test_nothing_stands_between_the_line_and_the_collection(run: Runner) -> None:
    assert "\nENVIRONMENT END\n" + OPEN in run(":", **ON).stdout
