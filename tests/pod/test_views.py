"""The addons with a software view, as the compiler makes their pods: the init container, then launcher and workers.

Real: the scripts, sshd and ssh, mpirun (Open MPI) and its ranks in other pods, the loader that loads a library before
the others. Stand-ins: the programs of the views (hpcrun, hpcstruct, hpcprof, flux), which say how they were called;
libmpitrace.so is another library under that name.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.pod.compiled import Manifests, compiled
from tests.pod.containers import CLOSE, OPEN, TIMEPOINT
from tests.pod.network import HOSTS, PASSWD
from tests.tools import need

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pod.kubelet import Pod, Result, Shell
    from tests.pod.network import Network

MARKER = "metrics-operator-done.txt"
# What a rank is: it says where it runs, and what it has.
HPCRUN = """#!/bin/sh
mkdir -p "$2" && echo "$*" >>"$2/$(uname -n)" || exit
echo "hpcrun on $(uname -n): $*"
while [ "${1#-}" != "$1" ]; do shift 2; done
exec "$@"
"""
HPCSTRUCT = """#!/bin/sh
echo "hpcstruct on $(uname -n) in $PWD: $*"
cat "$1/$(uname -n)"
"""
HPCPROF = """#!/bin/sh
echo "hpcprof on $(uname -n): $*"
mkdir "$2"
"""
FLUX = """#!/bin/sh
case $1 in
  R) echo "$*"; exit ;;
  keygen) echo "secret of $(uname -n)" >"$2"; exit ;;
  start)
    shift
    for word in "$@"; do
      case $word in
        --broker-opts=-c*) config=${word#*-c} ;;
      esac
    done
    echo "flux start on $(uname -n): $*" >>"$config/../log"
    while [ "${1#--broker-opts=}" != "$1" ]; do shift; done
    [ $# -gt 0 ] || { sleep 0.3; exit 1; }
    exec "$@"
    ;;
  *) echo "flux $*" ;;
esac
while [ "$1" != -vvv ]; do shift; done
shift
exec "$@"
"""


@pytest.fixture
def view(tmp_path: Path) -> dict[str, str]:
    """An image with a view, as volumes: programs are links into /opt/software, as spack makes them."""
    root, software = tmp_path / "image-view", tmp_path / "image-software"
    (root / "bin").mkdir(parents=True)
    (root / "lib/python3.11/site-packages").mkdir(parents=True)
    (software / "linux/tool/bin").mkdir(parents=True)
    for name, text in {"hpcrun": HPCRUN, "hpcstruct": HPCSTRUCT, "hpcprof": HPCPROF, "flux": FLUX}.items():
        program = software / "linux/tool/bin" / name
        program.write_text(text)
        program.chmod(0o755)
        (root / "bin" / name).symlink_to(f"/opt/software/linux/tool/bin/{name}")
    (library,) = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "/libm." in line}
    shutil.copy(library, root / "lib/libmpitrace.so")
    return {"/opt/views/._view/x4f2": str(root), "/opt/software": str(software)}


def copied(made: Manifests, job: str, addon: str, mount: str, view: dict[str, str], shared: Path, shell: Shell) -> Path:
    """Runs the init container; gives the folder that stands for the pod's volume."""
    shared.mkdir()
    result = made.run(job, addon, shell=shell, volumes={**view, mount: shared})
    assert (result.stdout, result.stderr, result.code) == ("", "", 0)
    assert {path.name for path in shared.iterdir()} == {"view", "software", MARKER}
    return shared


def one_pod(addons: str, line: str, view: dict[str, str], tmp_path: Path, shell: Shell, **options: Any) -> Result:
    """A single pod that runs `line`, with these addons; the first of them has the view."""
    made = compiled(
        f"  metrics: [{{name: app-custom, image: x, addons: [{addons}], "
        f"options: {{command: {json.dumps(line)}, workdir: /work}}}}]\n"
    )
    name = re.findall(r"name: ([-a-z]+)", addons)[0]
    shared = copied(made, "l", name, "/opt/share", view, tmp_path / "shared", shell)
    volumes = {"/opt/share": shared, **options.pop("volumes", {})}
    (tmp_path / "work").mkdir(exist_ok=True)
    return made.run("l", "launcher", shell=shell, volumes={"/work": tmp_path / "work", **volumes}, **options)


class Pods:
    """Three pods of one set on a network of their own."""

    def __init__(self, made: Manifests, wires: Network, view: dict[str, str], tmp_path: Path, addon: str) -> None:
        self.made, self.network, self.tmp_path = made, wires, tmp_path
        self.shared = [
            copied(made, "lww"[index], addon, "/opt/share", view, tmp_path / f"shared{index}", wires.shell)
            for index in range(3)
        ]

    def start(self, index: int) -> Pod:
        """Pod 0 is the launcher."""
        hosts = "".join(f"{address} {host}\n" for address, host in zip(self.network.addresses, HOSTS, strict=True))
        work = self.tmp_path / f"work{index}"
        work.mkdir()
        pod = self.made.start(
            "lww"[index],
            "launcher" if index == 0 else "workers",
            index=max(0, index - 1),
            shell=self.network.shell,
            network=self.network.names[index],
            volumes={"/root/.ssh": self.network.keys, "/work": work, "/opt/share": self.shared[index]},
            files={"/etc/hosts": hosts, "/etc/passwd": PASSWD},
        )
        return self.network.stack.enter_context(pod)

    def run(self) -> tuple[Result, list[Result]]:
        """The launcher's result and those of the workers, which end with it."""
        workers = [self.start(index) for index in (1, 2)]
        launcher = self.start(0).wait(timeout=40)
        before = time.monotonic()
        ended = [worker.wait(timeout=10) for worker in workers]
        assert time.monotonic() - before < 10
        return launcher, ended


def three_pods(addons: str, command: str) -> Manifests:
    """A launcher and two workers that run `command` under mpirun, as root."""
    # What the image of an MPI benchmark sets up: mpirun as root, ssh without questions.
    env = (
        "{OMPI_ALLOW_RUN_AS_ROOT: 1, OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: 1, "
        "OMPI_MCA_plm_rsh_args: -o StrictHostKeyChecking=no -o LogLevel=ERROR}"
    )
    return compiled(
        f"  pods: 3\n  timeouts: {{hostsSeconds: 30}}\n  metrics: [{{name: app-lammps, env: {env}, "
        f"options: {{command: {json.dumps(command)}, workdir: /work}}, addons: [{addons}]}}]\n"
    )


def inside(log: str) -> list[str]:
    """The lines of the collection."""
    return log.partition(OPEN)[2].partition(CLOSE)[0].removeprefix(TIMEPOINT).splitlines()


MPIRUN = "mpirun --hostfile ./hostlist.txt -np 3 --map-by node"
HPCTOOLKIT = "{name: perf-hpctoolkit, options: {events: -e REALTIME@100 -e 'A B', output: 'the result'}}"


# --- the view itself ---------------------------------------------------------------------------------------------


def test_an_image_without_a_view_is_said(shell: Shell) -> None:
    made = compiled(
        "  metrics: [{name: app-custom, image: x, options: {command: x}, addons: [{name: perf-mpitrace}]}]\n"
    )
    result = made.run("l", "perf-mpitrace", shell=shell, volumes={"/opt/share": "/tmp"})
    assert result.code == 78
    assert "this image has no software view" in result.stderr


def test_a_view_that_never_comes_ends_the_wait_with_a_message(shell: Shell, tmp_path: Path) -> None:
    made = compiled(
        "  timeouts: {hostsSeconds: 1}\n"
        "  metrics: [{name: app-custom, image: x, options: {command: x}, addons: [{name: perf-mpitrace}]}]\n"
    )
    result = made.run("l", "launcher", shell=shell, volumes={"/opt/share": tmp_path})
    assert result.code == 124
    assert "gave up after 1 s; the software view did not appear at /opt/share" in result.stderr
    assert OPEN not in result.stdout


def test_a_view_without_the_program_is_said(shell: Shell, view: dict[str, str], tmp_path: Path) -> None:
    Path(view["/opt/views/._view/x4f2"], "bin/hpcrun").unlink()
    result = one_pod(HPCTOOLKIT, "echo x", view, tmp_path, shell)
    assert result.code == 127
    assert "the software view at /opt/share has no hpcrun" in result.stderr


def test_software_of_the_image_s_own_is_kept_and_filled_in(shell: Shell, view: dict[str, str], tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "linux/other").mkdir(parents=True)
    (own / "linux/other/file").write_text("own\n")
    other = Path(view["/opt/software"], "linux/other")
    other.mkdir()
    (other / "file").write_text("the view's\n")
    line = "cat /opt/software/linux/other/file; ls /opt/software/linux"
    result = one_pod(HPCTOOLKIT, line, view, tmp_path, shell, volumes={"/opt/software": own})
    assert inside(result.stdout)[1:] == ["own", "other", "tool"]


def test_the_program_runs_in_the_addon_s_working_directory(shell: Shell, view: dict[str, str], tmp_path: Path) -> None:
    addon = "{name: perf-mpitrace, options: {workdir: /elsewhere}}"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    result = one_pod(addon, "pwd; cat hostlist.txt", view, tmp_path, shell, volumes={"/elsewhere": elsewhere})
    assert inside(result.stdout) == ["/elsewhere", "set-l-0-0.set"]


# --- perf-hpctoolkit ---------------------------------------------------------------------------------------------


def test_hpcrun_stands_before_the_program_and_the_analysis_follows(
    shell: Shell, view: dict[str, str], tmp_path: Path
) -> None:
    result = one_pod(HPCTOOLKIT, "sh -c 'echo program; exit 3'", view, tmp_path, shell)
    assert 'ADDON METADATA START {"pods":1,"metricName":"perf-hpctoolkit"' in result.stdout
    assert inside(result.stdout) == [
        "hpcrun on set-l-0-0: -o the result -e REALTIME@100 -e A B sh -c echo program; exit 3",
        "program",
    ]
    assert result.stdout.split(CLOSE)[1].splitlines() == [
        "Running post analysis for host set-l-0-0.set",
        "hpcstruct on set-l-0-0 in /work: the result",
        "-o the result -e REALTIME@100 -e A B sh -c echo program; exit 3",
        "hpcprof on set-l-0-0: -o the result-database the result",
    ]
    assert (tmp_path / "work/the result-database").is_dir()
    assert result.code == 3


def test_without_post_analysis_there_is_none(shell: Shell, view: dict[str, str], tmp_path: Path) -> None:
    addon = "{name: perf-hpctoolkit, options: {events: -e IO, postAnalysis: no, prefix: env A=1}}"
    result = one_pod(addon, "sh -c 'echo $A'", view, tmp_path, shell)
    assert inside(result.stdout)[1:] == ["1"]
    assert result.stdout.endswith(CLOSE)


def test_mpirun_in_the_command_is_warned_of(shell: Shell, view: dict[str, str], tmp_path: Path) -> None:
    made = compiled(
        "  metrics: [{name: app-lammps, options: {command: mpirun lmp, workdir: /work}, "
        "addons: [{name: perf-hpctoolkit, options: {events: -e IO}}]}]\n"
    )
    shared = copied(made, "l", "perf-hpctoolkit", "/opt/share", view, tmp_path / "shared", shell)
    result = made.run("l", "launcher", shell=shell, without=["mpirun"], volumes={"/opt/share": shared})
    assert "move it into the option 'prefix' of perf-hpctoolkit" in result.stderr


@pytest.mark.parametrize("shell", ["bash", "dash"], indirect=True)
def test_hpcrun_runs_and_its_results_are_analysed_on_every_host(
    network: Network,
    view: dict[str, str],
    tmp_path: Path,
) -> None:
    need("mpirun")
    addon = f"{{name: perf-hpctoolkit, options: {{containerTarget: launcher, events: -e IO, prefix: {MPIRUN}}}}}"
    launcher, workers = Pods(three_pods(addon, "uname -n"), network, view, tmp_path, "perf-hpctoolkit").run()
    assert launcher.code == 0, launcher.stderr
    names = ["set-l-0-0", "set-w-0-0", "set-w-0-1"]
    ran = [f"hpcrun on {name}: -o hpctoolkit-result -e IO uname -n" for name in names]
    assert sorted(inside(launcher.stdout)) == sorted([*ran, *names])
    expected = [
        line
        for name in names
        for line in (
            f"Running post analysis for host {name}.set",
            f"hpcstruct on {name} in /work: hpctoolkit-result",
            "-o hpctoolkit-result -e IO uname -n",
            f"hpcprof on {name}: -o hpctoolkit-result-database hpctoolkit-result",
        )
    ]
    assert launcher.stdout.split(CLOSE)[1].splitlines() == expected
    for worker in workers:
        assert worker.code == 0
        assert "ADDON METADATA" not in worker.stdout


# --- perf-mpitrace -----------------------------------------------------------------------------------------------

LIBRARY = "/opt/share/view/lib/libmpitrace.so"
LOADED = f"""/usr/bin/python3 -ISc 'import os; print(os.uname()[1], "{LIBRARY}" in open("/proc/self/maps").read())'"""


def test_the_library_is_loaded_by_the_measured_program_only(shell: Shell, view: dict[str, str], tmp_path: Path) -> None:
    addons = (
        "{name: perf-mpitrace}, "
        f"{{name: commands, options: {{preBlock: {json.dumps(LOADED)}, postBlock: {json.dumps(LOADED)}}}}}"
    )
    result = one_pod(addons, LOADED, view, tmp_path, shell)
    assert inside(result.stdout) == ["set-l-0-0 True"]
    before, after = result.stdout.split(OPEN)[0], result.stdout.split(CLOSE)[1]
    assert before.endswith("\nENVIRONMENT END\nset-l-0-0 False\n")
    assert after == "set-l-0-0 False\n"


def test_what_the_user_preloads_stays(shell: Shell, view: dict[str, str], tmp_path: Path) -> None:
    addons = "{name: commands, options: {preBlock: export LD_PRELOAD=/opt/share/view/lib/libmpitrace.so}}"
    addons = "{name: perf-mpitrace}, " + addons
    result = one_pod(addons, 'echo "$LD_PRELOAD"', view, tmp_path, shell)
    assert inside(result.stdout) == ["/opt/share/view/lib/libmpitrace.so:/opt/share/view/lib/libmpitrace.so"]


@pytest.mark.parametrize(("shell", "target"), [("bash", ""), ("dash", "containerTarget: launcher")], indirect=["shell"])
def test_ranks_in_every_pod_load_the_library(
    network: Network,
    view: dict[str, str],
    tmp_path: Path,
    target: str,
) -> None:
    need("mpirun")
    addons = f"{{name: perf-mpitrace, options: {{{target}}}}}, {{name: commands, options: {{target: l, prefix: A=1}}}}"
    made = three_pods(addons, f"{MPIRUN} -x A {LOADED}")
    launcher, workers = Pods(made, network, view, tmp_path, "perf-mpitrace").run()
    assert sorted(inside(launcher.stdout)) == ["set-l-0-0 True", "set-w-0-0 True", "set-w-0-1 True"], launcher.stderr
    assert [worker.code for worker in workers] == [0, 0]


# --- workload-flux -----------------------------------------------------------------------------------------------


def flux_options(size: int) -> str:
    """Return the arguments of `flux start` with every option at its default."""
    options = (
        "-c/opt/share/flux/config",
        "-Slocal-uri=local:///opt/share/flux/local",
        "-Stbon.connect_timeout=5s",
        f"-Sbroker.quorum={size}",
        "-Slog-stderr-level=6",
        "-Slog-stderr-mode=local",
    )
    return " ".join(f"--broker-opts={option}" for option in options)


@pytest.fixture
def flux_log(tmp_path: Path) -> Callable[[int], list[str]]:
    return lambda index: (tmp_path / f"shared{index}/flux/log").read_text().splitlines()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", "flux submit -N 1 --watch -vvv"),
        ("tasks: 4, optionFlags: -o 'mpi=none'", "flux submit -N 1 -n 4 -o mpi=none --watch -vvv"),
        ("submit: run", "flux run -N 1 -vvv"),
    ],
)
def test_one_pod_is_a_flux_of_one_broker(
    shell: Shell, view: dict[str, str], tmp_path: Path, options: str, expected: str
) -> None:
    result = one_pod(f"{{name: workload-flux, options: {{{options}}}}}", "echo done", view, tmp_path, shell)
    assert inside(result.stdout) == [f"{expected} echo done", "done"]
    assert result.code == 0
    log = (tmp_path / "shared/flux/log").read_text()
    assert log.startswith(f"flux start on set-l-0-0: {flux_options(1)} flux ")


def test_the_broker_options_that_are_given_reach_the_broker(shell: Shell, view: dict[str, str], tmp_path: Path) -> None:
    options = "connectTimeout: 500ms, quorum: 0, logLevel: 7, debugZeroMQ: yes, interactive: yes, queuePolicy: easy"
    more = "fluxUid: 77, fluxUser: me, preCommand: grep 77 /etc/passwd"
    addons = f"{{name: workload-flux, options: {{{options}, {more}}}}}"
    result = one_pod(addons, "echo not here", view, tmp_path, shell)
    assert "not here" not in inside(result.stdout)
    assert result.stdout.split(OPEN)[0].endswith("me:x:77:77::/tmp:/bin/sh\n")
    (log,) = (tmp_path / "shared/flux/log").read_text().splitlines()
    for option in (
        "tbon.connect_timeout=500ms",
        "broker.quorum=0",
        "log-stderr-level=7",
        "tbon.zmqdebug=1",
        "broker.rc2_none=1",
    ):
        assert f"--broker-opts=-S{option}" in log
    assert 'queue-policy = "easy"' in (tmp_path / "shared/flux/config/broker.toml").read_text()


def test_pods_that_measure_by_themselves_have_a_flux_each(shell: Shell, view: dict[str, str], tmp_path: Path) -> None:
    made = compiled(
        "  pods: 2\n  metrics: [{name: io-ior, image: x, addons: [{name: workload-flux}], "
        "options: {command: echo ior, workdir: /work}}]\n"
    )
    shared = copied(made, "m", "workload-flux", "/opt/share", view, tmp_path / "shared", shell)
    (tmp_path / "work").mkdir()
    volumes = {"/opt/share": shared, "/work": tmp_path / "work"}
    result = made.run("m", "storage", shell=shell, index=1, volumes=volumes)
    assert inside(result.stdout)[0].startswith("flux submit -N 1 --watch -vvv echo ior"), result.stderr
    assert '{ host = "set-m-0-1" }' in (shared / "flux/config/broker.toml").read_text()


@pytest.mark.parametrize("shell", ["bash", "dash"], indirect=True)
def test_every_pod_starts_a_broker_with_the_lead_broker_s_certificate(
    network: Network,
    view: dict[str, str],
    tmp_path: Path,
    flux_log: Callable[[int], list[str]],
) -> None:
    made = three_pods("{name: workload-flux, options: {tasks: 2}}", "sh -c 'echo done; sleep 2'")
    pods = Pods(made, network, view, tmp_path, "workload-flux")
    launcher, workers = pods.run()
    assert inside(launcher.stdout) == ["flux submit -n 2 --watch -vvv sh -c echo done; sleep 2", "done"], (
        launcher.stderr
    )
    assert flux_log(0) == [
        f"flux start on set-l-0-0: {flux_options(3)} flux submit -n 2 --watch -vvv sh -c echo done; sleep 2"
    ]
    for index, worker in enumerate(workers):
        assert worker.code == 0
        assert set(flux_log(index + 1)) == {f"flux start on set-w-0-{index}: {flux_options(3)}"}
        # Again and again, as the first may have come before the lead broker.
        assert len(flux_log(index + 1)) > 1
    config = (tmp_path / "shared0/flux/config/broker.toml").read_text()
    assert "default_port = 8050\n" in config
    assert 'default_bind = "tcp://eth0:%p"\n' in config
    assert 'default_connect = "tcp://%h.set:%p"\n' in config
    assert '{ host = "set-l-0-0,set-w-0-[0-1]" }' in config
    for index in range(3):
        flux = tmp_path / f"shared{index}/flux"
        assert (flux / "curve.cert").read_text() == "secret of set-l-0-0\n"
        assert (flux / "curve.cert").stat().st_mode & 0o777 == 0o600
        assert (flux / "config/broker.toml").read_text() == config
        assert (flux / "R").read_text() == "R encode --local --hosts=set-l-0-0,set-w-0-[0-1]\n"
