"""network-osu-benchmark: every benchmark's own line, and the options that change all of them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from mocompile.catalog import Catalog
from mocompile.diagnostics.finding import InputError

from tests.paths import REFERENCE
from tests.pod.compiled import manifests
from tests.pod.containers import collection
from tests.pod.programs import Image, collected, run

if TYPE_CHECKING:
    from tests.pod.kubelet import Shell

NP = int(subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout)
ROOT = "/opt/osu-benchmark/build.openmpi/libexec/osu-micro-benchmarks/mpi"
PAIR = "mpirun --hostfile ./hostlist-pairs.txt --allow-run-as-root -np 2 -map-by ppr:1:node"
FOLDERS = {
    "one-sided": "get_acc_latency acc_latency fop_latency get_latency put_latency cas_latency get_bw put_bibw put_bw",
    "collective": (
        "allreduce allgather allgatherv alltoall alltoallv barrier bcast gather gatherv iallgather iallgatherv "
        "iallreduce ialltoall ialltoallv ialltoallw ibarrier ibcast igather igatherv ireduce iscatter iscatterv reduce "
        "reduce_scatter scatter scatterv"
    ),
    "pt2pt": "latency bibw bw latency_mp latency_mt mbw_mr multi_lat",
    "startup": "hello init",
}
FOLDER_OF = {f"osu_{name}": folder for folder, names in FOLDERS.items() for name in names.split()}
DEFAULTS = [
    *("osu_get_acc_latency", "osu_acc_latency", "osu_fop_latency", "osu_get_latency", "osu_put_latency"),
    *("osu_allreduce", "osu_latency", "osu_bibw", "osu_bw"),
]


def line(name: str, *, np: int = 2 * NP) -> str:
    """The line of a benchmark with every option at its default."""
    pair = FOLDER_OF[name] == "one-sided" or (
        FOLDER_OF[name] == "pt2pt" and name not in ("osu_mbw_mr", "osu_multi_lat")
    )
    many = f"mpirun --hostfile ./hostlist.txt --allow-run-as-root -np {np} -map-by ppr:{NP}:node -rank-by core"
    return f"{PAIR if pair else many} {ROOT}/{FOLDER_OF[name]}/{name}"


def osu(*commands: str, **options: Any) -> dict[str, Any]:
    """The metric with these options."""
    metric: dict[str, Any] = {"name": "network-osu-benchmark", "options": options}
    return {**metric, "listOptions": {"commands": list(commands)}} if commands else metric


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """An image whose mpirun runs nothing: it says its own name."""
    made = Image(tmp_path / "root")
    made.add("mpirun")
    return made


def test_each_benchmark_is_echoed_and_run_in_a_timepoint_of_its_own(image: Image, tmp_path: Path, shell: Shell) -> None:
    result = run(image, manifests(osu(), pods=3), "l", shell=shell)
    lines = [line(name, np=3 * NP) for name in DEFAULTS]
    assert result.code == 0, result.stderr
    assert collected(result.stdout) == collection(*(f"{each}\nmpirun\n" for each in lines))
    assert [" ".join(call.words) for call in image.calls()] == lines
    files = image.calls()[-1].files
    assert files["hostlist.txt"] == "10.1.0.1\n10.1.0.2\n10.1.0.3\n"
    assert files["hostlist-pairs.txt"] == "10.1.0.1\n10.1.0.2\n"


def test_messages_are_in_the_memory_of_gpus_where_an_accelerator_is_given(image: Image, shell: Shell) -> None:
    folder = "/opt/my osu/$(id)'s"
    metric = osu(
        "osu_latency", "osu_put_bw", "osu_allreduce", "osu_mbw_mr", "osu_init", accelerator="cuda", folder=folder
    )
    metric["options"]["buffers"] = "D H"
    result = run(image, manifests(metric, pods=2), "l", shell=shell)
    assert result.code == 0, result.stderr
    called = [
        call.words[call.words.index(folder + "/" + each) :]
        for call, each in zip(
            image.calls(),
            (
                "pt2pt/osu_latency",
                "one-sided/osu_put_bw",
                "collective/osu_allreduce",
                "pt2pt/osu_mbw_mr",
                "startup/osu_init",
            ),
            strict=True,
        )
    ]
    assert [words[1:] for words in called] == [
        ["-d", "cuda", "D", "H"],
        ["-d", "cuda", "D", "H"],
        ["-d", "cuda"],
        ["-d", "cuda", "D", "H"],
        [],
    ]


def test_all_runs_every_known_benchmark(image: Image, tmp_path: Path, shell: Shell) -> None:
    result = run(image, manifests(osu("osu_bw", all=True), pods=2), "l", shell=shell)
    assert sorted(" ".join(call.words) for call in image.calls()) == sorted(line(name) for name in FOLDER_OF)
    assert '"commands":["osu_bw"]' in result.stdout


def test_the_data_sheet_allows_the_benchmarks_that_the_script_knows() -> None:
    items = Catalog().metric("network-osu-benchmark").options["listOptions"]["commands"].schema["items"]
    assert set(items["enum"]) == set(FOLDER_OF)
    facts = REFERENCE / "catalog.yaml"
    if facts.exists():
        known = yaml.safe_load(facts.read_text())["metrics"]["network-osu-benchmark"]["benchmarks"]
        assert {f"osu_{name}" for name in FOLDERS["pt2pt"].split()} == set(known["pt2pt"])
        assert {name: folder for folder, names in known.items() for name in names} == FOLDER_OF


def test_flags_stand_in_place_of_each_benchmark_s_own(image: Image, tmp_path: Path, shell: Shell) -> None:
    flags = "-np $np -N $tasks -x 'A=b c'"
    result = run(image, manifests(osu("osu_bw", "osu_init", flags=flags, tasks=6), pods=2), "l", shell=shell)
    assert [call.words for call in image.calls()] == [
        [
            "mpirun",
            "--hostfile",
            hosts,
            "--allow-run-as-root",
            "-np",
            "6",
            "-N",
            str(NP),
            "-x",
            "A=b c",
            f"{ROOT}/{path}",
        ]
        for hosts, path in (("./hostlist-pairs.txt", "pt2pt/osu_bw"), ("./hostlist.txt", "startup/osu_init"))
    ]
    assert f"--allow-run-as-root {flags} {ROOT}/pt2pt/osu_bw\nmpirun\n" in result.stdout


def test_tasks_are_those_of_all_pods(image: Image, tmp_path: Path) -> None:
    run(image, manifests(osu("osu_bcast", "osu_bw", tasks=4), pods=2), "l")
    assert [" ".join(call.words) for call in image.calls()] == [line("osu_bcast", np=4), line("osu_bw")]


def test_timed_prints_the_time_within_the_timepoint(image: Image, tmp_path: Path, shell: Shell) -> None:
    result = run(image, manifests(osu("osu_bw", "osu_init", timed=True), pods=2), "l", shell=shell)
    assert [" ".join(call.words) for call in image.calls()] == [line("osu_bw"), line("osu_init")]
    timepoints = result.stdout.split("METRICS OPERATOR TIMEPOINT\n")[1:]
    for text, name in zip(timepoints, ("osu_bw", "osu_init"), strict=True):
        assert text.startswith(f"time {line(name)}\nmpirun\n")
        # bash's own `time`, or the program of that name.
        assert re.search(r"real\t0m0\.\d+s\nuser\t|real\t0m 0\.\d+s|\d+elapsed", text)


def test_time_stands_around_what_an_addon_puts_around_the_line(image: Image, tmp_path: Path) -> None:
    addon = {"name": "commands", "options": {"prefix": "env A=b", "suffix": "| sed 's/$/!/'"}}
    metric = {**osu("osu_bw", timed=True), "addons": [addon]}
    result = run(image, manifests(metric, pods=2), "l")
    assert image.calls()[0].environment["A"] == "b"
    assert f"\ntime {line('osu_bw')}\nmpirun!\n" in result.stdout
    assert re.search(r"^real\t0m0\.\d+s$", result.stdout, re.MULTILINE)


def test_the_benchmarks_after_a_failing_one_are_run(image: Image, tmp_path: Path) -> None:
    image.add("mpirun", then="sys.exit(9 if 'osu_bw' in sys.argv[-1] else 0)")
    result = run(image, manifests(osu("osu_bw", "osu_bcast"), pods=2), "l")
    assert (result.code, len(image.calls())) == (9, 2)


def test_sleep_is_the_bound_of_the_wait_for_the_network(image: Image, tmp_path: Path) -> None:
    nobody = {"/etc/hosts": "10.1.0.1 set-l-0-0.set\n", "/etc/nsswitch.conf": "hosts: files\n"}
    result = run(image, manifests(osu(sleep=1), pods=2), "l", files=nobody)
    assert result.code == 124
    assert "gave up after 1 s; hosts that did not answer: set-w-0-0.set (the option 'sleep'" in result.stderr
    assert result.seconds < 5


def test_an_unknown_benchmark_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        manifests(osu("osu_bw", "osu_allredcue"), pods=2)
    (finding,) = caught.value.findings
    assert finding.message.startswith("spec.metrics[0].listOptions.commands[1]: invalid value 'osu_allredcue': use ")
    assert "'osu_allreduce'" in finding.hint
