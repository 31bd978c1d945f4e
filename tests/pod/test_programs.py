"""Every metric of the catalog, compiled and run: the program line, and where it runs."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from mocompile.catalog import Catalog

from tests.pod.compiled import Manifests, manifests
from tests.pod.containers import collection
from tests.pod.programs import Call, Image, collected, run
from tests.tools import need

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NP = int(subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout)


@dataclass(frozen=True)
class Case:
    """A metric with these options: `lines` are the programs' calls, in order; `outputs` what each timepoint holds."""

    metric: str
    lines: Sequence[str]
    outputs: Sequence[str]
    folder: str = "/"
    pods: int = 2
    options: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    job: str = "l"
    programs: Sequence[str] = ()

    def __str__(self) -> str:
        return f"{self.metric}-{'changed' if self.options or self.more else 'defaults'}"

    @property
    def document(self) -> dict[str, Any]:
        """The metric as a user writes it."""
        written = {"name": self.metric, **self.more}
        return {**written, "options": dict(self.options)} if self.options else written

    @property
    def stand_ins(self) -> set[str]:
        """The programs that the lines name."""
        return {line.split()[0] for line in self.lines} | set(self.programs)


def launched(metric: str, command: str, folder: str, **changed: Any) -> list[Case]:
    """A metric whose every rank runs ./problem.sh."""
    words = command.partition(" ")[0]
    mpirun = "mpirun --hostfile ./hostlist.txt ./problem.sh"
    return [
        Case(metric, [mpirun, command], [f"{words}\n"], folder),
        Case(
            metric,
            ["mpirun --hostfile ./hostlist.txt -N 2 -np 8 ./problem.sh", f"{words} of my own"],
            [f"{words}\n"],
            "/some where",
            pods=3,
            options={
                "command": f"{words} of my own",
                "prefix": "mpirun --hostfile ./hostlist.txt -N 2 -np 8",
                "workdir": "/some where",
                **changed,
            },
        ),
    ]


def whole_line(
    metric: str, line: str, program: str, folder: str, *, pods: int = 2, prefix: bool = True, tasks: str = ""
) -> list[Case]:
    """A metric whose command is a whole line; the line starts `program`.

    `tasks`: the flags in place of `-np N` for two tasks on each of three pods.
    """
    start = line.index(program) if line != program else 0
    lines = [line] if start == 0 else [line, line[start:]]
    name = program.rpartition("/")[2]
    own = {"prefix": "env A=b /bin/bash"} if prefix else {"soleTenancy": True}
    return [
        Case(metric, lines, [f"{name}\n"], folder, pods),
        Case(
            metric,
            ["mine -np 3 x y"],
            ["mine\n"],
            "/elsewhere",
            pods=pods + 2,
            options={"command": "mine -np 3 'x' \"y\"", "workdir": "/elsewhere", **own},
        ),
        *([_of_tasks(metric, [re.sub("-np [0-9]+", tasks, each) for each in lines], name, folder)] if tasks else []),
    ]


def _of_tasks(metric: str, lines: Sequence[str], name: str, folder: str) -> Case:
    return Case(metric, lines, [f"{name}\n"], folder, pods=3, options={"tasks": 0, "tasksPerPod": 2})


FIO = (
    "fio --randrepeat=1 --ioengine=libaio --direct=1 --gtod_reduce=1 --name={} --bs={} --iodepth={} --readwrite=randrw "
    "--rwmixread=75 --size={} --filename={}/test-HEX --output-format=json"
)
STENCIL = "/root/chatterbug/stencil3d/stencil3d.x 2 2 2 10 10 10 4 1"
PING_PONG = "/root/chatterbug/ping-pong/ping-pong.x 1 2"
CHATTERBUG = "mpirun --hostfile ./hostlist.txt --allow-run-as-root -N"
HPL = "mpirun --allow-run-as-root --hostfile ./hostlist.txt -np"
PIDSTAT = (
    ("CPU STATISTICS TASK", "-u -T TASK"),
    ("CPU STATISTICS CHILD", "-u -T CHILD"),
    ("IO STATISTICS", "-d -T ALL"),
    ("POLICY", "-R -T ALL"),
    ("PAGEFAULTS TASK", "-r -T TASK"),
    ("PAGEFAULTS CHILD", "-r -T CHILD"),
    ("STACK UTILIZATION", "-s -T ALL"),
    ("THREADS TASK", "-T TASK"),
    ("THREADS CHILD", "-T CHILD"),
    ("KERNEL TABLES", "-v -T ALL"),
    ("TASK SWITCHING", "-w -T ALL"),
)

CASES = [
    *launched("app-amg", "amg", "/opt/AMG"),
    *launched("app-kripke", "kripke", "/opt/kripke"),
    *launched("app-pennant", "pennant /opt/pennant/test/sedovsmall/sedovsmall.pnt", "/opt/pennant/test"),
    *launched(
        "app-quicksilver",
        "qs /opt/quicksilver/Examples/CORAL2_Benchmark/Problem1/Coral2_P1.inp",
        "/opt/quicksilver/Examples",
    ),
    *whole_line(
        "app-bdas",
        "mpirun --allow-run-as-root -np 4 --hostfile ./hostlist.txt Rscript /opt/bdas/benchmarks/r/princomp.r 250 50",
        "Rscript",
        "/opt/bdas/benchmarks/r",
        tasks="-np 6 --map-by ppr:2:node",
    ),
    *whole_line("app-cabanapic", "cbnpic", "cbnpic", "/opt/cabanaPIC/build", pods=1),
    *whole_line(
        "app-laghos",
        "mpirun -np 4 --hostfile ./hostlist.txt ./laghos",
        "./laghos",
        "/workflow/laghos",
        tasks="-np 6 -ppn 2",
    ),
    *whole_line(
        "app-nekbone",
        "mpiexec --hostfile ./hostlist.txt -np 2 ./nekbone",
        "./nekbone",
        "/root/nekbone-3.0/test/example2",
        tasks="-np 6 -ppn 2",
    ),
    *whole_line(
        "app-lammps",
        "mpirun --hostfile ./hostlist.txt -np 2 --map-by socket lmp -v x 2 -v y 2 -v z 2 -in in.reaxc.hns -nocite",
        "lmp",
        "/opt/lammps/examples/reaxff/HNS",
        pods=1,
        prefix=False,
        tasks="-np 6 -ppn 2",
    ),
    Case("app-custom", ["mine a"], ["mine\n"], pods=1, options={"command": "mine a"}, more={"image": "mine"}),
    Case(
        "app-custom",
        ["mpirun -np 3 mine a b", "mine a b"],
        ["mine\n"],
        "/mine",
        pods=3,
        options={"command": "mpirun -np $((1 + 2)) mine a b", "workdir": "/mine", "soleTenancy": "yes"},
        more={"image": "mine"},
    ),
    Case("app-hpl", ["compute_N -m GIB -NB 1 -r 0.3 -N 2", f"{HPL} {2 * NP} xhpl", "xhpl"], ["xhpl\n"]),
    Case(
        "app-hpl",
        ["compute_N -m 8 -NB 192 -r 0.85 -N 4", f"{HPL} 64 --bind-to core -x A=b xhpl", "xhpl"],
        ["xhpl\n"],
        "/hpl",
        pods=4,
        options={
            "mpiargs": "--bind-to core -x A=b",
            "tasks": 64,
            "ratio": "0.85",
            "memory": 8,
            "blocksize": 192,
            "row_or_colmajor_pmapping": 1,
            "pfact": 1,
            "nbmin": 4,
            "ndiv": 3,
            "rfact": 2,
            "bcast": 5,
            "depth": 1,
            "swap": 2,
            "swappingThreshold": 60,
            "l1transposed": 1,
            "utransposed": 1,
            "memAlignment": 8,
            "workdir": "/hpl",
        },
    ),
    Case(
        "app-ldms",
        ["ldmsd", "ldms_ls -h localhost -x sock -p 10444", *["ldms_ls -h localhost -x sock -p 10444 -l -v"] * 2],
        ["ldms_ls\n"] * 2,
        "/opt",
        pods=1,
        job="m",
        options={"completions": 2, "rate": 0},
    ),
    Case(
        "app-ldms",
        ["ldmsd", "ldms_ls -h localhost -x sock -p 10444", "ldms_ls -v a"],
        ["ldms_ls\n"],
        "/ldms",
        job="m",
        options={"command": "ldms_ls -v a", "workdir": "/ldms", "completions": 1, "rate": 3600},
    ),
    Case("io-fio", [FIO.format("test", "4k", 64, "4G", "/tmp")], ["fio\n"], pods=1, job="m"),
    Case(
        "io-fio",
        [
            "timer " + FIO.format("a b", "1M", 2, "3G", "/srv"),
            FIO.format("a b", "1M", 2, "3G", "/srv"),
            "timer rm -f FILE",
        ],
        ["fio\n"],
        job="m",
        options={
            "testname": "a b",
            "blocksize": "1M",
            "iodepth": "2",
            "size": "3G",
            "directory": "/srv",
            "command": "",
            "prefix": "timer",
            "pre": "echo pre",
            "post": "echo post",
        },
        programs=["fio"],
    ),
    Case(
        "io-fio",
        ["fio --my --filename=/tmp/test-HEX --own"],
        ["fio\n"],
        pods=1,
        job="m",
        options={"command": "fio --my --filename=$filename --own"},
    ),
    Case("io-ior", ["ior -w -r -o testfile"], ["ior\n"], "/opt/ior", pods=1, job="m"),
    Case(
        "io-ior",
        ["ior -a POSIX"],
        ["ior\n"],
        "/data",
        job="m",
        options={"command": "ior -a POSIX", "workdir": "/data", "pre": "echo pre", "post": "echo post"},
    ),
    Case("io-sysstat", ["iostat -dxm -o JSON"], ["iostat\n"], pods=1, job="m", options={"completions": 1}),
    Case(
        "io-sysstat",
        ["iostat -dxm"] * 3,
        ["iostat\n"] * 3,
        job="m",
        options={"human": "yes", "rate": 0, "completions": 3, "pre": "echo pre", "post": "echo post"},
    ),
    Case("network-chatterbug", [f"{CHATTERBUG} 8 {STENCIL}", STENCIL], [f"{CHATTERBUG} 8 {STENCIL}\nstencil3d.x\n"]),
    Case(
        "network-chatterbug",
        [f"{CHATTERBUG} 4 -v {PING_PONG}", PING_PONG],
        [f"{CHATTERBUG} 4 -v {PING_PONG}\nping-pong.x\n"],
        pods=3,
        options={"command": "ping-pong", "args": "1 2", "mpirun": "-N 4 -v", "tasks": 4, "soleTenancy": "false"},
    ),
    Case(
        "network-netmark",
        [
            f"mpirun -f ./hostlist.txt -np {2 * NP} /usr/local/bin/netmark.x -w 10 -t 20 -c 20 -b 0 -s",
            "/usr/local/bin/netmark.x -w 10 -t 20 -c 20 -b 0 -s",
        ],
        ["netmark.x\nNETMARK RTT.CSV START\n0.000,26.782\n27.071,0.000\nNETMARK RTT.CSV END\n"],
        job="n",
    ),
    Case(
        "network-netmark",
        [
            "mpirun -f ./hostlist.txt -np 6 /usr/local/bin/netmark.x -w 1 -t 2 -c 3 -b 4096",
            "/usr/local/bin/netmark.x -w 1 -t 2 -c 3 -b 4096",
        ],
        ["netmark.x\nNETMARK RTT.CSV START\n0.000,26.782\n27.071,0.000\nNETMARK RTT.CSV END\n"],
        pods=3,
        job="n",
        options={
            "tasks": 6,
            "warmups": 1,
            "trials": 2,
            "sendReceiveCycles": 3,
            "messageSize": 4096,
            "storeEachTrial": "no",
            "soleTenancy": "no",
        },
    ),
    Case(
        "sys-hwloc",
        ["/opt/view/bin/lstopo architecture.png", "/opt/view/bin/hwloc-ls machine.xml"],
        ["lstopo architecture.png\nlstopo\n", "hwloc-ls machine.xml\nhwloc-ls\n"],
        pods=1,
        job="m",
    ),
    Case(
        "sys-hwloc",
        ["/opt/view/bin/lstopo --of console"],
        ["lstopo --of console\nlstopo\n"],
        job="m",
        more={"listOptions": {"commands": ["lstopo --of console"]}},
    ),
]


def image_of(case: Case, folder: Path) -> Image:
    """An image with the metric's programs."""
    image = Image(folder / "root")
    image.add(*case.stand_ins)
    if case.metric == "app-laghos":
        image.add("/workflow/laghos/laghos")
    if case.metric == "app-nekbone":
        image.add("/root/nekbone-3.0/test/example2/nekbone")
    if case.metric == "app-hpl":
        image.add("compute_N", then='print(1234 if "8" in sys.argv else 256)')
    if case.metric == "network-netmark":
        table = "open('RTT.csv', 'w').write('0.000,26.782\\n27.071,0.000')"
        image.add("/usr/local/bin/netmark.x", then=f"{table}\nprint('netmark.x')")
    return image


def line_of(call: Call) -> str:
    """The words in one line, with a name for what is never the same."""
    line = " ".join(call.words)
    if call.words[0] == "compute_N":
        line = re.sub(r"-m [1-9][0-9]* -NB 1 ", "-m GIB -NB 1 ", line)
    line = re.sub(r"rm -f \S+/test-[0-9a-f]{32}$", "rm -f FILE", line)
    line = re.sub(r"/test-[0-9a-f]{32} ", "/test-HEX ", line)
    return "ldmsd" if call.words[0] == "ldmsd" else line


def check_launcher(case: Case, made: Manifests, call: Call) -> None:
    """The files that the launcher finds in the working directory."""
    sheet = Catalog().metric(case.metric)
    names = [f"set-{case.job}-0-0.set", *(f"set-w-0-{index}.set" for index in range(case.pods - 1))]
    addresses = [f"10.1.0.{number}" for number in range(1, case.pods + 1)]
    assert call.files["hostlist.txt"].splitlines() == (addresses if sheet.hosts == "addresses" else names)
    assert made.completions == {case.job: 1, **({"w": case.pods - 1} if case.pods > 1 else {})}
    assert ("problem.sh" in call.files) == ("prefix" in sheet.options["options"])
    assert call.environment["OMPI_MCA_orte_keep_fqdn_hostnames"] == "1"
    if case.pods > 1:
        assert made.container("w").get("workingDir") == made.container(case.job).get("workingDir")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_program_line_is_the_benchmark_s(case: Case, tmp_path: Path) -> None:
    image = image_of(case, tmp_path)
    made = manifests(case.document, pods=case.pods)
    volumes = {**image.volumes, "/srv": str(tmp_path)}
    result = run(image, made, case.job, volumes=volumes)
    assert (result.code, [line_of(call) for call in image.calls()]) == (0, list(case.lines)), result.stderr
    assert collected(result.stdout).startswith(collection(*case.outputs))
    assert {call.folder for call in image.calls()} == {case.folder}
    if "w" in made.jobs or case.job != "m":
        check_launcher(case, made, image.calls()[-1])


def test_perf_sysstat_asks_pidstat_for_every_block(tmp_path: Path) -> None:
    for position, options in enumerate(({}, {"color": "yes", "pids": True, "threads": True})):
        image = Image(tmp_path / str(position))
        image.add("pidstat", then="print('#')")
        image.add("jc", then="print('[]')")
        seconds = f"3{position}71"
        metric = {
            "name": "perf-sysstat",
            "options": {"command": f"sleep {seconds}", "completions": 1, "rate": 1, **options},
        }
        with subprocess.Popen(["sleep", seconds]) as watched:
            result = run(image, manifests(metric), "m", share_processes=True)
            watched.kill()
        threads = ["-t"] if options else []
        expected = [["pidstat", "-p", str(watched.pid), "-h", *threads, *flags.split()] for _, flags in PIDSTAT]
        assert [call.words for call in image.calls(of="pidstat")] == expected
        blocks = "".join(f"{title}\n[]\n" for title, _ in PIDSTAT)
        assert collected(result.stdout).endswith(f"{blocks}METRICS OPERATOR COLLECTION END\n")
        assert ("COMMAND\n" in collected(result.stdout)) == bool(options)
        assert f"PIDSTAT COMMAND START\nsleep {seconds}\nPIDSTAT COMMAND END\n" in result.stdout
        assert {"NO_COLOR" in call.environment for call in image.calls()} == {not options}


# Metrics that other modules run: above, test_osu.py, test_iperf3.py, test_benchmarks_of_nodes.py.
ELSEWHERE = {
    "perf-sysstat", "network-osu-benchmark", "network-iperf3", "app-hpcc", "app-hpcg", "app-hpl-mxp", "app-minife",
    "app-rajaperf", "app-stream", "io-dlio", "io-io500", "network-nccl-tests", "network-perftest", "perf-likwid-bench",
    "sys-cyclictest", "sys-stress-ng",
}  # fmt: skip
# No test runs these: their lines are in the golden outputs.
NOT_RUN = {
    "app-gromacs", "app-lulesh", "app-mixbench", "app-mt-gemm", "io-elbencho", "io-mdtest", "network-rccl-tests",
}  # fmt: skip


def test_a_metric_is_run_with_its_defaults_and_with_every_option_changed_or_is_listed() -> None:
    catalog = Catalog()
    assert {case.metric for case in CASES} | ELSEWHERE | NOT_RUN == set(catalog.metric_names)
    for name in {case.metric for case in CASES}:
        given = set[str]().union(*(case.options for case in CASES if case.metric == name))
        assert given == set(catalog.metric(name).options["options"]), name


def test_a_real_mpirun_runs_the_problem_on_every_slot(tmp_path: Path) -> None:
    need("mpirun")
    image = Image(tmp_path / "root")
    image.add("amg", then="print('rank', os.environ['OMPI_COMM_WORLD_RANK'], 'of', os.environ['OMPI_COMM_WORLD_SIZE'])")
    made = manifests({"name": "app-amg"}, pods=2)
    # Both hosts are this one: there is no second machine to start a daemon on.
    here = "127.0.0.1 localhost set-l-0-0.set set-w-0-0.set\n"
    variables = {
        "PATH": "/image/bin:/bin",
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_plm_rsh_agent": "/bin/false",
    }
    result = run(image, made, "l", files={"/etc/hosts": here}, image_env=variables)
    assert result.code == 0, result.stderr
    assert sorted(result.stdout.split("TIMEPOINT\n")[1].splitlines()[:-1]) == ["rank 0 of 2", "rank 1 of 2"]
    assert {call.folder for call in image.calls()} == {"/opt/AMG"}
