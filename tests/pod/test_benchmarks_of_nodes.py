"""Metrics that measure a node, run with the real programs; and the lines that scripts of launchers make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from mocompile.results import parse

from tests.pod.compiled import manifests
from tests.pod.programs import Image, collected, run
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path

    from mocompile.results import Results

    from tests.pod.kubelet import Shell


# For metrics that have none by default.
IMAGE = {"image": "registry.example.org/benchmark:1.0"}


def measured(tmp_path: Path, metric: dict[str, Any], shell: Shell) -> Results:
    """Run the metric with the programs of this machine, and read its log."""
    result = manifests(metric).run("m", shell=shell, merge=True, timeout=120)
    assert result.code == 0, result.stdout
    log = tmp_path / "pod.log"
    log.write_text(result.stdout)
    results = parse(log)
    assert not [problem for problem in results.problems if problem.level == "error"], result.stdout
    return results


def test_stress_ng_runs_every_stressor_of_the_list(tmp_path: Path, shell: Shell) -> None:
    need("stress-ng")
    options = {"workers": 1, "timeout": "1", "flags": "--cpu-method fft"}
    metric = {"name": "sys-stress-ng", "options": options, "listOptions": {"stressors": ["cpu", "matrix"]}}
    results = measured(tmp_path, metric, shell)
    rates = [(each.timepoint, each.context["stressor"]) for each in results.figures("bogo_ops_real")]
    assert set(rates) == {(0, "cpu"), (1, "matrix")}


def test_likwid_bench_runs_every_kernel_of_the_list(tmp_path: Path, shell: Shell) -> None:
    need("likwid-bench")
    metric = {
        **IMAGE,
        "name": "perf-likwid-bench",
        "options": {"workgroup": "N:100kB:1"},
        "listOptions": {"kernels": ["copy", "load"]},
    }
    results = measured(tmp_path, metric, shell)
    assert [each.context["kernel"] for each in results.figures("bandwidth")] == ["copy", "load"]


def test_cyclictest_measures_every_thread(tmp_path: Path, shell: Shell) -> None:
    need("cyclictest")
    results = measured(tmp_path, {**IMAGE, "name": "sys-cyclictest", "options": {"threads": 2, "loops": 50}}, shell)
    assert [each.context["thread"] for each in results.figures("max_latency")] == [0, 1]
    assert {each.unit for each in results.figures("max_latency")} == {"us"}


def test_stream_has_as_many_threads_as_asked_for(tmp_path: Path, shell: Shell) -> None:
    image = Image(tmp_path / "root")
    image.add("stream_c.exe")
    result = run(
        image, manifests({"name": "app-stream", "options": {"threads": 3, "completions": 1}}), "m", shell=shell
    )
    assert result.code == 0, result.stderr
    assert image.calls()[0].environment["OMP_NUM_THREADS"] == "3"


# --- launchers -----------------------------------------------------------------------------------------------------


def test_every_test_of_nccl_runs_on_all_gpus(tmp_path: Path, shell: Shell) -> None:
    image = Image(tmp_path / "root")
    image.add("mpirun", "/opt/nccl_tests/build/all_reduce_perf", "/opt/nccl_tests/build/alltoall_perf")
    metric = {
        "name": "network-nccl-tests",
        "options": {"gpusPerPod": 4, "check": False, "flags": "-d half"},
        "listOptions": {"tests": ["all_reduce_perf", "alltoall_perf"]},
    }
    result = run(image, manifests(metric, pods=2), "l", shell=shell)
    assert result.code == 0, result.stderr
    for call, name in zip(image.calls(of="mpirun"), ("all_reduce_perf", "alltoall_perf"), strict=True):
        words = " ".join(call.words)
        assert "-np 8 -map-by ppr:4:node" in words
        assert words.endswith(f"/opt/nccl_tests/build/{name} -b 8 -e 8G -f 2 -n 20 -w 5 -c 0 -g 1 -d half")
        assert f"mpirun -np 8 {name} -g 1\n" in result.stdout


def test_hpl_mxp_runs_a_rank_on_every_gpu(tmp_path: Path, shell: Shell) -> None:
    image = Image(tmp_path / "root")
    image.add("mpirun")
    options = {
        "gpusPerPod": 4,
        "n": 180224,
        "nb": 4096,
        "nprow": 2,
        "npcol": 4,
        "flags": "--sloppy-type FP16",
        "order": "column",
    }
    result = run(image, manifests({"name": "app-hpl-mxp", "options": options}, pods=2), "l", shell=shell)
    assert result.code == 0, result.stderr
    (call,) = image.calls(of="mpirun")
    words = " ".join(call.words)
    assert "-np 8 --map-by ppr:4:node" in words
    assert words.endswith(
        "/workspace/hpl-mxp.sh --n 180224 --nb 4096 --nprow 2 --npcol 4 --nporder column --sloppy-type FP16"
    )


@pytest.mark.parametrize(("tasks", "grid"), [(1, ("1", "1")), (6, ("2", "3")), (7, ("1", "7")), (16, ("4", "4"))])
def test_the_grid_of_hpcc_is_as_square_as_can_be(tmp_path: Path, tasks: int, grid: tuple[str, str]) -> None:
    image = Image(tmp_path / "root")
    image.add(
        "mpirun",
        then="assert not os.path.exists('hpccoutf.txt')\n"
        "given = [line.split()[0] for line in open('hpccinf.txt')]\n"
        "open('hpccoutf.txt', 'w').write('read ' + ' '.join(given[i] for i in (5, 7, 10, 11)) + '\\n')\n",
    )
    made = manifests({**IMAGE, "name": "app-hpcc", "options": {"tasks": tasks, "N": 400}, "repetitions": 2}, pods=2)
    result = run(image, made, "l")
    assert result.code == 0, result.stderr
    assert collected(result.stdout).count(f"read 400 80 {grid[0]} {grid[1]}\n") == 2


def test_hpcc_without_results_is_a_failure(tmp_path: Path, shell: Shell) -> None:
    image = Image(tmp_path / "root")
    image.add("mpirun", then="")
    result = run(image, manifests({**IMAGE, "name": "app-hpcc"}, pods=2), "l", shell=shell)
    assert result.code == 1
    assert "hpcc wrote no hpccoutf.txt" in result.stderr


def test_results_of_hpcg_are_printed_and_those_of_earlier_runs_are_not(tmp_path: Path, shell: Shell) -> None:
    image = Image(tmp_path / "root")
    image.add(
        "mpirun",
        then="import glob\nassert not glob.glob('HPCG-Benchmark*')\n"
        "given = open('hpcg.dat').read().splitlines()\n"
        "open('HPCG-Benchmark_3.1_now.txt', 'w').write(f'sizes={given[2]} seconds={given[3]}\\n')\n",
    )
    metric = {**IMAGE, "name": "app-hpcg", "options": {"nx": 16, "ny": 24, "nz": 32, "seconds": 5}, "repetitions": 2}
    result = run(image, manifests(metric, pods=2), "l", shell=shell)
    assert result.code == 0, result.stderr
    assert collected(result.stdout).count("sizes=16 24 32 seconds=5\n") == 2


def test_every_test_of_perftest_has_a_client_for_every_worker_and_a_server_there(tmp_path: Path, shell: Shell) -> None:
    image = Image(tmp_path / "root")
    image.add("ib_write_bw", "ib_read_lat", then="print('measured')")
    metric = {
        **IMAGE,
        "name": "network-perftest",
        "options": {"qps": 2, "flags": "-F"},
        "listOptions": {"tests": ["ib_write_bw", "ib_read_lat"]},
    }
    made = manifests(metric, pods=3)
    result = run(image, made, "l", shell=shell)
    assert result.code == 0, result.stderr
    assert [" ".join(call.words) for call in image.calls()] == [
        "ib_write_bw -p 18515 -s 65536 -q 2 -F set-w-0-0.set",
        "ib_read_lat -p 18515 -s 65536 -F set-w-0-0.set",
        "ib_write_bw -p 18515 -s 65536 -q 2 -F set-w-0-1.set",
        "ib_read_lat -p 18515 -s 65536 -F set-w-0-1.set",
    ]
    assert "server 1: ib_read_lat\nmeasured\n" in result.stdout


def test_a_client_of_perftest_waits_for_its_server_and_for_nothing_else(tmp_path: Path, shell: Shell) -> None:
    image = Image(tmp_path / "root")
    refused = "n = sum(1 for _ in open('/image/calls'))\nif n < 3: sys.exit(print(\"Couldn't connect to host\") or 1)\n"
    image.add("ib_write_bw", then=f"{refused}print('measured')")
    image.add("ib_read_lat", then="sys.exit(print('no device') or 3)")
    metric = {**IMAGE, "name": "network-perftest", "listOptions": {"tests": ["ib_write_bw", "ib_read_lat"]}}
    result = run(image, manifests(metric, pods=2), "l", shell=shell)
    assert result.code == 3
    assert "server 0: ib_write_bw\nmeasured\n" in result.stdout
    assert "server 0: ib_read_lat\nno device\n" in result.stdout


def test_the_file_of_minife_is_printed_and_that_of_an_earlier_run_is_not(tmp_path: Path, shell: Shell) -> None:
    image = Image(tmp_path / "root")
    image.add(
        "mpirun",
        then="import glob\nassert not glob.glob('miniFE*')\n"
        "print('Final Resid Norm: 0.5')\nopen('miniFE.230x230x230.P1.yaml', 'w').write('Total Program Time: 2.5\\n')\n",
    )
    result = run(image, manifests({"name": "app-minife", "repetitions": 2}, pods=2), "l", shell=shell)
    assert result.code == 0, result.stderr
    assert collected(result.stdout).count("Final Resid Norm: 0.5\nTotal Program Time: 2.5\n") == 2


def test_the_report_of_rajaperf_is_printed_and_its_absence_is_a_failure(tmp_path: Path, shell: Shell) -> None:
    image = Image(tmp_path / "root")
    image.add(
        "raja-perf.exe",
        then="assert not os.path.exists('raja-perf')\nif '--dryrun' in words: sys.exit()\nos.mkdir('raja-perf')\n"
        "open('raja-perf/RAJAPerf-timing-Average.csv', 'w').write('Mean Runtime Report (sec.) ,,\\n')\n",
    )
    metric = {**IMAGE, "name": "app-rajaperf", "repetitions": 2}
    result = run(image, manifests(metric), "m", shell=shell)
    assert result.code == 0, result.stderr
    assert collected(result.stdout).count("Mean Runtime Report (sec.) ,,\n") == 2
    nothing = {**metric, "options": {"command": "raja-perf.exe --dryrun"}}
    result = run(image, manifests(nothing), "m", shell=shell)
    assert result.code == 1
    assert "RAJAPerf wrote no *-timing-Average.csv" in result.stderr


@pytest.mark.parametrize("name", ["io-io500", "io-dlio"])
def test_a_rank_runs_on_every_processor_or_as_many_as_asked_for(tmp_path: Path, name: str) -> None:
    image = Image(tmp_path / "root")
    image.add("mpirun")
    result = run(image, manifests({**IMAGE, "name": name, "options": {"tasks": 5}}, pods=2), "l")
    assert result.code == 0, result.stderr
    (call,) = image.calls(of="mpirun")
    assert call.words[call.words.index("-np") + 1] == "5"
